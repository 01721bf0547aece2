"""Expectations: compare a tenant's messages with one, and find the messages that come nearest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from messaging_double.models.control.values import to_json_value
from messaging_double.models.criteria import INBOX, OUTBOX, Criterion

from .comparison import Difference, difference, rough_similarity, similarity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messaging_double.models.criteria import Field
    from messaging_double.models.records import InboxEntry, OutboxEntry
    from messaging_double.storage import UnitOfWork

    from .comparison import Part

    Entry = OutboxEntry | InboxEntry

Box = Literal["outbox", "inbox"]

FIELDS: dict[Box, dict[str, Field]] = {
    "outbox": {field.name: field for field in OUTBOX},
    "inbox": {field.name: field for field in INBOX},
}
NUMBER: dict[Box, str] = {"outbox": "messagingId", "inbox": "id"}
"""The field that identifies a message of a box."""


@dataclass(frozen=True)
class Expectation:
    """A number of messages that meet all of the criteria (ours)."""

    box: Box
    criteria: tuple[Criterion, ...] = ()
    minimum: int = 1
    maximum: int | None = None
    """``None``: any number from ``minimum`` on."""
    waited: bool = False
    """Whether messages that were still missing were waited for."""

    def met_by(self, count: int) -> bool:
        """Return whether this number of matching messages is expected."""
        return count >= self.minimum and (self.maximum is None or count <= self.maximum)

    @property
    def in_words(self) -> str:
        """The expected number, for a sentence: ``exactly 1 message``."""
        if self.maximum is None:
            return f"at least {messages(self.minimum)}"
        if self.maximum == 0:
            return "no message"
        if self.minimum == self.maximum:
            return f"exactly {messages(self.maximum)}"
        return f"{self.minimum} to {messages(self.maximum)}" if self.minimum else f"at most {messages(self.maximum)}"


def messages(count: int) -> str:
    """Return ``1 message``, ``2 messages``."""
    return f"{count} message" if count == 1 else f"{count} messages"


def to_json(value: Any) -> Any:  # noqa: ANN401 (whatever a member is)
    """Return the value in JSON's types: moments in UTC, Config as a list of objects with key and value."""
    if isinstance(value, datetime):
        return to_json_value(value)
    if isinstance(value, tuple):
        return [{"key": key, "value": each} for key, each in value]
    return value


def quoted(value: Any) -> str:  # noqa: ANN401
    """Return the value as JSON on one line, with escapes for every character that cannot be seen."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return text.translate({ord(each): json.dumps(each)[1:-1] for each in set(text) if not each.isprintable()})


def quoted_part(part: Part) -> str:
    """Return a part of a difference for a sentence; where there is none, ``nothing``."""
    return quoted(to_json(part)) if part or part is None else "nothing"


SHOWN = 20
"""How many of the matching messages are shown at most."""
COMPARED = 1_000
"""How many messages are compared in search of the nearest misses."""
_COMPARED_CLOSELY = 30
"""How many of these are compared in full."""
_NEAREST = 3


@dataclass(frozen=True)
class CriterionResult:
    """How a message compares with one criterion."""

    criterion: Criterion
    element: str
    """Path in the contract, ``SendMessages/OutgoingMessages/OutgoingMessage[3]/Content``; else the member's name."""
    actual: Any
    """The member's value; for a key of Config all values that it has, in the order sent."""
    matched: bool
    difference: Difference | None

    @property
    def actual_json(self) -> Any:  # noqa: ANN401
        """``actual`` in JSON's types."""
        return to_json(self.actual) if self.criterion.key is None else list(self.actual)


@dataclass(frozen=True)
class NearMiss:
    """A message that does not meet all of the criteria."""

    number: int
    """Its MessagingId, or its id in the inbox."""
    results: tuple[CriterionResult, ...]
    """One for each criterion, in their order."""

    @property
    def matched(self) -> int:
        """Number of criteria that it meets."""
        return sum(each.matched for each in self.results)


@dataclass(frozen=True)
class Verdict:
    """The result of comparing a box with an expectation."""

    tenant: str
    expectation: Expectation
    found: int
    """How many messages meet all of the criteria."""
    total: int
    """How many messages there are in the box."""
    matching: tuple[Entry, ...]
    """Those that meet all of the criteria, newest first, at most ``SHOWN`` of them."""
    nearest: tuple[NearMiss, ...] = ()
    """The nearest misses, nearest first, if there are too few matching messages."""
    is_partial: bool = False
    """Whether messages that meet as many criteria as the nearest misses were too many to compare them all."""
    elsewhere: tuple[tuple[str, int], ...] | None = ()
    """Other tenants that have messages in this box, and how many, if this tenant has none; ``None``: not to be told."""
    refused: tuple[int, str] | None = None
    """If this tenant has none: how many of its calls were refused, and why the newest was."""

    @property
    def passed(self) -> bool:
        """Whether the expectation is met."""
        return self.expectation.met_by(self.found)

    @property
    def is_too_few(self) -> bool:
        """Whether matching messages are missing."""
        return self.found < self.expectation.minimum

    @property
    def is_too_many(self) -> bool:
        """Whether more messages match than were expected."""
        return not self.passed and not self.is_too_few


def verify(work: UnitOfWork, tenant: str, expectation: Expectation, *, tells_of_others: bool = True) -> Verdict:
    """Compare the tenant's messages with the expectation. Raises ``StorageError``."""
    box = work.outbox if expectation.box == "outbox" else work.inbox
    matching, found = box.search(tenant, expectation.criteria, limit=SHOWN)
    total = box.count(tenant, ())
    nearest: tuple[NearMiss, ...] = ()
    is_partial = False
    if found < expectation.minimum and expectation.criteria:
        limit = COMPARED + min(found, COMPARED)  # those that match come first
        if len(expectation.criteria) > 1:
            candidates = box.nearest(tenant, expectation.criteria, limit=limit)
        else:  # all misses meet as much, and sorting many takes longer than all the rest
            candidates, _ = box.search(tenant, (), limit=limit)
        nearest = _nearest(expectation.box, candidates, expectation.criteria)
        is_partial = len(candidates) < total and _is_as_near(expectation, candidates[-1], nearest)
    elsewhere = None if not tells_of_others else () if total else _elsewhere(work, tenant, expectation.box)
    refused = None if total else _refused(work, tenant)
    return Verdict(tenant, expectation, found, total, tuple(matching), nearest, is_partial, elsewhere, refused)


def _refused(work: UnitOfWork, tenant: str) -> tuple[int, str] | None:
    calls, count = work.journal.search(tenant, (Criterion("refused", "any", True),), limit=1)  # noqa: FBT003
    return (count, calls[0].refused or "") if calls else None


def _elsewhere(work: UnitOfWork, tenant: str, box: Box) -> tuple[tuple[str, int], ...]:
    counts = ((name, getattr(work, box).count(name, ())) for name in work.tenants.names() if name != tenant)
    return tuple((name, count) for name, count in counts if count)


def _nearest(box: Box, candidates: Sequence[Entry], criteria: tuple[Criterion, ...]) -> tuple[NearMiss, ...]:
    """Return the nearest of the candidates, which come newest first among equals, and stay so."""
    misses = []
    for entry in candidates:
        unmet = [criterion for criterion in criteria if not _matches(box, entry, criterion)]
        if unmet:
            misses.append((entry, unmet))

    # Only those are compared that can be among the nearest by what they meet.
    most_unmet = max(sorted(len(unmet) for _, unmet in misses)[:_NEAREST], default=0)
    misses = [(entry, unmet) for entry, unmet in misses if len(unmet) <= most_unmet]

    def distance(
        measure: Callable[[Criterion, Any], float], a_miss: tuple[Entry, list[Criterion]]
    ) -> tuple[int, float]:
        entry, unmet = a_miss
        return len(unmet), -sum(measure(each, _actual_of(box, entry, each)) for each in unmet)

    for measure, most in ((rough_similarity, _COMPARED_CLOSELY), (similarity, _NEAREST)):
        misses = sorted(misses, key=partial(distance, measure))[:most]
    return tuple(
        NearMiss(number_of(box, entry), tuple(_result(box, entry, each) for each in criteria)) for entry, _ in misses
    )


def _is_as_near(expectation: Expectation, entry: Entry, nearest: Sequence[NearMiss]) -> bool:
    matched = sum(_matches(expectation.box, entry, criterion) for criterion in expectation.criteria)
    return not nearest or matched >= nearest[-1].matched


def number_of(box: Box, entry: Entry) -> int:
    """Return the message's MessagingId, or its id in the inbox."""
    number: int = FIELDS[box][NUMBER[box]].of(entry)
    return number


def _matches(box: Box, entry: Entry, criterion: Criterion) -> bool:
    """Return whether the message meets the criterion."""
    return criterion.met_by(FIELDS[box][criterion.field].of(entry))


def _actual_of(box: Box, entry: Entry, criterion: Criterion) -> Any:  # noqa: ANN401 (whatever the member is)
    """Return the member that a criterion names: its value, or all values of a key of Config."""
    value = FIELDS[box][criterion.field].of(entry)
    if criterion.key is None:
        return value
    return tuple(each for key, each in value or () if key == criterion.key)


def _result(box: Box, entry: Entry, criterion: Criterion) -> CriterionResult:
    path = FIELDS[box][criterion.field].path(entry)
    element = path if criterion.key is None else f"{path}[{criterion.key}]"
    actual = _actual_of(box, entry, criterion)
    matched = _matches(box, entry, criterion)
    return CriterionResult(criterion, element, actual, matched, None if matched else _difference(criterion, actual))


def _difference(criterion: Criterion, actual: Any) -> Difference | None:  # noqa: ANN401
    if criterion.key is None:
        return difference(criterion.operator, criterion.value, actual)
    return difference(criterion.operator, criterion.value, actual[0]) if len(actual) == 1 else None
