"""The machine's clock, the only source of the current date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from messaging_double.models import system_clock

Clock = Callable[[str], datetime]
"""Returns a tenant's time, in UTC."""


def real_clock(tenant: str) -> datetime:  # noqa: ARG001 (a Clock)
    """Return the machine's time."""
    return datetime.fromtimestamp(system_clock.time(), timezone.utc)
