"""One PostgreSQL database: its URL, its tables, and the storage on it.

Any number of processes may use the same database at once: nothing that decides an answer is kept in a process.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import (
    NotTogetherError,
    StorageBusyError,
    StorageError,
    UnknownSchema,
    other_version,
    to_be_migrated,
    was_upgraded,
)
from .schema import SCHEMA_VERSION, TABLES
from .storage import POSTGRES_SCHEMES, Storage, UnitOfWork
from .upgrade import OLDEST_POSTGRES, fill

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
except ImportError as error:
    raise StorageError(
        "A PostgreSQL database needs the driver psycopg, which is not installed here. "
        "Install it with: pip install 'messaging-double[postgres]'"
    ) from error

from .postgres_connection import configured
from .postgres_connections import LentConnection, PostgresConnections, failure_of, unavailable
from .postgres_notifier import CHANNEL, UPGRADED, Notifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from messaging_double.models.records import TenantState

    from .quotas import Quotas
    from .storage import Listener
    from .transaction import Transaction

_TYPES = {"BLOB": "BYTEA", "TEXT": 'TEXT COLLATE "C"'}
_MARK = "messaging_double"
"""The table that says that the others are ours, and of which version they are."""
_SAFETY_SECONDS = 2.0
"""How often to look where notifications should come, and a process may have died before it sent one."""
_SIZE = """
    SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
"""
_OPENING_LOCK = 0x4D444F55
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND application_name = current_setting('application_name')"
)
_CONNECTING = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "messaging-double",
    "client_encoding": "UTF8",
}
_SESSION = {
    # As durable as SQLite's WAL with synchronous=NORMAL: what was committed survives this process, and a server that is
    # stopped; the last 0.6 s may be lost when the server itself is killed.
    "synchronous_commit": "off",
    # A process that stopped in the middle of a transaction must not keep the locks of its tenants.
    "idle_in_transaction_session_timeout": "30s",
}


def open_postgres(url: str, *, busy_timeout: float, limit: int, quotas: Quotas) -> PostgresStorage:
    """Open the database of a URL; its tables are made if there are none. Raises StorageError."""
    connect, shown = _connector(url)
    connections = PostgresConnections(connect, shown, busy_timeout, limit, quotas)
    connections.use_schema(prepare(connect, shown))

    def check(connection: psycopg.Connection) -> None:
        version = _version(connection, shown)
        if version != SCHEMA_VERSION:
            connections.unusable = was_upgraded(shown, version)

    return PostgresStorage(connections, Notifier(connect, check))


def migrate_postgres(url: str, *, check: bool) -> tuple[str, int, int]:
    """Bring the tables of a database to this version; with ``check`` only look.

    Return the URL to be shown, the version before, 0 if there are no tables, and how many connections of other
    processes there are. Of several that run this at once one upgrades. Raises UnknownSchema, StorageError.
    """
    connect, shown = _connector(url)
    with _opened(connect, shown) as connection, connection.transaction():
        _check_database(connection, shown)
        ((others,),) = connection.execute(_OTHERS).fetchall()
        version = _version(connection, shown)
        if version is not None and not OLDEST_POSTGRES <= version <= SCHEMA_VERSION:
            raise UnknownSchema(other_version(shown, version))
        if not check:
            if version is None:
                _define(connection)
            elif version < SCHEMA_VERSION:
                _upgrade(connection, version)
                connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, json.dumps(UPGRADED)))
    return shown, version or 0, others


def _upgrade(connection: psycopg.Connection, version: int) -> None:
    names = [table.name for table in TABLES]
    # A connection that uses them ends its transaction first; one that begins later finds the new tables.
    connection.execute(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
    indexes = connection.execute(
        "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ANY (%s)",
        (names,),
    ).fetchall()
    for index, table in indexes:
        if index == f"{table}_pkey":
            connection.execute(f"ALTER INDEX {index} RENAME TO old_{index}")
        else:
            connection.execute(f"DROP INDEX {index}")
    for name in names:
        connection.execute(f"ALTER TABLE {name} RENAME TO old_{name}")
    for statement in (*table_definitions(), *fill(version)):
        connection.execute(statement)
    connection.execute(f"UPDATE {_MARK} SET schema_version = {SCHEMA_VERSION}")  # noqa: S608


def _connector(url: str) -> tuple[Callable[[], psycopg.Connection], str]:
    """Return what connects to the database of a URL, and the URL to be shown."""
    parameters, shown = read_url(url)

    def connect() -> psycopg.Connection:
        return configured(psycopg.connect(make_conninfo(**parameters), autocommit=True))

    return connect, shown


def read_url(url: str) -> tuple[dict[str, Any], str]:
    """Return libpq's parameters of a URL, and the URL to be shown. Raises StorageError."""
    scheme = next(each for each in POSTGRES_SCHEMES if url.startswith(each))
    rest = url.removeprefix(scheme)
    credentials = rest.partition("?")[0].rpartition("@")[0]
    try:
        if "/" in credentials or "@" in credentials:  # libpq takes the rest of the password for a host
            raise psycopg.ProgrammingError  # noqa: TRY301
        given = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError:
        raise StorageError(
            "The URL of the database cannot be read. Expected one such as "
            "postgresql+psycopg://user:password@host:5432/name, with special characters percent-encoded."
        ) from None
    options = str(given.get("options") or "")
    session = [f"-c {name}={value}" for name, value in _SESSION.items() if name not in options]
    parameters = {**_CONNECTING, **given, "options": " ".join([*session, options]).strip()}
    place = f"{given.get('host', '')}{':' * ('port' in given)}{given.get('port', '')}"
    return parameters, f"postgresql+psycopg://{place}/{given.get('dbname', '')}"


def prepare(connect: Callable[[], psycopg.Connection], shown: str) -> int:
    """Make the tables in an empty schema; let one of ours be; refuse every other. Return the number of the schema.

    Raises UnknownSchema for one that is not ours, StorageError for a database that cannot be used.
    """
    with _opened(connect, shown) as connection, connection.transaction():
        schema = _check_database(connection, shown)
        version = _version(connection, shown)
        if version is None:
            _define(connection)
        elif OLDEST_POSTGRES <= version < SCHEMA_VERSION:
            raise UnknownSchema(to_be_migrated(shown, version))
        elif version != SCHEMA_VERSION:
            raise UnknownSchema(other_version(shown, version))
    return schema


def _check_database(connection: psycopg.Connection, shown: str) -> int:
    """Wait until no other process makes or upgrades tables; return the number of the schema. Raises UnknownSchema."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_OPENING_LOCK,))
    ((encoding, schema),) = connection.execute(
        "SELECT current_setting('server_encoding'), current_schema()::regnamespace::oid::int8"
    ).fetchall()
    if encoding != "UTF8" or schema is None:
        raise UnknownSchema(
            f"The database {shown} cannot be used: its encoding is {encoding}, expected UTF8, "
            "and its search_path has to name a schema."
        )
    return int(schema)


def _define(connection: psycopg.Connection) -> None:
    for statement in definitions():
        connection.execute(statement)


@contextmanager
def _opened(connect: Callable[[], psycopg.Connection], shown: str) -> Iterator[psycopg.Connection]:
    try:
        connection = connect()
    except psycopg.Error as error:
        raise unavailable(shown, error) from error
    try:
        yield connection
    except psycopg.Error as error:
        raise failure_of(shown, error) from error
    finally:
        connection.close()


def _version(connection: psycopg.Connection, shown: str) -> int | None:
    """Return the version of our tables; ``None`` in a schema that has none. Raises UnknownSchema."""
    names = {table.name for table in TABLES} | {_MARK}
    there = {
        name
        for (name,) in connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY (%s)",
            (sorted(names),),
        )
    }
    if _MARK in there:
        ((version,),) = connection.execute(f"SELECT schema_version FROM {_MARK}").fetchall()  # noqa: S608
        return int(version)
    if there:
        raise UnknownSchema(
            f"The database {shown} has tables of something else: {', '.join(sorted(there))}. Name another database, or "
            "another schema with ?options=-csearch_path%3Dname; this one was not changed."
        )
    return None


def definitions() -> Iterator[str]:
    """Yield the statements that make the tables and indexes of a new database."""
    yield f"CREATE TABLE {_MARK} (schema_version INTEGER NOT NULL)"
    yield f"INSERT INTO {_MARK} VALUES ({SCHEMA_VERSION})"  # noqa: S608
    # Gives the order of all that was sent and came in: see PostgresConnections.arrivals.
    yield "CREATE SEQUENCE arrival"
    yield from table_definitions()


def table_definitions() -> Iterator[str]:
    """Yield the statements that make the tables and indexes themselves."""
    for table in TABLES:
        columns = ", ".join(f'"{name}" {_sql_type(sql_type)}' for name, sql_type in table.columns.items())
        yield f"CREATE TABLE {table.name} ({columns}, PRIMARY KEY ({', '.join(table.key)}))"
        for index in table.indexes:
            yield index.definition(table.name)


def _sql_type(declared: str) -> str:
    first, _, rest = declared.partition(" ")
    return f"{_TYPES.get(first, first)} {rest}"


class SharedWork(UnitOfWork):
    """The unit of work of several calls of a tenant, which one thread carries out one after the other.

    All are kept at the end of its ``with`` block, or none. What only a call of its own can do raises NotTogetherError.
    """

    _state: tuple[str, TenantState] | None = None

    @contextmanager
    def part(self) -> Iterator[UnitOfWork]:
        """Let one call use it. Raises NotTogetherError when the call fails, StorageBusyError when all of them do."""
        self._has_changed = False
        try:
            yield self
        except Exception as error:
            if self._failed and isinstance(error, StorageBusyError):  # another process writes for too long
                raise
            raise NotTogetherError from error

    def state(self, tenant: str) -> TenantState:
        """Return what holds for the tenant, these calls included. Raises StorageError."""
        if self._state is None or self._state[0] != tenant or self.changes_state:
            self._state = tenant, self.tenants.state(tenant)
        return self._state[1]

    def begin_with(self, tenant: str) -> None:
        """Refuse another tenant: calls that change several of its rows without its lock may wait for each other."""
        if tenant not in self._tenants:
            raise NotTogetherError
        self.begin()

    def keep(self) -> NoReturn:
        """Refuse: the others would be kept too."""
        raise NotTogetherError

    def set_savepoint(self) -> None:
        """Leave it out: nothing is undone without the others."""

    def undo_to_savepoint(self) -> None:
        """Refuse where a call has changed anything."""
        if self._has_changed:
            raise NotTogetherError

    def change_for_sure(self, changes: Any) -> NoReturn:  # noqa: ANN401, ARG002
        """Refuse: that ends a transaction."""
        raise NotTogetherError


class PostgresStorage(Storage):
    """Everything the double keeps, in one PostgreSQL database."""

    may_block = True
    is_shared = True
    poll_seconds = _SAFETY_SECONDS

    def __init__(self, connections: PostgresConnections, notifier: Notifier) -> None:
        """Use ``Storage.open``."""
        super().__init__(connections, None)  # type: ignore[arg-type]  # the other engine's, with the same methods
        self._notifier = notifier
        self._of_thread = threading.local()

    def state(self, tenant: str) -> TenantState:
        """Return what holds for the tenant before a call is looked at. Raises StorageError.

        It is read anew each time: another process may have changed it just now.
        """
        if self._shared is not None:
            return self._shared.state(tenant)
        connection = self._connections.of_this_thread()
        source = self._connections if connection is None else LentConnection(connection, self._connections)
        with UnitOfWork(source, 0.0, is_lazy=True) as work:
            return work.tenants.state(tenant)

    @contextmanager
    def together(self, tenant: str, *, patience: float | None = None) -> Iterator[None]:
        """Let what ``calling`` returns in this thread be one unit of work, as ``Storage.together`` does."""
        with self._lazy((tenant,), patience, SharedWork) as work:
            self._of_thread.shared = work
            try:
                yield
            finally:
                del self._of_thread.shared

    def calling(self, tenant: str, *, patience: float | None = None) -> AbstractContextManager[UnitOfWork]:
        """Return a unit of work for a call, as ``Storage.calling`` does."""
        shared = self._shared
        return super().calling(tenant, patience=patience) if shared is None else shared.part()

    def writing(self, *tenants: str, patience: float | None = None) -> UnitOfWork:
        """Return a unit of work that may write, as ``Storage.writing`` does."""
        if self._shared is not None:
            raise NotTogetherError
        return super().writing(*tenants, patience=patience)

    @property
    def _shared(self) -> SharedWork | None:
        return getattr(self._of_thread, "shared", None)

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after each commit of any process, as ``Storage.on_change`` does for this one."""
        self._notifier.listen(self._notify)
        return super().on_change(listener)

    def changes(self) -> int:
        """Return a number that changes when another process has committed, and from time to time."""
        return self._notifier.changes(_SAFETY_SECONDS)

    def ping(self) -> None:
        """Raise StorageError unless the database can be read and written. Waits for no other writer."""
        with UnitOfWork(self._connections, 0.0, is_lazy=True) as work:
            work.tenants.exists("")
            work.rows("SELECT nextval('arrival')")  # a standby refuses it

    def size(self) -> int:
        """Return how many bytes the tables of the schema take on the disk, their indexes included."""
        with self.reading() as work:
            return int(work.rows(_SIZE)[0][0])

    def give_back_space(self) -> None:
        """Leave it to PostgreSQL: autovacuum lets what was deleted be used again."""

    def close(self) -> None:
        """Close all connections. Twice does no harm."""
        self._notifier.close()
        super().close()

    def _note_commit(self, work: Transaction) -> None:
        super()._note_commit(work)
        if work.touched:
            self._notifier.announce(work.touched)
