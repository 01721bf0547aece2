"""Names and values: in Python, and as the control API writes them.

The words that tests use for profiles, faults and the like are for editors and type checkers; a test compares them with
the tables in ``models``.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal, NewType

from messaging_double.models.durations import EXPECTED, duration

if TYPE_CHECKING:
    from typing import TypeAlias

    Time: TypeAlias = float | timedelta | str
    """A length of time: seconds, a timedelta, or a text such as ``5s``, ``6h`` or ``PT6H``."""


ClockMode = Literal["real", "frozen", "shifted"]
Side = Literal["Receiver", "Sender"]
ProfileName = Literal[
    "delivers", "at-once", "slow", "never", "by-hand", "fails", "not-sent", "expires", "flaky", "replies"
]
"""The built-in delivery profiles."""
CustomProfile = NewType("CustomProfile", str)
"""The name of a profile of the settings: ``tenant.profile = CustomProfile("nightly")``."""
Profile = ProfileName | CustomProfile


Json = Any
"""A value as JSON has it."""

_LONGEST_SECONDS = timedelta(days=36525).total_seconds()
"""A hundred years, as for the double."""


def camel(name: str) -> str:
    """Return the control API's name: ``sessionKey`` for ``session_key``, ``from`` for ``from_``."""
    first, *others = name.rstrip("_").split("_")
    return first + "".join(map(str.capitalize, others))


def written(moment: datetime) -> str:
    """Write a moment; one without a zone is local time, as Python has it. Raises ``ValueError`` if UTC has it not."""
    try:
        return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        raise ValueError(
            f"{moment!r} is no moment between the years 1 and 9999 of UTC; for example datetime(2026, 11, 21, 8)"
        ) from None


def length_of(time: Time) -> float | str:
    """Return a length of time as JSON has it."""
    return time.total_seconds() if isinstance(time, timedelta) else time


def seconds_of(time: Time) -> float:
    """Return the seconds of a length of time; 0 for anything else, which the double refuses."""
    try:
        return checked_seconds(time)
    except ValueError:
        return 0.0


def checked_seconds(time: Time) -> float:
    """Return the seconds of a length of time. Raises ``ValueError`` for anything else."""
    length = length_of(time)
    try:
        seconds = duration(length).total_seconds() if isinstance(length, str) else float(length)
    except (ValueError, TypeError, OverflowError):
        seconds = math.nan
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise ValueError(f"{time!r} is no length of time; expected seconds, a timedelta, or {EXPECTED}")
    return seconds
