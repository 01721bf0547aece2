"""HTTP messages in the bytes that were on the wire: kept while they pass, and read again."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from messaging_double.models.records import Exchange, Wire
from messaging_double.server.calls.call import Call, Response
from messaging_double.server.calls.paths import path_of_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from messaging_double.server.calls.paths import Route

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_SIZE = re.compile(rb"\s*([0-9A-Fa-f]{1,16})[^\r\n]*\r?\n")


class RawMessage:
    """Reads what can be read: the bytes may be no HTTP at all."""

    def __init__(self, raw: bytes) -> None:
        """Look at these bytes."""
        end = _END_OF_HEAD.search(raw)
        head = raw if end is None else raw[: end.start()]
        self._content = b"" if end is None else raw[end.end() :]
        first, *lines = re.split("\r?\n", head.decode("latin-1"))
        self.line = first
        """The request line or the status line; bytes beyond ASCII as Latin-1."""
        pairs = [line.partition(":") for line in lines]
        self.headers = [(name, value.strip(" \t")) for name, colon, value in pairs if colon]
        """Names and values in the order they came."""

    @property
    def body(self) -> bytes:
        """The body; of a chunked one as much as its framing makes sense."""
        codings = [value for name, value in self.headers if name.lower() == "transfer-encoding"]
        if not codings or not codings[-1].lower().endswith("chunked"):
            return self._content
        return _without_chunks(self._content)


def _without_chunks(content: bytes) -> bytes:
    parts = []
    position = 0
    while size := _SIZE.match(content, position):
        length = int(size[1], 16)
        if not length:
            break
        parts.append(content[size.end() : size.end() + length])
        position = size.end() + length + 2
    return b"".join(parts)


FORWARDED = "werkzeug.proxy_fix.orig"
"""Is in the environ of a request that came through a trusted proxy."""


class InputRecorder:
    """``wsgi.input``, and what was read of it."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        """Read the input of ``environ``."""
        self._environ = dict(environ)
        self._stream = environ["wsgi.input"]
        self._parts: list[bytes] = []

    def read(self, size: int = -1) -> bytes:
        """Read as the input does."""
        part: bytes = self._stream.read(size)
        self._parts.append(part)
        return part

    def request(self) -> bytes:
        """Return what WSGI shows of the request's bytes."""
        return _head_of(self._environ) + b"".join(self._parts)


class Closing:
    """A body that says when the server has taken it: its response's first bytes, at most ``keep`` of them."""

    def __init__(self, response: Response, parts: Iterable[bytes], keep: int, taken: Callable[[Wire], None]) -> None:
        """Call ``taken`` at the end."""
        head = _head_of_response(response)
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
        """End it; the server calls this when it asks for no more (PEP 3333)."""
        self._taken(Wire(bytes(self._kept), self._size))


def target_of(environ: Mapping[str, Any]) -> str:
    """Return path and query as they came, where the server passes them on."""
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
    if FORWARDED in environ and environ.get("HTTP_X_FORWARDED_FOR"):
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


def _head_of_response(response: Response) -> bytes:
    lines = [
        f"HTTP/1.1 {response.status} {response.reason}",
        *(f"{name}: {value}" for name, value in response.headers.items()),
        f"Content-Length: {response.length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


_WITHOUT_PREFIX = ("CONTENT_TYPE", "CONTENT_LENGTH")  # PEP 3333


def recorded_call(tenant: str, exchange: Exchange, route_of: Callable[[str], Route]) -> Call | None:
    """Return the call of an exchange; ``None`` where it was none, or not all of it was kept."""
    if exchange.method != "POST" or exchange.target is None or exchange.request.is_cut:
        return None
    path = path_of_target(exchange.target)
    route = route_of(path)
    message = RawMessage(exchange.request.raw)
    body = message.body
    environ: dict[str, Any] = {_variable(name): value for name, value in message.headers}
    environ.update(
        {
            "REQUEST_METHOD": exchange.method,
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
    )
    return Call(environ, tenant, route.agent, route.version) if route.agent else None


def _variable(name: str) -> str:
    variable = name.upper().replace("-", "_")
    return variable if variable in _WITHOUT_PREFIX else f"HTTP_{variable}"
