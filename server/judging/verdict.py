"""Whether a box holds what is expected of it; if not, which messages come nearest, or are too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .likeness import likeness
from .marks import actual_of, is_met, miss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.criteria import Criterion
    from messaging_double.storage import UnitOfWork

    from .expectation import Box, Expectation
    from .marks import Entry, Miss

SHOWN = 20
"""How many of the matching messages are shown at most."""
COMPARED = 1_000
"""How many messages are compared in search of the nearest misses."""
_NEAREST = 3


@dataclass(frozen=True)
class Verdict:
    """What was found of what was expected."""

    tenant: str
    expectation: Expectation
    found: int
    """How many messages meet all of the criteria."""
    total: int
    """How many messages there are in the box."""
    matching: tuple[Entry, ...]
    """Those that meet all of the criteria, newest first, at most ``SHOWN`` of them."""
    nearest: tuple[Miss, ...] = ()
    """The nearest misses, nearest first, if there are too few matching messages."""
    is_partial: bool = False
    """Whether messages that meet as many criteria as the nearest misses were too many to compare them all."""

    @property
    def passed(self) -> bool:
        """Whether the expectation is met."""
        return self.expectation.met_by(self.found)

    @property
    def is_too_few(self) -> bool:
        """Whether matching messages are missing."""
        return self.found < self.expectation.least

    @property
    def is_too_many(self) -> bool:
        """Whether more messages match than were expected."""
        return not self.passed and not self.is_too_few


def judge(work: UnitOfWork, tenant: str, expectation: Expectation) -> Verdict:
    """Compare the tenant's messages with the expectation.  Raises StorageError."""
    box = work.outbox if expectation.box == "outbox" else work.inbox
    matching, found = box.search(tenant, expectation.criteria, limit=SHOWN)
    total = box.count(tenant, ())
    nearest: tuple[Miss, ...] = ()
    is_partial = False
    if found < expectation.least and expectation.criteria:
        limit = COMPARED + min(found, COMPARED)  # those that match come first
        candidates = box.nearest(tenant, expectation.criteria, limit=limit)
        nearest = _nearest(expectation.box, candidates, expectation.criteria)
        is_partial = len(candidates) < total and _is_as_near(expectation, candidates[-1], nearest)
    return Verdict(tenant, expectation, found, total, tuple(matching), nearest, is_partial)


def _nearest(box: Box, candidates: Sequence[Entry], criteria: tuple[Criterion, ...]) -> tuple[Miss, ...]:
    """Return the nearest of the candidates, which come newest first among equals, and stay so."""
    ranked = []
    for entry in candidates:
        unmet = [criterion for criterion in criteria if not is_met(box, entry, criterion)]
        if unmet:
            near = sum(likeness(criterion, actual_of(box, entry, criterion)) for criterion in unmet)
            ranked.append((len(unmet), -near, entry))
    ranked.sort(key=lambda each: each[:2])
    return tuple(miss(box, entry, criteria) for *_, entry in ranked[:_NEAREST])


def _is_as_near(expectation: Expectation, entry: Entry, nearest: Sequence[Miss]) -> bool:
    met = sum(is_met(expectation.box, entry, criterion) for criterion in expectation.criteria)
    return not nearest or met >= nearest[-1].met
