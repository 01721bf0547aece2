"""How Python's values are kept in columns; ids, which are the contract's ``xs:int``, of 32 bits."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from messaging_double.models import system_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from messaging_double.models.records import ConfigPairs

_AT_ONCE = 500  # SQLite before 3.32 takes no more than 999 parameters

LOWEST_ID = -(2**31)
HIGHEST_ID = 2**31 - 1


def is_id(number: int) -> bool:
    """Say whether the number can be an id at all; others SQLite may not even take as a parameter."""
    return LOWEST_ID <= number <= HIGHEST_ID


def chunks(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Yield the numbers that can be ids, in their order, as many at a time as one statement takes."""
    ids = [number for number in numbers if is_id(number)]
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def places(ids: Sequence[int]) -> str:
    """Return the list of parameters of an IN."""
    return f"({','.join('?' * len(ids))})"


_EPOCH = system_clock.DATETIME(1970, 1, 1, tzinfo=timezone.utc)


def microseconds(moment: datetime) -> int:
    """Return a moment as it is kept: exact, and sortable. Raises ValueError without a zone: it would be a guess."""
    try:
        since = moment - _EPOCH
    except TypeError:
        raise ValueError(
            f"A moment to be stored needs a zone: got {moment!r}, expected one like datetime.now(timezone.utc)."
        ) from None
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds  # a third of a division's time


def moment(kept: int) -> datetime:
    """Return the moment that is kept, in UTC."""
    return _EPOCH + timedelta(microseconds=kept)


def microseconds_or_none(moment: datetime | None) -> int | None:
    """Return what ``microseconds`` does; ``None`` stays ``None``."""
    return None if moment is None else microseconds(moment)


def moment_or_none(kept: int | None) -> datetime | None:
    """Return what ``moment`` does; ``None`` stays ``None``."""
    return None if kept is None else moment(kept)


def pairs_text(pairs: ConfigPairs | None) -> str | None:
    """Return ``Config`` as JSON ``[[key, value], ...]``, in the order sent."""
    return None if pairs is None else json.dumps(pairs)


def pairs(text: str | None) -> ConfigPairs | None:
    """Return the pairs that are kept."""
    return None if text is None else tuple((key, value) for key, value in json.loads(text))
