"""Looks on at one request: since when, its bytes, and when its answer was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from messaging_double.models import system_clock
from messaging_double.models.exchanges import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from messaging_double.server.http import Response


class Watch:
    """One request on its way: since when, and its bytes."""

    def __init__(self, environ: dict[str, Any]) -> None:
        """Look on from now."""
        self.begin = system_clock.perf_counter()
        self.connection: Response | None = environ.get("messaging_double.connection")
        self.target = target_of(environ)
        """Path and query, as they came where the server tells."""
        self.peer = peer_of(environ)
        """The client's ``address:port``, where it is known."""
        self._raw: bytes | None = environ.get("messaging_double.raw_request")
        if self._raw is None:
            self._environ = dict(environ)
            environ["wsgi.input"] = self._input = _Remembered(environ["wsgi.input"])

    def raw_request(self) -> bytes:
        """Return the request's bytes; under another server than the embedded one, what WSGI shows of them."""
        if self._raw is None:
            self._raw = _head_of(self._environ) + b"".join(self._input.parts)
        return self._raw


class _Remembered:
    """``wsgi.input``, remembering what was read of it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.parts: list[bytes] = []

    def read(self, size: int = -1) -> bytes:
        part: bytes = self._stream.read(size)
        self.parts.append(part)
        return part


class Closing:
    """A body that tells when the server has taken it: its answer's first bytes, at most ``keep`` of them."""

    def __init__(self, head: bytes, parts: Iterable[bytes], keep: int, taken: Callable[[Wire], None]) -> None:
        self._parts = parts
        self._keep = keep
        self._taken = taken
        self._kept = bytearray(head[:keep])
        self._size = len(head)

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self._size += len(part)
            self._kept += part[: self._keep - len(self._kept)]
            yield part

    def close(self) -> None:
        """Tell it; the server calls this when it asks for no more (PEP 3333)."""
        self._taken(Wire(bytes(self._kept), self._size))


def target_of(environ: Mapping[str, Any]) -> str:
    """Return path and query as they came, where the server tells."""
    known: str | None = environ.get("REQUEST_URI") or environ.get("RAW_URI")  # the latter is gunicorn's
    if known is not None:
        return known
    query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
    return quote(environ.get("PATH_INFO", "").encode("latin-1")) + query


def peer_of(environ: Mapping[str, Any]) -> str | None:
    """Return the client's ``address:port``, where it is known; a trusted proxy forwards the address alone."""
    address, port = environ.get("REMOTE_ADDR"), environ.get("REMOTE_PORT")
    if not address:
        return None
    if "werkzeug.proxy_fix.orig" in environ and environ.get("HTTP_X_FORWARDED_FOR"):
        return str(address)
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{port}" if port else host


def _head_of(environ: Mapping[str, Any]) -> bytes:
    """Write the head of a request as WSGI shows it: header names in their usual letter case, order and repeats lost."""
    lines = [f"{environ['REQUEST_METHOD']} {target_of(environ)} {environ.get('SERVER_PROTOCOL', 'HTTP/1.1')}"]
    for name, value in environ.items():
        known = name.removeprefix("HTTP_")
        if known != name or (name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value):
            lines.append(f"{known.replace('_', '-').title()}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
