"""A call on its way through the double: who calls, when, and what was noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from messaging_double.models.notes import Notes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from messaging_double.models.reactions import Reaction
    from messaging_double.models.tenant_state import TenantState


@dataclass
class Call:
    """Who calls, through which version, and what was noted on the way."""

    tenant: str
    services: str
    """``Services88``."""
    settled: Callable[[str], tuple[TenantState, datetime]]
    """Lets happen what was due in the tenant, and gives its state and time."""
    notes: Notes = field(default_factory=Notes)
    reaction: Reaction | None = None
    """What a rule or a magic recipient makes of it."""
    messages: int | None = None
    """How many messages it carried, once that is known."""

    @cached_property
    def _begun(self) -> tuple[TenantState, datetime]:
        return self.settled(self.tenant)

    @property
    def state(self) -> TenantState:
        """What holds for the tenant.  Raises ``StorageError``."""
        return self._begun[0]

    @property
    def now(self) -> datetime:
        """When it came, by the tenant's clock: one moment a call.  Raises ``StorageError``."""
        return self._begun[1]

    @property
    def begun(self) -> tuple[TenantState, datetime] | None:
        """``state`` and ``now``, if anybody has asked for them."""
        return vars(self).get("_begun")

    def note(self, text: str) -> None:
        """Keep what the double accepted and the real service would not, or what it changed."""
        self.notes.add(text)
