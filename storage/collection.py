"""What every collection of a tenant's records can be asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from .values import is_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.criteria import Criterion, Field

    from .connections import Row
    from .schema import Table
    from .search import Search
    from .transaction import Transaction

_Record = TypeVar("_Record")


class Collection(ABC, Generic[_Record]):
    """Records with rising ids, each tenant's apart. All its methods raise StorageError."""

    table: ClassVar[Table]
    columns: ClassVar[tuple[str, ...]]
    """Those that a record is made of, the id first."""
    fields: ClassVar[tuple[Field, ...]]
    """Those that it is searched by."""
    select: ClassVar[str]
    """The statement that reads a tenant's rows, to be gone on with AND."""
    select_one: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """Make the statements."""
        names = ", ".join(f'"{name}"' for name in cls.columns)
        cls.select = f"SELECT {names} FROM {cls.table.name} WHERE tenant = ?"  # noqa: S608
        cls.select_one = f"{cls.select} AND {cls.columns[0]} = ?"

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def search(
        self, tenant: str, criteria: Sequence[Criterion], *, limit: int, before: int | None = None
    ) -> tuple[list[_Record], int]:
        """Return at most ``limit`` records with ids below ``before`` that meet all criteria, newest first.

        And how many of the tenant meet them in all. KeyError for a field that these records do not have.
        """
        rows, total = self._search(self._transaction.dialect).newest(self._transaction, tenant, criteria, limit, before)
        return self._records(tenant, rows), total

    def get(self, tenant: str, number: int) -> _Record | None:
        """Return the record of that id, or None."""
        rows = self._transaction.rows(self.select_one, (tenant, number)) if is_id(number) else []
        records = self._records(tenant, rows)
        return records[0] if records else None

    def nearest(self, tenant: str, criteria: Sequence[Criterion], *, limit: int) -> list[_Record]:
        """Return the records that meet the most of the criteria, newest first among equals."""
        return self._records(
            tenant, self._search(self._transaction.dialect).nearest(self._transaction, tenant, criteria, limit)
        )

    def count(self, tenant: str, criteria: Sequence[Criterion], *, at_most: int | None = None) -> int:
        """Return how many records meet all criteria; ``at_most`` ends the search when that many were found."""
        return self._search(self._transaction.dialect).count(self._transaction, tenant, criteria, at_most)

    def delete(self, tenant: str, criteria: Sequence[Criterion]) -> int:
        """Delete the records that meet all criteria, and return how many; their ids are not given out again."""
        deleted = self._search(self._transaction.dialect).delete(self._transaction, tenant, criteria)
        if deleted:
            self._transaction.touch(tenant)
        return deleted

    @classmethod
    @cache
    def _search(cls, dialect: str) -> Search:
        from .search import Search  # noqa: PLC0415 - SQLAlchemy: a start that answers calls does without

        return Search(cls.table.name, cls.columns, cls.fields, dialect)

    @abstractmethod
    def _records(self, tenant: str, rows: Sequence[Row]) -> list[_Record]:
        """Make records of rows, keeping their order."""
