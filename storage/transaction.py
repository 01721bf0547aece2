"""One transaction on one connection, and the only place that runs statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .errors import FAILURES, StorageError, storage_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Executable
    from sqlalchemy.engine import Connection, CursorResult

    from .sessions import Session

    Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]
    Row = Sequence[Any]
    Rows = Sequence[Row]

_Found = TypeVar("_Found")


class Transaction:
    """Runs statements.  After one failed it is spoilt: it cannot be committed any more."""

    def __init__(self, session: Session, path: str, *, writes: bool) -> None:
        """Belong to a transaction that has begun in ``session``; ``path`` is for the sentences of errors."""
        self._connection: Connection | None = session.connection
        self._driver = session.driver
        self._touched: set[str] = set()
        self._path = path
        self._writes = writes
        self._spoilt = False

    def rows(self, statement: Executable, parameters: Parameters) -> Rows:
        """Read all rows.  Raises StorageError."""
        return self._run(lambda connection: connection.execute(statement, parameters).fetchall())

    def row(self, statement: Executable, parameters: Parameters) -> Row | None:
        """Read the only row, if there is one.  Raises StorageError."""
        rows = self.rows(statement, parameters)
        return rows[0] if rows else None

    def change(self, statement: Executable, parameters: Parameters) -> int:
        """Insert, update or delete; give the number of rows.  Raises StorageError."""
        self._check_writes()
        return self._run(lambda connection: _row_count(connection.execute(statement, parameters)))

    def change_returning(self, statement: str, parameters: Sequence[Any]) -> Row | None:
        """Insert, update or delete with RETURNING; give the only row, if there is one.  Raises StorageError.

        The text of a statement that every message needs: sqlite3 runs it itself, at a fifth of SQLAlchemy's cost.
        """
        self._check_writes()
        return self.row_of(statement, parameters)

    def row_of(self, statement: str, parameters: Sequence[Any]) -> Row | None:
        """Do as ``row`` with the text of a statement.  Raises StorageError."""
        rows = self._run(lambda _connection: self._driver.execute(statement, parameters).fetchall())
        return rows[0] if rows else None

    def insert_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows by the text of a statement, as ``change_returning`` does.  Raises StorageError."""
        self._check_writes()
        self._run(lambda _connection: self._driver.executemany(statement, rows))

    def touch(self, tenant: str) -> None:
        """Say that what is kept for the tenant changes, for those who wait for it."""
        self._touched.add(tenant)

    @property
    def touched(self) -> frozenset[str]:
        """The tenants for which something changes."""
        return frozenset(self._touched)

    def spoil(self) -> None:
        """Let nothing of this transaction be kept."""
        self._spoilt = True

    def check(self) -> None:
        """Raise StorageError if a step failed and somebody went on nevertheless: nothing may be half kept."""
        if self._spoilt:
            msg = f"Nothing was written to the database {self._path}: an earlier step of the same unit of work failed."
            raise StorageError(msg)

    def end(self) -> None:
        """Run nothing more: the connection is somebody else's now."""
        self._connection = None

    def _run(self, act: Callable[[Connection], _Found]) -> _Found:
        if self._connection is None:
            msg = "This unit of work is over: use it inside its `with` block only."
            raise RuntimeError(msg)
        try:
            return act(self._connection)
        except FAILURES as error:
            self.spoil()
            cause = getattr(error, "orig", None)
            if isinstance(cause, ValueError):  # of a column's type in schema.py: the caller's fault, not the database's
                raise cause from None
            raise storage_error(self._path, error) from error
        except BaseException:
            self.spoil()
            raise

    def _check_writes(self) -> None:
        if not self._writes:
            msg = "This unit of work only reads: take one from Storage.writing()."
            raise RuntimeError(msg)


def _row_count(result: CursorResult[Any]) -> int:
    return result.rowcount
