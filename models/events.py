"""Events that become due as a tenant's clock advances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime


class Event(Struct, frozen=True):
    """An event that was due (ours)."""

    at: datetime
    """When it was due, by the tenant's clock."""
    what: Literal["status", "reply", "ticket expired", "rule expired"]
    messaging_id: int | None = None
    """The message whose status changed, or that was replied to."""
    status: int | None = None
    inbox_id: int | None = None
    """Of a reply."""
    name: str | None = None
    """Of a rule; the number of a ticket."""
