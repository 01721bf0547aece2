"""What can be asked about the rows of one table: those that meet criteria, how many, and the nearest misses."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from .criteria import all_met, columns_of, how_many_met
from .ids import HIGHEST_ID, LOWEST_ID, is_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from functools import _lru_cache_wrapper

    from sqlalchemy import Column, ColumnElement, Select

    from messaging_double.models.criteria import Criterion
    from messaging_double.models.fields import Field

    from .transaction import Row, Rows, Transaction

    _Types = tuple[type, ...]

_BEYOND = HIGHEST_ID + 1
_MOST_KNOWN = 512
"""Statements of each kind that are kept for the next time."""
_LONGEST_KNOWN = 1_000
"""Characters of their criteria's values, some ten for each pair: a message may have megabytes."""


class Search:
    """The questions to one table, for one tenant each."""

    def __init__(self, entries: Select[Any], number: Column[int], fields: Iterable[Field]) -> None:
        """Ask ``entries``, a SELECT with a parameter ``of_tenant``, whose first column is the id ``number``."""
        self._entries = entries
        self._number = number
        self._columns = columns_of(number.table, fields)
        self._one = entries.where(number == bindparam("of_number"))
        # Who waits asks the same again and again: building a statement takes longer than asking it.
        self._page = lru_cache(_MOST_KNOWN)(self._make_page)
        self._first = lru_cache(_MOST_KNOWN)(self._make_first)

    def one(self, transaction: Transaction, tenant: str, number: int) -> Rows:
        """Give the row of this id, if there is one."""
        return transaction.rows(self._one, {"of_tenant": tenant, "of_number": number}) if is_id(number) else []

    def newest(
        self, transaction: Transaction, tenant: str, criteria: Sequence[Criterion], limit: int, before: int | None
    ) -> tuple[Rows, int]:
        """Give at most ``limit`` rows with ids below ``before``, newest first; and how many meet the criteria in all.

        The rest is counted where the rows ended, so that nothing is searched twice.
        """
        below = _BEYOND if before is None else min(max(before, LOWEST_ID), _BEYOND)
        most = min(max(limit, 0), HIGHEST_ID)
        page = _remembered(self._page, criteria)
        rows = transaction.rows(page(tuple(criteria), _types(criteria), below, most), {"of_tenant": tenant})
        if not criteria:  # the smallest index knows
            return rows, self._count(transaction, tenant, criteria)
        total = len(rows)
        if total == most:
            total += self._count(transaction, tenant, criteria, self._number < (rows[-1][0] if rows else below))
        if below < _BEYOND:
            total += self._count(transaction, tenant, criteria, self._number >= below)
        return rows, total

    def nearest(self, transaction: Transaction, tenant: str, criteria: Sequence[Criterion], limit: int) -> list[Row]:
        """Give the rows that meet the most of the criteria, newest first among equals."""
        ids = (
            self._entries.with_only_columns(self._number)
            .order_by(how_many_met(criteria, self._columns).desc(), self._number.desc())
            .limit(limit)
        )
        found = [row[0] for row in transaction.rows(ids, {"of_tenant": tenant})]
        asked = self._entries.where(self._number.in_(bindparam("ids", expanding=True)))
        rows = {row[0]: row for row in transaction.rows(asked, {"of_tenant": tenant, "ids": found})}
        return [rows[number] for number in found]

    def count(
        self, transaction: Transaction, tenant: str, criteria: Sequence[Criterion], at_most: int | None = None
    ) -> int:
        """Give how many rows meet the criteria; ``at_most`` ends the search when that many were found."""
        if at_most is None:
            return self._count(transaction, tenant, criteria)
        first = _remembered(self._first, criteria)
        counting = first(tuple(criteria), _types(criteria), min(max(at_most, 0), HIGHEST_ID))
        number: int = transaction.rows(counting, {"of_tenant": tenant})[0][0]
        return number

    def numbers(self, criteria: Sequence[Criterion]) -> Select[tuple[int]]:
        """Select the ids of the rows that meet the criteria."""
        return self._meeting(criteria).with_only_columns(self._number)

    def delete(self, transaction: Transaction, tenant: str, criteria: Sequence[Criterion]) -> int:
        """Delete the rows that meet the criteria; give how many."""
        table = self._number.table
        ours = table.c.tenant == bindparam("of_tenant")
        delete = table.delete().where(ours, *all_met(criteria, self._columns))
        return transaction.change(delete, {"of_tenant": tenant})

    def _make_page(self, criteria: tuple[Criterion, ...], _types: _Types, below: int, most: int) -> Select[Any]:
        return self._meeting(criteria).where(self._number < below).order_by(self._number.desc()).limit(most)

    def _make_first(self, criteria: tuple[Criterion, ...], _types: _Types, most: int) -> Select[Any]:
        return select(func.count()).select_from(self.numbers(criteria).limit(most).subquery())

    def _meeting(self, criteria: Sequence[Criterion]) -> Select[Any]:
        return self._entries.where(*all_met(criteria, self._columns))

    def _count(
        self, transaction: Transaction, tenant: str, criteria: Sequence[Criterion], *where: ColumnElement[bool]
    ) -> int:
        counting = self._meeting(criteria).with_only_columns(func.count()).where(*where)
        number: int = transaction.rows(counting, {"of_tenant": tenant})[0][0]
        return number


def _types(criteria: Sequence[Criterion]) -> _Types:
    """Tell criteria apart that Python takes for equal: True is 1, and no number meets it."""
    return tuple(type(each.value) for each in criteria)


def _remembered(make: _lru_cache_wrapper[Select[Any]], criteria: Sequence[Criterion]) -> Callable[..., Select[Any]]:
    """Return what makes a statement once, or anew each time if its criteria are too large to be kept."""
    return make if sum(map(_size, criteria)) <= _LONGEST_KNOWN else make.__wrapped__


def _size(criterion: Criterion) -> int:
    value = criterion.value if isinstance(criterion.value, (str, tuple)) else ""
    texts = (value,) if isinstance(value, str) else (text for pair in value for text in ("a pair", *pair))
    return sum(len(text or "") for text in (criterion.key, *texts))
