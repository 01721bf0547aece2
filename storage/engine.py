"""One SQLite file: which one, opening it, and the check that it is ours.

Nothing here writes to a file before it is known to be empty or ours.
"""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from messaging_double.models import system_clock

from .criteria import matches
from .errors import StorageError, UnknownSchema, storage_error
from .schema import APPLICATION_ID, SCHEMA_VERSION, STATISTICS, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|sqlite:")
_RETRY_SECONDS = 0.005
_LOG_BYTES = 4 * 1024 * 1024


def path_of(database: str) -> str:
    """Read the setting: the path of a SQLite file or its sqlite:/// URL.  StorageError for anything else."""
    path = _path_of_url(database) if _SCHEME.match(database) else database
    if not path or path == ":memory:" or "\0" in path:
        msg = (
            f"{database!r} names no file. Expected a path such as messages.sqlite or sqlite:///messages.sqlite; "
            "leave the setting away for a file that is removed at the end."
        )
        raise StorageError(msg)
    return str(Path(path).absolute())


def _path_of_url(database: str) -> str:
    try:
        url = make_url(database)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "sqlite" or url.host or url.query:
        shown = url.render_as_string(hide_password=True) if url else database
        msg = (
            f"{shown!r} cannot be used: this version keeps messages in SQLite. "
            "Expected the path of a file or its URL without options, such as sqlite:///messages.sqlite."
        )
        raise StorageError(msg)
    return url.database or ""


def open_engine(path: str, *, busy_timeout: float, durable: bool) -> Engine:
    """Open the file, make its tables if it is new, and give an engine whose connections are ready for use.

    ``busy_timeout`` is in seconds: how long to wait for another process's write.  ``durable`` keeps what was committed
    through a power cut as far as WAL with synchronous=NORMAL does; without it only through the death of the process.
    Raises UnknownSchema for a file that is not ours, StorageError for one that cannot be used.
    """

    def connect() -> sqlite3.Connection:
        # isolation_level None: the transactions are ours to begin, as in SQLAlchemy's recipe for pysqlite.
        connection = sqlite3.connect(path, timeout=busy_timeout, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA synchronous={'NORMAL' if durable else 'OFF'}")
            # Where the log grew with a large write, it shrinks when it begins anew; it usually does at this size.
            connection.execute(f"PRAGMA journal_size_limit={_LOG_BYTES}")
            # Some builds overwrite what is deleted with zeroes, which makes a reset slow; test data needs none of it.
            connection.execute("PRAGMA secure_delete=OFF")
            connection.create_function("matches", 2, matches, deterministic=True)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite+pysqlite://",
        creator=connect,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",  # begin and commit are a session's: sessions.py
        hide_parameters=True,
    )
    try:
        with closing(connect()) as connection:
            _prepare(connection, path, engine, busy_timeout)
    except sqlite3.Error as error:
        if "not a database" in str(error):
            msg = f"{path} is no SQLite database: expected one of messaging-double or no file. Name another file."
            raise UnknownSchema(msg) from error
        raise storage_error(path, error) from error
    return engine


def _prepare(connection: sqlite3.Connection, path: str, engine: Engine, busy_timeout: float) -> None:
    """Bring a new file to the current schema; let one of ours be; refuse every other."""
    connection.execute("BEGIN")  # what is read to tell whose file it is must be of one moment
    _is_ours(connection, path)
    connection.execute("COMMIT")
    _use_wal(connection, busy_timeout)
    # Taken also for a file that is ours already: one that cannot be written is to be known at the start.
    connection.execute("BEGIN IMMEDIATE")
    if not _is_ours(connection, path):  # another process may have been faster
        for statement in _definitions(engine):
            connection.execute(statement)
        connection.execute("ANALYZE")  # of nothing: it makes the table that the next line fills
        connection.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", STATISTICS)
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _is_ours(connection: sqlite3.Connection, path: str) -> bool:
    """Whether the file has our tables; False if it is empty.  UnknownSchema for any other."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application == APPLICATION_ID and version == SCHEMA_VERSION:
        return True
    if application == APPLICATION_ID:
        age = "a newer" if version > SCHEMA_VERSION else "an older"
        msg = (
            f"{path} was written by {age} messaging-double: its schema is {version}, this one reads {SCHEMA_VERSION}. "
            "Run that version, name another file, or delete this one to begin afresh."
        )
        raise UnknownSchema(msg)
    if application or version or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        msg = (
            f"{path} is a SQLite file of something else: its application_id is {application} and its user_version "
            f"{version}, expected {APPLICATION_ID} and {SCHEMA_VERSION}. Name another file; this one was not changed."
        )
        raise UnknownSchema(msg)
    return False


def _use_wal(connection: sqlite3.Connection, busy_timeout: float) -> None:
    """Switch to write-ahead logging, so that reading never waits for writing; the file remembers it."""
    end = system_clock.monotonic() + busy_timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:  # noqa: PERF203 - the loop is there for this exception
            # Two processes that switch at once: SQLite refuses one of them without waiting for its busy timeout.
            if "locked" not in str(error) or system_clock.monotonic() > end:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _definitions(engine: Engine) -> Iterator[str]:
    for table in metadata.sorted_tables:
        yield str(CreateTable(table).compile(engine))
        for index in table.indexes:
            yield str(CreateIndex(index).compile(engine))
