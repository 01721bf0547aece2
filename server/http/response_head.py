"""The status and the headers that an application gave, checked and written."""

from __future__ import annotations

import re

from .date import http_date

# RFC 9110, 5.1 and 5.5: a token, and a field value without CR, LF and NUL. Nothing else may reach the wire, since with
# a line break an application's value would become a header, or a whole answer, of its own (response splitting).
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_STATUS = re.compile(r"[2-5][0-9][0-9](?: [\t\x20-\x7e\x80-\xff]*)?")

# RFC 9110, 7.6.1: about this connection only, the server's business; PEP 3333: applications must not send them.
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)  # fmt: skip

_NO_CONTENT = 204
_NOT_MODIFIED = 304


class ResponseHead:
    """What `start_response` was given.

    Raises TypeError for what is not text and ValueError for text that must not reach the wire.
    """

    __slots__ = ("_has_date", "_lines", "_status", "code", "content_length")

    def __init__(self, status: str, headers: list[tuple[str, str]]) -> None:
        if not _STATUS.fullmatch(status):
            msg = f"Not a final HTTP status, such as '200 OK': {status!r}"
            raise ValueError(msg)
        self.code = int(status[:3])
        self.content_length: int | None = None
        self._status = status
        self._has_date = False
        self._lines: list[str] = []
        for name, value in headers:
            self._add(name, value)

    def _add(self, name: str, value: str) -> None:
        if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            msg = f"Not a header that can be sent: {name!r}: {value!r}"
            raise ValueError(msg)
        lower = name.lower()
        if lower == "content-length":
            self._set_length(value)
        elif lower not in _HOP_BY_HOP:
            self._has_date = self._has_date or lower == "date"
            self._lines.append(f"{name}: {value}\r\n")

    def _set_length(self, value: str) -> None:
        if self.content_length is not None or not (value.isascii() and value.isdigit()):
            msg = f"Not the one number that Content-Length can be: {value!r}"
            raise ValueError(msg)
        self.content_length = int(value)

    @property
    def forbids_body(self) -> bool:
        """Whether an answer of this status never has a body (RFC 9112, 6.3)."""
        return self.code in {_NO_CONTENT, _NOT_MODIFIED}

    def written(self, *, length: int | None, chunked: bool, connection: str) -> bytes:
        """The bytes of the head; `connection` is the value of the Connection header or empty."""
        # RFC 9110, 2.5: the version is the server's own, to a client of HTTP/1.0 too.
        lines = [f"HTTP/1.1 {self._status}{'' if ' ' in self._status else ' '}\r\n", *self._lines]
        if not self._has_date:
            lines.append(f"Date: {http_date()}\r\n")
        if length is not None and self.code != _NO_CONTENT:  # RFC 9110, 8.6: MUST NOT send it with 204
            lines.append(f"Content-Length: {length}\r\n")
        if chunked:
            lines.append("Transfer-Encoding: chunked\r\n")
        if connection:
            lines.append(f"Connection: {connection}\r\n")
        lines.append("\r\n")
        return "".join(lines).encode("latin-1")
