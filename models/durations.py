"""Lengths of time as people write them, ``10s``, ``1.5h``, ``6h30s``, ``PT6H``; which moments a clock can show."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

EXPECTED = "a length of time such as 10s, 500ms, 6h30s, 2d or PT6H"

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}
_SECONDS = re.compile(r"\d{1,12}(?:\.\d{1,9})?", re.ASCII)
_SHORT = re.compile(r"(?=\d)" + "".join(rf"(?:({_SECONDS.pattern}){unit})?" for unit in _UNITS), re.ASCII)
_NUMBER = r"(\d{1,9}(?:[.,]\d{1,9})?)"
_ISO = re.compile(
    rf"P(?=[\dT])(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?",
    re.ASCII | re.IGNORECASE,
)
_LONGEST = timedelta(days=36525)
"""A hundred years: no clock is set beyond the calendar."""


def duration(text: str) -> timedelta:
    """Read a length of time; a number without a unit is seconds.

    Raises ValueError for anything else, also for months and years, whose length depends on the date.
    """
    if _SECONDS.fullmatch(text):
        length = _length({"seconds": float(text)})
    elif short := _SHORT.fullmatch(text):
        given = zip(_UNITS.values(), short.groups(), strict=True)
        length = _length({name: float(number) for name, number in given if number})
    elif iso := _ISO.fullmatch(text):
        names = ("weeks", "days", "hours", "minutes", "seconds")
        given = zip(names, iso.groups(), strict=True)
        length = _length({name: float(number.replace(",", ".")) for name, number in given if number})
    else:
        raise ValueError(EXPECTED)
    return length


def _length(parts: dict[str, float]) -> timedelta:
    try:
        length = timedelta(**parts)
    except OverflowError:
        length = timedelta.max
    if length > _LONGEST:
        raise ValueError(f"{EXPECTED}, at most a hundred years")
    return length


def written(length: timedelta) -> str:
    """Write a length of time in ISO 8601: ``PT6H``, ``P1DT30M``, ``PT0.5S``, ``PT0S``, ``-PT1H``."""
    if length < timedelta(0):
        return f"-{written(-length)}"
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    exact = f"{seconds}.{length.microseconds:06d}".rstrip("0").rstrip(".")
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number)
    if exact != "0":
        time += f"{exact}S"
    days = f"{length.days}D" if length.days else ""
    return f"P{days}T{time}" if time else f"P{days}" if days else "PT0S"


_YEARS = range(1900, 9000)
"""To these a few centuries can be added, or taken from them, without an end of the calendar."""


class BeyondCalendarError(ValueError):
    """A moment that no clock shows."""

    def __init__(self) -> None:
        """Say which it can show."""
        super().__init__(f"a clock goes from the year {_YEARS[0]} to {_YEARS[-1]}")


def within_calendar(at: datetime) -> datetime:
    """Return the moment. Raises ``BeyondCalendarError``."""
    if at.year not in _YEARS:
        raise BeyondCalendarError
    return at
