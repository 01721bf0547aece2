"""Connections to one SQLite file, kept open between the units of work."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from functools import lru_cache
from itertools import chain, count
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from messaging_double.models import system_clock

from .errors import StorageBusyError, StorageError, storage_error
from .files import OpenedFile
from .write_lock import WriteLock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from .quotas import Quotas

    Row = Sequence[Any]

_RETRY_SECONDS = 0.005
_SECONDS_WHILE_LOCKED = 0.02
_ROWS = 25
"""Rows that one statement inserts where there are many: they take half the time that a statement for each does."""
_TAKES_NUMBERS = not (3, 12) <= sys.version_info < (3, 12, 4)
"""Whether the driver takes ``?1`` with a sequence: these few versions warn of it (python/cpython#117995)."""
_MOST_IDLE = 8
"""Connections that are kept open for the next time: each has two files open, and a cache."""


class Connection:
    """One connection of the driver, and the cursor that all statements run on. All methods raise ``sqlite3.Error``."""

    __slots__ = ("_begins_late", "_cursor", "_driver", "_only")

    def __init__(self, driver: sqlite3.Connection) -> None:
        """Use ``driver``, which begins no transactions by itself."""
        self._driver = driver
        self._cursor = driver.cursor()
        self._begins_late = False
        self._only: tuple[str, Sequence[Any]] | None = None  # all that is changed so far, where it begins late

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run a statement and return all of its rows."""
        if self._begins_late:
            self._begin_now()
        return self._cursor.execute(statement, parameters).fetchall()

    def expect(self, statement: str, parameters: Sequence[Any]) -> None:
        """Do nothing: there is no round trip to save."""

    def change(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement and return how many rows it changed."""
        if self._begins_late:
            self._begin_now()
        return self._cursor.execute(statement, parameters).rowcount

    def change_many(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each of the parameters; of many rows to insert several at a time."""
        if self._begins_late:
            if len(parameters) == 1 and self._only is None:
                self._only = statement, parameters[0]
                return
            self._begin_now()
        done = self._insert_many(statement, parameters) if len(parameters) >= _ROWS and _TAKES_NUMBERS else 0
        self._cursor.executemany(statement, parameters[done:])

    def _insert_many(self, statement: str, parameters: Sequence[Sequence[Any]]) -> int:
        """Insert rows, each value that all of them have bound once a statement; return how many were inserted."""
        columns = list(zip(*parameters, strict=True))
        shared = tuple([column.count(column[0]) == len(column) for column in columns])
        of_several = _insert_of_several(statement, shared)
        if of_several is None:
            return 0
        same = [column[0] for column, is_shared in zip(columns, shared, strict=True) if is_shared]
        own = [column for column, is_shared in zip(columns, shared, strict=True) if not is_shared]
        others = list(zip(*own, strict=True))
        end = len(parameters) - len(parameters) % _ROWS
        for start in range(0, end, _ROWS):
            self._cursor.execute(of_several, [*same, *chain.from_iterable(others[start : start + _ROWS])])
        return end

    def begin_write(self, seconds: float) -> None:
        """Begin a transaction that may write; wait at most so long for other processes that do."""
        end = system_clock.monotonic() + seconds if seconds else 0.0
        while True:
            try:
                self._cursor.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:  # noqa: PERF203 - the loop is there for this exception
                if not seconds or "locked" not in str(error) or system_clock.monotonic() > end:
                    raise
                time.sleep(_RETRY_SECONDS)
            else:
                return

    def begin_late(self) -> None:
        """Begin a transaction that may write, where no other process can: with its second statement.

        One that changes a single row is that one statement: BEGIN and COMMIT would take as long as the row does.
        """
        self._begins_late = True

    def _begin_now(self) -> None:
        only, self._only, self._begins_late = self._only, None, False
        self._cursor.execute("BEGIN IMMEDIATE")
        if only is not None:
            self._cursor.execute(*only)

    def begin_read(self) -> None:
        """Begin a transaction that sees a single moment of the file."""
        self._cursor.execute("BEGIN")

    def commit(self) -> None:
        """Keep everything since the transaction began."""
        if not self._begins_late:
            self._cursor.execute("COMMIT")
            return
        only, self._only, self._begins_late = self._only, None, False
        if only is not None:
            self._cursor.execute(*only)

    def roll_back(self) -> None:
        """Undo everything since the transaction began; SQLite may have done so itself when a statement failed."""
        self._only, self._begins_late = None, False
        if self._driver.in_transaction:
            self._cursor.execute("ROLLBACK")

    @property
    def is_idle(self) -> bool:
        """Whether it is in no transaction."""
        return not self._driver.in_transaction

    def close(self) -> None:
        """Close for good, whatever state the connection is in."""
        self._driver.close()


@lru_cache(maxsize=64)
def _insert_of_several(insert: str, shared: tuple[bool, ...]) -> str | None:
    """Return the statement that inserts so many rows as an insert of one does, ``None`` for any other statement.

    Its parameters are the values that all rows share, then those of each row that it does not share.
    """
    row = f"({', '.join('?' * len(shared))})"
    if not insert.startswith("INSERT ") or not insert.endswith(f" VALUES {row}"):
        return None
    first, following = count(1), count(1 + sum(shared))
    numbers = [f"?{next(first)}" if each else None for each in shared]
    rows = [f"({', '.join([each or f'?{next(following)}' for each in numbers])})" for _ in range(_ROWS)]
    return insert.removesuffix(row) + ", ".join(rows)


class Connections:
    """The connections of one storage: as many as there ever were units of work at once."""

    dialect = "sqlite"
    errors = sqlite3.Error

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        path: str,
        busy_timeout: float,
        quotas: Quotas,
        *,
        is_shared: bool,
    ) -> None:
        """Connect by ``connect`` to the file at ``path``; who does not say otherwise waits ``busy_timeout`` seconds.

        ``is_shared`` says whether other processes may use the file.
        """
        self._connect = connect
        self.path = path
        self._file = OpenedFile(path)
        self._busy_timeout = busy_timeout
        self.is_locked = False
        """Whether a write has waited as long as any may, and none has succeeded since."""
        self._next_arrival = 0
        self._deferred: list[tuple[str, Sequence[Any]]] = []
        self._idle: deque[Connection] = deque()
        self._closed = False
        self._detector = ChangeDetector(self.connect)
        self._write_lock = WriteLock()
        self.is_shared = is_shared
        """Whether another process can have the same file, be it by a fork."""
        self._next_ids: dict[str, Row] = {}
        self.quotas = quotas
        _all.add(self)

    def take(self) -> Connection:
        """Return a connection that nothing else uses. Raises StorageError."""
        if self._closed:
            raise StorageError(f"The storage on {self.path} is closed.")
        try:
            return self._idle.pop()
        except IndexError:
            return self.connect()

    def give_back(self, connection: Connection) -> None:
        """Take a connection back; one whose transaction did not end is closed, which undoes it."""
        if connection.is_idle and len(self._idle) < _MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        if self._closed:
            self._close_idle()

    def begin_writing(
        self,
        connection: Connection,
        patience: float | None,
        _tenants: Collection[str],
        *,
        is_lazy: bool,  # noqa: ARG002 - as the other engine
    ) -> dict[str, Row]:
        """Begin a transaction that may write, after the writers of all tenants; ``patience`` is in seconds.

        Return the next ids that the writer before had read, as it called ``end_writing``.

        Once a write has waited for another process as long as any may, the following ones hardly wait until one
        succeeds: each in turn would stop all of them for minutes. Raises StorageBusyError when it waited in vain,
        StorageError when the file is no longer at its path, RuntimeError in a thread that is writing already.
        """
        seconds = self._busy_timeout if patience is None else patience
        if not self._write_lock.acquire(seconds):
            raise StorageBusyError(
                f"The database {self.path} is locked: another thread of this process has been writing for {seconds} s."
            )
        try:
            self._file.check_sometimes()
            if not self.is_shared and not self._deferred:
                connection.begin_late()
                next_ids, self._next_ids = self._next_ids, {}
                return next_ids
            seconds_left = min(seconds, _SECONDS_WHILE_LOCKED) if self.is_locked else seconds
            connection.begin_write(seconds_left)
            if self._deferred:
                self._run_deferred(connection)
                connection.begin_write(seconds_left)
        except BaseException as error:
            self._write_lock.release()
            if not isinstance(error, sqlite3.Error):
                raise
            failure = self.failure(error)
            self.is_locked |= isinstance(failure, StorageBusyError) and seconds >= self._busy_timeout
            raise failure from error
        self.is_locked = False
        return {}

    def defer(self, changes: Sequence[tuple[str, Sequence[Any]]]) -> None:
        """Let the next writer make these changes first, and keep them: they undo what was kept already."""
        self._deferred.extend(changes)

    def _run_deferred(self, connection: Connection) -> None:
        deferred = tuple(self._deferred)
        try:
            for statement, parameters in deferred:
                connection.change(statement, parameters)
            connection.commit()
            del self._deferred[: len(deferred)]
        except sqlite3.Error:  # on a full disk, say, where another write may still find room
            connection.roll_back()

    def arrivals(self, _connection: Connection, count: int) -> int:
        """Return the lowest of ``count`` numbers for what arrives now, for one who is writing.

        They are microseconds of the machine's clock, so that those of several processes are in one order; those of this
        process always rise.
        """
        now, first = int(system_clock.time() * 1_000_000), self._next_arrival
        if now > first:  # noqa: PLR1730 - every call asks, and max() takes longer
            first = now
        self._next_arrival = first + count
        return first

    def end_writing(self, next_ids: dict[str, Row]) -> None:
        """Let the next one write, which may know these next ids unless other processes write too."""
        self._next_ids = next_ids
        self._write_lock.release()

    def failure(self, error: Exception) -> StorageError:
        """Put an error of the driver into a sentence that names the file and the cure."""
        return storage_error(self.path, error)

    def check_file(self) -> None:
        """Raise StorageError if the file is no longer at its path."""
        self._file.check()

    def connect(self) -> Connection:
        """Open a connection. Raises StorageError."""
        try:
            return Connection(self._connect())
        except sqlite3.Error as error:
            self._file.check()  # it may say more
            raise storage_error(self.path, error) from error

    def changes(self) -> int:
        """Return a number that changes whenever something was committed, by any process. Raises StorageError."""
        if self._closed:
            raise StorageError(f"The storage on {self.path} is closed.")
        try:
            return self._detector.version()
        except sqlite3.Error as error:
            raise storage_error(self.path, error) from error

    def close(self) -> None:
        """Close all connections, those in use as soon as they are given back."""
        self._closed = True
        self._close_idle()
        self._detector.close()

    def prepare_fork(self) -> None:
        """Let no open SQLite connection pass a fork ("How To Corrupt An SQLite Database File", 2.6).

        A thread that writes to a file of this process alone comes to its end first: it has locked nothing for others.
        """
        is_last = False
        with suppress(RuntimeError):  # the thread that forks is writing itself
            is_last = not self.is_shared and self._write_lock.acquire(self._busy_timeout)
        self.is_shared = True
        if is_last:
            self._write_lock.release()
        self._close_idle()
        self._detector.close()

    def reset_after_fork(self) -> None:  # pragma: no cover - in the child, where coverage does not look
        """Forget the threads of the parent process: they do not exist here."""
        self._write_lock = WriteLock()
        self._detector = ChangeDetector(self.connect)

    def _close_idle(self) -> None:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return
            connection.close()


class ChangeDetector:
    """Notices commits of others by a connection that never writes: SQLite's data_version is one of each connection."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        """Connect at the first look."""
        self._connect = connect
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._connected = 0

    def version(self) -> int:
        """Return a number that changes whenever something was committed. Raises StorageError, ``sqlite3.Error``.

        It changes after a new connection as well: its version may begin again, and what was missed is not known.
        """
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
                self._connected += 1
            try:
                version: int = self._connection.rows("PRAGMA data_version")[0][0]
            except sqlite3.Error:
                self._disconnect()
                raise
            return self._connected << 32 | version

    def close(self) -> None:
        """Disconnect until the next look."""
        with self._lock:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


_all: WeakSet[Connections] = WeakSet()


def _before_fork() -> None:
    for connections in tuple(_all):
        connections.prepare_fork()


def _after_fork() -> None:  # pragma: no cover - in the child, where coverage does not look
    for connections in tuple(_all):
        connections.reset_after_fork()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
