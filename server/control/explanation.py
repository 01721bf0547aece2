"""``T/outbox/{messagingId}/exchange`` and ``T/journal/{id}/rules``: what belongs together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from messaging_double.models.control.journal import ComparedCriterion, ComparedRule, ComparedRules, ExchangeOfMessage
from messaging_double.models.criteria import Criterion
from messaging_double.server.control.operation import TENANT, ControlRequest, operation
from messaging_double.server.control.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from messaging_double.models.exchanges import Exchange
    from messaging_double.models.rules import StoredRule
    from messaging_double.server.control.journal import JournalResources
    from messaging_double.server.rules.book import RuleBook
    from messaging_double.server.rules.call_facts import CallFacts
    from messaging_double.storage import Storage

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
        facts_of: Callable[[str, Exchange], CallFacts | None],
    ) -> None:
        """Compare the calls of the journal with the rules of ``book``; ``facts_of`` reads a call again."""
        self._storage = storage
        self._journal = journal
        self._book = book
        self._clock = clock
        self._facts_of = facts_of

    @operation(f"GET {TENANT}/outbox/{{messagingId}}/exchange", "exchangeOfMessage", _EXCHANGE, ExchangeOfMessage)
    def _exchange(self, request: ControlRequest) -> ExchangeOfMessage:
        number = request.path["messagingId"]
        with self._storage.reading() as work:
            entry = work.outbox.get(request.tenant, number)
            if entry is None:
                hint = f"those that it has are at /_mock/v1/tenants/{request.tenant}/outbox"
                raise Problem(404, f"the outbox of tenant '{request.tenant}' has no messagingId {number}", hint)
            same = (Criterion("at", "is", entry.registered), Criterion("operation", "is", entry.operation))
            listed, _ = work.journal.search(request.tenant, same, limit=_MOST_EXCHANGES)
            whole = (work.journal.get(request.tenant, each.id) for each in listed)
            found = next((each for each in whole if each is not None and _has_id(each.response.raw, number)), None)
            if found is None and len(listed) == 1:  # its response was lost or broken
                found = listed[0]
        return ExchangeOfMessage(None if found is None else self._journal.show(found))

    @operation(f"GET {TENANT}/journal/{{id}}/rules", "compareRules", _RULES, ComparedRules)
    def _rules(self, request: ControlRequest) -> ComparedRules:
        exchange = self._journal.get(request)
        now = self._clock(request.tenant)
        stored = self._book.rules(request.tenant, now)
        facts = self._facts_of(request.tenant, exchange) if stored else None
        return ComparedRules([] if facts is None else [self._compared(each, facts, now) for each in stored])

    def _compared(self, stored: StoredRule, facts: CallFacts, now: datetime) -> ComparedRule:
        from messaging_double.server.rules.comparison import compare  # noqa: PLC0415 (needed once there are rules)

        rule = self._book.parsed(stored)
        criteria = [ComparedCriterion(*each) for each in compare(rule.condition, facts)]
        matched = all(each.matched for each in criteria)
        return ComparedRule(stored.name, rule.state(stored, now), matched, criteria)


def _has_id(response: bytes, number: int) -> bool:
    return re.search(rb"MessagingId>%d<" % number, response) is not None
