"""A client that knows exactly which bytes it sends and gets, over a plain socket or TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 5  # seconds; a test that waits longer has failed
MIB = 1024 * 1024
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
GET_10 = b"GET / HTTP/1.0\r\n\r\n"
HEAD = GET.replace(b"GET", b"HEAD")
WAIT = GET.replace(b"/", b"/wait", 1)


def until(holds: Callable[[], object]) -> None:
    """Ask until it is so."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes
    head: bytes

    @property
    def keeps_open(self) -> bool:
        return self.headers.get("connection") != "close"


class Client:
    """A socket that sends bytes and reads answers."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.socket = socket.create_connection((host, port), timeout=PATIENCE)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")

    def send(self, data: bytes) -> Client:
        self.socket.sendall(data)
        return self

    def send_what_is_taken(self, data: bytes) -> None:
        """Send, with no complaint about a server that hangs up meanwhile."""
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
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def rest(self) -> bytes:
        """Everything until the server closes."""
        return self.file.read()

    def head(self) -> Response:
        lines = [self.file.readline()]
        if not lines[0]:
            message = "the server closed without an answer"
            raise EOFError(message)
        while (line := self.file.readline()) not in {b"\r\n", b""}:
            lines.append(line)
        pairs = (line.decode("latin-1").split(":", 1) for line in lines[1:])
        headers = {name.lower(): value.strip() for name, value in pairs}
        return Response(int(lines[0].split()[1]), headers, b"", b"".join(lines))

    def response(self, *, to_head: bool = False) -> Response:
        response = self.head()
        if to_head or response.status in {100, 204, 304}:
            return response
        if response.headers.get("transfer-encoding") == "chunked":
            response.body = self._chunks()
        elif "content-length" in response.headers:
            response.body = self.file.read(int(response.headers["content-length"]))
        else:
            response.body = self.rest()
        return response

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.file.readline(), 16):
            body += self.file.read(size)
            assert self.file.readline() == b"\r\n"
        assert self.file.readline() == b"\r\n"
        return body

    def close(self) -> None:
        self.file.close()
        self.socket.close()
