"""The tables, one for each collection; learn them from here.

``outgoing_message`` and ``inbox`` keep the names of the real service's columns (SuperOffice's database documentation,
tables 407 and 352).  The real ``outgoing_message`` has no column for who sends what to whom; ours keeps every member of
the contract's ``OutgoingMessage`` beside them, under the contract's words in snake_case.

Every table begins with ``tenant``, the customer that a URL names, and is kept in the order of its primary key
(WITHOUT ROWID), so that one tenant's rows lie together: a page is one range, a reset one range per table.
``NULL`` is what the client left out or sent as nil, ``''`` is an empty string.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeDecorator

from messaging_double.models.records import ConfigPairs

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

APPLICATION_ID = 0x4D444F55
"""``MDOU``: marks a SQLite file as ours (``PRAGMA application_id``)."""

SCHEMA_VERSION = 2
"""The version of the tables below (``PRAGMA user_version``).  Raise it with every change to them."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment as ISO 8601 text in UTC with microseconds: exact, sortable, and readable in any SQLite browser."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse a moment without a zone (ValueError): it would silently be read as local time."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"A moment to be stored needs a zone: got {value!r}, expected one like datetime.now(timezone.utc)."
            raise ValueError(msg)
        return value.astimezone(timezone.utc).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Hand the moment out aware, in UTC."""
        return None if value is None else datetime.fromisoformat(value)


class Pairs(TypeDecorator[ConfigPairs]):
    """``Config`` as JSON text ``[[key, value], …]``: an object would lose the order and the repeated keys."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: ConfigPairs | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write the pairs in the order they were sent."""
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> ConfigPairs | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read the pairs back as the records hold them."""
        return None if value is None else tuple((key, text) for key, text in json.loads(value))


metadata = MetaData()

# The customers that have data, each with its own counters: the next id to give out, NULL until the first was taken.
tenants = Table(
    "tenants",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("next_messaging_id", Integer),
    Column("next_inbox_id", Integer),
    Column("next_status_report_id", Integer),
    Column("next_ticket_number", Integer),
    Column("auth", Text),  # the way of checking tickets that the control API set; NULL: that of the settings
    sqlite_with_rowid=False,
)

# What clients sent: SendMessages and SendMessagesWithConfig.
outgoing_message = Table(
    "outgoing_message",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("messaging_id", Integer, primary_key=True, autoincrement=False),  # the real table's `id`
    # as in the real table; status and status_description are the last of status_history
    Column("session_key", Text, nullable=False),
    Column("external_message_id", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("status_description", Text),
    Column("plugin", Text, nullable=False),
    Column("registered", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    # as in the contract's OutgoingMessage
    Column("from", Text, key="from_"),
    Column("to", Text),
    Column("content", Text),
    Column("format", Text),
    Column("parent_messaging_id", Integer),
    Column("suggested_session_key", Text),
    # the call that brought it
    Column("config", Pairs),
    Column("operation", Text, nullable=False),
    Column("services", Text, nullable=False),
    sqlite_with_rowid=False,
)

# SetDeliveryStatus looks for this pair; not unique, as in the real table.  It also makes counting a tenant cheap.
Index(
    "outgoing_message_by_external_id",
    outgoing_message.c.tenant,
    outgoing_message.c.plugin,
    outgoing_message.c.external_message_id,
)

# How each outgoing message fared, oldest first.
status_history = Table(
    "status_history",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("messaging_id", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),  # 0, 1, 2 …
    Column("status", Integer, nullable=False),
    Column("status_description", Text),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    sqlite_with_rowid=False,
)

# What came in: CreateMessage, and the replies that the double makes.
inbox = Table(
    "inbox",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
    # as in the contract's IncomingMessage; plugin and format are columns of the real table too
    Column("to", Text),
    Column("from", Text, key="from_"),
    Column("content", Text),
    Column("format", Text),
    Column("session_key", Text),
    Column("plugin", Text),
    # how it came
    Column("origin", Text, nullable=False),
    Column("services", Text),
    Column("registered", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

# SetDeliveryStatus calls for a pair of plugin and external id that no message has (ours).
status_report = Table(
    "status_report",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("plugin", Text, nullable=False),
    Column("external_message_id", Text),
    Column("status", Integer, nullable=False),
    Column("status_description", Text),
    Column("services", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

# The tickets that SoPrincipal, or the control API, issued (ours; the real service keeps them in memory).
ticket = Table(
    "ticket",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("secret", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("issued", UtcDateTime, nullable=False),
    Column("renewed", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("uses", Integer, nullable=False),
    sqlite_with_rowid=False,
)
