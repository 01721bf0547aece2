"""Ids: the contract's ``xs:int``, of 32 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
