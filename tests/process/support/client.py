"""A client that behaves: one kept connection, valid calls, and the control API."""

from __future__ import annotations

import http.client
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from support.envelopes import action_of, credentials, envelope, operation, outgoing

from .child import PATIENCE

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

_IDS = re.compile(rb"<(?:\w+:)?MessagingId>(-?\d+)<")
_SUCCEEDED = re.compile(rb"Succeeded[^>]*>true<")
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action_of("SendMessages")}"'}


def path_of(tenant: str) -> str:
    """Return the path of a tenant's newest Messaging.svc."""
    return f"/{tenant}/Remote/Services88/Messaging.svc"


def sending(*contents: str, plugin: str = "CM", ticket: str | None = None) -> bytes:
    """Return the envelope of a SendMessages call."""
    return envelope(
        operation(
            "SendMessages", Plugin=plugin, OutgoingMessages=[outgoing(To="1", Content=each) for each in contents]
        ),
        headers=credentials(ticket) if ticket else "",
    )


class Client:
    """One kept connection to one server."""

    def __init__(self, url: str, *, host: str | None = None, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        where = host or parts.hostname or "", parts.port
        self._connection = (
            http.client.HTTPSConnection(*where, timeout=PATIENCE, context=context)
            if parts.scheme == "https"
            else http.client.HTTPConnection(*where, timeout=PATIENCE)
        )

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Return the status and the body of an answer."""
        self._connection.request(method, path, body, headers or {})
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def send(self, tenant: str, *contents: str) -> list[int]:
        """Send messages in one call; return their MessagingIds."""
        status, body = self.ask("POST", path_of(tenant), sending(*contents), HEADERS)
        assert status == 200, (status, body)
        assert _SUCCEEDED.search(body), body
        ids = [int(each) for each in _IDS.findall(body)]
        assert len(ids) == len(contents), body
        return ids

    def control(self, path: str) -> Any:
        """Return what the control API shows."""
        status, body = self.ask("GET", f"/_mock/v1/tenants/{path}")
        assert status == 200, (status, body)
        return json.loads(body)

    def outbox(self, tenant: str, limit: int = 1000) -> Iterator[dict[str, Any]]:
        """Return all that was sent, newest first, page by page."""
        cursor = ""
        while cursor is not None:
            page = self.control(f"{tenant}/outbox?limit={limit}{cursor}")
            yield from page["messages"]
            cursor = page["next"] and f"&cursor={page['next']}"
