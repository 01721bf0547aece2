"""``T/journal``: requests and their responses, byte for byte; which message and which rules an exchange belongs to."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from messaging_double.models.control.journal import (
    ComparedCriterion,
    ComparedRule,
    ComparedRules,
    Exchange,
    ExchangeDetail,
    ExchangeOfMessage,
    ExchangePage,
    Header,
    HttpMessage,
    HttpMessageDetail,
)
from messaging_double.models.criteria import Criterion
from messaging_double.models.tickets import without_secrets
from messaging_double.server.control import lists
from messaging_double.server.control.lists import Listing, ListResources
from messaging_double.server.control.operation import TENANT, ControlRequest, Media, Operation, operation
from messaging_double.server.control.responses import absent
from messaging_double.server.journal.raw_messages import RawMessage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from messaging_double.models import records
    from messaging_double.models.rules import StoredRule
    from messaging_double.server.rules.book import RuleBook
    from messaging_double.server.rules.reactions import CallFacts
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
    lists.JOURNAL,
    ExchangePage,
    "exchanges",
    Exchange,
    ExchangeDetail,
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
        """Return those of every list, and those that return bytes."""
        one = f"{TENANT}/journal/{{id}}"
        raw = []
        for which in ("request", "response"):
            for ending, name, media in (("", "raw", _HTTP), (".xml", "bodyOf", _BODY)):
                summary = f"Return the {'body of the ' if ending else ''}{which} as it was on the wire."
                handler = partial(self._raw, which, media)
                id_ = f"{name}{which.capitalize()}"
                url = f"{one}/{which}{ending}"
                raw.append(Operation("GET", url, id_, summary, handler, {200: media}, needs_journal=True))
        return [*super().operations(), *raw]

    def show(self, record: records.Exchange) -> Exchange:
        """Return an exchange as lists show it."""
        return Exchange(
            **_common(record),
            request=HttpMessage(*_size(record.request)),
            response=HttpMessage(*_size(record.response)),
        )

    def show_one(self, request: ControlRequest, record: records.Exchange) -> ExchangeDetail:
        """Return an exchange with its headers, and where its bytes are."""
        url = f"/_mock/v1/tenants/{request.tenant}/journal/{record.id}"
        return ExchangeDetail(
            **_common(record),
            request=_message(record.request, f"{url}/request"),
            response=_message(record.response, f"{url}/response"),
        )

    def counts(self, work: UnitOfWork, tenant: str) -> dict[str, int]:
        """Return how many exchanges are missing."""
        return {"evicted": work.journal.evicted(tenant), "lost": self._lost(tenant, work.tenants.last_reset(tenant))}

    def whole(self, work: UnitOfWork, tenant: str, record: records.Exchange) -> records.Exchange | None:
        """Return an exchange with its bytes."""
        return work.journal.get(tenant, record.id)

    def get(self, request: ControlRequest) -> records.Exchange:
        """Return an exchange with its bytes. Raise ``Problem`` (404)."""
        number = request.path["id"]
        with self._storage.reading() as work:
            exchange = work.journal.get(request.tenant, number)
            evicted = work.journal.evicted(request.tenant)
        if exchange is None:
            dropped = f"; {evicted} older ones were dropped (settings journal-entries, journal-bytes)"
            more = dropped if evicted else ""
            raise absent(request.tenant, f"exchange {number}", "journal", more, within="the journal of ")
        return exchange

    def _raw(self, which: str, media: Media, request: ControlRequest) -> Response:
        message: records.Wire = getattr(self.get(request), which)
        data = message.raw if media is _HTTP else RawMessage(message.raw).body
        # What a client sent is not to run in the browser of its reader.
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
        return Response(data, headers=headers, content_type=media.type)


def _common(record: records.Exchange) -> dict[str, Any]:
    """Return the members that an exchange has in lists and by itself."""
    same = "id at request_id peer method status services operation messages refused rule fault".split()
    return {
        **{name: getattr(record, name) for name in same},
        "received": record.received or record.at,
        "target": None if record.target is None else without_secrets(record.target),
        "duration_ms": round(record.duration * 1000, 3),
        "notes": list(record.notes),
    }


def _size(message: records.Wire) -> tuple[int, bool]:
    return message.size, message.is_cut


def _message(message: records.Wire, url: str) -> HttpMessageDetail:
    raw = RawMessage(message.raw)
    headers = [Header(name, _masked(name, value)) for name, value in raw.headers]
    return HttpMessageDetail(*_size(message), without_secrets(raw.line), headers, url, f"{url}.xml")


def _masked(name: str, value: str) -> str:
    return _MASK if _SECRET_HEADER.search(name) else without_secrets(value)


_MOST_EXCHANGES = 100
"""Exchanges of one moment that are looked at: under a frozen clock there may be many."""
_EXCHANGE = "Show the exchange of the journal by which a message was sent."
_RULES = "Compare a call with the rules as they are now, criterion by criterion."


class ExplanationResources:
    """Explanations of messages and calls."""

    def __init__(
        self,
        storage: Storage,
        journal: JournalResources,
        book: RuleBook,
        clock: Callable[[str], datetime],
        facts_of: Callable[[str, records.Exchange], CallFacts | None],
    ) -> None:
        """Compare the calls of the journal with the rules of ``book``; ``facts_of`` reads a call again."""
        self._storage = storage
        self._journal = journal
        self._book = book
        self._clock = clock
        self._facts_of = facts_of

    @operation(
        f"GET {TENANT}/outbox/{{messagingId}}/exchange",
        "exchangeOfMessage",
        _EXCHANGE,
        ExchangeOfMessage,
        needs_journal=True,
    )
    def _exchange(self, request: ControlRequest) -> ExchangeOfMessage:
        number = request.path["messagingId"]
        with self._storage.reading() as work:
            entry = work.outbox.get(request.tenant, number)
            if entry is None:
                raise absent(request.tenant, f"messagingId {number}", "outbox", within="the outbox of ")
            same = (Criterion("at", "is", entry.registered), Criterion("operation", "is", entry.operation))
            listed, _ = work.journal.search(request.tenant, same, limit=_MOST_EXCHANGES)
            whole = (work.journal.get(request.tenant, each.id) for each in listed)
            found = next((each for each in whole if each is not None and _has_id(each.response.raw, number)), None)
            if found is None and len(listed) == 1:  # its response was lost or broken
                found = listed[0]
        return ExchangeOfMessage(None if found is None else self._journal.show(found))

    @operation(f"GET {TENANT}/journal/{{id}}/rules", "compareRules", _RULES, ComparedRules, needs_journal=True)
    def _rules(self, request: ControlRequest) -> ComparedRules:
        exchange = self._journal.get(request)
        now = self._clock(request.tenant)
        stored = self._book.rules(request.tenant, now)
        facts = self._facts_of(request.tenant, exchange) if stored else None
        return ComparedRules([] if facts is None else [self._compared(each, facts, now) for each in stored])

    def _compared(self, stored: StoredRule, facts: CallFacts, now: datetime) -> ComparedRule:
        from messaging_double.server.rules.matching import compare  # noqa: PLC0415 (needed once there are rules)

        rule = self._book.parsed(stored)
        criteria = [ComparedCriterion(*each) for each in compare(rule.condition, facts)]
        matched = all(each.matched for each in criteria)
        return ComparedRule(stored.name, rule.state(stored, now), matched, criteria)


def _has_id(response: bytes, number: int) -> bool:
    return re.search(rb"MessagingId>%d<" % number, response) is not None
