"""The state of a tenant, read once for each call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True)
class TenantState:
    """Settings of one tenant; ``None`` is that of the double."""

    auth: str | None = None
    """The way of checking its tickets."""
    seed: str | None = None
    """What its ids and keys are made from."""
    frozen: datetime | None = None
    """Where its clock stands still."""
    offset: timedelta | None = None
    """By how much its clock is ahead of the machine's, if it runs."""
    profile: str | None = None
    """By which profile its messages are delivered, where their plugin has none."""
    plugin_profiles: tuple[tuple[str, str], ...] = ()
    """Plugins and their profiles, where they differ from the settings'."""
    rules: int = 0
    """Changes with every change of its rules; 0: there never were any."""
    next_due: datetime | None = None
    """When the next event is due."""
    resets: int = 0
    """How many resets of tenants, of this and of others, there had been."""


NEW = TenantState()
"""A tenant that was never used."""
