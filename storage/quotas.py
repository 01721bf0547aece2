"""Bounds on what a database keeps, so that a double that runs for months does not only grow.

They are looked at where something is added. The usual case costs one comparison: ids rise from 1, so that a list with
room for the highest id has room. Only beyond that rows are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from messaging_double.models import system_clock
from messaging_double.models.errors import QuotaExceeded

from .schema import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from .schema import Table
    from .transaction import Transaction

_COUNT_TENANTS = "SELECT count(*) FROM tenants WHERE substr(tenant, 1, 1) <> ?"
_MINUTE = 60_000_000
_MOST_MARKED = 10_000
_RECOUNT = 16
"""The tenants are counted again when the sixteenth part of the room that was left is taken."""

_KINDS = {
    "outgoing_message": "messages in its outbox",
    "inbox": "messages in its inbox",
    "status_report": "unmatched status reports",
    "ticket": "tickets",
}
"""What the rows of a table are to a user."""
_CURES = {"snapshots": "Delete some", "tickets": "Reset the tenant"}
"""What makes room where not both do: a reset leaves snapshots, a revoked ticket stays in the list."""


def _machine_time() -> int:
    return int(system_clock.time() * 1_000_000)


@dataclass
class Quotas:
    """How much may be kept."""

    tenants: int = 10_000
    messages: int = 10_000_000
    """Of each list of a tenant: outbox, inbox, unmatched status reports."""
    snapshots: int = 100
    rules: int = 1_000
    tickets: int = 100_000
    fixture_messages: int = 65_536
    now: Callable[[], int] = _machine_time
    """The machine's time in microseconds, by which tenants were last used."""
    mark_every: int = _MINUTE
    """Microseconds for which the last use of a tenant is not written again."""
    _room: int = 0
    _marked: dict[str, int] = field(default_factory=dict)

    def refusal(self, bound: str, problem: str, cure: str) -> QuotaExceeded:
        """Return the exception of a refusal."""
        allowed = getattr(self, bound)
        return QuotaExceeded(bound, f"{problem}, and max-{bound.replace('_', '-')} allows {allowed}", cure)

    def is_to_be_marked(self, tenant: str) -> bool:
        """Say whether it is time to write that the tenant is used."""
        now = self.now()
        if now - self._marked.get(tenant, 0) < self.mark_every:
            return False
        if len(self._marked) >= _MOST_MARKED:
            self._marked.clear()
        self._marked[tenant] = now
        return True

    def has_room_for_tenant(self, transaction: Transaction) -> bool:
        """Say whether there may be the tenant that was just added.

        Of several processes on a database each may exceed the bound by what it has not used yet of its sixteenth.
        """
        if self._room > 0:
            self._room -= 1
            return True
        count: int = transaction.rows(_COUNT_TENANTS, (HIDDEN,))[0][0]
        self._room = max(0, self.tenants - count) // _RECOUNT
        return count <= self.tenants

    def check_list(  # noqa: PLR0913, PLR0917 - a list and what is added to it
        self, transaction: Transaction, table: Table, bound: str, tenant: str, last: int, count: int = 1
    ) -> None:
        """Refuse ``count`` further rows up to the id ``last`` where a tenant would have more than it may."""
        most: int = getattr(self, bound)
        if last <= most:
            return
        number = table.key[1]
        lowest = transaction.rows(f"SELECT min({number}) FROM {table.name} WHERE tenant = ?", (tenant,))[0][0]  # noqa: S608
        if lowest is None:
            kept = 0
        elif last - lowest < most:
            return
        else:
            kept = transaction.rows(f"SELECT count(*) FROM {table.name} WHERE tenant = ?", (tenant,))[0][0]  # noqa: S608
        if kept + count > most:
            self.check_count(bound, kept + count, _KINDS[table.name], tenant)

    def check_count(self, bound: str, count: int, kind: str, tenant: str) -> None:
        """Refuse where a tenant would have so many of a kind."""
        if count > getattr(self, bound):
            cure = _CURES.get(bound, f"Delete some, reset {tenant}")
            raise self.refusal(bound, f"Tenant {tenant} would have {count} {kind}", f"{cure}, or raise max-{bound}.")
