"""HTTP to one double: a connection of its own for each thread, kept open between requests."""

from __future__ import annotations

import http.client
import os
import re
import selectors
import threading
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from messaging_double.models import system_clock

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


_URL = re.compile(r"[^?#\x00- \x7f-\U0010ffff]+")
_CLOSED = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
_IDEMPOTENT = frozenset(("GET", "PUT", "DELETE"))
_IDLE_SECONDS = 30.0
"""How long a connection is kept for the next request: the double, or a proxy before it, may close it at any time."""


_NO_ANSWER = "the connection was closed without an answer"


class _Unanswered(Exception):  # noqa: N818 (no error yet: it may be asked again)
    """The connection ended before the first byte of an answer."""


class _Response(http.client.HTTPResponse):
    """A response that records whether any of it has arrived."""

    def begin(self) -> None:
        """Read the head. Raises ``_Unanswered``."""
        try:
            if not self.fp.peek(1):
                raise http.client.RemoteDisconnected(_NO_ANSWER)
        except _CLOSED as error:
            raise _Unanswered from error
        super().begin()


@dataclass
class _Kept:
    """A connection, and since when nothing was asked on it."""

    connection: http.client.HTTPConnection
    idle_since: float = 0.0


class Connections:
    """The connections to one URL.

    Without ``tls`` certificates are verified by the system's CAs, except those of this machine's own addresses: a
    double there may have made its certificate itself. Raises ``ValueError`` for what is no URL of a double.
    """

    def __init__(self, url: str, tls: ssl.SSLContext | None = None, *, verify_tls: bool = True) -> None:
        """Open nothing yet."""
        scheme, self._host, self._port, self._path = _parts(url)
        self.url = url
        verify_tls = verify_tls and not _is_this_machine(self._host)
        self._tls = (tls or _context(verify=verify_tls)) if scheme == "https" else None
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, _Kept] = {}
        self._process = os.getpid()

    def exchange(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], seconds: float
    ) -> Answer:
        """Send a request, wait at most so many ``seconds`` for its answer. Raises ``Unreachable``.

        Where the other end closes a kept connection just then, a request that may be carried out twice is sent again.
        """
        kept = self._mine(seconds)
        connection = kept.connection
        may_repeat = connection.sock is not None and method in _IDEMPOTENT
        try:
            try:
                connection.request(method, self._path + target, body, dict(headers))
            except _CLOSED as error:
                raise _Unanswered from error
            response = connection.getresponse()
            answer = Answer(response.status, response.read())
        except _Unanswered as unanswered:
            connection.close()
            if may_repeat:
                return self.exchange(method, target, body, headers, seconds)
            raise self._unreachable(unanswered.__cause__ or unanswered) from unanswered.__cause__
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._unreachable(error) from error
        except BaseException:  # Ctrl-C between request and answer: the next one would read this answer
            connection.close()
            raise
        kept.idle_since = system_clock.monotonic()
        return answer

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for kept in self._open.values():
                kept.connection.close()
            self._open.clear()

    def __del__(self) -> None:
        """Close what is still open, so that no test gets a warning for a socket that is not its own."""
        if hasattr(self, "_open"):
            for kept in self._open.values():
                kept.connection.close()

    def _unreachable(self, error: BaseException) -> Unreachable:
        reason = getattr(error, "verify_message", None)  # of ssl, which is loaded only for https
        if reason is not None:
            return Unreachable(
                f"The certificate of {self.url} cannot be verified ({reason}): name the file of its CA in the variable "
                f"SSL_CERT_FILE, or accept any certificate (--insecure, tls=)."
            )
        return Unreachable(
            f"No double answers at {self.url} ({str(error) or type(error).__name__}): start one with messaging-double "
            "serve, or say where it is (--url, MESSAGING_DOUBLE_URL)."
        )

    def _mine(self, seconds: float) -> _Kept:
        thread = threading.current_thread()
        with self._lock:
            if self._process != os.getpid():  # forked: these sockets are the parent's
                self._process, self._open = os.getpid(), {}
            kept = self._open.get(thread)
            if kept is None:
                self._forget_ended_threads()
                kept = self._open[thread] = _Kept(self._new(seconds))
        connection = kept.connection
        connection.timeout = seconds
        if connection.sock is not None:
            if system_clock.monotonic() - kept.idle_since > _IDLE_SECONDS or _is_stale(connection.sock.fileno()):
                connection.close()
            else:
                connection.sock.settimeout(seconds)
        return kept

    def _new(self, seconds: float) -> http.client.HTTPConnection:
        if self._tls is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        else:
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=seconds, context=self._tls)
        connection.response_class = _Response
        return connection

    def _forget_ended_threads(self) -> None:
        for thread in [each for each in self._open if not each.is_alive()]:
            self._open.pop(thread).connection.close()


def check_url(url: object) -> str:
    """Return what is the URL of a double, as far as can be seen. Raises ``ValueError``."""
    _parts(url)
    return str(url)


def _parts(url: object) -> tuple[str, str, int | None, str]:
    """Return scheme, host, port and path. Raises ``ValueError``."""
    problem = ValueError(f"{url!r} is no URL of a double; for example http://127.0.0.1:8080")
    if not isinstance(url, str) or not _URL.fullmatch(url):
        raise problem
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise problem from None
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise problem
    return parts.scheme, host, port, parts.path.rstrip("/")


def _is_stale(socket: int) -> bool:
    """Whether the double has closed an idle connection: then it can be read, although nothing was asked."""
    with selectors.DefaultSelector() as selector:
        selector.register(socket, selectors.EVENT_READ)
        return bool(selector.select(0))


def _context(*, verify: bool) -> ssl.SSLContext:
    import ssl  # noqa: PLC0415 (for https only)

    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
