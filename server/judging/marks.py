"""How one message stands to an expectation's criteria."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .differences import Difference, difference
from .expectation import FIELDS, NUMBER, Box
from .plain import plain

if TYPE_CHECKING:
    from messaging_double.models.criteria import Criterion
    from messaging_double.models.records import InboxEntry, OutboxEntry

    Entry = OutboxEntry | InboxEntry


@dataclass(frozen=True)
class Mark:
    """How the message stands to one criterion."""

    criterion: Criterion
    element: str
    """The contract's path: ``SendMessages/OutgoingMessages/OutgoingMessage[3]/Content``; what is ours by its name."""
    actual: Any
    """The member's value; for a key of Config all values that it has, in the order sent."""
    met: bool
    difference: Difference | None

    @property
    def shown(self) -> Any:  # noqa: ANN401
        """``actual`` as JSON has it."""
        return plain(self.actual) if self.criterion.key is None else list(self.actual)


@dataclass(frozen=True)
class Miss:
    """A message that does not meet all of the criteria."""

    number: int
    """Its MessagingId, or its id in the inbox."""
    marks: tuple[Mark, ...]
    """One for each criterion, in their order."""

    @property
    def met(self) -> int:
        """How many of the criteria it meets."""
        return sum(mark.met for mark in self.marks)


def miss(box: Box, entry: Entry, criteria: tuple[Criterion, ...]) -> Miss:
    """Mark each of the criteria."""
    return Miss(number_of(box, entry), tuple(_mark(box, entry, criterion) for criterion in criteria))


def number_of(box: Box, entry: Entry) -> int:
    """Return the message's MessagingId, or its id in the inbox."""
    number: int = FIELDS[box][NUMBER[box]].of(entry)
    return number


def is_met(box: Box, entry: Entry, criterion: Criterion) -> bool:
    """Say whether the message meets the criterion."""
    return criterion.met_by(FIELDS[box][criterion.field].of(entry))


def actual_of(box: Box, entry: Entry, criterion: Criterion) -> Any:  # noqa: ANN401 (whatever the member is)
    """Return what the criterion is about: the member's value, or all values of a key of Config."""
    value = FIELDS[box][criterion.field].of(entry)
    if criterion.key is None:
        return value
    return tuple(each for key, each in value or () if key == criterion.key)


def _mark(box: Box, entry: Entry, criterion: Criterion) -> Mark:
    path = FIELDS[box][criterion.field].path(entry)
    element = path if criterion.key is None else f"{path}[{criterion.key}]"
    actual = actual_of(box, entry, criterion)
    met = is_met(box, entry, criterion)
    return Mark(criterion, element, actual, met, None if met else _difference(criterion, actual))


def _difference(criterion: Criterion, actual: Any) -> Difference | None:  # noqa: ANN401
    if criterion.key is None:
        return difference(criterion.how, criterion.value, actual)
    return difference(criterion.how, criterion.value, actual[0]) if len(actual) == 1 else None
