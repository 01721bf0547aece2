"""The tenants and their counters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import sqlite

from .errors import StorageError
from .paging import HIGHEST_ID
from .schema import metadata, tenants

if TYPE_CHECKING:
    from .transaction import Transaction

_NAMES = select(tenants.c.tenant).order_by(tenants.c.tenant)
_EXISTS = select(tenants.c.tenant).where(tenants.c.tenant == bindparam("tenant"))
AUTH = str(select(tenants.c.auth).where(tenants.c.tenant == bindparam("tenant")).compile(dialect=sqlite.dialect()))
"""The text of a statement that ``Storage.auth`` runs."""
_SET_AUTH = tenants.update().where(tenants.c.tenant == bindparam("of_tenant")).values(auth=bindparam("to"))
_RESETS = [table.delete().where(table.c.tenant == bindparam("of_tenant")) for table in metadata.sorted_tables]
_ADD = tenants.insert().prefix_with("OR IGNORE")  # SQLAlchemy 2.0 caches no ON CONFLICT


class Counter:
    """Gives out one kind of ids for each tenant: rising, without gaps, never the same twice."""

    def __init__(self, column: str) -> None:
        """Count in this column of ``tenants``."""
        count = tenants.c[column]
        start = func.coalesce(count, bindparam("first"))
        mine = tenants.c.tenant == bindparam("of_tenant")
        self._take = tenants.update().where(mine).values({count: start + bindparam("count")}).returning(count)
        self._raise = tenants.update().where(mine).values({count: func.max(start, bindparam("first"))})

    def take(self, transaction: Transaction, tenant: str, count: int = 1, *, first: int = 1) -> int:
        """Take ``count`` ids and give the first of them; a new tenant begins with ``first``."""
        parameters = {"of_tenant": tenant, "count": count, "first": first}
        row = transaction.change_returning(self._take, parameters)
        if row is None:
            add_tenant(transaction, tenant)
            row = transaction.change_returning(self._take, parameters)
        following: int = row[0]  # type: ignore[index]  # the tenant is there now
        if following - 1 > HIGHEST_ID:
            transaction.spoil()
            msg = f"Tenant {tenant} has no ids left: the next would be above {HIGHEST_ID}. Reset the tenant."
            raise StorageError(msg)
        return following - count

    def pass_by(self, transaction: Transaction, tenant: str, used: int) -> None:
        """Never give out ``used`` or an id below it any more."""
        add_tenant(transaction, tenant)
        transaction.change(self._raise, {"of_tenant": tenant, "first": used + 1})


def add_tenant(transaction: Transaction, tenant: str) -> None:
    """Make sure that the tenant has its row."""
    transaction.change(_ADD, {"tenant": tenant})


class Tenants:
    """The customers that have data (ours; the real service has a database for each)."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def names(self) -> list[str]:
        """Give all tenants that something was written for, in alphabetical order."""
        return [row[0] for row in self._transaction.rows(_NAMES, {})]

    def exists(self, tenant: str) -> bool:
        """Say whether something was written for the tenant since its last reset."""
        return self._transaction.row(_EXISTS, {"tenant": tenant}) is not None

    def set_auth(self, tenant: str, auth: str | None) -> None:
        """Set the way of checking the tenant's tickets; None goes back to that of the settings."""
        add_tenant(self._transaction, tenant)
        self._transaction.change(_SET_AUTH, {"of_tenant": tenant, "to": auth})

    def reset(self, tenant: str) -> None:
        """Delete everything of the tenant, the tenant itself included; its ids begin again.  Unknown: nothing to do."""
        for delete in _RESETS:
            self._transaction.change(delete, {"of_tenant": tenant})
