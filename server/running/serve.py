"""One run of the double in a process of its own: load, listen, say so, stop."""

from __future__ import annotations

import errno
import gc
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from messaging_double.server import logs
from messaging_double.server.settings import Settings, table

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from messaging_double.server.http import HttpServer

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - looked up, not bound


_log = logging.getLogger("messaging_double.serve")
_SWITCH_SECONDS = 0.0005
"""How long the loop waits for a worker that computes: it takes the interpreter lock anew after each system call."""


class StartError(Exception):
    """The double cannot start; its text is a sentence for the user who started it."""


def serve(settings: Settings, say: Callable[[str], object]) -> None:
    """Serve until SIGTERM or Ctrl-C; ``say`` prints where, once it listens.

    ``StartError`` if what the settings ask for cannot be had.
    """
    logs.configure(settings)
    sys.setswitchinterval(_SWITCH_SECONDS)
    # What no line shows need not be found out for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    with _signals_end_it(), ExitStack() as at_the_end:
        port_file = PortFile(settings.port_file, keep_former=settings.port != 0)
        at_the_end.callback(port_file.remove)
        tls = tls_of(settings)

        def ready(url: str) -> None:
            port_file.write(urlsplit(url).port or 0)
            say(f"READY url={url}")

        if settings.workers > 1:
            _serve_by_workers(settings, tls, ready)
        else:
            _serve_here(settings, tls, ready)
        _log.info("stopped")


def _serve_here(
    settings: Settings, tls: ssl.SSLContext | None, ready: Callable[[str], None], sockets: Sequence[socket.socket] = ()
) -> None:
    """Serve in this process."""
    is_listening = False

    def listening(server: HttpServer) -> None:
        nonlocal is_listening
        is_listening = True
        ready(server.url)
        _log.info("started: process %d listens at %s", os.getpid(), server.url)

    with ExitStack() as at_the_end:
        with collecting_later():
            server = load(settings, tls, at_the_end, sockets)
            gc.freeze()
        gc.enable()  # __main__ has switched it off before anything was loaded
        try:
            server.run(listening)
        except (OSError, UnicodeError) as error:  # UnicodeError: a name that no resolver takes
            if is_listening:
                raise
            raise cannot_listen(settings, error) from None


def _serve_by_workers(settings: Settings, tls: ssl.SSLContext | None, ready: Callable[[str], None]) -> None:
    """Let several processes serve, which share the listening sockets of this one."""
    if not hasattr(os, "fork"):
        problem = "Several workers need processes that are forked, which this system has not: start with --workers 1."
        raise StartError(problem)
    from messaging_double.server.http import listen, url_of  # noqa: PLC0415

    from .supervisor import Supervisor, WorkersError  # noqa: PLC0415

    try:
        sockets = listen(settings.host, settings.port)
    except (OSError, UnicodeError) as error:
        raise cannot_listen(settings, error) from None
    url = url_of(settings.host, sockets[0].getsockname()[1], is_tls=tls is not None)

    def all_answer() -> None:
        ready(url)
        _log.info("started: process %d has %d workers at %s", os.getpid(), settings.workers, url)

    def serve_one(notify: Callable[[], None]) -> None:
        _serve_here(settings, tls, lambda _: notify(), sockets)

    stop_seconds = settings.drain_seconds + settings.shutdown_seconds
    supervisor = Supervisor(settings.workers, sockets, serve_one, stop_seconds)
    try:
        supervisor.run(all_answer)
    except WorkersError as error:
        raise StartError(str(error)) from None


def load(
    settings: Settings, tls: ssl.SSLContext | None, at_the_end: ExitStack, sockets: Sequence[socket.socket] = ()
) -> HttpServer:
    """Return the server of a double, still to be run; ``at_the_end`` closes the double. Raises ``StartError``."""
    from messaging_double.server.agents.signing import SigningError  # noqa: PLC0415
    from messaging_double.server.app import create_app  # noqa: PLC0415
    from messaging_double.server.calls.error_bodies import error_body  # noqa: PLC0415
    from messaging_double.server.http import HttpServer, Limits  # noqa: PLC0415
    from messaging_double.storage import StorageError  # noqa: PLC0415 - heavy, and it is time now

    try:
        app = create_app(settings)
    except (StorageError, SigningError) as error:
        raise StartError(str(error)) from None
    at_the_end.callback(app.close)
    limits: dict[str, Any] = {row.name: getattr(settings, row.name) for row in table() if row.section == "limits"}
    return HttpServer(
        app,
        host=settings.host,
        port=settings.port,
        limits=Limits(**limits),
        tls=tls,
        shutdown_seconds=settings.shutdown_seconds,
        drain_seconds=settings.drain_seconds,
        on_broken=app.broken,
        error_body=error_body,
        sockets=sockets,
    )


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """Return what HTTPS is served with, ``None`` for HTTP.  Raises ``StartError``."""
    if settings.tls == "off" and not settings.tls_cert:
        return None
    from messaging_double.server.http import TlsError, adhoc_tls, file_tls  # noqa: PLC0415

    try:
        if settings.tls_cert and settings.tls_key:
            return file_tls(settings.tls_cert, settings.tls_key)
        context, ca_pem = adhoc_tls([*_names_of(settings.host), *settings.tls_names])
    except TlsError as error:
        raise StartError(str(error)) from None
    if settings.tls_ca_file:
        _write("tls-ca-file", settings.tls_ca_file, ca_pem)
    return context


def _names_of(host: str) -> list[str]:
    """Return the names under which a client may ask for a host that listens on this address."""
    own = [socket.gethostname(), "messaging-double"] if host in _ANY_ADDRESS else [host]  # its name in compose files
    return list(dict.fromkeys(["localhost", "127.0.0.1", "::1", *own]))


def cannot_listen(settings: Settings, error: Exception) -> StartError:
    """Return what to say where the address of the settings cannot be had."""
    taken = getattr(error, "errno", None) == errno.EADDRINUSE
    advice = (
        "stop what listens there, perhaps another double, or take any free port with --port 0."
        if taken
        else "for example --port 0 takes any free port, and --host 127.0.0.1 is always there."
    )
    reason = getattr(error, "strerror", None) or error
    return StartError(f"Cannot listen on {settings.host} port {settings.port} ({reason}); {advice}")


class PortFile:
    """The file with the port that was chosen."""

    def __init__(self, path: Path | None, *, keep_former: bool) -> None:
        """Try whether it can be written, before anything else is begun.

        A former run that was killed may have left its port: ``keep_former`` only where the port is the same again.
        """
        self._path = path
        self._written = ""
        if path is None:
            return
        if path.exists() and not path.is_file():
            raise StartError(f"The port-file {path} is there already and is no file; name another one.")
        new = _new("port-file", path, b"")
        new.unlink(missing_ok=True)
        if not keep_former:
            path.unlink(missing_ok=True)

    def write(self, port: int) -> None:
        """Write the port; a reader finds the whole file or none."""
        if self._path:
            self._written = f"{port}\n"
            _write("port-file", self._path, self._written.encode())

    def remove(self) -> None:
        """Remove the file, unless another run has written it since."""
        if self._path and self._written:
            with suppress(OSError):
                if self._path.read_text("ascii", "replace") == self._written:
                    self._path.unlink()


def _write(key: str, path: Path, content: bytes) -> None:
    new = _new(key, path, content)
    try:
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise _unwritable(key, path, error) from None


def _new(key: str, path: Path, content: bytes) -> Path:
    """Write the file beside its place, under a name that another process does not take."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_bytes(content)
    except OSError as error:
        with suppress(OSError):
            new.unlink()  # on a full disk it was made all the same
        raise _unwritable(key, path, error) from None
    return new


def _unwritable(key: str, path: Path, error: OSError) -> StartError:
    return StartError(f"The {key} {path} cannot be written ({error.strerror}); name a file in a folder that can.")


@contextmanager
def collecting_later() -> Iterator[None]:
    """Load without the garbage collector: of some 500 ms of loading, collections are 80 to 100."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """Let SIGTERM stop the loading as Ctrl-C does, so that nothing is left behind; later the server has its own way."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.signal(number, signal.default_int_handler) for number in _SIGNALS}
    try:
        yield
    except KeyboardInterrupt:
        _log.info("stopped")
    finally:
        for number, handler in former.items():
            if signal.getsignal(number) is signal.default_int_handler:  # else the server has its own until the end
                signal.signal(number, handler or signal.SIG_DFL)
