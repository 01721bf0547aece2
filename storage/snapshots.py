"""Snapshots: a tenant's rows, copied under a hidden tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .schema import HIDDEN, INBOX, JOURNAL, JOURNAL_STATE, OUTGOING_MESSAGE, SNAPSHOT, TABLES, TENANT_RESET
from .tenants import add_tenant, use_tenant
from .values import microseconds, moment

if TYPE_CHECKING:
    from datetime import datetime

    from .transaction import Transaction

_ADD = SNAPSHOT.insert()
_ALL = "SELECT name, taken, messages FROM snapshot WHERE tenant = ? ORDER BY taken, name"
_EXISTS = "SELECT 1 FROM snapshot WHERE tenant = ? AND name = ?"
_DELETE = "DELETE FROM snapshot WHERE tenant = ? AND name = ?"
_HAS_JOURNAL = "SELECT 1 FROM journal_state WHERE tenant = ?"
_MESSAGES = (OUTGOING_MESSAGE, INBOX)
_COPIED = [table for table in TABLES if table not in (JOURNAL, JOURNAL_STATE, SNAPSHOT, TENANT_RESET)]


@dataclass(frozen=True)
class Snapshot:
    """What a tenant had at one moment."""

    name: str
    taken: datetime
    """By the tenant's clock; UTC."""
    messages: int
    """How many, of the outbox and of the inbox."""


class Snapshots:
    """The snapshots of the tenants (ours). All that a tenant has is in them, but its journal.

    All methods raise StorageError, and ValueError for a name that could be mistaken for a hidden tenant.
    """

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def take(self, tenant: str, name: str, at: datetime) -> None:
        """Keep what the tenant has now, in the place of an earlier snapshot of this name."""
        self.delete(tenant, name)
        count = len(self.list(tenant)) + 1
        self._transaction.quotas.check_count("snapshots", count, f"Tenant {tenant} would have {{}} snapshots", tenant)
        messages = self._copy(tenant, _hidden(tenant, name))
        self._transaction.change(_ADD, (tenant, name, microseconds(at), messages))

    def restore(self, tenant: str, name: str) -> bool:
        """Put what the tenant had then in the place of what it has; say whether there is such a snapshot."""
        hidden = _hidden(tenant, name)
        if not self._exists(tenant, name):
            return False
        self._delete_rows(tenant)
        self._copy(hidden, tenant)
        if self._transaction.row(_HAS_JOURNAL, (tenant,)) is not None:  # what it had then may have been nothing
            add_tenant(self._transaction, tenant)
        use_tenant(self._transaction, tenant)
        self._transaction.touch(tenant)
        self._transaction.changes_state = True
        return True

    def list(self, tenant: str) -> list[Snapshot]:
        """Return the tenant's snapshots, the earliest first."""
        return [Snapshot(name, moment(at), messages) for name, at, messages in self._transaction.rows(_ALL, (tenant,))]

    def delete(self, tenant: str, name: str) -> bool:
        """Delete the snapshot; say whether there was one."""
        hidden = _hidden(tenant, name)
        if not self._exists(tenant, name):
            return False
        self._transaction.change(_DELETE, (tenant, name))
        self._delete_rows(hidden)
        return True

    def _exists(self, tenant: str, name: str) -> bool:
        return self._transaction.row(_EXISTS, (tenant, name)) is not None

    def _copy(self, tenant: str, to: str) -> int:
        """Copy the tenant's rows, and return how many of them are messages."""
        messages = 0
        for table in _COPIED:
            columns = table.names(without=("tenant",))
            copy = (
                f"INSERT INTO {table.name} (tenant, {columns}) SELECT ?, {columns} FROM {table.name} WHERE tenant = ?"  # noqa: S608
            )
            copied = self._transaction.change(copy, (to, tenant))
            messages += copied if table in _MESSAGES else 0
        return messages

    def _delete_rows(self, tenant: str) -> None:
        for table in _COPIED:
            self._transaction.change(f"DELETE FROM {table.name} WHERE tenant = ?", (tenant,))  # noqa: S608


def _hidden(tenant: str, name: str) -> str:
    """Return the tenant under which the snapshot's rows are kept; ValueError if it could be that of another one."""
    if HIDDEN in tenant + name:
        msg = f"Neither a tenant nor a snapshot may have the character U+001F in its name: got {tenant!r} and {name!r}."
        raise ValueError(msg)
    return f"{HIDDEN}{tenant}{HIDDEN}{name}"
