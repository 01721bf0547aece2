"""The tables, declared once: the statements of a new database and SQLAlchemy's tables (``tables.py``) come from here.

``outgoing_message`` and ``inbox`` keep the names of the real service's columns (SuperOffice's database documentation,
tables 407 and 352). The real ``outgoing_message`` has no column for who sends what to whom; ours keeps every member
of the contract's ``OutgoingMessage`` beside them, under the contract's words in snake_case.

Every table begins with ``tenant``, the customer that a URL names, or the key of a snapshot of its rows. SQLite keeps
a table in the order of its primary key (WITHOUT ROWID), so that one tenant's rows lie together: a page is one range,
a reset one range of each table. Only the journal, whose rows are as large as pages, is kept in the order of arrival.

``NULL`` is what the client left out or sent as nil, ``''`` is an empty string. Moments are microseconds since 1970,
UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

APPLICATION_ID = 0x4D444F55
"""``MDOU``: marks a SQLite file as ours (``PRAGMA application_id``)."""

SCHEMA_VERSION = 9
"""The version of the tables below (``PRAGMA user_version``). Raise it with every change to them."""

HIDDEN = "\x1f"
"""What the keys of hidden tenants begin with, under which snapshots are kept: no tenant of a URL has it."""

_MOMENT = "BIGINT"


class Index(NamedTuple):
    """An index; with ``where`` it has only the rows that meet this condition."""

    name: str
    columns: tuple[str, ...]
    where: str = ""

    def definition(self, table: str) -> str:
        """Return the statement that makes it, if it is not there."""
        where = f" WHERE {self.where}" if self.where else ""
        return f"CREATE INDEX IF NOT EXISTS {self.name} ON {table} ({', '.join(self.columns)}){where}"


class Table(NamedTuple):
    """A table: the SQL types of its columns by their names, and the columns of its primary key."""

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    in_order_of_key: bool = True

    def insert(self, **literals: str) -> str:
        """Return the statement that inserts a row of all columns, in their order; of some the value may be given."""
        values = [literals.get(name, "?") for name in self.columns]
        return f"INSERT INTO {self.name} ({self.names()}) VALUES ({', '.join(values)})"  # noqa: S608

    def others(self, *without: str) -> tuple[str, ...]:
        """Return the names of the columns but these."""
        return tuple(name for name in self.columns if name not in without)

    def names(self, *, without: tuple[str, ...] = ()) -> str:
        """Return the names of the columns for a statement; some are reserved words of SQL, so all are quoted."""
        return ", ".join(f'"{name}"' for name in self.others(*without))


TENANTS = Table(
    "tenants",
    {
        "tenant": "TEXT NOT NULL",
        # The next number to give out of each kind; of messaging_id the least one: it is also above all that are there.
        "next_messaging_id": "BIGINT NOT NULL DEFAULT 1",
        "next_inbox_id": "BIGINT NOT NULL DEFAULT 1",
        "next_status_report_id": "BIGINT NOT NULL DEFAULT 1",
        "next_ticket_number": "BIGINT NOT NULL DEFAULT 1",
        # What the control API set; NULL: what the settings say.
        "auth": "TEXT",
        "seed": "TEXT",
        "frozen": _MOMENT,  # where the clock stands still
        "offset": "BIGINT",  # by how many microseconds it is ahead of the machine's, if it runs
        "profile": "TEXT",
        "plugin_profiles": "TEXT",  # JSON, by plugin
        "rules": "BIGINT NOT NULL DEFAULT 0",  # the version of its rules: see rules.py; 0: there never were any
        "last_used": f"{_MOMENT} NOT NULL",  # by the machine's clock; up to a minute later it is not written again
    },
    ("tenant",),
)

# When tenants were reset: the number of the last reset of each, among the resets of all. A reset leaves it.
TENANT_RESET = Table(
    "tenant_reset",
    {"tenant": "TEXT NOT NULL", "number": "BIGINT NOT NULL"},
    ("tenant",),
    (Index("tenant_reset_by_number", ("number",)),),
)

OUTGOING_MESSAGE = Table(
    "outgoing_message",
    {
        "tenant": "TEXT NOT NULL",
        "messaging_id": "INTEGER NOT NULL",  # the real table's `id`
        # As in the real table; status and status_description are the current ones.
        "session_key": "TEXT NOT NULL",
        "external_message_id": "TEXT",
        "status": "INTEGER NOT NULL",
        "status_description": "TEXT",
        "plugin": "TEXT NOT NULL",
        "registered": f"{_MOMENT} NOT NULL",
        "updated": f"{_MOMENT} NOT NULL",
        "status_by": "TEXT NOT NULL",  # what set the current status
        # As in the contract's OutgoingMessage.
        "from": "TEXT",
        "to": "TEXT",
        "content": "TEXT",
        "format": "TEXT",
        "parent_messaging_id": "INTEGER",
        "suggested_session_key": "TEXT",
        # The call that sent it.
        "config": "TEXT",  # JSON [[key, value], ...]: an object would lose the order and the repeated keys
        "operation": "TEXT NOT NULL",
        "services": "TEXT NOT NULL",
        "position": "INTEGER NOT NULL",  # among the messages of the call, from 1
        "arrival": "BIGINT NOT NULL",  # the order of all that was sent and came in: see Connections.arrivals
        # The simulated delivery.
        "profile": "TEXT",  # the name of its profile
        "done": "INTEGER NOT NULL",
        "polls_left": "INTEGER",
        "due": _MOMENT,
        # Whether the keys are others than those that are made from the messaging_id: see identifiers.py.
        "has_own_external_id": "BOOLEAN NOT NULL",
        "has_shared_session_key": "BOOLEAN NOT NULL",
    },
    ("tenant", "messaging_id"),
    (
        # Few messages wait for the time, and few have keys without their id: small indexes are cheap to keep.
        Index("outgoing_message_by_due", ("tenant", "due"), "due IS NOT NULL"),
        Index("outgoing_message_by_external_id", ("tenant", "external_message_id"), "has_own_external_id"),
        Index("outgoing_message_by_session_key", ("tenant", "session_key"), "has_shared_session_key"),
    ),
)

INDEX_OF_THREADS = OUTGOING_MESSAGE.indexes[-1]

# The statuses of a message that has had more than one, the oldest first.
STATUS_HISTORY = Table(
    "status_history",
    {
        "tenant": "TEXT NOT NULL",
        "messaging_id": "INTEGER NOT NULL",
        "step": "INTEGER NOT NULL",  # 0, 1, 2 ...
        "status": "INTEGER NOT NULL",
        "status_description": "TEXT",
        "at": f"{_MOMENT} NOT NULL",
        "by": "TEXT NOT NULL",
    },
    ("tenant", "messaging_id", "step"),
)

# What came in: CreateMessage, and the replies that the double makes.
INBOX = Table(
    "inbox",
    {
        "tenant": "TEXT NOT NULL",
        "id": "INTEGER NOT NULL",
        # As in the contract's IncomingMessage; plugin and format are columns of the real table too.
        "to": "TEXT",
        "from": "TEXT",
        "content": "TEXT",
        "format": "TEXT",
        "session_key": "TEXT",
        "plugin": "TEXT",
        "origin": "TEXT NOT NULL",
        "services": "TEXT",
        "registered": f"{_MOMENT} NOT NULL",
        "arrival": "BIGINT NOT NULL",  # as that of outgoing_message
    },
    ("tenant", "id"),
    (Index("inbox_by_session_key", ("tenant", "session_key")),),
)

# SetDeliveryStatus calls for a pair of plugin and external id that no message has (ours).
STATUS_REPORT = Table(
    "status_report",
    {
        "tenant": "TEXT NOT NULL",
        "id": "INTEGER NOT NULL",
        "plugin": "TEXT NOT NULL",
        "external_message_id": "TEXT",
        "status": "INTEGER NOT NULL",
        "status_description": "TEXT",
        "services": "TEXT NOT NULL",
        "at": f"{_MOMENT} NOT NULL",
    },
    ("tenant", "id"),
)

# The tickets that SoPrincipal, or the control API, issued (ours; the real service keeps them in memory).
TICKET = Table(
    "ticket",
    {
        "tenant": "TEXT NOT NULL",
        "number": "INTEGER NOT NULL",
        "secret": "TEXT NOT NULL",
        "user": "TEXT NOT NULL",
        "origin": "TEXT NOT NULL",
        "issued": f"{_MOMENT} NOT NULL",
        "renewed": f"{_MOMENT} NOT NULL",
        "expires": f"{_MOMENT} NOT NULL",
        "revoked": "BOOLEAN NOT NULL",
        "uses": "INTEGER NOT NULL",
        "expired": "BOOLEAN NOT NULL",  # before the clock was set back, if it was
    },
    ("tenant", "number"),
)

# The requests and their answers, as they were on the wire (ours). The blobs stand last: nothing is read past them.
JOURNAL = Table(
    "journal",
    {
        "tenant": "TEXT NOT NULL",
        "id": "INTEGER NOT NULL",
        "at": f"{_MOMENT} NOT NULL",
        "method": "TEXT",
        "target": "TEXT",
        "status": "INTEGER",
        "duration": "DOUBLE PRECISION NOT NULL",  # seconds
        "peer": "TEXT",
        "services": "TEXT",
        "operation": "TEXT",
        "messages": "INTEGER",
        "notes": "TEXT NOT NULL",  # JSON, a list
        "refused": "TEXT",
        "rule": "TEXT",
        "fault": "TEXT",
        "request_id": "TEXT",
        "received": _MOMENT,  # by the machine's clock, where "at" is another
        "request_size": "BIGINT NOT NULL",  # how many bytes there were
        "request_kept": "BIGINT NOT NULL",  # how many of them are kept
        "response_size": "BIGINT NOT NULL",
        "response_kept": "BIGINT NOT NULL",
        "request": "BLOB NOT NULL",
        "response": "BLOB NOT NULL",
    },
    ("tenant", "id"),
    in_order_of_key=False,
)

# What is known of a tenant's journal without reading it; bytes are those of the blobs.
JOURNAL_STATE = Table(
    "journal_state",
    {
        "tenant": "TEXT NOT NULL",
        "next_id": "INTEGER NOT NULL",
        "entries": "INTEGER NOT NULL",
        "bytes": "BIGINT NOT NULL",
        "evicted": "BIGINT NOT NULL",
    },
    ("tenant",),
)

# The snapshots that were taken. Their rows are in the other tables, under a hidden tenant: see tenants.py.
SNAPSHOT = Table(
    "snapshot",
    {
        "tenant": "TEXT NOT NULL",
        "name": "TEXT NOT NULL",
        "taken": f"{_MOMENT} NOT NULL",
        "messages": "INTEGER NOT NULL",
    },
    ("tenant", "name"),
)

# The rules that answer calls otherwise than usual (ours).
RULE = Table(
    "rule",
    {
        "tenant": "TEXT NOT NULL",
        "name": "TEXT NOT NULL",
        "position": "INTEGER NOT NULL",  # 1, 2, 3 ...
        "text": "TEXT NOT NULL",
        "made": f"{_MOMENT} NOT NULL",
        "expires": _MOMENT,
        "origin": "TEXT NOT NULL",
        "matched": "INTEGER NOT NULL",
        "used": "INTEGER NOT NULL",
        "expired": "BOOLEAN NOT NULL",  # as that of ticket
    },
    ("tenant", "name"),
)

TABLES = (
    TENANTS,
    TENANT_RESET,
    OUTGOING_MESSAGE,
    STATUS_HISTORY,
    INBOX,
    STATUS_REPORT,
    TICKET,
    JOURNAL,
    JOURNAL_STATE,
    SNAPSHOT,
    RULE,
)

STATISTICS = (
    ("outgoing_message", "outgoing_message", "100000 10000 1"),
    ("outgoing_message", "outgoing_message_by_session_key", "10000 1000 2"),
    ("inbox", "inbox", "100000 10000 1"),
    ("inbox", "inbox_by_session_key", "100000 10000 2"),
)
"""What SQLite's planner is given (``sqlite_stat1``): how many rows there are for each tenant, and for each key.

Left to itself it takes a tenant for ten rows, and reads all of a tenant's messages for one thread.
"""


def definitions(*without: Index) -> Iterator[str]:
    """Yield the statements that make the tables and indexes of a new SQLite database, but for some indexes."""
    for table in TABLES:
        columns = ", ".join(f'"{name}" {sql_type}' for name, sql_type in table.columns.items())
        suffix = " WITHOUT ROWID" if table.in_order_of_key else ""
        yield f"CREATE TABLE {table.name} ({columns}, PRIMARY KEY ({', '.join(table.key)})){suffix}"
        yield from (index.definition(table.name) for index in table.indexes if index not in without)
