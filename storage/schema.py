"""The tables, one for each collection; learn them from here.

``outgoing_message`` and ``inbox`` keep the names of the real service's columns (SuperOffice's database documentation,
tables 407 and 352).  The real ``outgoing_message`` has no column for who sends what to whom; ours keeps every member of
the contract's ``OutgoingMessage`` beside them, under the contract's words in snake_case.

Every table begins with ``tenant``, the customer that a URL names (or the key of a snapshot of its rows), and is kept in
the order of its primary key (WITHOUT ROWID), so that one tenant's rows lie together: a page is one range, a reset one
range per table.  Only the journal, whose rows are as large as pages, is kept as they came.
``NULL`` is what the client left out or sent as nil, ``''`` is an empty string.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text

from .column_types import Pairs, Texts, UtcDateTime

APPLICATION_ID = 0x4D444F55
"""``MDOU``: marks a SQLite file as ours (``PRAGMA application_id``)."""

SCHEMA_VERSION = 6
"""The version of the tables below (``PRAGMA user_version``).  Raise it with every change to them."""


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
    Column("next_arrival", Integer),  # of what was sent and of what came in, together
    Column("auth", Text),  # the way of checking tickets that the control API set; NULL: that of the settings
    Column("seed", Text),  # what ids and keys are made from; NULL: that of the settings
    Column("frozen", UtcDateTime),  # where the clock stands still
    Column("ahead", Integer),  # by how many microseconds it is ahead of the machine's, if it runs
    Column("profile", Text),  # by which messages are delivered; NULL: that of the settings
    Column("plugin_profiles", Text),  # JSON, likewise for single plugins
    Column("rules", Integer),  # the version of its rules: see rules.py; NULL: there never were any
    sqlite_with_rowid=False,
)

# When tenants were reset: the number of the last reset of each, among the resets of all.  A reset leaves it.
tenant_reset = Table(
    "tenant_reset",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    sqlite_with_rowid=False,
)

Index("tenant_reset_by_number", tenant_reset.c.number)

# What clients sent: SendMessages and SendMessagesWithConfig.
outgoing_message = Table(
    "outgoing_message",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("messaging_id", Integer, primary_key=True, autoincrement=False),  # the real table's `id`
    # as in the real table; status and status_description are the last of status_history
    Column("session_key", Text, nullable=False),
    Column("external_message_id", Text),
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
    Column("position", Integer, nullable=False),  # among the messages of the call, from 1
    Column("arrival", Integer, nullable=False),  # among all that the tenant sent and got, from 1
    # the simulated delivery
    Column("outcome", Text),  # the name of its profile
    Column("done", Integer),
    Column("polls_left", Integer),
    Column("due", UtcDateTime),
    sqlite_with_rowid=False,
)

# What happens by itself, the earliest first; few messages wait for the time.
Index(
    "outgoing_message_by_due",
    outgoing_message.c.tenant,
    outgoing_message.c.due,
    sqlite_where=outgoing_message.c.due.is_not(None),
)

# SetDeliveryStatus looks for this pair; not unique, as in the real table.  It also makes counting a tenant cheap.
# The plugin comes last: SQLite would take an index that begins with it for a query by plugin, which most rows may meet.
Index(
    "outgoing_message_by_external_id",
    outgoing_message.c.tenant,
    outgoing_message.c.external_message_id,
    outgoing_message.c.plugin,
)

# A thread: what was sent, and what came in, under one session key.
Index("outgoing_message_by_session_key", outgoing_message.c.tenant, outgoing_message.c.session_key)

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
    Column("arrival", Integer, nullable=False),  # as that of outgoing_message
    sqlite_with_rowid=False,
)

Index("inbox_by_session_key", inbox.c.tenant, inbox.c.session_key)

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
    Column("expired", Boolean, nullable=False),  # before the clock was set back, if it was
    sqlite_with_rowid=False,
)

# The requests and their answers, as they were on the wire (ours).  The blobs stand last: nothing is read past them.
journal = Table(
    "journal",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("method", Text),
    Column("target", Text),
    Column("status", Integer),
    Column("duration", Float, nullable=False),
    Column("peer", Text),
    Column("services", Text),
    Column("operation", Text),
    Column("messages", Integer),
    Column("notes", Texts, nullable=False),
    Column("refused", Text),
    Column("rule", Text),
    Column("fault", Text),
    Column("request_size", Integer, nullable=False),
    Column("response_size", Integer, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("response", LargeBinary, nullable=False),
)

# What is known of a tenant's journal without reading it; bytes are those of the blobs.
journal_state = Table(
    "journal_state",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("next_id", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("evicted", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# The snapshots that were taken.  Their rows are in the other tables, under a hidden tenant: see snapshots.py.
snapshot = Table(
    "snapshot",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("taken", UtcDateTime, nullable=False),
    Column("messages", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# The rules that answer calls otherwise than usual (ours).
rule = Table(
    "rule",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # 1, 2, 3 …
    Column("text", Text, nullable=False),
    Column("made", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime),
    Column("origin", Text, nullable=False),
    Column("matched", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("expired", Boolean, nullable=False),  # as that of ticket
    sqlite_with_rowid=False,
)

STATISTICS = [
    ("outgoing_message", "outgoing_message", "100000 10000 1"),
    ("outgoing_message", "outgoing_message_by_external_id", "100000 10000 1 1"),
    ("outgoing_message", "outgoing_message_by_session_key", "100000 10000 2"),
    ("inbox", "inbox", "100000 10000 1"),
    ("inbox", "inbox_by_session_key", "100000 10000 2"),
]
"""What SQLite's planner is told (``sqlite_stat1``): how many rows there are for each tenant, and for each key.

Left to itself it takes a tenant for ten rows, and goes through all of a tenant's messages for one thread.
"""
