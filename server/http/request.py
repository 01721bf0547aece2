"""Requests out of bytes: no socket, no clock, the same result however the bytes were cut."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from httptools import HttpParserError, HttpRequestParser

from .head import check_part, read_head
from .refusal import RAW_BYTES_KEPT, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .head import Head

_END = b"\r\n\r\n"
_EMPTY_LINES = re.compile(rb"(?:\r\n)*")
_CHUNKED_HEAD = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True)
class Limits:
    """How much, and for how long, one client may ask of the server."""

    max_header_bytes: int = 65536
    """Bytes of a request line and its headers together; more is answered 431."""
    max_header_fields: int = 100
    """Header lines of one request; more are answered 431."""
    max_body_bytes: int = 8 * 1024 * 1024
    """Bytes of a body, de-chunked; more is answered 413, before it is read where its Content-Length says so."""
    max_connections: int = 4096
    """Connections open at once, TLS handshakes among them; a further one is answered 503."""
    header_seconds: float = 10
    """Seconds from connecting, or a request's first byte, until its headers are complete; then 408."""
    body_seconds: float = 30
    """Seconds from complete headers until the body is complete; then 408."""
    keep_alive_seconds: float = 75
    """Seconds of silence between two requests; then the connection is closed without an answer."""
    write_seconds: float = 30
    """Seconds in which a client takes nothing of a waiting answer; then its connection is dropped."""


class RequestReader:
    """Takes the bytes of a connection and gives its requests, one after the other."""

    def __init__(self, limits: Limits, environ: Mapping[str, Any]) -> None:
        """Begin each request's environ with what is in `environ`, the same for all of a connection."""
        self._limits = limits
        self._environ = dict(environ)
        self._last: tuple[bytes, Head, dict[str, Any]] | None = None  # the last head, and the environ that it makes
        self.buffer: bytes | bytearray = b""  # what is not yet part of a request that was given
        self.head: Head | None = None  # of the request whose body is not complete
        self.head_bytes = 0
        self._chunks: _Chunks | None = None

    def feed(self, data: bytes) -> None:
        """Add bytes as they came: most requests come in one piece, which is not copied."""
        if not self.buffer:
            self.buffer = data
        else:
            if isinstance(self.buffer, bytes):
                self.buffer = bytearray(self.buffer)
            self.buffer += data

    def next_request(self) -> tuple[Head, dict[str, Any]] | None:
        """The head and the WSGI environ (PEP 3333) of the next request, or None while it is not complete.

        The environ also has `REQUEST_URI` and `messaging_double.raw_request`: the request line, the headers and the
        body with its framing, byte by byte as they came. Raises Refusal if the request cannot be taken.
        """
        head = self.head or self._read_head()
        if head is None:
            return None
        if self._chunks is not None:
            body, end = self._chunks.read(self.buffer)
            if body is None:
                return None
            raw = self._slice(0, end)
        else:
            end = self.head_bytes + head.content_length
            if len(self.buffer) < end:
                return None
            raw = self._slice(0, end)
            body = raw[self.head_bytes :]
        if self._last is None or self._last[1] is not head:
            self._last = raw[: self.head_bytes], head, {**self._environ, **head.fields}
        environ = self._last[2].copy()
        if head.is_chunked:
            environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = BytesIO(body)
        environ["messaging_double.raw_request"] = raw
        self._drop(end)
        return head, environ

    def drop(self) -> bytes:
        """Forget all bytes; gives the first 64 KiB of them."""
        raw = self._slice(0, RAW_BYTES_KEPT)
        self._drop(len(self.buffer))
        return raw

    def _read_head(self) -> Head | None:
        if self._last is not None and self.buffer.startswith(self._last[0]):
            return self._begin(self._last[1], len(self._last[0]))
        if self.buffer.startswith(b"\r\n") and (lines := _EMPTY_LINES.match(self.buffer)):
            # RFC 9112, 2.2: empty lines before the request line are ignored. They are no part of the request.
            self._drop(lines.end())
        limits = self._limits
        empty_line = self.buffer.find(_END)
        stop = len(self.buffer) if empty_line < 0 else empty_line + len(_END)
        if stop > limits.max_header_bytes or empty_line < 0:
            check_part(self._slice(0, min(stop, limits.max_header_bytes)), limits.max_header_fields)
        if stop > limits.max_header_bytes:
            raise Refusal(431, f"The request line and the headers are over {limits.max_header_bytes} bytes")
        if empty_line < 0:
            return None
        head = read_head(self._slice(0, stop), limits.max_header_fields)
        if head.content_length > limits.max_body_bytes:
            raise _too_large(limits)
        return self._begin(head, stop)

    def _begin(self, head: Head, size: int) -> Head:
        """Go on with the body behind a head of so many bytes."""
        self.head, self.head_bytes = head, size
        if head.is_chunked:
            self._chunks = _Chunks(self._limits, size)
        return head

    def _slice(self, start: int, end: int) -> bytes:
        buffer = self.buffer
        return buffer[start:end] if isinstance(buffer, bytes) else bytes(memoryview(buffer)[start:end])

    def _drop(self, size: int) -> None:
        if size == len(self.buffer):
            self.buffer = b""
        else:
            self.buffer = bytearray(self.buffer) if isinstance(self.buffer, bytes) else self.buffer
            del self.buffer[:size]
        self.head = self._chunks = None


class _Chunks:
    """Reads a chunked body. Trailers are passed over, as RFC 9110, 6.5.1 allows.

    The parser does not say how many bytes it has used. It never needs to: a chunked body can only end at an empty line,
    so it is never given bytes beyond the next one; those within a chunk are passed over.
    """

    def __init__(self, limits: Limits, start: int) -> None:
        """Read a body that begins at `start` of the buffer."""
        self._limits = limits
        self._start = self._fed = self._skipped = start
        self._content = bytearray()
        self._chunk_start = 0  # in the content
        self._is_in_chunk = False
        self._is_complete = False
        self._parser: Any = HttpRequestParser(self)
        self._parser.feed_data(_CHUNKED_HEAD)

    def on_chunk_header(self) -> None:
        self._chunk_start = len(self._content)
        self._is_in_chunk = True

    def on_chunk_complete(self) -> None:
        self._is_in_chunk = False

    def on_body(self, data: bytes) -> None:
        self._content += data

    def on_message_complete(self) -> None:
        self._is_complete = True

    def read(self, buffer: bytes | bytearray) -> tuple[bytes | None, int]:
        """The content, and where the body ends in the buffer; None while it is not complete. Raises Refusal."""
        limits = self._limits
        while self._fed < len(buffer) and not self._is_complete:
            empty_line = buffer.find(_END, max(self._skipped, self._fed - len(_END) + 1))
            start, self._fed = self._fed, len(buffer) if empty_line < 0 else empty_line + len(_END)
            problem = None
            try:
                self._parser.feed_data(buffer[start : self._fed])
            except HttpParserError as error:
                problem = Refusal(400, f"The chunked body is malformed: {error}")
            if len(self._content) > limits.max_body_bytes:  # what came first counts, however the bytes were cut
                raise _too_large(limits)
            if problem is not None:
                raise problem
            # Sizes, extensions and trailers may double a body of many small chunks, but are no way around the limit.
            if self._fed - self._start > 2 * limits.max_body_bytes + limits.max_header_bytes:
                raise _too_large(limits)
            if empty_line >= 0 and self._is_in_chunk:
                # What the parser was given last is content, behind the line with the size of the chunk.
                content = self._fed - (len(self._content) - self._chunk_start)
                size = buffer[buffer.rfind(b"\n", 0, content - 2) + 1 : content - 2].partition(b";")[0]
                self._skipped = content + int(size, 16)
        if not self._is_complete:
            return None, 0
        self._parser = None  # it refers to this object
        return bytes(self._content), self._fed


def _too_large(limits: Limits) -> Refusal:
    return Refusal(413, f"The body is over {limits.max_body_bytes} bytes")
