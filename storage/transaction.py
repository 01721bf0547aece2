"""One transaction on one connection, and the only place that runs statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .errors import FAILURES, StorageError, storage_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Executable
    from sqlalchemy.engine import Connection, CursorResult

    Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]
    Row = Sequence[Any]
    Rows = Sequence[Row]

_Found = TypeVar("_Found")


class Transaction:
    """Runs statements.  After one failed it is spoilt: it cannot be committed any more."""

    def __init__(self, connection: Connection, path: str, *, writes: bool) -> None:
        """Belong to a transaction that has begun on ``connection``; ``path`` is for the sentences of errors."""
        self._connection: Connection | None = connection
        self._path = path
        self._writes = writes
        self._spoilt = False

    def rows(self, statement: Executable, parameters: Parameters) -> Rows:
        """Read all rows.  Raises StorageError."""
        return self._run(statement, parameters, _all_rows)

    def row(self, statement: Executable, parameters: Parameters) -> Row | None:
        """Read the only row, if there is one.  Raises StorageError."""
        rows = self.rows(statement, parameters)
        return rows[0] if rows else None

    def change(self, statement: Executable, parameters: Parameters) -> int:
        """Insert, update or delete; give the number of rows.  Raises StorageError."""
        self._check_writes()
        return self._run(statement, parameters, _row_count)

    def change_returning(self, statement: Executable, parameters: Parameters) -> Row | None:
        """Insert, update or delete with RETURNING; give the only row, if there is one.  Raises StorageError."""
        self._check_writes()
        return self.row(statement, parameters)

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

    def _run(
        self, statement: Executable, parameters: Parameters, found: Callable[[CursorResult[Any]], _Found]
    ) -> _Found:
        if self._connection is None:
            msg = "This unit of work is over: use it inside its `with` block only."
            raise RuntimeError(msg)
        try:
            return found(self._connection.execute(statement, parameters))
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


def _all_rows(result: CursorResult[Any]) -> Rows:
    return result.fetchall()


def _row_count(result: CursorResult[Any]) -> int:
    return result.rowcount
