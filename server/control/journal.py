"""The control API's journal: what was on the wire, byte for byte."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from messaging_double.models.tickets import without_secrets
from messaging_double.server.control import filters, shapes
from messaging_double.server.control.answers import json_answer
from messaging_double.server.control.boxes import Box, BoxResources
from messaging_double.server.control.operations import TENANT, Ask, Media, Operation
from messaging_double.server.control.problems import Problem
from messaging_double.server.raw_message import RawMessage
from messaging_double.server.shapes.objects import ListOf, Member, Object
from messaging_double.server.shapes.values import Number, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from messaging_double.models.exchanges import Exchange, Wire
    from messaging_double.storage import Storage, UnitOfWork

_SECRET_HEADER = re.compile(
    "authorization|cookie|credential|passw|secret|ticket|token|(?:api|auth|access|functions|subscription)-?key",
    re.IGNORECASE,
)
"""What is in the name of a header that is masked: ``Authorization``, ``SO-AppToken``, ``X-Api-Key``."""
_MASK = "***"


JOURNAL = Box(
    "journal",
    "exchanges",
    "id",
    "requests and their answers",
    filters.JOURNAL,
    shapes.EXCHANGE,
    lambda work: work.journal,
    "Journal",
    more=(
        Member("evicted", Number(0), "How many older ones were dropped to keep within the journal's bounds."),
        Member("lost", Number(0), "How many this process could not write: the database was locked, or failed."),
    ),
)
_HEADER = Object("Header", (Member("name", Text()), Member("value", Text())), shown=True)
_FULL_WIRE = Object(
    "WireInFull",
    (
        *shapes.WIRE.members,
        Member("line", Text(), "The request line or the status line; empty if there was none."),
        Member("headers", ListOf(_HEADER), "As they came, in order; tickets, tokens, keys and cookies are masked."),
        Member("raw", Text(), "Where the raw bytes are."),
        Member("body", Text(), "Where the raw bytes of the body are, without its framing."),
    ),
    shown=True,
)
_FULL = Object(
    "ExchangeInFull",
    (
        *(each for each in shapes.EXCHANGE.members if each.name not in ("request", "response")),
        Member("request", _FULL_WIRE),
        Member("response", _FULL_WIRE),
    ),
    shown=True,
)
_WAYS = ("request", "response")
_HTTP = Media("message/http", "The bytes as they were on the wire, tickets and tokens included.")
_BODY = Media("text/xml", "The bytes of the body, tickets and tokens included.")


class JournalResources:
    """``T/journal``."""

    def __init__(self, storage: Storage, lost: Callable[[str, int], int]) -> None:
        """Show the journal of ``storage``; ``lost`` tells how many exchanges of a tenant were lost since a reset."""
        self._storage = storage
        self._lost = lost

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        one = f"{TENANT}/journal/{{id}}"
        box = replace(JOURNAL, count_more=self._missing, full=_FULL, show_full=_in_full)
        lists = [each for each in BoxResources(self._storage, box).operations() if "{id}" not in each.path]
        raws = [each for way in _WAYS for each in self._raw_operations(one, way)]
        return [*lists, Operation("GET", one, "oneOfJournal", "Show one.", self._item, {200: _FULL}), *raws]

    def _raw_operations(self, one: str, way: str) -> list[Operation]:
        whole, body = partial(self._raw, way, _HTTP), partial(self._raw, way, _BODY)
        name = way.capitalize()
        return [
            Operation(
                "GET", f"{one}/{way}", f"raw{name}", f"Give the {way} as it was on the wire.", whole, {200: _HTTP}
            ),
            Operation("GET", f"{one}/{way}.xml", f"bodyOf{name}", f"Give the body of the {way}.", body, {200: _BODY}),
        ]

    def _missing(self, work: UnitOfWork, tenant: str) -> dict[str, int]:
        return {"evicted": work.journal.evicted(tenant), "lost": self._lost(tenant, work.tenants.last_reset(tenant))}

    def _item(self, ask: Ask) -> Response:
        return json_answer(_in_full(ask.tenant, self._get(ask)))

    def _raw(self, way: str, media: Media, ask: Ask) -> Response:
        wire: Wire = getattr(self._get(ask), way)
        data = wire.raw if media is _HTTP else RawMessage(wire.raw).body
        # What a client sent is not to run in the browser of who looks at it.
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
        return Response(data, headers=headers, content_type=media.type)

    def _get(self, ask: Ask) -> Exchange:
        number = ask.path["id"]
        with self._storage.reading() as work:
            exchange = work.journal.get(ask.tenant, number)
            evicted = work.journal.evicted(ask.tenant)
        if exchange is None:
            error = f"the journal of tenant '{ask.tenant}' has no exchange {number}"
            dropped = (
                f"; {evicted} older ones were dropped (settings journal-entries, journal-bytes)" if evicted else ""
            )
            raise Problem(404, error, f"those that it has are at /_mock/v1/tenants/{ask.tenant}/journal{dropped}")
        return exchange


def _in_full(tenant: str, exchange: Exchange) -> dict[str, Any]:
    url = f"/_mock/v1/tenants/{tenant}/journal/{exchange.id}"
    ways = {way: _wire_in_full(getattr(exchange, way), f"{url}/{way}") for way in _WAYS}
    return {**shapes.EXCHANGE.show(exchange), **ways}


def _wire_in_full(wire: Wire, url: str) -> dict[str, Any]:
    message = RawMessage(wire.raw)
    headers = [{"name": name, "value": _masked(name, value)} for name, value in message.headers]
    line = without_secrets(message.line)
    return {**shapes.WIRE.show(wire), "line": line, "headers": headers, "raw": url, "body": f"{url}.xml"}


def _masked(name: str, value: str) -> str:
    if _SECRET_HEADER.search(name):
        return _MASK
    return without_secrets(value)
