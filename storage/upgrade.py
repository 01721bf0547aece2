"""Brings a database of an older version to this one.

Of a SQLite file each table is made anew, and filled from the old one. PostgreSQL, which came with version 7, adds
columns.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from messaging_double.models.identifiers import id_digits

from .schema import STATISTICS, TABLES, definitions
from .values import microseconds

if TYPE_CHECKING:
    import sqlite3

OLDEST = 6
"""The version of the oldest file that can be upgraded."""

POSTGRES_OLDEST = 7
POSTGRES = {7: 'ALTER TABLE journal ADD COLUMN request_id TEXT COLLATE "C", ADD COLUMN received BIGINT'}
"""What brings a PostgreSQL database of a version to the next one."""

# What stands in columns that an older version has not, or has otherwise: SQL about the row of the old table.
_SINCE_7 = {"journal": {"request_id": "NULL", "received": "NULL"}}
_COLUMNS_OF_6 = {
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
    "journal": {"request_kept": "length(request)", "response_kept": "length(response)", **_SINCE_7["journal"]},
}
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


def upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Upgrade a file of this version within the transaction that was begun."""
    moments, columns = (_MOMENTS_OF_6, _COLUMNS_OF_6) if version == OLDEST else ({}, _SINCE_7)
    connection.create_function("microseconds", 1, _microseconds, deterministic=True)
    connection.create_function("ends_with_id", 2, lambda key, number: key.endswith(id_digits(number)))
    indexes = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for (name,) in indexes:
        connection.execute(f"DROP INDEX {name}")
    for table in TABLES:
        connection.execute(f"ALTER TABLE {table.name} RENAME TO old_{table.name}")
    for statement in definitions():
        connection.execute(statement)
    for table in TABLES:
        given = {
            **{name: f'microseconds("{name}")' for name in moments.get(table.name, ())},
            **columns.get(table.name, {}),
        }
        values = ", ".join(given.get(name, f'"{name}"') for name in table.columns)
        connection.execute(
            f"INSERT INTO {table.name} ({table.names()}) SELECT {values} FROM old_{table.name} AS old"  # noqa: S608
        )
    for table in TABLES:
        connection.execute(f"DROP TABLE old_{table.name}")
    connection.execute("ANALYZE sqlite_master")  # it makes the table of statistics, if there is none
    connection.execute("DELETE FROM sqlite_stat1")
    connection.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", STATISTICS)


def _microseconds(moment: str | None) -> int | None:
    return None if moment is None else microseconds(datetime.fromisoformat(moment))
