"""A storage on one SQLite file, and the unit of work that a request gets of it; ``postgres.py`` has the other one."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import finalize

from .connections import Connections
from .errors import NotTogetherError, StorageBusyError, StorageError, was_upgraded
from .files import TemporaryFile
from .inbox import Inbox, StatusReports, Threads
from .journal import Journal
from .outbox import Deliveries, Outbox
from .quotas import Quotas
from .rules import Rules
from .schema import INDEX_OF_THREADS, OUTGOING_MESSAGE, SCHEMA_VERSION
from .sqlite import INCREMENTAL, opener, path_of, prepare
from .tenants import Snapshots, Tenants
from .tickets import Tickets
from .transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet
    from contextlib import AbstractContextManager

    from messaging_double.models.records import TenantState

    Listener = Callable[[AbstractSet[str]], None]

_log = logging.getLogger("messaging_double.storage")
_MOST_STATES = 1_000
"""Tenants whose state is remembered."""
_WRITES_OF_A_MESSAGE = 8
_POLL_SECONDS = 0.02
_JOURNAL = "\x1f"
"""Before the name of a tenant: the lock of its journal."""
POSTGRES_SCHEMES = ("postgresql+psycopg://", "postgresql://", "postgres://")
_FREE_PAGES = 1_024
"""So many are kept in any case, for what is written next: 4 MiB."""
_GIVE_BACK = "PRAGMA incremental_vacuum(512)"
_WRITE_FIRST_PAGE = f"PRAGMA user_version={SCHEMA_VERSION}"


class _Collection:
    """A collection of a unit of work, made when it is first asked for: ``cached_property`` without its lock."""

    def __init__(self, kind: Callable[..., Any]) -> None:
        self._kind = kind

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, work: UnitOfWork, owner: type) -> Any:  # noqa: ANN401 - whatever the collection is
        collection = self._kind(work)
        setattr(work, self._name, collection)  # not by __dict__: that would have to be made first
        return collection


class UnitOfWork(Transaction):
    """All collections, within one transaction. For one thread, and only inside its ``with`` block."""

    outbox: Outbox = _Collection(Outbox)  # type: ignore[assignment]
    inbox: Inbox = _Collection(Inbox)  # type: ignore[assignment]
    status_reports: StatusReports = _Collection(StatusReports)  # type: ignore[assignment]
    tenants: Tenants = _Collection(Tenants)  # type: ignore[assignment]
    tickets: Tickets = _Collection(Tickets)  # type: ignore[assignment]
    journal: Journal = _Collection(Journal)  # type: ignore[assignment]
    snapshots: Snapshots = _Collection(Snapshots)  # type: ignore[assignment]
    rules: Rules = _Collection(Rules)  # type: ignore[assignment]
    deliveries: Deliveries = _Collection(Deliveries)  # type: ignore[assignment]
    threads: Threads = _Collection(lambda work: Threads(work, work.outbox, work.inbox))  # type: ignore[assignment]

    def begin_with(self, tenant: str) -> None:  # noqa: ARG002
        """Begin, where a row of this tenant is changed too, which may be another one than those that it writes to."""
        self.begin()


class Storage:
    """Everything the double keeps, in one SQLite file.

    Any number of threads and processes may use the same file at once: one writes, all others read meanwhile.
    """

    may_block = False
    """Whether each step waits for a server, so that no event loop should take it."""

    def __init__(self, connections: Connections, temporary: TemporaryFile | None) -> None:
        """Use ``Storage.open``."""
        self._connections: Any = connections
        self._listeners: dict[object, Listener] = {}
        self._generation = 0
        """Changes with every commit of this process that may change a state."""
        self._has_index_of_threads = temporary is None
        self._states: dict[str, tuple[tuple[int, int], TenantState]] = {}
        # The process that made a temporary file removes it, even if close is not called.
        self._remove = None if temporary is None else finalize(self, temporary.remove)

    @classmethod
    def open(
        cls,
        database: str | None,
        *,
        busy_timeout: float = 10.0,
        connections: int = 16,
        quotas: Quotas | None = None,
    ) -> Storage:
        """Open the path of a SQLite file or its sqlite:/// URL; None is a file for this object alone, removed at close.

        A file that does not exist is made. A postgresql+psycopg:// URL opens a database of PostgreSQL, with at most
        ``connections`` to it. ``busy_timeout`` is in seconds: how long a write waits for others. ``quotas`` are bounds
        on what is kept. Raises UnknownSchema for a database that is not ours, StorageError for one that cannot be used.
        """
        if database is not None and database.startswith(POSTGRES_SCHEMES):
            from .postgres import open_postgres  # noqa: PLC0415 - the driver, which only its users have

            return open_postgres(database, busy_timeout=busy_timeout, limit=connections, quotas=quotas or Quotas())
        temporary = TemporaryFile() if database is None else None
        path = path_of(database or "") if temporary is None else temporary.path
        connect = opener(path, durable=temporary is None)
        try:
            prepare(path, connect, busy_timeout, without=() if temporary is None else (INDEX_OF_THREADS,))
        except StorageError:
            if temporary is not None:
                temporary.remove()
            raise
        is_shared = temporary is None
        return cls(Connections(connect, path, busy_timeout, quotas or Quotas(), is_shared=is_shared), temporary)

    @property
    def path(self) -> str:
        """Where the file is; the URL of a database without its password."""
        return self._connections.path  # type: ignore[no-any-return]

    @property
    def quotas(self) -> Quotas:
        """How much it keeps."""
        return self._connections.quotas  # type: ignore[no-any-return]

    def writing(self, *tenants: str, patience: float | None = None) -> UnitOfWork:
        """Return a unit of work that may write; it begins at once, so that what it reads is what it changes.

        It writes to these tenants only, if any are named: others may be written to meanwhile where the engine can.
        It waits at most ``patience`` seconds for other writers, ``busy_timeout`` if that is None; hardly at all after
        one has waited in vain, until one succeeds. Raises StorageBusyError when it waited in vain, StorageError when
        the file is no longer at its path, RuntimeError inside another one of the same thread.
        """
        return UnitOfWork(self._connections, patience, committed=self._note_commit, tenants=tenants)

    def recording(self, *tenants: str, patience: float | None = None) -> UnitOfWork:
        """Return a unit of work that writes, as ``writing`` does, but to nothing else than the journals of tenants.

        Where the engine can, their calls go on meanwhile. It begins with ``begin``, or its first change.
        """
        journals = tuple(f"{_JOURNAL}{tenant}" for tenant in tenants)
        return self._lazy(journals, patience)

    def calling(self, tenant: str, *, patience: float | None = None) -> AbstractContextManager[UnitOfWork]:
        """Return a unit of work for a call: it begins to write, as ``writing`` does, at its first change only."""
        return self._lazy((tenant,), patience)

    def together(self, tenant: str, *, patience: float | None = None) -> AbstractContextManager[None]:  # noqa: ARG002
        """Let what ``calling`` returns in this thread be one unit of work, kept together at the end, or not at all.

        A call that cannot share it raises NotTogetherError, and none of them has done anything. That is so where
        nothing waits for a server. What else fails raises as it does in a call alone. ``patience`` is in seconds, as in
        ``writing``.
        """
        raise NotTogetherError

    def reading(self, *, is_one_statement: bool = False) -> UnitOfWork:
        """Return a unit of work that sees a single moment of the file and waits for no writer. Raises StorageError.

        One statement sees a single moment by itself: that saves a server two round trips.
        """
        return UnitOfWork(self._connections, 0.0, is_lazy=is_one_statement)

    def reading_threads(self) -> UnitOfWork:
        """Return what ``reading`` does, for conversations. A temporary file gets their index when the first is read.

        Keys come in any order, so that the index makes thousands of messages of one call twice as slow to add; and most
        temporary files are removed before a conversation is read. Raises StorageError.
        """
        if not self._has_index_of_threads:
            with suppress(StorageError):  # on a full disk, say: it is read without the index then
                with self.writing() as work:
                    work.change(INDEX_OF_THREADS.definition(OUTGOING_MESSAGE.name))
                self._has_index_of_threads = True
        return self.reading()

    def state(self, tenant: str) -> TenantState:
        """Return what holds for the tenant before a call is looked at. Raises StorageError.

        It is remembered until this process changes it, or another process may have.
        """
        generation = (self._generation, self._connections.changes() if self.is_shared else 0)
        remembered = self._states.get(tenant)
        if remembered is not None and remembered[0] == generation:
            return remembered[1]
        with UnitOfWork(self._connections, 0.0, is_lazy=True) as work:
            state = work.tenants.state(tenant)
        if len(self._states) >= _MOST_STATES:
            self._states.clear()
        self._states[tenant] = (generation, state)
        return state

    @property
    def poll_seconds(self) -> float | None:
        """How often to ask ``changes`` while waiting; ``None`` where ``on_change`` announces everything."""
        return _POLL_SECONDS if self.is_shared else None

    @property
    def is_shared(self) -> bool:
        """Whether another process can have the same file: any process one with a name, a child a temporary one."""
        return self._connections.is_shared  # type: ignore[no-any-return]

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after each commit of this storage with the tenants of which something has changed.

        That is anything but the count of uses of a ticket or a rule. It is called in the thread that wrote, for which
        others wait no longer. What is returned ends it.
        """
        token = object()
        self._listeners[token] = listener

        def remove() -> None:
            self._listeners.pop(token, None)

        return remove

    def changes(self) -> int:
        """Return a number that changes whenever this or another process has committed. Raises StorageError.

        For those who wait for what ``on_change`` does not announce, as ``is_shared`` says: it costs some 5
        microseconds.
        """
        return self._connections.changes()  # type: ignore[no-any-return]

    def ping(self) -> None:
        """Raise StorageError unless the file is there and can be read and written. Waits for no other writer.

        That another one is writing now is no failure, unless a write has waited for it in vain.
        """
        self._connections.check_file()
        with self.reading() as work:
            work.tenants.exists("")
        try:
            for _ in range(_WRITES_OF_A_MESSAGE):  # on a full disk there may be space for one page
                with self.writing(patience=0) as work:
                    ((version,),) = work.rows("PRAGMA user_version")
                    if version != SCHEMA_VERSION:
                        raise StorageError(was_upgraded(self.path, version))
                    work.change(_WRITE_FIRST_PAGE)
        except StorageBusyError:
            if self._connections.is_locked:
                raise

    def size(self) -> int:
        """Return how many bytes the database takes on the disk, its write-ahead log included."""
        path = os.path.realpath(self.path)  # SQLite keeps its other files beside what a link points to
        return sum(_size(path + ending) for ending in ("", "-wal", "-shm"))

    def give_back_space(self) -> None:
        """Give the file's free pages back to the disk where they are many, in steps between which others write.

        Raises StorageError.
        """
        while self._has_much_free_space():
            with self.writing() as work:
                work.rows(_GIVE_BACK)

    def _has_much_free_space(self) -> bool:
        with UnitOfWork(self._connections, 0.0, is_lazy=True) as work:
            (free,), (pages,), (mode,) = (
                work.rows(f"PRAGMA {name}")[0] for name in ("freelist_count", "page_count", "auto_vacuum")
            )
        return bool(mode == INCREMENTAL and free > _FREE_PAGES and free * 4 > pages)

    def close(self) -> None:
        """Close all connections, and remove the file if it is a temporary one. Twice does no harm."""
        self._connections.close()
        if self._remove is not None:
            self._remove()

    def _lazy(self, tenants: Sequence[str], patience: float | None, kind: type[UnitOfWork] = UnitOfWork) -> UnitOfWork:
        return kind(self._connections, patience, True, self._note_commit, tenants)  # noqa: FBT003

    def _note_commit(self, work: Transaction) -> None:
        if work.changes_state:
            self._generation += 1
        if work.touched:
            self._notify(work.touched)

    def _notify(self, tenants: AbstractSet[str]) -> None:
        """Call every listener; one that raises undoes nothing and keeps no other from being called."""
        for listener in tuple(self._listeners.values()):
            try:
                listener(tenants)
            except Exception:  # noqa: BLE001, PERF203 - whatever it is, the commit stands
                _log.exception("A listener to changes of the storage failed.")


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
