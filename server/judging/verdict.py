"""Whether a box holds what is expected of it; if not, which messages come nearest, or are too many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .likeness import likeness, rough_likeness
from .marks import actual_of, is_met, miss

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messaging_double.models.criteria import Criterion
    from messaging_double.storage import UnitOfWork

    from .expectation import Box, Expectation
    from .marks import Entry, Miss

SHOWN = 20
"""How many of the matching messages are shown at most."""
COMPARED = 1_000
"""How many messages are compared in search of the nearest misses."""
_COMPARED_CLOSELY = 30
"""How many of these are compared in full."""
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
        if found or len(expectation.criteria) > 1:
            candidates = box.nearest(tenant, expectation.criteria, limit=limit)
        else:  # all meet as much, and sorting many takes longer than all the rest
            candidates, _ = box.search(tenant, (), limit=limit)
        nearest = _nearest(expectation.box, candidates, expectation.criteria)
        is_partial = len(candidates) < total and _is_as_near(expectation, candidates[-1], nearest)
    return Verdict(tenant, expectation, found, total, tuple(matching), nearest, is_partial)


def _nearest(box: Box, candidates: Sequence[Entry], criteria: tuple[Criterion, ...]) -> tuple[Miss, ...]:
    """Return the nearest of the candidates, which come newest first among equals, and stay so."""
    misses = []
    for entry in candidates:
        unmet = [criterion for criterion in criteria if not is_met(box, entry, criterion)]
        if unmet:
            misses.append((entry, unmet))

    # Only those are compared that can be among the nearest by what they meet.
    most_unmet = max(sorted(len(unmet) for _, unmet in misses)[:_NEAREST], default=0)
    misses = [(entry, unmet) for entry, unmet in misses if len(unmet) <= most_unmet]

    def distance(
        measure: Callable[[Criterion, Any], float], a_miss: tuple[Entry, list[Criterion]]
    ) -> tuple[int, float]:
        entry, unmet = a_miss
        return len(unmet), -sum(measure(each, actual_of(box, entry, each)) for each in unmet)

    for measure, most in ((rough_likeness, _COMPARED_CLOSELY), (likeness, _NEAREST)):
        misses = sorted(misses, key=partial(distance, measure))[:most]
    return tuple(miss(box, entry, criteria) for entry, _ in misses)


def _is_as_near(expectation: Expectation, entry: Entry, nearest: Sequence[Miss]) -> bool:
    met = sum(is_met(expectation.box, entry, criterion) for criterion in expectation.criteria)
    return not nearest or met >= nearest[-1].met
