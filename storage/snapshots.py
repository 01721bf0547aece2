"""Snapshots: a tenant's rows, copied under a hidden tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from .schema import inbox, journal, journal_state, metadata, outgoing_message, snapshot, tenant_reset
from .tenants import HIDDEN, TO_DELETE

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Insert, Table

    from .transaction import Transaction

_s = snapshot.c
_OURS = _s.tenant == bindparam("of_tenant")
_THIS = _OURS & (_s.name == bindparam("of_name"))
_ADD = snapshot.insert()
_ALL = select(_s.name, _s.taken, _s.messages).where(_OURS).order_by(_s.taken, _s.name)
_EXISTS = select(_s.name).where(_THIS)
_DELETE = snapshot.delete().where(_THIS)
_BOXES = (outgoing_message, inbox)


def _copy(table: Table) -> Insert:
    members = [column for column in table.c if column.key != "tenant"]
    rows = select(bindparam("to_tenant"), *members).where(table.c.tenant == bindparam("of_tenant"))
    return table.insert().from_select([table.c.tenant, *members], rows)


_COPIED = [table for table in metadata.sorted_tables if table not in {journal, journal_state, snapshot, tenant_reset}]
_COPIES = [(table, _copy(table)) for table in _COPIED]


@dataclass(frozen=True)
class Snapshot:
    """What a tenant had at one moment."""

    name: str
    taken: datetime
    """By the tenant's clock; UTC."""
    messages: int
    """How many, of the outbox and of the inbox."""


class Snapshots:
    """The snapshots of the tenants (ours).  All that a tenant has is in them, but its journal.

    All methods raise StorageError, and ValueError for a name that could be mistaken for a hidden tenant.
    """

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def take(self, tenant: str, name: str, at: datetime) -> None:
        """Keep what the tenant has now, in the place of an earlier snapshot of this name."""
        self.delete(tenant, name)
        messages = self._copy(tenant, _hidden(tenant, name))
        row = {"tenant": tenant, "name": name, "taken": at, "messages": messages}
        self._transaction.change(_ADD, row)

    def restore(self, tenant: str, name: str) -> bool:
        """Put what the tenant had then in the place of what it has; say whether there is such a snapshot."""
        hidden = _hidden(tenant, name)
        if not self._exists(tenant, name):
            return False
        self._delete_rows(tenant)
        self._copy(hidden, tenant)
        self._transaction.touch(tenant)
        return True

    def list(self, tenant: str) -> list[Snapshot]:
        """Give the tenant's snapshots, the earliest first."""
        return [Snapshot(*row) for row in self._transaction.rows(_ALL, {"of_tenant": tenant})]

    def delete(self, tenant: str, name: str) -> bool:
        """Forget the snapshot; say whether there was one."""
        hidden = _hidden(tenant, name)
        if not self._exists(tenant, name):
            return False
        self._transaction.change(_DELETE, {"of_tenant": tenant, "of_name": name})
        self._delete_rows(hidden)
        return True

    def _exists(self, tenant: str, name: str) -> bool:
        return self._transaction.row(_EXISTS, {"of_tenant": tenant, "of_name": name}) is not None

    def _copy(self, tenant: str, to: str) -> int:
        """Copy the tenant's rows, and give how many of them are messages."""
        messages = 0
        for table, copy in _COPIES:
            copied = self._transaction.change(copy, {"of_tenant": tenant, "to_tenant": to})
            messages += copied if table in _BOXES else 0
        return messages

    def _delete_rows(self, tenant: str) -> None:
        for table in _COPIED:
            self._transaction.change(TO_DELETE[table], {"of_tenant": tenant})


def _hidden(tenant: str, name: str) -> str:
    """Give the tenant under which the snapshot's rows are kept; ValueError if it could be that of another one."""
    if HIDDEN in tenant + name:
        msg = f"Neither a tenant nor a snapshot may have the character U+001F in its name: got {tenant!r} and {name!r}."
        raise ValueError(msg)
    return f"{HIDDEN}{tenant}{HIDDEN}{name}"
