"""Ids: the contract's ``xs:int``, of 32 bits."""

from __future__ import annotations

LOWEST_ID = -(2**31)
HIGHEST_ID = 2**31 - 1


def is_id(number: int) -> bool:
    """Say whether the number can be an id at all; others SQLite may not even take as a parameter."""
    return LOWEST_ID <= number <= HIGHEST_ID
