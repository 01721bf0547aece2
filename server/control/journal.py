"""``T/journal``: requests and their responses, byte for byte."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from messaging_double.models.control.journal import (
    Exchange,
    ExchangeDetail,
    ExchangePage,
    Header,
    HttpMessage,
    HttpMessageDetail,
)
from messaging_double.models.tickets import without_secrets
from messaging_double.server.control import filters
from messaging_double.server.control.lists import Listing, ListResources
from messaging_double.server.control.operation import TENANT, ControlRequest, Media, Operation
from messaging_double.server.control.problems import Problem
from messaging_double.server.journal.raw_message import RawMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from messaging_double.models import exchanges
    from messaging_double.storage import Storage, UnitOfWork

_SECRET_HEADER = re.compile(
    "authorization|cookie|credential|passw|secret|ticket|token|(?:api|auth|access|functions|subscription)-?key",
    re.IGNORECASE,
)
"""What the name of a header has that is masked: ``Authorization``, ``SO-AppToken``, ``X-Api-Key``."""
_MASK = "***"
_JOURNAL = Listing(
    "journal",
    "journal",
    "Journal",
    "requests and their responses",
    filters.JOURNAL,
    ExchangePage,
    "exchanges",
    Exchange,
)
_HTTP = Media("message/http", "The bytes as they were on the wire, tickets and tokens included.")
_BODY = Media("text/xml", "The bytes of the body, tickets and tokens included.")


class JournalResources(ListResources):
    """``T/journal``."""

    def __init__(self, storage: Storage, lost: Callable[[str, int], int]) -> None:
        """Show the journal; ``lost`` returns how many exchanges of a tenant were lost since a reset."""
        super().__init__(storage, {}, _JOURNAL)
        self._lost = lost

    def operations(self) -> list[Operation]:
        """Return the operations."""
        one = f"{TENANT}/journal/{{id}}"
        raw = []
        for which in ("request", "response"):
            for ending, name, media in (("", "raw", _HTTP), (".xml", "bodyOf", _BODY)):
                summary = f"Return the {'body of the ' if ending else ''}{which} as it was on the wire."
                handler = partial(self._raw, which, media)
                id_ = f"{name}{which.capitalize()}"
                raw.append(Operation("GET", f"{one}/{which}{ending}", id_, summary, handler, {200: media}))
        return [*self.list_operations(), *self.item_operations(ExchangeDetail, _detail), *raw]

    def show(self, record: exchanges.Exchange) -> Exchange:
        """Return an exchange as lists show it."""
        return Exchange(
            **_common(record),
            request=HttpMessage(*_size(record.request)),
            response=HttpMessage(*_size(record.response)),
        )

    def counts(self, work: UnitOfWork, tenant: str) -> dict[str, int]:
        """Return how many exchanges are missing."""
        return {"evicted": work.journal.evicted(tenant), "lost": self._lost(tenant, work.tenants.last_reset(tenant))}

    def whole(self, work: UnitOfWork, tenant: str, record: exchanges.Exchange) -> exchanges.Exchange | None:
        """Return an exchange with its bytes."""
        return work.journal.get(tenant, record.id)

    def get(self, request: ControlRequest) -> exchanges.Exchange:
        """Return an exchange with its bytes. Raise ``Problem`` (404)."""
        number = request.path["id"]
        with self._storage.reading() as work:
            exchange = work.journal.get(request.tenant, number)
            evicted = work.journal.evicted(request.tenant)
        if exchange is None:
            error = f"the journal of tenant '{request.tenant}' has no exchange {number}"
            hint = f"those that it has are at /_mock/v1/tenants/{request.tenant}/journal"
            dropped = f"; {evicted} older ones were dropped (settings journal-entries, journal-bytes)"
            raise Problem(404, error, hint + (dropped if evicted else ""))
        return exchange

    def _raw(self, which: str, media: Media, request: ControlRequest) -> Response:
        message: exchanges.Wire = getattr(self.get(request), which)
        data = message.raw if media is _HTTP else RawMessage(message.raw).body
        # What a client sent is not to run in the browser of its reader.
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
        return Response(data, headers=headers, content_type=media.type)


def _detail(request: ControlRequest, record: exchanges.Exchange) -> ExchangeDetail:
    url = f"/_mock/v1/tenants/{request.tenant}/journal/{record.id}"
    return ExchangeDetail(
        **_common(record),
        request=_message(record.request, f"{url}/request"),
        response=_message(record.response, f"{url}/response"),
    )


def _common(record: exchanges.Exchange) -> dict[str, Any]:
    """Return the members that an exchange has in lists and by itself."""
    same = "id at request_id peer method status services operation messages refused rule fault".split()
    return {
        **{name: getattr(record, name) for name in same},
        "received": record.received or record.at,
        "target": None if record.target is None else without_secrets(record.target),
        "duration_ms": round(record.duration * 1000, 3),
        "notes": list(record.notes),
    }


def _size(message: exchanges.Wire) -> tuple[int, bool]:
    return message.size, message.is_cut


def _message(message: exchanges.Wire, url: str) -> HttpMessageDetail:
    raw = RawMessage(message.raw)
    headers = [Header(name, _masked(name, value)) for name, value in raw.headers]
    return HttpMessageDetail(*_size(message), without_secrets(raw.line), headers, url, f"{url}.xml")


def _masked(name: str, value: str) -> str:
    return _MASK if _SECRET_HEADER.search(name) else without_secrets(value)
