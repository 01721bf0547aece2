"""Requests out of bytes: no socket, no clock, the same result however the bytes were cut."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from .head import Head, read_head
from .refusal import RAW_BYTES_KEPT, Refusal

if TYPE_CHECKING:
    from .limits import Limits

_END = b"\r\n\r\n"
_CHUNKED_HEAD = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
_TLS_HANDSHAKE = b"\x16\x03"  # the record type and the major version that each TLS connection begins with
_OTHER_VERSION = re.compile(rb"[!-~]+ +[!-~]+ +HTTP/[0-9]")
_RAW_TARGET = re.compile(rb"[!-~]+ +[!-~]*([\x80-\xff])")


@dataclass(slots=True)
class Request:
    """One complete request."""

    head: Head
    body: bytes
    """The body, de-chunked."""
    raw: bytes
    """The request line, the headers and the body with its framing, byte by byte as they came."""


class Stage(Enum):
    """How much of the next request is there."""

    NOTHING = "nothing"
    HEAD = "head"
    BODY = "body"


class _Headers:
    """Collects what the parser of a head finds."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: list[tuple[bytes, bytes]] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.found.append((name, value))


class _Chunks:
    """Collects what the parser of a chunked body finds. Trailers are passed over, as RFC 9110, 6.5.1 allows."""

    __slots__ = ("before", "complete", "content", "within")

    def __init__(self) -> None:
        self.content = bytearray()
        self.before = 0  # bytes of the content that were in former chunks
        self.within = False  # a chunk
        self.complete = False

    def on_chunk_header(self) -> None:
        self.before = len(self.content)
        self.within = True

    def on_chunk_complete(self) -> None:
        self.within = False

    def on_body(self, data: bytes) -> None:
        self.content += data

    def on_message_complete(self) -> None:
        self.complete = True


class RequestReader:
    """Takes the bytes of a connection and gives its requests, one after the other.

    The parser does not say how many bytes it has used. It never needs to: a head and a chunked body can only end at
    an empty line, so it is never given bytes beyond the next one; empty lines within a chunk are passed over. Each
    head, and each chunked body, has a parser of its own; making one costs half a microsecond, and an `Upgrade` that
    nobody here wants leaves no state behind.
    """

    __slots__ = (
        "_body_parser", "_buffer", "_chunk_end", "_chunks", "_continue", "_fed", "_head", "_head_bytes",
        "_head_parser", "_headers", "_limits",
    )  # fmt: skip

    _head: Head | None
    _head_bytes: int
    _fed: int
    """Bytes that a parser was given."""
    _continue: bool
    _headers: _Headers
    _head_parser: Any
    _chunks: _Chunks
    _body_parser: Any
    _chunk_end: int
    """Where the chunk ends within which an empty line was found last."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._begin()

    def feed(self, data: bytes) -> None:
        """Add bytes as they came."""
        self._buffer += data

    def next_request(self) -> Request | None:
        """The next request, or None while it is not complete. Raises Refusal if it cannot be taken."""
        if self._head is None:
            self._head = self._read_head()
            if self._head is None:
                return None
        body = self._read_chunks() if self._head.chunked else self._read_length(self._head.content_length)
        if body is None:
            return None
        raw = bytes(memoryview(self._buffer)[: self._fed])
        request = Request(self._head, body, raw)
        del self._buffer[: self._fed]
        self._begin()
        return request

    @property
    def stage(self) -> Stage:
        """How much of the next request is there, after `next_request` gave None."""
        if self._head is not None:
            return Stage.BODY
        return Stage.HEAD if self._buffer else Stage.NOTHING

    @property
    def backlog(self) -> int:
        """Bytes that are not yet part of a request that was given."""
        return len(self._buffer)

    def take_continue(self) -> bool:
        """Whether the sender waits to be asked for the body. True at most once a request."""
        # RFC 9110, 10.1.1: 100 may be left out when some of the body is there already.
        wanted, self._continue = self._continue and len(self._buffer) == self._head_bytes, False
        return wanted

    def drop(self) -> bytes:
        """Forget all bytes; gives the first 64 KiB of them."""
        raw = bytes(memoryview(self._buffer)[:RAW_BYTES_KEPT])
        self._buffer = bytearray()
        self._begin()
        return raw

    def _begin(self) -> None:
        self._head = None
        self._head_bytes = 0
        self._fed = 0
        self._chunk_end = 0
        self._continue = False
        self._headers = _Headers()
        self._head_parser = HttpRequestParser(self._headers)

    def _read_head(self) -> Head | None:
        if self._fed == 0 and not self._skip_empty_lines():
            return None
        limit = self._limits.max_header_bytes
        empty_line = self._buffer.find(_END, max(0, self._fed - len(_END) + 1))
        stop = len(self._buffer) if empty_line < 0 else empty_line + len(_END)
        self._parse_head(min(stop, limit))
        line_end = self._buffer.find(b"\r\n", 0, limit)
        self._check_line_has_version(line_end)
        self._check_fields()
        if stop > limit:
            raise Refusal(431, f"The request line and the headers are over {limit} bytes")
        return None if empty_line < 0 else self._accept_head(bytes(self._buffer[:line_end]))

    def _skip_empty_lines(self) -> bool:
        # RFC 9112, 2.2: empty lines before the request line are ignored. They are no part of the request.
        while self._buffer.startswith(b"\r\n"):
            del self._buffer[:2]
        return bool(self._buffer) and self._buffer != b"\r"

    def _parse_head(self, stop: int) -> None:
        piece = self._buffer[self._fed : stop]
        self._fed = stop
        try:
            self._head_parser.feed_data(piece)
        except HttpParserUpgrade:
            # RFC 9110, 7.8: a server MAY ignore Upgrade. The head is complete, which is all that this parser is for.
            pass
        except HttpParserError as error:
            raise self._malformed(str(error)) from None

    def _malformed(self, why: str) -> Refusal:
        self._check_fields()  # what came first counts, however the bytes were cut
        if why in {"Invalid HTTP version", "Expected dot"} and _OTHER_VERSION.match(self._buffer):
            return Refusal(505, "This server speaks HTTP/1.1 and HTTP/1.0 only")
        if self._buffer.startswith(_TLS_HANDSHAKE):
            return Refusal(400, "This looks like TLS, but plain HTTP is spoken here")
        if raw := _RAW_TARGET.match(self._buffer):
            # RFC 3986, 2: a URL is ASCII.
            return Refusal(400, f"The request target is not percent-encoded: a byte is to be %{raw[1][0]:02X}")
        if why.startswith("Expected HTTP/"):
            return Refusal(400, "Behind the request target comes HTTP/1.1; a space within it is percent-encoded: %20")
        return Refusal(400, f"This is not an HTTP request: {why}")

    def _check_line_has_version(self, line_end: int) -> None:
        # An HTTP/0.9 request ends with this line; its sender would wait in vain for an answer.
        if line_end >= 0 and self._buffer.find(b" HTTP/", 0, line_end) < 0:
            raise Refusal(400, "The request line has no HTTP version")

    def _check_fields(self) -> None:
        if len(self._headers.found) > self._limits.max_header_fields:
            raise Refusal(431, f"The request has over {self._limits.max_header_fields} header lines")

    def _accept_head(self, line: bytes) -> Head:
        if not line.startswith(self._head_parser.get_method() + b" "):
            # The parser skips a lone CR or LF; RFC 9112, 2.2 and 3, lets nobody else see a request there.
            raise Refusal(400, "The request line does not start with a method")
        head = read_head(line, self._headers.found)
        if head.content_length > self._limits.max_body_bytes:
            raise self._too_large()
        self._head_bytes = self._fed
        self._continue = head.expects_continue and (head.chunked or head.content_length > 0)
        if head.chunked:
            self._chunks = _Chunks()
            self._body_parser = HttpRequestParser(self._chunks)
            self._body_parser.feed_data(_CHUNKED_HEAD)
        return head

    def _too_large(self) -> Refusal:
        return Refusal(413, f"The body is over {self._limits.max_body_bytes} bytes")

    def _read_length(self, length: int) -> bytes | None:
        end = self._head_bytes + length
        if len(self._buffer) < end:
            return None
        self._fed = end
        return bytes(memoryview(self._buffer)[self._head_bytes : end]) if length else b""

    def _read_chunks(self) -> bytes | None:
        while self._fed < len(self._buffer):
            begin = max(self._head_bytes, self._chunk_end, self._fed - len(_END) + 1)
            empty_line = self._buffer.find(_END, begin)
            stop = len(self._buffer) if empty_line < 0 else empty_line + len(_END)
            piece = self._buffer[self._fed : stop]
            self._fed = stop
            try:
                self._body_parser.feed_data(piece)
            except HttpParserError as error:
                self._check_content()  # what came first counts, however the bytes were cut
                raise Refusal(400, f"The chunked body is malformed: {error}") from None
            self._check_content()
            self._check_framing()
            if self._chunks.complete:
                return bytes(self._chunks.content)
            if empty_line >= 0 and self._chunks.within:
                self._chunk_end = self._end_of_chunk()
        return None

    def _end_of_chunk(self) -> int:
        # What the parser was given last is content, behind the line with the size of the chunk.
        start = self._fed - (len(self._chunks.content) - self._chunks.before)
        line = self._buffer[self._buffer.rfind(b"\n", 0, start - 2) + 1 : start - 2]
        return start + int(line.partition(b";")[0], 16)

    def _check_content(self) -> None:
        if len(self._chunks.content) > self._limits.max_body_bytes:
            raise self._too_large()

    def _check_framing(self) -> None:
        # Sizes, extensions and trailers may double a body of many small chunks, but are no way around the limit.
        if self._fed - self._head_bytes > 2 * self._limits.max_body_bytes + self._limits.max_header_bytes:
            raise self._too_large()
