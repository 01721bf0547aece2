"""Connections to one PostgreSQL database, and the locks that its writers take.

A unit of work that may write runs at READ COMMITTED. Before anything else it locks the tenants it was begun for (all
of them, if it names none) with advisory locks, which end with the transaction. So what it reads is what it changes, ids
and counters are exact, and no statement can fail for a conflict with another one. A unit of work that only reads runs
at REPEATABLE READ and sees a single moment.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections import deque
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import psycopg

from messaging_double.models import system_clock

from .errors import StorageBusyError, StorageError, StorageUnavailableError
from .postgres_connection import ARRIVALS_EACH, PostgresConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from .connections import Row
    from .quotas import Quotas

_BREAK_SECONDS = 0.5
"""After a connection could not be made, none is tried for so long: each attempt may take seconds."""
_ALL_TENANTS = 0
_BUSY = frozenset({"55P03", "57014", "40P01", "40001"})
"""A lock that was not had in time, a statement that was canceled, a deadlock, a serialization failure."""
_UNAVAILABLE = ("08", "57P", "53300")
"""Connection exceptions, a server that ends or begins, too many connections."""
_CURES = {
    "54000": "its indexes take texts of 2,700 bytes: send a shorter session key or external id",
    "53100": "the disk of the server is full: make room on it",
    "25006": "it is read-only, as a standby is: name the primary server",
    "42501": "the user may not do that: grant it the tables and the schema",
    "42P01": "its tables are gone: drop what is left of them, and start the double again",
    "42703": "its tables are those of another version: start that version of messaging-double",
}


class PostgresConnections:
    """The connections of one storage: at most ``limit`` for the threads of this process."""

    dialect = "postgresql"
    errors = psycopg.Error

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection],
        shown: str,
        busy_timeout: float,
        limit: int,
        quotas: Quotas,
    ) -> None:
        """Connect by ``connect`` to the database that messages name ``shown``.

        ``busy_timeout`` is in seconds: how long to wait for a connection that is free, and for a lock.
        """
        self._connect = connect
        self.path = shown
        self.unusable = ""
        """Why no connection is of use any more: the tables were upgraded."""
        self._busy_timeout = busy_timeout
        self._limit = limit
        self._idle: deque[PostgresConnection] = deque()
        self._deferred: deque[Sequence[tuple[str, Sequence[Any]]]] = deque()
        self._closed = False
        self._unavailable_until = 0.0  # on the monotonic clock
        self._schema = 0
        self._begin_anew()
        self.quotas = quotas
        _all.add(self)

    def take(self) -> PostgresConnection:
        """Return a connection that nothing else uses. Raises StorageError."""
        if self._closed:
            raise StorageError(f"The storage on {self.path} is closed.")
        if self.unusable:
            raise StorageUnavailableError(self.unusable)
        of_thread = self._of_thread.__dict__.setdefault("connections", [])
        # A thread that has one already, and holds locks by it, must not wait for those that wait for its locks.
        if not of_thread and not self._free.acquire(timeout=self._busy_timeout):
            raise StorageUnavailableError(
                f"The database {self.path} has no free connection: all {self._limit} of this process were in use for "
                f"{self._busy_timeout:g} s. Send less at once, or raise database-connections."
            )
        try:
            connection = self._idle.pop() if self._idle else self.connect()
        except BaseException:
            if not of_thread:
                self._free.release()
            raise
        of_thread.append(connection)
        return connection

    def give_back(self, connection: PostgresConnection) -> None:
        """Take a connection back; one whose transaction did not end is closed, which undoes it."""
        if connection.is_idle and len(self._idle) < self._limit and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()
        of_thread = self._of_thread.connections
        of_thread.remove(connection)
        if not of_thread:
            self._free.release()

    def of_this_thread(self) -> PostgresConnection | None:
        """Return the connection that a unit of work of this thread uses, if there is one."""
        connections = self._of_thread.__dict__.get("connections")
        return connections[0] if connections else None

    def begin_writing(
        self, connection: PostgresConnection, patience: float | None, tenants: Collection[str], *, is_lazy: bool = False
    ) -> dict[str, Row]:
        """Begin a transaction that may write, after the other writers of these tenants; without any, after all.

        ``patience`` is in seconds. Where it ``is_lazy`` it begins, and may fail, with its first statement. Raises
        StorageBusyError when it waited in vain, RuntimeError in a thread that is writing already. Nothing is known of
        next ids: others may have taken them.
        """
        if getattr(self._of_thread, "is_writing", False):
            raise RuntimeError("writing() inside writing() would wait for itself: use the unit of work that is there.")
        seconds = self._busy_timeout if patience is None else patience
        locks = self._locks(tenants, seconds)
        try:
            connection.begin_write(*locks, at_once=not is_lazy)
            if self._deferred and self._run_deferred(connection):
                connection.begin_write(*locks, at_once=not is_lazy)
        except psycopg.Error as error:
            raise self.failure(error) from error
        self._of_thread.is_writing = True
        return {}

    def defer(self, changes: Sequence[tuple[str, Sequence[Any]]]) -> None:
        """Let the next writer make these changes first, and keep them: they undo what was kept already."""
        self._deferred.append(changes)

    def _run_deferred(self, connection: PostgresConnection) -> bool:
        """Return whether another transaction has to begin."""
        try:
            changes = self._deferred.popleft()
        except IndexError:  # another thread was faster
            return False
        try:
            for statement, parameters in changes:
                connection.change(statement, parameters)
            connection.commit()
        except psycopg.Error:
            self._deferred.appendleft(changes)
            raise
        return True

    def end_writing(self, _next_ids: dict[str, Row]) -> None:
        """Forget that this thread writes; its locks ended with the transaction."""
        self._of_thread.is_writing = False

    def arrivals(self, connection: PostgresConnection, count: int) -> int:
        """Return the lowest of ``count`` numbers above all that its tenants have; it has locked them."""
        if count > ARRIVALS_EACH:
            raise ValueError(f"{count} messages are too many at once: expected at most {ARRIVALS_EACH}.")
        return connection.arrivals(count)

    def connect(self) -> PostgresConnection:
        """Open a connection. Raises StorageUnavailableError."""
        if system_clock.monotonic() < self._unavailable_until:
            raise StorageUnavailableError(
                f"The database {self.path} could not be reached a moment ago. It is tried again by itself."
            )
        try:
            return PostgresConnection(self._connect)
        except psycopg.Error as error:
            self._unavailable_until = system_clock.monotonic() + _BREAK_SECONDS
            raise unavailable(self.path, error) from error

    def failure(self, error: Exception) -> StorageError:
        """Put an error of the driver into a sentence that names the database and the cure."""
        if isinstance(error, psycopg.errors.ConnectionTimeout):
            self._close_idle()  # the server is silent to all of them
        return failure_of(self.path, error)

    def close(self) -> None:
        """Close all connections, those in use as soon as they are given back."""
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        with suppress(IndexError):  # another thread may take the last one
            while True:
                self._idle.pop().close()

    def begin_anew(self) -> None:  # pragma: no cover - in a forked child, where coverage does not look
        """Leave the connections to the parent process: closing them here would end them there."""
        _of_parents.extend(self._idle)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._idle = deque()
        self._free = threading.Semaphore(self._limit)
        self._of_thread = threading.local()

    def use_schema(self, number: int) -> None:
        """Keep the locks of doubles in other schemas of the same database apart: ``number`` is the schema's."""
        self._schema = _int4(number)

    def _locks(self, tenants: Collection[str], seconds: float) -> tuple[str, tuple[Any, ...]]:
        """Return the statement that takes the locks of tenants, waiting so long for each at most, and its parameters.

        It returns the next value of the sequence ``arrival`` in the end.
        """
        keys = sorted({_key(tenant) for tenant in tenants})  # in one order, so that no two wait for each other
        numbers = (number for key in (_ALL_TENANTS, *keys) for number in (self._schema, key))
        return _lock_statement(len(keys)), (str(max(1, round(seconds * 1000))), *numbers)


class LentConnection:
    """The connection that a unit of work of this thread has, for one that reads meanwhile."""

    dialect = "postgresql"

    def __init__(self, connection: PostgresConnection, owner: PostgresConnections) -> None:
        """Lend ``connection`` of ``owner``."""
        self._connection = connection
        self.path, self.errors, self.failure, self.quotas = owner.path, owner.errors, owner.failure, owner.quotas

    def take(self) -> PostgresConnection:
        """Return the connection."""
        return self._connection

    def give_back(self, _connection: PostgresConnection) -> None:
        """Leave it to its owner."""


@lru_cache(256)
def _lock_statement(count: int) -> str:
    """Return what takes the locks of so many tenants, or that of all."""
    locks = "pg_advisory_xact_lock_shared(?, ?), " if count else "pg_advisory_xact_lock(?, ?), "
    locks += "pg_advisory_xact_lock(?, ?), " * count
    return f"SELECT set_config('lock_timeout', ?, true), {locks}nextval('arrival')"


@lru_cache(4096)
def _key(tenant: str) -> int:
    return _int4(zlib.crc32(tenant.encode("utf-8", "surrogatepass"))) or 1


def _int4(number: int) -> int:
    return (number + 2**31) % 2**32 - 2**31


def unavailable(shown: str, error: Exception) -> StorageUnavailableError:
    """Say that there is no connection to the database."""
    found = " ".join(str(error).split())
    return StorageUnavailableError(
        f"The database {shown} cannot be reached: check that PostgreSQL runs there and that the URL is right "
        f"(PostgreSQL says: {found})."
    )


def failure_of(shown: str, error: Exception) -> StorageError:
    """Put an error of the driver into a sentence that names the database and the cure."""
    state = getattr(error, "sqlstate", None) or ""
    found = " ".join(str(error).split())
    if state in _BUSY:
        return StorageBusyError(
            f"The database {shown} fails: another client of it is writing for too long: end that or wait for it "
            f"(PostgreSQL says: {found})."
        )
    if state.startswith(_UNAVAILABLE) or (not state and isinstance(error, psycopg.OperationalError)):
        return unavailable(shown, error)
    cure = _CURES.get(state, "")
    return StorageError(f"The database {shown} fails{': ' * bool(cure)}{cure} (PostgreSQL says: {found}).")


_all: WeakSet[PostgresConnections] = WeakSet()
_of_parents: list[PostgresConnection] = []


def _after_fork() -> None:  # pragma: no cover - in the child, where coverage does not look
    for connections in tuple(_all):
        connections.begin_anew()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
