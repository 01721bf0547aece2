"""What can be asked about the rows of one table: those that meet criteria, how many, and the nearest misses.

The statements are made by SQLAlchemy from the criteria, and run by the driver as text. Regular expressions mean the
same in every database because none evaluates them: rows are read, and compared in Python. SQLAlchemy's tables are made
of those of ``schema.py``. To import it takes longer than the rest of a start together: only this module does.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    func,
    select,
)

from messaging_double.models.criteria import Criterion

from .criteria import all_met, columns_of, how_many_met
from .schema import TABLES
from .values import HIGHEST_ID, LOWEST_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Delete, Dialect, Select

    from messaging_double.models.criteria import Field

    from .connections import Row
    from .transaction import Transaction

_TYPES = {
    "BIGINT": BigInteger,
    "BLOB": LargeBinary,
    "BOOLEAN": Boolean,
    "DOUBLE": Double,
    "INTEGER": Integer,
    "TEXT": Text,
}

metadata = MetaData()

for _table in TABLES:
    Table(
        _table.name,
        metadata,
        *(
            Column(name, _TYPES[sql_type.split()[0]], primary_key=name in _table.key, autoincrement=False)
            for name, sql_type in _table.columns.items()
        ),
    )


_BEYOND = HIGHEST_ID + 1
_MOST_KNOWN = 512
"""Statements of each kind that are kept for the next time: who waits asks the same again and again."""
_LONGEST_KNOWN = 1_000
"""Characters of their criteria's values, some ten for each pair: a message may have megabytes."""
_PAGE, _NEAREST, _NUMBERS, _DELETE = "page", "nearest", "numbers", "delete"
_TEXTS = "texts of "
_READ_AT_ONCE = 500
_IDS = ""
"""The field that criteria on the id itself are about."""
_COUNT, _FIRST, _BELOW, _FROM = "count", "count of the first", "count below", "count from"


class _Statement(NamedTuple):
    """The text of a statement, and its parameters in their order: fixed values, and those that are given later."""

    text: str
    names: Sequence[str]
    fixed: dict[str, Any]

    def parameters(self, given: dict[str, Any]) -> list[Any]:
        """Return the values of the parameters."""
        return [given[name] if name in given else self.fixed[name] for name in self.names]


class Search:
    """The questions to one table, for one tenant each."""

    def __init__(self, table: str, columns: Sequence[str], fields: Iterable[Field], dialect: str) -> None:
        """Return rows of these columns, the id first, and search by these fields, in SQLAlchemy's ``dialect``."""
        self._name = dialect
        self._dialect = _dialect(dialect)
        self._table = metadata.tables[table]
        self._number = self._table.c[columns[0]]
        self._ours = self._table.c.tenant == bindparam("tenant")
        self._columns = [self._table.c[name] for name in columns]
        self._fields = {**columns_of(self._table, fields), _IDS: ("text", self._number)}
        self._known = lru_cache(_MOST_KNOWN)(self._make)

    def newest(
        self, transaction: Transaction, tenant: str, criteria: Sequence[Criterion], limit: int, before: int | None
    ) -> tuple[list[Row], int]:
        """Return at most ``limit`` rows with ids below ``before``, newest first; and how many meet the criteria in all.

        The rest is counted where the rows ended, so that nothing is searched twice.
        """
        criteria = self._settled(transaction, tenant, criteria)
        below = _BEYOND if before is None else min(max(before, LOWEST_ID), _BEYOND)
        most = min(max(limit, 0), HIGHEST_ID)
        rows = self._run(transaction, _PAGE, criteria, tenant, below=below, most=most)
        if not criteria:
            return rows, self.count(transaction, tenant, criteria)
        total = len(rows)
        if total == most:
            total += self._number_of(transaction, _BELOW, criteria, tenant, below=rows[-1][0] if rows else below)
        if below < _BEYOND:
            total += self._number_of(transaction, _FROM, criteria, tenant, below=below)
        return rows, total

    def nearest(self, transaction: Transaction, tenant: str, criteria: Sequence[Criterion], limit: int) -> list[Row]:
        """Return the rows that meet the most of the criteria, newest first among equals."""
        each = [self._settled(transaction, tenant, (criterion,))[0] for criterion in criteria]
        return self._run(transaction, _NEAREST, each, tenant, most=limit)

    def count(
        self, transaction: Transaction, tenant: str, criteria: Sequence[Criterion], at_most: int | None = None
    ) -> int:
        """Return how many rows meet the criteria; ``at_most`` ends the search when that many were found."""
        most = HIGHEST_ID if at_most is None else min(max(at_most, 0), HIGHEST_ID)
        kind = _COUNT if at_most is None else _FIRST
        return self._number_of(transaction, kind, self._settled(transaction, tenant, criteria), tenant, most=most)

    def numbers(self, transaction: Transaction, tenant: str, criteria: Sequence[Criterion]) -> tuple[str, list[Any]]:
        """Return a SELECT of the ids of the rows that meet the criteria, and its parameters, for another statement."""
        statement = self._statement(_NUMBERS, self._settled(transaction, tenant, criteria))
        return statement.text, statement.parameters({"tenant": tenant})

    def delete(self, transaction: Transaction, tenant: str, criteria: Sequence[Criterion]) -> int:
        """Delete the rows that meet the criteria; return how many."""
        statement = self._statement(_DELETE, self._settled(transaction, tenant, criteria))
        return transaction.change(statement.text, statement.parameters({"tenant": tenant}))

    def _settled(self, transaction: Transaction, tenant: str, criteria: Sequence[Criterion]) -> Sequence[Criterion]:
        """Replace each regular expression by the ids of the rows that meet it and all other criteria so far."""
        settled = [each for each in criteria if each.operator != "regex"]
        for criterion in criteria:
            if criterion.operator == "regex":
                ids = json.dumps([*self._matching(transaction, tenant, settled, criterion)])
                settled.append(Criterion(_IDS, "among", ids))
        return settled

    def _matching(
        self, transaction: Transaction, tenant: str, others: Sequence[Criterion], criterion: Criterion
    ) -> Iterator[int]:
        """Yield the ids of the rows that meet a criterion, and the others."""
        read = _READERS[self._fields[criterion.field][0]]
        last = LOWEST_ID - 1
        while rows := self._run(transaction, _TEXTS + criterion.field, others, tenant, last=last, most=_READ_AT_ONCE):
            yield from (number for number, value in rows if criterion.met_by(read(value)))
            last = rows[-1][0]

    def _number_of(
        self, transaction: Transaction, kind: str, criteria: Sequence[Criterion], tenant: str, **given: int
    ) -> int:
        number: int = self._run(transaction, kind, criteria, tenant, **given)[0][0]
        return number

    def _run(
        self, transaction: Transaction, kind: str, criteria: Sequence[Criterion], tenant: str, **given: int
    ) -> list[Row]:
        statement = self._statement(kind, criteria)
        return transaction.rows(statement.text, statement.parameters({"tenant": tenant, **given}))

    def _statement(self, kind: str, criteria: Sequence[Criterion]) -> _Statement:
        # Criteria that Python takes for equal are distinguished by their types: True is 1, and no number meets it.
        types = tuple(type(each.value) for each in criteria)
        make = self._known if sum(map(_size, criteria)) <= _LONGEST_KNOWN else self._make
        return make(kind, tuple(criteria), types)

    def _make(self, kind: str, criteria: tuple[Criterion, ...], _types: tuple[type, ...]) -> _Statement:
        compiled = self._select(kind, criteria).compile(
            dialect=self._dialect, compile_kwargs={"render_postcompile": True}
        )
        return _Statement(str(compiled), compiled.positiontup or (), dict(compiled.params))

    def _select(self, kind: str, criteria: Sequence[Criterion]) -> Select[Any] | Delete:  # noqa: PLR0911 - by kind
        met = () if kind == _NEAREST else all_met(criteria, self._fields, self._name)
        where = (self._ours, *met)
        if kind == _DELETE:
            return self._table.delete().where(*where)
        number, below, most = self._number, bindparam("below", type_=Integer), bindparam("most", type_=Integer)
        if kind == _NEAREST:
            score = how_many_met(criteria, self._fields, self._name).label("score")
            ranked = select(number, score).where(*where).order_by(score.desc(), number.desc()).limit(most).subquery()
            near = select(*self._columns).join(ranked, number == ranked.c[number.name]).where(self._ours)
            return near.order_by(ranked.c.score.desc(), number.desc())
        if kind == _PAGE:
            return select(*self._columns).where(*where, number < below).order_by(number.desc()).limit(most)
        if kind.startswith(_TEXTS):
            column = self._fields[kind.removeprefix(_TEXTS)][1]
            later = number > bindparam("last", type_=Integer)
            return select(number, column).where(*where, later).order_by(number).limit(most)
        numbers = select(number).where(*where)
        if kind == _NUMBERS:
            return numbers
        if kind == _FIRST:
            return select(func.count()).select_from(numbers.limit(most).subquery())
        counting = select(func.count()).select_from(self._table).where(*where)
        return counting.where(*{_BELOW: [number < below], _FROM: [number >= below], _COUNT: []}[kind])


def _of_json(text: str | None) -> tuple[Any, ...] | None:
    return None if text is None else tuple(tuple(each) if isinstance(each, list) else each for each in json.loads(text))


_READERS: dict[str, Callable[[Any], Any]] = {"text": lambda text: text, "texts": _of_json, "pairs": _of_json}
"""What columns of these kinds hold."""


def _dialect(name: str) -> Dialect:
    if name == "sqlite":
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - either takes some 20 ms

        return sqlite.dialect(paramstyle="qmark")
    from sqlalchemy.dialects.postgresql.base import PGDialect  # noqa: PLC0415

    return PGDialect(paramstyle="qmark")  # type: ignore[no-untyped-call]


def _size(criterion: Criterion) -> int:
    value = criterion.value if isinstance(criterion.value, (str, tuple)) else ""
    texts = (value,) if isinstance(value, str) else (text for pair in value for text in ("a pair", *pair))
    return sum(len(text or "") for text in (criterion.key, *texts))
