"""Connections that are kept open between the units of work.

SQLAlchemy's own pool would do; taking a connection from it and giving it back costs a third of a short transaction.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from .changes import Watch
from .errors import FAILURES, StorageError, storage_error
from .turn import Turn

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy.engine import Connection, Engine


class Session:
    """A connection, as SQLAlchemy and as sqlite3 know it."""

    def __init__(self, connection: Connection) -> None:
        """Keep the connection."""
        self.connection = connection
        self.driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]

    def begin(self, how: str) -> None:
        """Begin with SQLite's own statement.

        SQLAlchemy, which runs the statements, thinks that each is a transaction of its own (AUTOCOMMIT): its own
        beginnings and ends cost a tenth of a short transaction, and say nothing of whether it will write.
        """
        self.driver.execute(how)

    def begin_within(self, patience: float, how: str, usual: float) -> None:
        """Begin, waiting so many seconds for others instead of the usual ones.  It is of no use after a failure."""
        self._wait_for(patience)
        self.begin(how)
        self._wait_for(usual)

    def _wait_for(self, seconds: float) -> None:
        self.driver.execute(f"PRAGMA busy_timeout={round(seconds * 1000)}")

    def row(self, statement: str, *parameters: str) -> Any:  # noqa: ANN401 - of columns
        """Read the only row outside of any transaction; ``None`` where there is none."""
        rows = self.driver.execute(statement, parameters).fetchall()  # to the end: no statement may stay open
        return rows[0] if rows else None

    def commit(self) -> None:
        """Keep everything since ``begin``."""
        self.driver.commit()

    def rollback(self) -> None:
        """Forget everything since ``begin``."""
        self.driver.rollback()

    def close(self) -> None:
        """Close for good, whatever state the connection is in."""
        try:
            self.connection.close()
        except FAILURES:
            self.connection.invalidate()


class Sessions:
    """The sessions of one storage: as many as there ever were transactions at once."""

    def __init__(self, engine: Engine, path: str) -> None:
        """Connect through ``engine``; ``path`` is for the sentences of errors."""
        self._engine = engine
        self._path = path
        self._idle: deque[Session] = deque()
        self._closed = False
        self._watch = Watch(self._connect)
        self.turn = Turn()
        self.has_forked = False
        """Whether another process may have got this storage by a fork."""
        _all.add(self)

    def take(self) -> Session:
        """Give a session that nobody else uses.  Raises StorageError."""
        self._check_open()
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def give_back(self, session: Session) -> None:
        """Take the session back for others; its transaction is over."""
        self._idle.append(session)
        if self._closed:
            self.close_idle()

    def close(self) -> None:
        """Close all sessions, those in use as soon as they are given back."""
        self._closed = True
        self.close_idle()
        self._watch.close()

    def changes(self) -> int:
        """Give a number that is another one whenever something was committed, by whomever.  Raises StorageError."""
        self._check_open()
        try:
            return self._watch.look()
        except FAILURES as error:
            raise storage_error(self._path, error) from error

    def close_idle(self) -> None:
        """Close the sessions that nobody uses now."""
        while True:
            try:
                session = self._idle.pop()
            except IndexError:
                return
            session.close()

    def prepare_fork(self) -> None:
        """Let no open SQLite connection pass a fork ("How To Corrupt An SQLite Database File", 2.6)."""
        self.has_forked = True
        self.close_idle()
        self._watch.close()

    def begin_anew_after_fork(self) -> None:  # pragma: no cover - in the child as well
        """Forget whose turn it was: that thread of the parent process does not exist here."""
        self.turn = Turn()
        self._watch.begin_anew_after_fork()

    def _check_open(self) -> None:
        if self._closed:
            msg = f"The storage on {self._path} is closed."
            raise StorageError(msg)

    def _connect(self) -> Session:
        try:
            return Session(self._engine.connect())
        except FAILURES as error:
            raise storage_error(self._path, error) from error


_all: WeakSet[Sessions] = WeakSet()


def _before_fork() -> None:
    for sessions in tuple(_all):
        sessions.prepare_fork()


def _after_fork() -> None:  # pragma: no cover - runs in the child, where coverage does not look
    for sessions in tuple(_all):
        sessions.begin_anew_after_fork()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
