"""A tenant of a running double whose calls go wrong by rules, and three clients that see how."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from support.envelopes import action_of, envelope, operation, outgoing

PATIENCE = 10
SEND = envelope(operation("SendMessages", Plugin="CM", OutgoingMessages=[outgoing(To="1", Content="Hei")]))
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action_of("SendMessages")}"'}


@dataclass(frozen=True)
class Target:
    """One tenant of a double that runs."""

    double_url: str
    tenant: str

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect."""
        parts = urlsplit(self.double_url)
        return parts.hostname or "", parts.port or 0

    @property
    def path(self) -> str:
        """Of its Messaging.svc."""
        return f"/{self.tenant}/Remote/Services88/Messaging.svc"

    @property
    def url(self) -> str:
        """Of its Messaging.svc."""
        return self.double_url + self.path

    def control(self, method: str, path: str, value: Any = None) -> Any:
        """Ask the control API for something of the tenant; return its JSON."""
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE)
        with contextlib.closing(connection):
            body = None if value is None else json.dumps(value)
            connection.request(method, f"/_mock/v1/tenants/{self.tenant}/{path}", body)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status in (200, 201, 204), content
            return json.loads(content or "null")

    def rule(self, *then: dict[str, Any], **more: Any) -> None:
        """Let calls go wrong so."""
        self.control("POST", "rules", {"name": "the rule", "then": list(then), **more})

    def no_rule(self) -> None:
        """Let them go well again."""
        self.control("DELETE", "rules")

    def sent(self) -> int:
        """How many messages are in the outbox."""
        return self.control("GET", "outbox?limit=1")["total"]

    def exchange(self) -> dict[str, Any]:
        """Return the newest of the journal."""
        return self.control("GET", "journal?limit=1")["exchanges"][0]

    def succeeds(self) -> None:
        """Check that a call on a new connection is answered as usual."""
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("POST", self.path, SEND, HEADERS)
            answer = connection.getresponse()
            assert (answer.status, b"true</h:Succeeded>" in answer.read()) == (200, True)

    @property
    def request(self) -> bytes:
        """A SendMessages call as bytes of HTTP."""
        fields = {"Host": "a", "Content-Length": str(len(SEND)), **HEADERS}
        lines = [f"POST {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        return "\r\n".join(lines).encode() + SEND

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(self.address, timeout=PATIENCE)

    def talk(self, seconds: float = 1, *, half_close: bool = False) -> tuple[bytes, str]:
        """Send a call over a bare socket; return the bytes of its answer, and how the connection ended.

        With ``half_close`` the client says that it sends nothing more.
        """
        received = bytearray()
        with self.connect() as connection:
            connection.sendall(self.request)
            if half_close:
                with contextlib.suppress(OSError):  # it may have been reset already
                    connection.shutdown(socket.SHUT_WR)
            connection.settimeout(seconds)
            try:
                while part := connection.recv(1 << 20):
                    received += part
            except ConnectionResetError:
                return bytes(received), "reset"
            except TimeoutError:
                return bytes(received), "open"
        return bytes(received), "closed"
