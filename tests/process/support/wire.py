"""Bytes to a server and bytes back, with a deadline on everything and no opinion of what is right."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PIECE = 1 << 20


@dataclass(frozen=True)
class Reply:
    """One answer of HTTP."""

    status: int
    reason: str
    headers: dict[str, str]
    """Names in small letters."""
    body: bytes
    complete: bool

    @property
    def content_type(self) -> str:
        """The Content-Type, in small letters; empty where there is none."""
        return self.headers.get("content-type", "").lower()

    @property
    def closes(self) -> bool:
        """Whether it says to be the last one of its connection."""
        return self.headers.get("connection", "").lower() == "close"


@dataclass
class Conversation:
    """What came back on one connection."""

    replies: list[Reply] = field(default_factory=list)
    rest: bytes = b""
    """Bytes that are no answer, or not all of one."""
    closed: bool = False
    """The server has closed, or reset, the connection."""
    late: bool = False
    """The time was over."""


def converse(
    address: tuple[str, int], pieces: Iterable[bytes], *, half_close: bool = False, seconds: float = 10
) -> Conversation:
    """Send all pieces, whether they are wanted or not, and read the answers.

    With ``half_close`` the client then says that it sends nothing more, and reads until the server closes; without,
    it reads one answer, and then until the server closes if the answer says so.
    """
    with socket.create_connection(address, timeout=seconds) as connection:
        connection.settimeout(0)
        return _Dialogue(connection, pieces, half_close=half_close).until(time.monotonic() + seconds)


class _Dialogue:
    def __init__(self, connection: socket.socket, pieces: Iterable[bytes], *, half_close: bool) -> None:
        self._connection = connection
        self._half_close = half_close
        self._pieces: Iterator[bytes] | None = iter(pieces)
        self._unsent = memoryview(b"")
        self._received = bytearray()
        self._found = Conversation()

    def until(self, end: float) -> Conversation:
        self._next_piece()
        while not self._found.closed and not self._is_over():
            left = end - time.monotonic()
            if left <= 0:
                self._found.late = True
                break
            sends = [self._connection] if self._pieces is not None else []
            readable, writable, _ = select.select([self._connection], sends, [], left)
            if writable:
                self._send()
            if readable:
                self._receive()
        self._found.replies, self._found.rest = parse_replies(bytes(self._received), closed=self._found.closed)
        return self._found

    def _is_over(self) -> bool:
        if self._half_close:
            return False  # the server closes
        replies, rest = parse_replies(
            bytes(self._received[:PIECE]) if len(self._received) < PIECE else bytes(self._received)
        )
        final = [reply for reply in replies if reply.status >= 200]
        return bool(final) and not rest and not final[-1].closes

    def _next_piece(self) -> None:
        while self._pieces is not None and not self._unsent:
            piece = next(self._pieces, None)
            if piece is None:
                self._stop_sending()
            else:
                self._unsent = memoryview(piece)

    def _stop_sending(self) -> None:
        self._pieces = None
        if self._half_close:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_WR)

    def _send(self) -> None:
        try:
            self._unsent = self._unsent[self._connection.send(self._unsent[:PIECE]) :]
        except BlockingIOError:
            return
        except OSError:  # it has closed; what it said before is still to be read
            self._pieces = None
            return
        self._next_piece()

    def _receive(self) -> None:
        try:
            data = self._connection.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._received += data
        self._found.closed = not data


def parse_replies(data: bytes, *, closed: bool = False) -> tuple[list[Reply], bytes]:
    """Return the complete answers, and the bytes after them."""
    replies = []
    while True:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            return replies, data
        reply = _reply_of(head.decode("latin-1"))
        length = reply.headers.get("content-length")
        if length is None and reply.status >= 200 and reply.status != 204:
            if not closed:
                return replies, data
            length = str(len(rest))
        if len(rest) < int(length or 0):
            return replies, data
        body, data = rest[: int(length or 0)], rest[int(length or 0) :]
        replies.append(Reply(reply.status, reply.reason, reply.headers, body, complete=True))


def _reply_of(head: str) -> Reply:
    line, *fields = head.split("\r\n")
    version, status, reason = (*line.split(" ", 2), "", "")[:3]
    assert version in {"HTTP/1.1", "HTTP/1.0"}, line
    pairs = (each.partition(":")[::2] for each in fields)
    return Reply(int(status), reason, {name.lower(): value.strip() for name, value in pairs}, b"", complete=False)
