"""What happens by itself as a tenant's clock goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Happening:
    """One thing that was due (ours)."""

    at: datetime
    """When it was due, by the tenant's clock."""
    what: Literal["status", "reply", "ticket expired", "rule expired"]
    messaging_id: int | None = None
    """Whose status, or what was replied to."""
    status: int | None = None
    inbox_id: int | None = None
    """Of a reply."""
    name: str | None = None
    """Of a rule; the number of a ticket."""
