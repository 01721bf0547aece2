"""The moments that a clock of the double can show (ours)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_YEARS = range(1900, 9000)
"""To these a few centuries can be added, or taken from them, without an end of the calendar."""


class BeyondCalendarError(ValueError):
    """A moment that no clock shows."""

    def __init__(self) -> None:
        """Say which it can show."""
        super().__init__(f"a clock goes from the year {_YEARS[0]} to {_YEARS[-1]}")


def within_calendar(at: datetime) -> datetime:
    """Return the moment.  Raises ``BeyondCalendarError``."""
    if at.year not in _YEARS:
        raise BeyondCalendarError
    return at
