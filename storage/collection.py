"""What every collection of a tenant's records can be asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.criteria import Criterion

    from .searching import Search
    from .transaction import Rows, Transaction

_Record = TypeVar("_Record")


class Collection(ABC, Generic[_Record]):
    """Records with rising ids, each tenant's apart.  All its methods raise StorageError."""

    _search: ClassVar[Search]

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def search(
        self, tenant: str, criteria: Sequence[Criterion], *, limit: int, before: int | None = None
    ) -> tuple[list[_Record], int]:
        """Give at most ``limit`` records with ids below ``before`` that meet all criteria, newest first.

        And how many of the tenant meet them in all.  KeyError for a field that these records do not have.
        """
        rows, total = self._search.newest(self._transaction, tenant, criteria, limit, before)
        return self._records(tenant, rows), total

    def get(self, tenant: str, number: int) -> _Record | None:
        """Give the record of that id, or None."""
        records = self._records(tenant, self._search.one(self._transaction, tenant, number))
        return records[0] if records else None

    def nearest(self, tenant: str, criteria: Sequence[Criterion], *, limit: int) -> list[_Record]:
        """Give the records that meet the most of the criteria, newest first among equals."""
        return self._records(tenant, self._search.nearest(self._transaction, tenant, criteria, limit))

    def count(self, tenant: str, criteria: Sequence[Criterion], *, at_most: int | None = None) -> int:
        """Give how many records meet all criteria; ``at_most`` ends the search when that many were found."""
        return self._search.count(self._transaction, tenant, criteria, at_most)

    def delete(self, tenant: str, criteria: Sequence[Criterion]) -> int:
        """Delete the records that meet all criteria, and give how many; their ids are not given out again."""
        deleted = self._search.delete(self._transaction, tenant, criteria)
        if deleted:
            self._transaction.touch(tenant)
        return deleted

    @abstractmethod
    def _records(self, tenant: str, rows: Rows) -> list[_Record]:
        """Make records of rows, keeping their order."""
