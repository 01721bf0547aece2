"""Brings a database of an older version to this one: each table is made anew, and filled from the old one.

The tables are declared once, in ``schema.py``. What is said here is only what stands in columns that an older version
has not, or has otherwise. SQLite and PostgreSQL share it; PostgreSQL came with version 7.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from messaging_double.models import system_clock
from messaging_double.models.identifiers import id_digits

from .schema import STATISTICS, TABLES, definitions
from .values import microseconds

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

OLDEST = 6
"""The version of the oldest SQLite file that can be upgraded."""
OLDEST_POSTGRES = 7

_MOMENTS_OF_6 = {
    "tenants": ("frozen",),
    "outgoing_message": ("registered", "updated", "due"),
    "status_history": ("at",),
    "inbox": ("registered",),
    "status_report": ("at",),
    "ticket": ("issued", "renewed", "expires"),
    "journal": ("at",),
    "snapshot": ("taken",),
    "rule": ("made", "expires"),
}
"""Columns that were texts, ISO 8601."""
_OF_6 = {
    "tenants": {
        **{
            name: f"coalesce({name}, 1)"
            for name in ("next_messaging_id", "next_inbox_id", "next_status_report_id", "next_ticket_number")
        },
        "rules": "coalesce(rules, 0)",
    },
    "outgoing_message": {
        "status_by": (
            "coalesce((SELECT h.by FROM old_status_history AS h WHERE h.tenant = old.tenant "
            "AND h.messaging_id = old.messaging_id ORDER BY h.step DESC LIMIT 1), operation)"
        ),
        "done": "coalesce(done, 0)",
        "has_own_external_id": (
            "external_message_id IS NOT NULL AND NOT ends_with_id(external_message_id, messaging_id)"
        ),
        "has_shared_session_key": "NOT ends_with_id(session_key, messaging_id)",
    },
    "journal": {"request_kept": "length(request)", "response_kept": "length(response)"},
}
_NOW = "{now}"
_COLUMNS: Mapping[int, Mapping[str, Mapping[str, str]]] = {
    6: {
        table: {**{name: f'microseconds("{name}")' for name in _MOMENTS_OF_6.get(table, ())}, **_OF_6.get(table, {})}
        for table in {*_MOMENTS_OF_6, *_OF_6}
    },
    7: {
        "tenants": {"last_used": _NOW},  # nothing is forgotten before it was not used for long from now on
        "journal": {"request_id": "NULL", "received": "NULL"},
    },
    8: {"tenants": {"offset": "ahead"}, "outgoing_message": {"profile": "outcome"}},
}
"""By version, table and column: SQL about the row of the old table, where the following version has it otherwise."""
_AFTERWARDS = {
    7: (
        f"INSERT INTO tenants (tenant, last_used) SELECT tenant, {_NOW} FROM journal_state "  # noqa: S608
        "WHERE tenant NOT IN (SELECT tenant FROM tenants)"
    ),
}
"""By version: version 7 kept a tenant that has only a journal without a row of its own."""


def upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Upgrade a SQLite file of this version within the transaction that was begun."""
    connection.create_function("microseconds", 1, _microseconds, deterministic=True)
    connection.create_function("ends_with_id", 2, lambda key, number: key.endswith(id_digits(number)))
    indexes = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for (name,) in indexes:
        connection.execute(f"DROP INDEX {name}")
    for table in TABLES:
        connection.execute(f"ALTER TABLE {table.name} RENAME TO old_{table.name}")
    for statement in definitions():
        connection.execute(statement)
    for statement in fill(version):
        connection.execute(statement)
    connection.execute("ANALYZE sqlite_master")  # it makes the table of statistics, if there is none
    connection.execute("DELETE FROM sqlite_stat1")
    connection.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", STATISTICS)


def fill(version: int) -> Iterator[str]:
    """Yield the statements that fill the new tables from the old ones, of this version, and delete those."""
    now = str(int(system_clock.time() * 1_000_000))
    for table in TABLES:
        given: dict[str, str] = {}
        for number in sorted(_COLUMNS, reverse=True):
            if number >= version:
                given |= _COLUMNS[number].get(table.name, {})
        values = ", ".join(given.get(name, f'"{name}"') for name in table.columns).replace(_NOW, now)
        yield f"INSERT INTO {table.name} ({table.names()}) SELECT {values} FROM old_{table.name} AS old"  # noqa: S608
    yield from (each.replace(_NOW, now) for number, each in _AFTERWARDS.items() if number >= version)
    for table in TABLES:
        yield f"DROP TABLE old_{table.name}"


def _microseconds(moment: str | None) -> int | None:
    return None if moment is None else microseconds(datetime.fromisoformat(moment))
