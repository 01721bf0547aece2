"""The door of this room: a storage on one SQLite file, and the unit of work that a request gets of it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import finalize

from .changes import Listeners
from .deliveries import Deliveries
from .engine import open_engine, path_of
from .errors import FAILURES, Locked, StorageError, storage_error
from .files import OpenedFile, TemporaryFile
from .inbox import Inbox
from .journal import Journal
from .outbox import Outbox
from .rules import Rules
from .schema import SCHEMA_VERSION
from .sessions import Session, Sessions
from .snapshots import Snapshots
from .status_reports import StatusReports
from .tenants import STATE, Tenants, state_of
from .threads import Threads
from .tickets import Tickets
from .transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Engine

    from messaging_double.models.tenant_state import TenantState


_WAIT_WHILE_LOCKED = 0.02
"""Seconds that a write waits after another one has waited in vain: each in turn would stop everybody for minutes."""
_WRITES_OF_A_MESSAGE = 8
_WRITE_FIRST_PAGE = f"PRAGMA user_version={SCHEMA_VERSION}"


class UnitOfWork:
    """All collections, within one transaction.  For one thread, and only until its ``with`` block ends."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self.outbox = Outbox(transaction)
        self.inbox = Inbox(transaction)
        self.status_reports = StatusReports(transaction)
        self.tenants = Tenants(transaction)
        self.tickets = Tickets(transaction)
        self.journal = Journal(transaction)
        self.snapshots = Snapshots(transaction)
        self.rules = Rules(transaction)
        self.deliveries = Deliveries(transaction)
        self.threads = Threads(transaction)


class Storage:
    """Everything the double keeps, in one SQLite file.

    Any number of threads and processes may use the same file at once: one writes, all others read meanwhile.
    """

    def __init__(self, engine: Engine, path: str, *, temporary: TemporaryFile | None, busy_timeout: float) -> None:
        """Use ``Storage.open``."""
        self.path = path
        self._busy_timeout = busy_timeout
        self._is_blocked = False
        """Whether a write has waited as long as any may, and none has succeeded since."""
        self._file = OpenedFile(path)
        self._sessions = Sessions(engine, path)
        self._is_temporary = temporary is not None
        self._listeners = Listeners()
        # The process that made a temporary file removes it, even if nobody calls close.
        self._remove = None if temporary is None else finalize(self, temporary.remove)

    @classmethod
    def open(cls, database: str | None, *, busy_timeout: float = 10.0) -> Storage:
        """Open the path of a SQLite file or its sqlite:/// URL; None is a file for this object alone, removed at close.

        A file that does not exist is made.  ``busy_timeout`` is in seconds: how long a write waits for its turn.
        Raises UnknownSchema for a file that is not ours, StorageError for one that cannot be used.
        """
        temporary = None
        if database is None:
            temporary = TemporaryFile()
            path = temporary.path
        else:
            path = path_of(database)
        try:
            engine = open_engine(path, busy_timeout=busy_timeout, durable=temporary is None)
        except StorageError:
            if temporary is not None:
                temporary.remove()
            raise
        return cls(engine, path, temporary=temporary, busy_timeout=busy_timeout)

    @contextmanager
    def writing(self, *, patience: float | None = None) -> Iterator[UnitOfWork]:
        """Give one transaction that may write: committed at the end, rolled back when an exception leaves it.

        ``patience`` is in seconds: how long to wait for the turn to write, where that is not ``busy_timeout``.  Once a
        write has waited so long in vain, the following ones fail at once until one succeeds.  Raises StorageError, also
        when the file is no longer at its path, and RuntimeError inside another one of the same thread.
        """
        with self._writing(patience) as transaction:
            yield UnitOfWork(transaction)
        self._listeners.tell(transaction.touched)

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """Give one transaction that sees a single moment of the file and waits for no writer.  Raises StorageError."""
        with self._transaction("BEGIN", writes=False) as transaction:
            yield UnitOfWork(transaction)

    def state(self, tenant: str) -> TenantState:
        """Give what holds for the tenant before a call is looked at.  Raises StorageError.

        Every SOAP call asks for it.  One SELECT is a moment of its own: without a unit of work around it, it costs a
        seventh.
        """
        session = self._sessions.take()
        with self._closing_if_it_fails(session):
            row = session.row(STATE, tenant, tenant)
        self._sessions.give_back(session)
        return state_of(row)

    @property
    def is_shared(self) -> bool:
        """Whether another process can have the same file: any process one with a name, a child a temporary one."""
        return not self._is_temporary or self._sessions.has_forked

    def on_change(self, listener: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        """Call ``listener`` after each commit of this storage with the tenants of which something has changed.

        That is their outbox, inbox, status reports or journal.  It is called in the thread that wrote, which others
        wait for no longer.  What is returned ends it.
        """
        return self._listeners.add(listener)

    def changes(self) -> int:
        """Give a number that is another one whenever this or another process has committed.  Raises StorageError.

        For those who wait for what ``on_change`` does not tell, as ``is_shared`` says: it costs some 5 microseconds.
        """
        return self._sessions.changes()

    def ping(self) -> None:
        """Raise StorageError unless the file is there and can be read and written.  Waits for no other writer.

        That another one is writing now is no failure, unless a write has waited for it in vain.
        """
        self._file.check()
        with self.reading() as unit:
            unit.tenants.exists("")
        try:
            for _ in range(_WRITES_OF_A_MESSAGE):  # on a disk that is full there may be room for one page
                with self._writing(0) as transaction:
                    transaction.row_of(_WRITE_FIRST_PAGE, ())
        except Locked:
            if self._is_blocked:
                raise

    def close(self) -> None:
        """Close all connections, and remove the file if it is a temporary one.  Twice does no harm."""
        self._sessions.close()
        if self._remove is not None:
            self._remove()

    @contextmanager
    def _writing(self, patience: float | None) -> Iterator[Transaction]:
        longest = self._busy_timeout if patience is None else patience
        with self._sessions.turn.mine(self.path, longest):
            self._file.check_sometimes()
            wait = min(longest, _WAIT_WHILE_LOCKED) if self._is_blocked else patience
            try:
                with self._transaction("BEGIN IMMEDIATE", writes=True, patience=wait) as transaction:
                    self._is_blocked = False
                    yield transaction
            except Locked:
                self._is_blocked |= longest >= self._busy_timeout
                raise

    @contextmanager
    def _transaction(self, begin: str, *, writes: bool, patience: float | None = None) -> Iterator[Transaction]:
        session = self._sessions.take()
        with self._closing_if_it_fails(session):
            if patience is None:
                session.begin(begin)
            else:
                session.begin_within(patience, begin, self._busy_timeout)
        transaction = Transaction(session, self.path, writes=writes)
        try:
            yield transaction
            transaction.check()
        except BaseException:
            transaction.end()
            with self._closing_if_it_fails(session):
                session.rollback()
            self._sessions.give_back(session)
            raise
        transaction.end()
        with self._closing_if_it_fails(session):
            session.commit()
        self._sessions.give_back(session)

    @contextmanager
    def _closing_if_it_fails(self, session: Session) -> Iterator[None]:
        try:
            yield
        except FAILURES as error:
            session.close()
            raise storage_error(self.path, error) from error
        except BaseException:  # a KeyboardInterrupt must not leave the file locked
            session.close()
            raise
