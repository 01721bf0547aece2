"""A tenant of a running double whose calls go wrong by rules, and three clients that see how."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from support.envelopes import SEND
from support.hostile import post
from support.sockets import PATIENCE, Client, path_of


@dataclass(frozen=True)
class Target:
    """One tenant of a double that runs."""

    double_url: str
    tenant: str

    @property
    def url(self) -> str:
        """Of its Messaging.svc."""
        return self.double_url + path_of(self.tenant)

    def control(self, method: str, path: str, value: Any = None) -> Any:
        """Ask the control API for something of the tenant; return its JSON."""
        with Client(self.double_url) as client:
            return client.control(f"{self.tenant}/{path}", method, value)

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
        with Client(self.double_url) as client:
            client.send_messages(self.tenant, "Hei")

    @property
    def request(self) -> bytes:
        """A SendMessages call as bytes of HTTP."""
        return post(SEND, path=path_of(self.tenant))

    def connect(self) -> socket.socket:
        """Open a connection."""
        parts = urlsplit(self.double_url)
        return socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)

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
