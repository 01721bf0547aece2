"""HTTP to one double: a connection of its own for each thread, kept open between requests."""

from __future__ import annotations

import http.client
import os
import selectors
import threading
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .errors import Unreachable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

__tracebackhide__ = True


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


_CLOSED = (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected)


class Connections:
    """The connections to one URL.

    Without ``tls`` certificates are verified as usual, but not those of this machine's own addresses: a double there
    has made its certificate itself.  Raises ``ValueError`` for what is no URL of a double.
    """

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        """Open nothing yet."""
        scheme, self._host, self._port, self._path = _parts(url)
        self.url = url
        self._tls = (tls or _context_for(self._host)) if scheme == "https" else None
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, http.client.HTTPConnection] = {}
        self._process = os.getpid()

    def exchange(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], seconds: float
    ) -> Answer:
        """Send a request, wait at most so many ``seconds`` for its answer.  Raises ``Unreachable``."""
        connection = self._mine(seconds)
        was_idle = connection.sock is not None
        try:
            connection.request(method, self._path + target, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if was_idle and isinstance(error, _CLOSED):  # by the double, as we began to speak: it has read nothing
                return self.exchange(method, target, body, headers, seconds)
            problem = f"Nothing answers at {self.url} ({error or type(error).__name__})."
            raise Unreachable(problem) from error
        except BaseException:  # Ctrl-C between request and answer: the next one would read this answer
            connection.close()
            raise

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._open.values():
                connection.close()
            self._open.clear()

    def __del__(self) -> None:
        """Close what nobody closed, so that no test is warned of a socket that is not its own."""
        if hasattr(self, "_open"):
            for connection in self._open.values():
                connection.close()

    def _mine(self, seconds: float) -> http.client.HTTPConnection:
        thread = threading.current_thread()
        with self._lock:
            if self._process != os.getpid():  # forked: these sockets are the parent's
                self._process, self._open = os.getpid(), {}
            connection = self._open.get(thread)
            if connection is None:
                self._forget_ended_threads()
                connection = self._open[thread] = self._new(seconds)
        connection.timeout = seconds
        if connection.sock is not None:
            if _is_stale(connection.sock.fileno()):
                connection.close()
            else:
                connection.sock.settimeout(seconds)
        return connection

    def _new(self, seconds: float) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        return http.client.HTTPSConnection(self._host, self._port, timeout=seconds, context=self._tls)

    def _forget_ended_threads(self) -> None:
        for thread in [each for each in self._open if not each.is_alive()]:
            self._open.pop(thread).close()


def _parts(url: str) -> tuple[str, str, int | None, str]:
    """Return scheme, host, port and path.  Raises ``ValueError``."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise no_url(url) from None
    if parts.scheme not in ("http", "https") or not host or "?" in url or "#" in url:
        raise no_url(url)
    return parts.scheme, host, port, parts.path.rstrip("/")


def no_url(url: object) -> ValueError:
    """Return the refusal of what is no URL of a double."""
    return ValueError(f"{url!r} is no URL of a double; for example http://127.0.0.1:8080")


def _is_stale(socket: int) -> bool:
    """Whether the double has closed an idle connection: then it can be read, although nothing was asked."""
    with selectors.DefaultSelector() as selector:
        selector.register(socket, selectors.EVENT_READ)
        return bool(selector.select(0))


def _context_for(host: str) -> ssl.SSLContext:
    import ssl  # noqa: PLC0415 (for https only)

    context = ssl.create_default_context()
    if _is_this_machine(host):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
