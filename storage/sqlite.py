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
from urllib.parse import unquote, urlsplit

from messaging_double.models import system_clock
from messaging_double.models.criteria import pattern_matches

from .errors import StorageError, UnknownSchema, other_version, storage_error
from .schema import APPLICATION_ID, SCHEMA_VERSION, STATISTICS, definitions
from .upgrade import OLDEST, upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .schema import Index

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|sqlite:")
_RETRY_SECONDS = 0.005
_OPENING_SECONDS = 10.0
"""How long a new connection waits for another one that makes the file or closes it as the last one."""
INCREMENTAL = 2
"""What PRAGMA auto_vacuum calls a file that gives free pages back on request."""
_WAL_BYTES = 4 * 1024 * 1024
"""The write-ahead log is cut to this after a checkpoint: a large write would leave it at its size for ever."""


def path_of(database: str) -> str:
    """Return the path that the setting names: a path, or a sqlite:/// URL. Raises StorageError for anything else."""
    path = _path_of_url(database) if _SCHEME.match(database) else database
    if not path or path == ":memory:" or "\0" in path:
        raise StorageError(
            f"{database!r} names no file. Expected a path such as messages.sqlite or sqlite:///messages.sqlite; "
            "leave the setting away for a file that is removed at the end."
        )
    return str(Path(path).absolute())


def _path_of_url(database: str) -> str:
    """Return what stands behind sqlite:///, as SQLAlchemy reads it: three slashes and a relative path, or four."""
    try:
        url = urlsplit(database)
        is_file = url.path[:1] in {"", "/"} and not (url.netloc or url.query)
        is_ours = is_file and url.scheme.partition("+")[0] == "sqlite"
    except ValueError:
        is_ours = False
    if not is_ours:
        shown = re.sub(r"(//[^:@]*:).*@", r"\1***@", database, flags=re.DOTALL)
        raise StorageError(
            f"{shown!r} cannot be used. Expected the path of a SQLite file, its URL without options, such as "
            "sqlite:///messages.sqlite, or the URL of a PostgreSQL database, such as postgresql+psycopg://user@host/name."
        )
    return unquote(url.path[1:])


def opener(path: str, *, durable: bool) -> Callable[[], sqlite3.Connection]:
    """Return what opens a connection to the file, ready for use.

    ``durable`` keeps what was committed through a power cut as far as WAL with synchronous=NORMAL does; without it only
    through the death of the process.
    """

    def connect() -> sqlite3.Connection:
        # isolation_level None: transactions are begun by us.
        connection = sqlite3.connect(path, timeout=_OPENING_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA synchronous={'NORMAL' if durable else 'OFF'}")
            # Some builds overwrite what is deleted with zeroes, which makes a reset slow; test data needs none of it.
            connection.execute("PRAGMA secure_delete=OFF")
            connection.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}")
            connection.create_function("matches", 2, pattern_matches, deterministic=True)
            connection.execute("PRAGMA busy_timeout=0")  # from now on waiting is the business of Connection.begin_write
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    return connect


def prepare(
    path: str, connect: Callable[[], sqlite3.Connection], busy_timeout: float, *, without: Sequence[Index] = ()
) -> None:
    """Bring a new file, or an older one of ours, to the current schema; let one of ours be; refuse every other.

    A new file gets all indexes but those of ``without``. ``busy_timeout`` is in seconds. Raises UnknownSchema for a
    file that is not ours, StorageError for one that cannot be used.
    """
    try:
        with closing(connect()) as connection:
            connection.execute(f"PRAGMA busy_timeout={round(busy_timeout * 1000)}")
            connection.execute("BEGIN")  # what is read to recognise the file must be of one moment
            _version(connection, path)
            connection.execute("COMMIT")
            # Of a new file: what is deleted can be given back. One that has tables keeps its way.
            connection.execute(f"PRAGMA auto_vacuum={INCREMENTAL}")
            _use_wal(connection, busy_timeout)
            # Begun also for a file that is ours already: one that cannot be written is to be known at the start.
            connection.execute("BEGIN IMMEDIATE")
            version = _version(connection, path)  # another process may have been faster
            if not version:
                _define(connection, without)
            elif version != SCHEMA_VERSION:
                upgrade(connection, version)
                connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def version_of(path: str) -> int:
    """Return the version of our tables in a file; 0 if it is empty. Raises UnknownSchema, StorageError."""
    try:
        with closing(sqlite3.connect(path, timeout=_OPENING_SECONDS, isolation_level=None)) as connection:
            return _version(connection, path)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def rebuild(path: str, connection: sqlite3.Connection) -> None:
    """Write a file anew that was made before free pages could be given back. Raises StorageError."""
    try:
        if connection.execute("PRAGMA auto_vacuum").fetchone()[0] != INCREMENTAL:
            connection.execute(f"PRAGMA auto_vacuum={INCREMENTAL}")
            connection.execute("VACUUM")
    except sqlite3.Error as error:
        raise storage_error(path, error) from error


def _unusable(path: str, error: sqlite3.Error) -> StorageError:
    if "not a database" in str(error):
        return UnknownSchema(
            f"{path} is no SQLite database: expected one of messaging-double or no file. Name another file."
        )
    return storage_error(path, error)


def _define(connection: sqlite3.Connection, without: Sequence[Index]) -> None:
    for statement in definitions(*without):
        connection.execute(statement)
    connection.execute("ANALYZE")  # of nothing: it makes the table that the next line fills
    connection.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", STATISTICS)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _version(connection: sqlite3.Connection, path: str) -> int:
    """Return the version of our tables; 0 if the file is empty. Raises UnknownSchema for any other."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application == APPLICATION_ID and OLDEST <= version <= SCHEMA_VERSION:
        return int(version)
    if application == APPLICATION_ID:
        raise UnknownSchema(other_version(path, version))
    if application or version or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise UnknownSchema(
            f"{path} is a SQLite file of something else: its application_id is {application} and its user_version "
            f"{version}, expected {APPLICATION_ID} and {SCHEMA_VERSION}. Name another file; this one was not changed."
        )
    return 0


def _use_wal(connection: sqlite3.Connection, busy_timeout: float) -> None:
    """Switch to write-ahead logging, so that reading never waits for writing; the file keeps the mode."""
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
