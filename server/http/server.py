"""The server: from binding a port to letting it go."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from messaging_double.models import system_clock

from .connection import Connection
from .limits import Limits
from .listening import Listener
from .open_files import room_for_connections
from .pool import Pool
from .refusal import plain_wording
from .service import Service

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from _typeshed.wsgi import WSGIApplication

    from .refusal import BrokenRequest, Wording

log = logging.getLogger("messaging_double.http")

_LATE_SECONDS = 1.0
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to show, not to bind


class HttpServer:
    """A WSGI server for HTTP/1.1 and 1.0 on one event loop, whose thread also runs the application.

    `app` is the WSGI application, `port` 0 lets the system choose one, `tls` makes it HTTPS, `shutdown_seconds` is how
    long `stop` waits for calls under way, `on_broken` is told of every request that never reaches the application, and
    `wording` says what the senders of such requests are answered.
    """

    def __init__(  # noqa: PLR0913 - all but the application are keywords
        self,
        app: WSGIApplication,
        *,
        host: str = "127.0.0.1",
        port: int = 8080,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        tls: ssl.SSLContext | None = None,
        shutdown_seconds: float = 0.5,
        on_broken: Callable[[BrokenRequest], None] | None = None,
        wording: Wording = plain_wording,
    ) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._limits = limits
        self._tls = tls
        self._shutdown_seconds = shutdown_seconds
        self._on_broken = on_broken
        self._wording = wording
        self._listener: Listener | None = None
        self._pool: Pool | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where a client on this machine finds the server: `http://127.0.0.1:8080`.

        Raises RuntimeError before `start`.
        """
        if not self._url:
            msg = "The server has no URL before it is started"
            raise RuntimeError(msg)
        return self._url

    async def start(self) -> None:
        """Listen, and serve on the running loop.

        Raises OSError when the port is taken or the host is not this machine.
        """
        loop = asyncio.get_running_loop()
        pool = Pool(loop, self._limits, room_for_connections(self._limits.max_connections))
        service = Service(self._app, self._limits, pool, self._on_broken, self._wording)
        listener = Listener(partial(_new_connection, service), self._tls, self._limits.header_seconds)
        try:
            port = listener.start(self._host, self._port)
        except BaseException:
            await pool.stop(0)
            raise
        self._listener = listener
        self._pool = pool
        self._url = self._shown_url(port)

    async def stop(self) -> None:
        """Accept nothing more, close what is idle, let calls under way finish for a while, then drop the rest."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._shutdown_seconds
        listener, self._listener = self._listener, None
        pool, self._pool = self._pool, None
        if listener is not None and pool is not None:
            await listener.stop()
            await pool.stop(max(0, end - loop.time()))

    def run(self, ready: Callable[[HttpServer], None] | None = None) -> None:
        """Serve on a loop of its own until SIGTERM, SIGINT or SIGHUP. `ready` is called once the server listens.

        Once a signal has come further ones are ignored, also after the return: the caller cleans up undisturbed and
        ends. But where a request keeps the loop busy, one that comes a second later ends the process.
        Raises OSError like `start`. In another thread than the main one, where signals cannot be had, it runs for ever.
        """
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: Callable[[HttpServer], None] | None) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_quiet_about_clients)
        loop.time = system_clock.monotonic  # type: ignore[method-assign] # asyncio's may be frozen by a test
        asked_to_stop = asyncio.Event()
        with _signals(loop, asked_to_stop, self._shutdown_seconds):
            await self.start()
            try:
                if ready is not None:
                    ready(self)
                await asked_to_stop.wait()
            finally:
                await self.stop()

    def _shown_url(self, port: int) -> str:
        host = _EVERYWHERE.get(self._host, self._host)
        return f"{'https' if self._tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def _new_connection(service: Service) -> Connection | None:
    connection = Connection(service)
    return connection if service.pool.admit(connection) else None


def _stopping() -> tuple[int, ...]:
    """The signals that stop the server; the end of its terminal too, unless it was started to outlive that (nohup)."""
    always = (signal.SIGTERM, signal.SIGINT)
    hangup: int | None = getattr(signal, "SIGHUP", None)  # not on Windows
    if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN:
        return always
    return (*always, hangup)


@contextlib.contextmanager
def _signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event, stop_seconds: float) -> Iterator[None]:
    """Let a signal stop the server, which takes so many seconds.

    Those that follow are ignored, so that nothing disturbs it. But one that comes a second later than the loop should
    have seen the first, or should have stopped, ends the process: a request keeps the loop busy.
    """
    asked_at: float | None = None
    # Not in another thread than the main one; there whoever started it stops it.
    numbers = _stopping() if threading.current_thread() is threading.main_thread() else ()

    def on_signal(number: int, _: object) -> None:
        nonlocal asked_at
        if asked_at is None:
            asked_at = loop.time()
            loop.call_soon_threadsafe(stop.set)
        elif loop.time() > asked_at + _LATE_SECONDS + (stop_seconds if stop.is_set() else 0):
            os._exit(128 + number)  # the status that shells give for a signal

    former = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler if asked_at is None else signal.SIG_IGN)


def _quiet_about_clients(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A client that hangs up is everyday business, not an error with a traceback.
    error = context.get("exception")
    if isinstance(error, (OSError, asyncio.TimeoutError)):
        log.debug("%s: %s", context.get("message"), error)
    else:
        loop.default_exception_handler(context)
