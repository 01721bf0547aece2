"""One client for raw bytes, HTTP, SOAP and the control API, over a plain socket or TLS."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from .answers import Response
from .envelopes import ACTION, sending
from .openapi import check_control_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from typing_extensions import Self

PATIENCE = 30
"""Seconds after which a test has failed that waits for something."""
MIB = 1024 * 1024
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
GET_10 = b"GET / HTTP/1.0\r\n\r\n"
HEAD = GET.replace(b"GET", b"HEAD")
WAIT = GET.replace(b"/", b"/wait", 1)
SENDING = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": ACTION}
"""The headers of a SendMessages call."""


def until(holds: Callable[[], object]) -> None:
    """Ask until it holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


def path_of(tenant: str) -> str:
    """Return the path of a tenant's newest Messaging.svc."""
    return f"/{tenant}/Remote/Services88/Messaging.svc"


def _response(head: bytes) -> Response:
    line, *fields = head.decode("latin-1").removesuffix("\r\n").split("\r\n")
    version, status, reason = (*line.split(" ", 2), "", "")[:3]
    assert version in {"HTTP/1.1", "HTTP/1.0"}, line
    pairs = (each.split(":", 1) for each in fields)
    return Response(int(status), reason, {name.lower(): value.strip() for name, value in pairs}, b"", head=head)


class Client:
    """A connection that is kept as long as the server keeps it."""

    def __init__(
        self, where: str | tuple[str, int], *, tls: ssl.SSLContext | None = None, name: str | None = None
    ) -> None:
        """Connect to a URL, or to an address; a certificate has to be of ``name``, by default of the host."""
        if isinstance(where, str):
            parts = urlsplit(where)
            where = parts.hostname or "", parts.port or 80
        self._address, self._tls, self._name = where, tls, name or where[0]
        self._connect()

    def _connect(self) -> None:
        self.socket = socket.create_connection(self._address, timeout=PATIENCE)
        # Else a body sent after its head waits 40 ms for the head's acknowledgement.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            plain = self.socket
            try:
                self.socket = self._tls.wrap_socket(plain, server_hostname=self._name)
            except BaseException:
                plain.close()
                raise
        self.file = self.socket.makefile("rb")

    # bytes

    def send(self, data: bytes) -> Client:
        """Send bytes."""
        self.socket.sendall(data)
        return self

    def send_what_is_taken(self, data: bytes) -> None:
        """Send bytes to a server that may close meanwhile."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, TimeoutError, ssl.SSLError):
            self.socket.sendall(data)

    def reset(self) -> None:
        """Close as a client that crashes: the server gets a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def check_silence(self) -> None:
        """See that nothing has come, and that nothing comes at once."""
        self.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            self.socket.recv(1)
        self.socket.settimeout(PATIENCE)
        self.file = self.socket.makefile("rb")

    def end(self) -> Client:
        """Say that nothing more comes."""
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def rest(self) -> bytes:
        """Return everything until the server closes."""
        return self.file.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.file.close()
        self.socket.close()

    # HTTP

    def head(self) -> Response:
        """Return an answer without its body."""
        lines = []
        while (line := self.file.readline()) != b"\r\n":
            if not line:
                error = EOFError if lines else ConnectionResetError
                message = "the server closed without an answer" if not lines else "the server closed in its answer"
                raise error(message)
            lines.append(line)
        return _response(b"".join(lines))

    def response(self, *, to_head: bool = False) -> Response:
        """Return an answer."""
        response = self.head()
        if to_head or response.status in {100, 204, 304}:
            return response
        if response.headers.get("transfer-encoding") == "chunked":
            response.body = self.chunks()
        elif "content-length" in response.headers:
            response.body = self.file.read(int(response.headers["content-length"]))
            if len(response.body) < int(response.headers["content-length"]):
                message = "the server closed in the middle of its answer"
                raise EOFError(message)
        else:
            response.body = self.rest()
        return response

    def chunks(self) -> bytes:
        """Return a chunked body."""
        chunks = []
        while size := int(self.file.readline(), 16):
            chunks.append(self.file.read(size))
            assert self.file.readline() == b"\r\n"
        assert self.file.readline() == b"\r\n"
        return b"".join(chunks)

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Response:
        """Send a request and return its answer; a body that is not bytes is sent as JSON."""
        if self.socket.fileno() == -1:
            self._connect()
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        fields = {"Host": "{}:{}".format(*self._address), "Content-Length": str(len(content)), **(headers or {})}
        head = "\r\n".join(
            [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        )
        self.send(head.encode("latin-1") + content)
        response = self.response(to_head=method == "HEAD")
        if not response.keeps_open:
            self.close()
        check_control_answer(method, path, response)
        return response

    # the double

    def send_messages(self, tenant: str, *contents: str) -> list[int]:
        """Send messages in one call; return their MessagingIds."""
        response = self.ask("POST", path_of(tenant), sending(*contents), SENDING)
        assert (response.status, b">true</h:Succeeded>" in response.body) == (200, True), response
        ids = [int(each) for each in re.findall(rb"<(?:\w+:)?MessagingId>(-?\d+)<", response.body)]
        assert len(ids) == len(contents), response
        return ids

    def control(self, rest: str, method: str = "GET", value: Any = None) -> Any:
        """Ask for something of a tenant, ``rest`` being what follows ``/tenants/``; return its JSON."""
        response = self.ask(method, f"/_mock/v1/tenants/{rest}", value)
        assert response.status in (200, 201, 204), response
        return response.json if response.body else None

    def listed(self, box: str, key: str = "messages", limit: int = 1000) -> Iterator[dict[str, Any]]:
        """Return all that is in a list, ``Cust1/outbox`` for example, newest first, page by page."""
        cursor = ""
        while cursor is not None:
            page = self.control(f"{box}?limit={limit}{cursor}")
            yield from page[key]
            cursor = page["next"] and f"&cursor={page['next']}"


@dataclass
class Conversation:
    """What came back on one connection."""

    replies: list[Response] = field(default_factory=list)
    rest: bytes = b""
    """Bytes that are no answer, or not all of one."""
    closed: bool = False
    """The server has closed, or reset, the connection."""
    late: bool = False
    """The time was over."""

    @property
    def final(self) -> list[Response]:
        """The answers that are not interim ones."""
        return [reply for reply in self.replies if reply.status >= 200]

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come until another request is sent."""
        return bool(self.final) and not self.rest and self.final[-1].keeps_open


def converse(
    address: tuple[str, int], pieces: Iterable[bytes], *, half_close: bool = False, seconds: float = 10
) -> Conversation:
    """Send all pieces, whether they are wanted or not, and read the answers.

    With ``half_close`` the client then says that it sends nothing more, and reads until the server closes; without,
    it reads one answer, and then until the server closes if the answer says so.
    """
    found, received = Conversation(), b""
    with socket.create_connection(address, timeout=seconds) as connection:
        sender = threading.Thread(target=_send_all, args=(connection, pieces, half_close))
        sender.start()
        try:
            while not found.closed and (half_close or not found.is_over):
                data = connection.recv(MIB)
                received += data
                found.closed = not data
                found.replies, found.rest = parse_replies(received)
        except TimeoutError:
            found.late = True
        except OSError:  # it was reset
            found.closed = True
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)  # which ends the sender too
        sender.join()
    found.replies, found.rest = parse_replies(received, closed=found.closed)
    return found


def _send_all(connection: socket.socket, pieces: Iterable[bytes], half_close: bool) -> None:  # noqa: FBT001
    with contextlib.suppress(OSError):  # it has closed; what it said before is still to be read
        for piece in pieces:
            connection.sendall(piece)
        if half_close:
            connection.shutdown(socket.SHUT_WR)


def parse_replies(data: bytes, *, closed: bool = False) -> tuple[list[Response], bytes]:
    """Return the whole answers, and the bytes after them."""
    replies = []
    while True:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            return replies, data
        reply = _response(head)
        no_body = reply.status < 200 or reply.status == 204
        length = int(reply.headers.get("content-length", 0 if no_body else len(rest) if closed else len(rest) + 1))
        if len(rest) < length:
            return replies, data
        reply.body, data = rest[:length], rest[length:]
        replies.append(reply)
