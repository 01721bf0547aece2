"""Bytes to the double and back, in the manners of the libraries' HTTP."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = 30
_CHUNK = 100


class HttpAnswer(NamedTuple):
    """What came back."""

    status: int
    content_type: str | None
    body: bytes


@dataclass(frozen=True)
class Http:
    """The habits of a library, so far as they show in HTTP."""

    version: str = "1.1"
    absolute: bool = False
    """The whole URL in the request line."""
    expect: bool = False
    """Ask with ``Expect: 100-continue``, and send the body when told to go on."""
    chunked: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


class SocketTransport:
    """A socket, kept as long as the double keeps it."""

    def __init__(self, way: Http) -> None:
        self._way = way
        self._socket: socket.socket | None = None
        self.connections = 0

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Send one request; return the answer to it."""
        if self._socket is None:
            parts = urlsplit(url)
            self._socket = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=_SECONDS)
            self.connections += 1
        if self._way.expect:
            self._socket.sendall(self._head(url, headers, body))
            assert self._interim() == b"HTTP/1.1 100 Continue\r\n\r\n"
            self._socket.sendall(self._framed(body))
        else:
            self._socket.sendall(self._head(url, headers, body) + self._framed(body))
        response = http.client.HTTPResponse(self._socket, method="POST")
        with contextlib.closing(response):
            response.begin()
            answer = HttpAnswer(response.status, response.getheader("Content-Type"), response.read())
            if response.will_close:
                self.close()
        return answer

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _head(self, url: str, headers: Mapping[str, str], body: bytes) -> bytes:
        parts = urlsplit(url)
        every = {"Host": parts.netloc, **self._way.headers, **headers}
        if self._way.chunked:
            every["Transfer-Encoding"] = "chunked"
        else:
            every["Content-Length"] = str(len(body))
        if self._way.expect:
            every["Expect"] = "100-continue"
        lines = [f"POST {url if self._way.absolute else parts.path} HTTP/{self._way.version}"]
        lines += [f"{name}: {value}" for name, value in every.items()]
        return "\r\n".join([*lines, "", ""]).encode("ascii")

    def _framed(self, body: bytes) -> bytes:
        if not self._way.chunked:
            return body
        chunks = [body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK)]
        return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])

    def _interim(self) -> bytes:
        assert self._socket is not None
        received = b""
        while not received.endswith(b"\r\n\r\n"):
            more = self._socket.recv(1)
            assert more, received
            received += more
        return received


class CurlTransport:
    """The curl command."""

    def __init__(self, *flags: str) -> None:
        self._flags = flags

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Send one request; return the answer to it."""
        said = "\n%{http_code} %{content_type}"
        command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", str(_SECONDS), *self._flags]
        for name, value in headers.items():
            command += ["--header", f"{name}: {value}"]
        command += ["--data-binary", "@-", "--write-out", said, url]
        output = subprocess.run(command, input=body, capture_output=True, check=True).stdout
        answer, _, last = output.rpartition(b"\n")
        status, _, content_type = last.decode().partition(" ")
        return HttpAnswer(int(status), content_type or None, answer)

    def close(self) -> None:
        """Nothing is kept between calls."""
