"""The tenants and their counters."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, func, select

from messaging_double.models.tenant_state import TenantState

from .errors import StorageError
from .ids import HIGHEST_ID, LOWEST_ID
from .schema import journal_state, metadata, snapshot, tenant_reset, tenants

if TYPE_CHECKING:
    from sqlalchemy import Delete, Table

    from .transaction import Row, Transaction

HIDDEN = "\x1f"
"""What the keys of hidden tenants begin with, under which snapshots are kept: no tenant of a URL has it."""

_written = select(tenants.c.tenant).union(select(journal_state.c.tenant)).subquery()
_NAMES = select(_written.c.tenant).where(func.substr(_written.c.tenant, 1, 1) != HIDDEN).order_by(_written.c.tenant)
_EXISTS = (
    select(tenants.c.tenant)
    .where(tenants.c.tenant == bindparam("tenant"))
    .union(select(journal_state.c.tenant).where(journal_state.c.tenant == bindparam("tenant")))
)
STATE = (
    "SELECT auth, seed, frozen, ahead, profile, plugin_profiles, rules, "
    "(SELECT min(due) FROM outgoing_message WHERE tenant = ? AND due IS NOT NULL), "
    "(SELECT max(number) FROM tenant_reset) FROM (SELECT 1) LEFT JOIN tenants ON tenant = ?"
)
"""The text of a statement that ``Storage.state`` runs."""
_MINE = tenants.c.tenant == bindparam("of_tenant")


def _to_delete(table: Table) -> Delete:
    # A condition on the id, which all meet, keeps SQLite from deleting in the order of an index: twice as slow.
    all_ids = [column >= LOWEST_ID for column in table.primary_key if isinstance(column.type, Integer)]
    return table.delete().where(table.c.tenant == bindparam("of_tenant"), *all_ids[:1])


TO_DELETE = {table: _to_delete(table) for table in metadata.sorted_tables}
"""For each table: delete the tenant's rows."""
_RESETS = [delete for table, delete in TO_DELETE.items() if table not in {snapshot, tenant_reset}]
_COUNT_RESET = """
    INSERT INTO tenant_reset VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM tenant_reset))
    ON CONFLICT (tenant) DO UPDATE SET number = excluded.number RETURNING number
"""
_MOST_RESETS = 10_000
"""Tenants whose last reset is known.  A call that is still being answered after so many more resets is kept."""
_FORGET_RESETS = tenant_reset.delete().where(tenant_reset.c.number <= bindparam("last"))
_LAST_RESET = "SELECT number FROM tenant_reset WHERE tenant = ?"
_DELETES_HIDDEN = [
    table.delete().where(table.c.tenant >= bindparam("first"), table.c.tenant < bindparam("beyond"))
    for table in metadata.sorted_tables
]
_ADD = tenants.insert().prefix_with("OR IGNORE")  # SQLAlchemy 2.0 caches no ON CONFLICT
_TAKE = "UPDATE tenants SET {column} = coalesce({column}, ?) + ? WHERE tenant = ? RETURNING {column}, 0"
_TAKE_ARRIVALS = (
    "UPDATE tenants SET {column} = coalesce({column}, ?) + ?, next_arrival = coalesce(next_arrival, 1) + ? "
    "WHERE tenant = ? RETURNING {column}, next_arrival"
)
_ARRIVAL = tenants.c.next_arrival


class Counter:
    """Gives out one kind of ids for each tenant: rising, without gaps, never the same twice."""

    def __init__(self, column: str, *, arrivals: bool = False) -> None:
        """Count in this column of ``tenants``; with ``arrivals`` what is sent and what comes in as well, together."""
        count = tenants.c[column]
        start = func.coalesce(count, bindparam("first"))
        self._takes_arrivals = arrivals
        self._take = (_TAKE_ARRIVALS if arrivals else _TAKE).format(column=column)
        raised = {count: func.max(start, bindparam("first"))}
        if arrivals:
            raised[_ARRIVAL] = func.max(func.coalesce(_ARRIVAL, 1), bindparam("first"))
        self._raise = tenants.update().where(_MINE).values(raised)

    def take(self, transaction: Transaction, tenant: str, count: int = 1, *, first: int = 1) -> int:
        """Take ``count`` ids and give the first of them; a new tenant begins with ``first``."""
        return self.take_both(transaction, tenant, count, first=first)[0]

    def take_both(self, transaction: Transaction, tenant: str, count: int, *, first: int = 1) -> tuple[int, int]:
        """Take ``count`` ids and as many arrivals, and give the first of each."""
        parameters = (first, count, *([count] if self._takes_arrivals else ()), tenant)
        row = transaction.change_returning(self._take, parameters)
        if row is None:
            add_tenant(transaction, tenant)
            row = transaction.change_returning(self._take, parameters)
        following, following_arrival = row  # type: ignore[misc]  # the tenant is there now
        if following - 1 > HIGHEST_ID:
            transaction.spoil()
            msg = f"Tenant {tenant} has no ids left: the next would be above {HIGHEST_ID}. Reset the tenant."
            raise StorageError(msg)
        return following - count, following_arrival - count

    def pass_by(self, transaction: Transaction, tenant: str, used: int) -> None:
        """Never give out ``used`` or an id below it any more."""
        add_tenant(transaction, tenant)
        transaction.change(self._raise, {"of_tenant": tenant, "first": used + 1})


def add_tenant(transaction: Transaction, tenant: str) -> None:
    """Make sure that the tenant has its row."""
    transaction.change(_ADD, {"tenant": tenant})


def state_of(row: Row) -> TenantState:
    """Make a state of what ``STATE`` found."""
    auth, seed, frozen, ahead, profile, plugin_profiles, rules, next_due, resets = row
    return TenantState(
        auth,
        seed,
        None if frozen is None else datetime.fromisoformat(frozen),
        None if ahead is None else timedelta(microseconds=ahead),
        profile,
        () if plugin_profiles is None else tuple(json.loads(plugin_profiles).items()),
        rules or 0,
        None if next_due is None else datetime.fromisoformat(next_due),
        resets or 0,
    )


class Tenants:
    """The customers that have data (ours; the real service has a database for each)."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def names(self) -> list[str]:
        """Give all tenants that something was written for, be it a journal only, in alphabetical order."""
        return [row[0] for row in self._transaction.rows(_NAMES, {})]

    def exists(self, tenant: str) -> bool:
        """Say whether something was written for the tenant since its last reset."""
        return self._transaction.row(_EXISTS, {"tenant": tenant}) is not None

    def set(self, tenant: str, **values: Any) -> None:  # noqa: ANN401 (columns of the table)
        """Set columns of the tenant's row, by their names; None goes back to what the settings say."""
        add_tenant(self._transaction, tenant)
        self._transaction.change(tenants.update().where(_MINE).values(values), {"of_tenant": tenant})
        self._transaction.touch(tenant)

    def reset(self, tenant: str) -> None:
        """Delete everything of the tenant but its snapshots, itself included; ids begin again.  Unknown: no matter."""
        for delete in _RESETS:
            self._transaction.change(delete, {"of_tenant": tenant})
        (number,) = self._transaction.change_returning(_COUNT_RESET, (tenant,)) or (0,)
        self._transaction.change(_FORGET_RESETS, {"last": number - _MOST_RESETS})
        self._transaction.touch(tenant)

    def last_reset(self, tenant: str) -> int:
        """Give the number of the tenant's last reset among the resets of all tenants; 0 if there was none."""
        row = self._transaction.row_of(_LAST_RESET, (tenant,))
        return 0 if row is None else row[0]

    def delete(self, tenant: str) -> None:
        """Do as ``reset``, and delete the snapshots too."""
        self.reset(tenant)
        self._transaction.change(TO_DELETE[snapshot], {"of_tenant": tenant})
        snapshots = HIDDEN + tenant
        hidden = {"first": snapshots + HIDDEN, "beyond": snapshots + chr(ord(HIDDEN) + 1)}
        for delete in _DELETES_HIDDEN:
            self._transaction.change(delete, hidden)
