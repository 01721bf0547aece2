"""One transaction on one connection, and the only place that runs statements."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from collections.abc import Set as AbstractSet
    from types import TracebackType

    from typing_extensions import Self

    from .connections import Connection, Connections, Row
    from .postgres_connection import PostgresConnection
    from .postgres_connections import LentConnection, PostgresConnections
    from .quotas import Quotas


class _Over:
    """Stands in the place of the connection outside of the ``with`` block."""

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError("This unit of work is over: use it inside its `with` block only.")


_OVER: Any = _Over()


class Transaction:
    """Statements that are kept together or not at all; use it as a context manager.

    It is committed at the end of its ``with`` block, and rolled back when an exception leaves that. After a statement
    failed it cannot be committed any more. All methods raise StorageError.
    """

    _connection: Connection = _OVER
    _has_savepoint = False

    def __init__(  # without keywords, which Python puts into a dictionary first
        self,
        connections: Connections | PostgresConnections | LentConnection,
        patience: float | None,
        is_lazy: bool = False,  # noqa: FBT001, FBT002
        committed: Callable[..., None] | None = None,
        tenants: Collection[str] = (),
    ) -> None:
        """Take a connection when the block begins, and begin, unless ``is_lazy``: then at the first change.

        ``patience`` is in seconds: how long to wait for other writers, if not as long as the storage does.
        ``committed`` is called with the transaction after a commit that may have changed something; without it the
        transaction only reads. ``tenants`` are those that it writes to; none are all.
        """
        self._connections: Any = connections  # of either engine: they have the same methods
        self._tenants = tenants
        self._patience = patience
        self._is_lazy = is_lazy
        self._committed = committed
        # Not in the class: Python 3.11 looks such defaults up in a slow way.
        self.touched: AbstractSet[str] = frozenset()
        """The tenants of which something changes that others may wait for."""
        self.changes_state = False
        """Whether anything changes that ``Storage.state`` returns."""
        self._has_begun = self._writes = self._has_changed = self._failed = False
        self._only_adds = True
        """Whether nothing but rows that are added changes: else next ids that were known may not be the next ones."""
        self.next_ids: dict[str, Row] = {}
        """What is known of the next ids of tenants that are there: see ``Outbox.next_ids``."""

    def __enter__(self) -> Self:
        connection = self._connection = self._connections.take()
        if not self._is_lazy:
            try:
                self._begin()
            except BaseException:
                self._connections.give_back(connection)
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection = self._connection, _OVER
        is_kept = kind is None and not self._failed
        try:
            if self._has_begun:
                self._end(connection, is_kept=is_kept)
        finally:
            self._connections.give_back(connection)
        if is_kept:
            if self._committed is not None:
                self._committed(self)
        elif kind is None:
            raise self._not_kept()

    def begin(self) -> None:
        """Begin now, so that what is read from here on is what is changed; without effect where it has begun."""
        if not self._writes:
            self._begin_to_write()

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Read all rows."""
        try:
            return self._connection.rows(statement, parameters)
        except BaseException as error:
            self._fail(error)
            raise

    def expect(self, statement: str, parameters: Sequence[Any]) -> None:
        """Let rows be read with those that are read next, where that saves a round trip: as the first statement."""
        self._connection.expect(statement, parameters)

    def row(self, statement: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Read the only row, if there is one."""
        rows = self.rows(statement, parameters)
        return rows[0] if rows else None

    def change(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Insert, update or delete; return the number of rows."""
        self._begin_change()
        try:
            return self._connection.change(statement, parameters)
        except BaseException as error:
            self._fail(error)
            raise

    def change_many(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Insert, update or delete with each of the parameters."""
        if not self._writes:
            self._begin_to_write()
        self._has_changed = True
        try:
            self._connection.change_many(statement, parameters)
        except BaseException as error:
            self._fail(error)
            raise

    def change_returning(self, statement: str, parameters: Sequence[Any]) -> Row | None:
        """Insert, update or delete with RETURNING; return the only row, if there is one."""
        self._begin_change()
        return self.row(statement, parameters)

    def change_for_sure(self, changes: Sequence[tuple[str, Sequence[Any]]]) -> None:
        """Make changes in a transaction of their own: now, or, where that cannot be, before the next writer."""
        self._connections.defer(changes)
        with suppress(StorageError):
            self.begin()
            self.keep()

    def arrivals(self, count: int) -> int:
        """Return the lowest of ``count`` following numbers that are above all that were given out before."""
        if not self._writes:
            self._begin_to_write()
        return self._connections.arrivals(self._connection, count)  # type: ignore[no-any-return]

    @property
    def quotas(self) -> Quotas:
        """How much may be kept."""
        return self._connections.quotas  # type: ignore[no-any-return]

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name of the database's dialect."""
        return self._connections.dialect  # type: ignore[no-any-return]

    def touch(self, tenant: str) -> None:
        """Announce that something of the tenant changes, to those who wait for it."""
        self.touched |= {tenant}

    def keep(self) -> None:
        """Commit what was done so far, and let other writers pass; what follows is another transaction."""
        if self._failed:
            raise self._not_kept()
        if self._writes:
            self._end(self._connection, is_kept=True)
            if self._committed is not None:
                self._committed(self)
            self.touched, self.changes_state, self._has_savepoint = frozenset(), False, False

    def fail(self) -> None:
        """Let nothing of this transaction be kept."""
        self._failed = True

    def set_savepoint(self) -> None:
        """Let what was done so far be kept, whatever becomes of the rest."""
        if self._has_changed:
            self.change("SAVEPOINT operation")
            self._has_savepoint = True

    def undo_to_savepoint(self) -> None:
        """Undo what was done since ``set_savepoint``."""
        if self._has_savepoint:
            self.change("ROLLBACK TO operation")
            self.next_ids = {}
        elif self._writes:
            self._end(self._connection, is_kept=False)
            self._failed = self.changes_state = False
            self.touched = frozenset()

    def _not_kept(self) -> StorageError:
        path = self._connections.path
        return StorageError(
            f"Nothing was written to the database {path}: an earlier step of the same unit of work failed."
        )

    def _begin_to_write(self) -> None:
        if self._committed is None:
            raise RuntimeError("This unit of work only reads: take one from Storage.writing().")
        begin = self._connections.begin_writing
        self.next_ids = begin(self._connection, self._patience, self._tenants, is_lazy=self._is_lazy)
        self._writes = self._has_begun = True

    def _begin_change(self) -> None:
        """Begin what may change anything: the next ids that the transaction before had read count no more."""
        if not self._writes:
            self._begin_to_write()
        self._has_changed = True
        if self._only_adds:
            self._only_adds, self.next_ids = False, {}

    def _begin(self) -> None:
        """Begin: to read a single moment of the database, or to write, waiting for other writers."""
        if self._committed is not None:
            self._begin_to_write()
            return
        try:
            self._connection.begin_read()
        except BaseException as error:
            self._fail(error)
            raise
        self._has_begun = True

    def _end(self, connection: Connection | PostgresConnection, *, is_kept: bool) -> None:
        next_ids: dict[str, Row] = {}
        try:
            if is_kept:
                connection.commit()
                if self._only_adds:
                    next_ids = self.next_ids
            else:
                connection.roll_back()
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            if self._writes:
                self._connections.end_writing(next_ids)
            self._writes = self._has_begun = self._has_changed = False
            self._only_adds, self.next_ids = True, {}

    def _fail(self, error: BaseException) -> None:
        """Let nothing of this transaction be kept; raise a StorageError for an error of the driver."""
        self._failed = True
        if isinstance(error, self._connections.errors):
            raise self._connections.failure(error) from error
