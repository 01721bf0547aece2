"""The tenants, their counters, what holds for them, and their snapshots; how much all of them have together."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from messaging_double.models.records import TenantState

from .errors import StorageError
from .schema import HIDDEN, INBOX, JOURNAL, JOURNAL_STATE, OUTGOING_MESSAGE, SNAPSHOT, TABLES, TENANT_RESET
from .values import HIGHEST_ID, microseconds, moment, moment_or_none

if TYPE_CHECKING:
    from .connections import Row
    from .schema import Table
    from .transaction import Transaction

_MICROSECOND = timedelta(microseconds=1)

_NAMES = "SELECT tenant FROM tenants WHERE substr(tenant, 1, 1) <> ? ORDER BY tenant"
_EXISTS = "SELECT 1 FROM tenants WHERE tenant = ?"
_COUNTED = """
    SELECT t.tenant, t.auth, coalesce(o.amount, 0), coalesce(i.amount, 0), coalesce(s.amount, 0), coalesce(j.entries, 0)
    FROM tenants AS t
    LEFT JOIN (SELECT tenant, count(*) AS amount FROM outgoing_message GROUP BY tenant) AS o ON o.tenant = t.tenant
    LEFT JOIN (SELECT tenant, count(*) AS amount FROM inbox GROUP BY tenant) AS i ON i.tenant = t.tenant
    LEFT JOIN (SELECT tenant, count(*) AS amount FROM status_report GROUP BY tenant) AS s ON s.tenant = t.tenant
    LEFT JOIN journal_state AS j ON j.tenant = t.tenant
    WHERE substr(t.tenant, 1, 1) <> ? ORDER BY t.tenant
"""
_STATE = (
    'SELECT auth, seed, frozen, "offset", profile, plugin_profiles, rules, '
    "(SELECT min(due) FROM outgoing_message WHERE tenant = ? AND due IS NOT NULL), "
    "(SELECT max(number) FROM tenant_reset) FROM (SELECT 1) AS always LEFT JOIN tenants ON tenant = ?"
)
_COUNT_RESET = """
    INSERT INTO tenant_reset VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM tenant_reset))
    ON CONFLICT (tenant) DO UPDATE SET number = excluded.number RETURNING number
"""
_FORGET_RESETS = "DELETE FROM tenant_reset WHERE number <= ?"
_LAST_RESET = "SELECT number FROM tenant_reset WHERE tenant = ?"
IS_EMPTIED = "SELECT 1 FROM tenant_reset WHERE tenant IN (?, ?) AND number > ?"
"""Has a row where a tenant was reset, or a snapshot restored, which is counted under ``HIDDEN`` and its name."""
_MOST_RESETS = 10_000
"""Tenants whose last reset is known. A call that is still being answered after so many more resets is kept."""
_ADD = "INSERT INTO tenants (tenant, last_used) VALUES (?, ?) ON CONFLICT DO NOTHING"
_ADD_IF_IT_HAS_SNAPSHOTS = (
    "INSERT INTO tenants (tenant, last_used) SELECT DISTINCT tenant, CAST(? AS BIGINT) FROM snapshot WHERE tenant = ?"
)
_REMOVE = "DELETE FROM tenants WHERE tenant = ?"
_USE = "UPDATE tenants SET last_used = ? WHERE tenant = ?"
_UNUSED = "SELECT tenant FROM tenants WHERE last_used < ? AND substr(tenant, 1, 1) <> ? LIMIT ?"
_IS_UNUSED = "SELECT 1 FROM tenants WHERE last_used < ? AND tenant = ?"
_AT_ONCE = 2_000
"""Rows of a table that are deleted in one transaction."""
_LARGE = [each for each in TABLES if len(each.key) > 1 and each not in (SNAPSHOT, TENANT_RESET)]
"""The tables of which a tenant may have many rows."""
_TAKE = "UPDATE tenants SET {column} = {column} + 1 WHERE tenant = ? RETURNING {column}"
_ADVANCE = "UPDATE tenants SET {column} = CASE WHEN {column} < ? THEN ? ELSE {column} END WHERE tenant = ?"


class Counter:
    """Gives out one kind of ids for each tenant: rising, without gaps, never the same twice."""

    def __init__(self, column: str, table: Table, bound: str) -> None:
        """Count in this column of ``tenants`` the rows of a table, of which ``bound`` allows so many."""
        self._table = table
        self._bound = bound
        self._take = _TAKE.format(column=column)
        self._advance = _ADVANCE.format(column=column)

    def take(self, transaction: Transaction, tenant: str) -> int:
        """Take an id."""
        row = transaction.change_returning(self._take, (tenant,))
        if row is None:
            add_tenant(transaction, tenant)
            row = transaction.change_returning(self._take, (tenant,))
        number: int = row[0] - 1  # type: ignore[index]  # the tenant is there now
        transaction.quotas.check_list(transaction, self._table, self._bound, tenant, number)
        return checked(transaction, tenant, number)

    def advance_past(self, transaction: Transaction, tenant: str, used: int) -> None:
        """Never give out ``used`` or an id below it any more."""
        add_tenant(transaction, tenant)
        transaction.change(self._advance, (used + 1, used + 1, tenant))


def checked(transaction: Transaction, tenant: str, number: int) -> int:
    """Return an id that is to be given out. Raises StorageError where the ids of 32 bits are used up."""
    if number > HIGHEST_ID:
        transaction.fail()
        raise StorageError(f"Tenant {tenant} has no ids left: the next would be above {HIGHEST_ID}. Reset the tenant.")
    return number


def add_tenant(transaction: Transaction, tenant: str) -> None:
    """Make sure that the tenant has its row. Raises QuotaExceeded."""
    if not make_tenant(transaction, tenant):
        bound = "tenants"
        cure = "Delete tenants, set forget-tenants-after, or raise max-tenants."
        raise transaction.quotas.refusal(bound, f"Tenant {tenant} would be one too many", cure)


def make_tenant(transaction: Transaction, tenant: str) -> bool:
    """Make sure that the tenant has its row; say whether there is room for it."""
    quotas = transaction.quotas
    is_new = transaction.change(_ADD, (tenant, quotas.now()))
    transaction.changes_state = True
    if not is_new or quotas.has_room_for_tenant(transaction):
        return True
    transaction.change(_REMOVE, (tenant,))
    return False


def use_tenant(transaction: Transaction, tenant: str) -> None:
    """Write that the tenant is used now, if there is one."""
    transaction.change(_USE, (transaction.quotas.now(), tenant))


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

    def counted(self) -> list[tuple[str, str | None, int, int, int, int]]:
        """Return all tenants in alphabetical order: name, auth, outbox, inbox, status reports, journal."""
        return [tuple(row) for row in self._transaction.rows(_COUNTED, (HIDDEN,))]

    def use(self, tenant: str) -> None:
        """Write that the tenant is used now, if there is one."""
        use_tenant(self._transaction, tenant)

    def unused(self, since: int, *, most: int) -> list[str]:
        """Return tenants that were not used since this moment, in microseconds; at most so many."""
        return [row[0] for row in self._transaction.rows(_UNUSED, (since, HIDDEN, most))]

    def is_unused(self, tenant: str, since: int) -> bool:
        """Say whether there is such a tenant, not used since this moment."""
        return bool(self._transaction.rows(_IS_UNUSED, (since, tenant)))

    def shrink(self, tenant: str) -> bool:
        """Delete some of what the tenant has many of; say whether there may be more."""
        for table in _LARGE:
            key = table.key[1]
            last = self._transaction.rows(
                f"SELECT {key} FROM {table.name} WHERE tenant = ? ORDER BY {key} LIMIT 1 OFFSET ?",  # noqa: S608
                (tenant, _AT_ONCE),
            )
            if last:
                delete = f"DELETE FROM {table.name} WHERE tenant = ? AND {key} <= ?"  # noqa: S608
                self._transaction.change(delete, (tenant, last[0][0]))
                return True
        return False

    def exists(self, tenant: str) -> bool:
        """Say whether something was written for the tenant since its last reset."""
        return bool(self._transaction.rows(_EXISTS, (tenant,)))

    def set(self, tenant: str, **values: Any) -> None:  # noqa: ANN401 - columns of the table
        """Set columns of the tenant's row, by their names; None goes back to what the settings say."""
        add_tenant(self._transaction, tenant)
        columns = ", ".join(f'"{name}" = ?' for name in values)
        kept = [microseconds(value) if isinstance(value, datetime) else value for value in values.values()]
        self._transaction.change(f"UPDATE tenants SET {columns} WHERE tenant = ?", (*kept, tenant))  # noqa: S608
        self._transaction.touch(tenant)

    def reset(self, tenant: str) -> None:
        """Delete everything of the tenant but its snapshots; ids begin again. Unknown: no matter.

        It is gone then, unless it has snapshots, which are to be found and forgotten with it.
        """
        for table in TABLES:
            if table not in (SNAPSHOT, TENANT_RESET):
                self._transaction.change(f"DELETE FROM {table.name} WHERE tenant = ?", (tenant,))  # noqa: S608
        self._transaction.change(_ADD_IF_IT_HAS_SNAPSHOTS, (self._transaction.quotas.now(), tenant))
        (number,) = self._transaction.change_returning(_COUNT_RESET, (tenant,)) or (0,)
        self._transaction.change(_FORGET_RESETS, (number - _MOST_RESETS,))
        self._transaction.touch(tenant)
        self._transaction.changes_state = True

    def is_emptied(self, tenant: str, since: int) -> bool:
        """Say whether the tenant was reset, or a snapshot of it restored, after so many resets of all tenants."""
        return bool(self._transaction.rows(IS_EMPTIED, (tenant, HIDDEN + tenant, since)))

    def last_reset(self, tenant: str) -> int:
        """Return the number of the tenant's last reset among the resets of all tenants; 0 if there was none."""
        row = self._transaction.row(_LAST_RESET, (tenant,))
        return 0 if row is None else row[0]

    def delete(self, tenant: str) -> None:
        """Do as ``reset``, and delete the snapshots too."""
        self._transaction.change("DELETE FROM snapshot WHERE tenant = ?", (tenant,))
        self.reset(tenant)
        snapshots = HIDDEN + tenant
        hidden = (snapshots + HIDDEN, snapshots + chr(ord(HIDDEN) + 1))
        for table in TABLES:
            self._transaction.change(f"DELETE FROM {table.name} WHERE tenant >= ? AND tenant < ?", hidden)  # noqa: S608


def _state(row: Row) -> TenantState:
    auth, seed, frozen, offset, profile, plugin_profiles, rules, next_due, resets = row
    return TenantState(
        auth,
        seed,
        moment_or_none(frozen),
        None if offset is None else offset * _MICROSECOND,
        profile,
        () if plugin_profiles is None else tuple(json.loads(plugin_profiles).items()),
        rules or 0,
        moment_or_none(next_due),
        resets or 0,
    )


_ADD_SNAPSHOT = SNAPSHOT.insert()
_SNAPSHOTS = "SELECT name, taken, messages FROM snapshot WHERE tenant = ? ORDER BY taken, name"
_HAS_SNAPSHOT = "SELECT 1 FROM snapshot WHERE tenant = ? AND name = ?"
_DELETE_SNAPSHOT = "DELETE FROM snapshot WHERE tenant = ? AND name = ?"
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
    """The snapshots of the tenants (ours): all that a tenant has but its journal, copied under a hidden tenant.

    All methods raise StorageError, and ValueError for a name that could be mistaken for a hidden tenant.
    """

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def take(self, tenant: str, name: str, at: datetime) -> None:
        """Keep what the tenant has now, in the place of an earlier snapshot of this name."""
        add_tenant(self._transaction, tenant)
        self.delete(tenant, name)
        count = len(self.list(tenant)) + 1
        self._transaction.quotas.check_count("snapshots", count, "snapshots", tenant)
        messages = self._copy(tenant, _hidden(tenant, name))
        self._transaction.change(_ADD_SNAPSHOT, (tenant, name, microseconds(at), messages))
        self._transaction.touch(tenant)

    def restore(self, tenant: str, name: str) -> bool:
        """Put what the tenant had then in the place of what it has; say whether there is such a snapshot."""
        hidden = _hidden(tenant, name)
        if not self._exists(tenant, name):
            return False
        self._delete_rows(tenant)
        self._copy(hidden, tenant)
        add_tenant(self._transaction, tenant)  # a snapshot of an older version may have none
        # Under another name: what was on the wire before stays in the journal.
        self._transaction.change_returning(_COUNT_RESET, (HIDDEN + tenant,))
        use_tenant(self._transaction, tenant)
        self._transaction.touch(tenant)
        self._transaction.changes_state = True
        return True

    def list(self, tenant: str) -> list[Snapshot]:
        """Return the tenant's snapshots, the earliest first."""
        return [
            Snapshot(name, moment(at), messages) for name, at, messages in self._transaction.rows(_SNAPSHOTS, (tenant,))
        ]

    def delete(self, tenant: str, name: str) -> bool:
        """Delete the snapshot; say whether there was one."""
        hidden = _hidden(tenant, name)
        if not self._exists(tenant, name):
            return False
        self._transaction.change(_DELETE_SNAPSHOT, (tenant, name))
        self._delete_rows(hidden)
        self._transaction.touch(tenant)
        return True

    def _exists(self, tenant: str, name: str) -> bool:
        return self._transaction.row(_HAS_SNAPSHOT, (tenant, name)) is not None

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
        raise ValueError(
            f"Neither a tenant nor a snapshot may have the character U+001F in its name: got {tenant!r} and {name!r}."
        )
    return f"{HIDDEN}{tenant}{HIDDEN}{name}"


_TOTALS = """
    SELECT (SELECT count(*) FROM outgoing_message WHERE tenant < ? OR tenant >= ?),
           (SELECT count(*) FROM inbox WHERE tenant < ? OR tenant >= ?),
           (SELECT coalesce(sum(entries), 0) FROM journal_state), (SELECT coalesce(sum(bytes), 0) FROM journal_state)
"""
_SHOWN = (HIDDEN, chr(ord(HIDDEN) + 1))
"""What the keys of snapshots are between."""


class Totals(NamedTuple):
    """Counts over all tenants, without what snapshots keep."""

    outgoing: int
    incoming: int
    exchanges: int
    exchange_bytes: int


def totals(transaction: Transaction) -> Totals:
    """Count; the engine reads all messages for it, which takes 0.2 s for a million in SQLite."""
    (row,) = transaction.rows(_TOTALS, (*_SHOWN, *_SHOWN))
    return Totals(*map(int, row))
