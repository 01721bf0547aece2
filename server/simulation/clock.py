"""The time that the double goes by.  Nothing else in the house asks the machine's clock what day it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from messaging_double.models import system_clock

Clock = Callable[[str], datetime]
"""Tells a tenant's time, in UTC."""


def real_clock(tenant: str) -> datetime:  # noqa: ARG001 (every tenant's clock is real so far)
    """Return the machine's time."""
    return datetime.fromtimestamp(system_clock.time(), timezone.utc)
