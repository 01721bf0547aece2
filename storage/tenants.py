"""The tenants, their counters and what holds for them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from messaging_double.models.tenant_state import TenantState

from .errors import StorageError
from .ids import HIGHEST_ID
from .schema import SNAPSHOT, TABLES, TENANT_RESET
from .values import microseconds, moment_or_none

if TYPE_CHECKING:
    from .connections import Row
    from .transaction import Transaction

_MICROSECOND = timedelta(microseconds=1)
HIDDEN = "\x1f"
"""What the keys of hidden tenants begin with, under which snapshots are kept: no tenant of a URL has it."""

_NAMES = (
    "SELECT tenant FROM (SELECT tenant FROM tenants UNION SELECT tenant FROM journal_state) AS written "
    "WHERE substr(tenant, 1, 1) <> ? ORDER BY tenant"
)
_EXISTS = "SELECT 1 FROM tenants WHERE tenant = ? UNION ALL SELECT 1 FROM journal_state WHERE tenant = ?"
_STATE = (
    "SELECT auth, seed, frozen, ahead, profile, plugin_profiles, rules, "
    "(SELECT min(due) FROM outgoing_message WHERE tenant = ? AND due IS NOT NULL), "
    "(SELECT max(number) FROM tenant_reset) FROM (SELECT 1) AS always LEFT JOIN tenants ON tenant = ?"
)
_COUNT_RESET = """
    INSERT INTO tenant_reset VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM tenant_reset))
    ON CONFLICT (tenant) DO UPDATE SET number = excluded.number RETURNING number
"""
_FORGET_RESETS = "DELETE FROM tenant_reset WHERE number <= ?"
_LAST_RESET = "SELECT number FROM tenant_reset WHERE tenant = ?"
_MOST_RESETS = 10_000
"""Tenants whose last reset is known. A call that is still being answered after so many more resets is kept."""
_ADD = "INSERT INTO tenants (tenant) VALUES (?) ON CONFLICT DO NOTHING"
_TAKE = "UPDATE tenants SET {column} = {column} + 1 WHERE tenant = ? RETURNING {column}"
_ADVANCE = "UPDATE tenants SET {column} = CASE WHEN {column} < ? THEN ? ELSE {column} END WHERE tenant = ?"


class Counter:
    """Gives out one kind of ids for each tenant: rising, without gaps, never the same twice."""

    def __init__(self, column: str) -> None:
        """Count in this column of ``tenants``."""
        self._take = _TAKE.format(column=column)
        self._advance = _ADVANCE.format(column=column)

    def take(self, transaction: Transaction, tenant: str) -> int:
        """Take an id."""
        row = transaction.change_returning(self._take, (tenant,))
        if row is None:
            add_tenant(transaction, tenant)
            row = transaction.change_returning(self._take, (tenant,))
        following: int = row[0]  # type: ignore[index]  # the tenant is there now
        return checked(transaction, tenant, following - 1)

    def advance_past(self, transaction: Transaction, tenant: str, used: int) -> None:
        """Never give out ``used`` or an id below it any more."""
        add_tenant(transaction, tenant)
        transaction.change(self._advance, (used + 1, used + 1, tenant))


def checked(transaction: Transaction, tenant: str, number: int) -> int:
    """Return an id that is to be given out. Raises StorageError where the ids of 32 bits are used up."""
    if number > HIGHEST_ID:
        transaction.fail()
        msg = f"Tenant {tenant} has no ids left: the next would be above {HIGHEST_ID}. Reset the tenant."
        raise StorageError(msg)
    return number


def add_tenant(transaction: Transaction, tenant: str) -> None:
    """Make sure that the tenant has its row."""
    transaction.change(_ADD, (tenant,))
    transaction.changes_state = True


class Tenants:
    """The customers that have data (ours; the real service has a database for each). All methods raise StorageError."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def state(self, tenant: str) -> TenantState:
        """Return what holds for the tenant."""
        return _state(self._transaction.rows(_STATE, (tenant, tenant))[0])

    def names(self) -> list[str]:
        """Return all tenants that something was written for, be it a journal only, in alphabetical order."""
        return [row[0] for row in self._transaction.rows(_NAMES, (HIDDEN,))]

    def exists(self, tenant: str) -> bool:
        """Say whether something was written for the tenant since its last reset."""
        return bool(self._transaction.rows(_EXISTS, (tenant, tenant)))

    def set(self, tenant: str, **values: Any) -> None:  # noqa: ANN401 - columns of the table
        """Set columns of the tenant's row, by their names; None goes back to what the settings say."""
        add_tenant(self._transaction, tenant)
        columns = ", ".join(f"{name} = ?" for name in values)
        kept = [microseconds(value) if isinstance(value, datetime) else value for value in values.values()]
        self._transaction.change(f"UPDATE tenants SET {columns} WHERE tenant = ?", (*kept, tenant))  # noqa: S608
        self._transaction.touch(tenant)

    def reset(self, tenant: str) -> None:
        """Delete everything of the tenant but its snapshots, itself included; ids begin again. Unknown: no matter."""
        for table in TABLES:
            if table not in (SNAPSHOT, TENANT_RESET):
                self._transaction.change(f"DELETE FROM {table.name} WHERE tenant = ?", (tenant,))  # noqa: S608
        (number,) = self._transaction.change_returning(_COUNT_RESET, (tenant,)) or (0,)
        self._transaction.change(_FORGET_RESETS, (number - _MOST_RESETS,))
        self._transaction.touch(tenant)
        self._transaction.changes_state = True

    def last_reset(self, tenant: str) -> int:
        """Return the number of the tenant's last reset among the resets of all tenants; 0 if there was none."""
        row = self._transaction.row(_LAST_RESET, (tenant,))
        return 0 if row is None else row[0]

    def delete(self, tenant: str) -> None:
        """Do as ``reset``, and delete the snapshots too."""
        self.reset(tenant)
        self._transaction.change("DELETE FROM snapshot WHERE tenant = ?", (tenant,))
        snapshots = HIDDEN + tenant
        hidden = (snapshots + HIDDEN, snapshots + chr(ord(HIDDEN) + 1))
        for table in TABLES:
            self._transaction.change(f"DELETE FROM {table.name} WHERE tenant >= ? AND tenant < ?", hidden)  # noqa: S608


def _state(row: Row) -> TenantState:
    auth, seed, frozen, ahead, profile, plugin_profiles, rules, next_due, resets = row
    return TenantState(
        auth,
        seed,
        moment_or_none(frozen),
        None if ahead is None else ahead * _MICROSECOND,
        profile,
        () if plugin_profiles is None else tuple(json.loads(plugin_profiles).items()),
        rules or 0,
        moment_or_none(next_due),
        resets or 0,
    )
