"""Criteria in SQL, meaning the same as ``Criterion.met_by``. Texts without NUL: the control API takes no other."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, exists, false, literal, not_

from . import criteria_postgres, criteria_sqlite
from .values import HIGHEST_ID, LOWEST_ID, microseconds, pairs_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import ModuleType

    from sqlalchemy import ColumnElement, Table

    from messaging_double.models.criteria import Criterion, Field, Kind

    Columns = Mapping[str, tuple[Kind, ColumnElement[Any]]]

_TYPES = {"text": str, "number": int, "moment": datetime, "pairs": tuple, "texts": tuple}

_MODULES = {"sqlite": criteria_sqlite, "postgresql": criteria_postgres}


def columns_of(table: Table, fields: Iterable[Field]) -> Columns:
    """Return each field's kind and column by the field's name in the control API; both are the contract's nouns."""
    by_letters = {column.key.replace("_", ""): column for column in table.c}
    return {field.name: (field.kind, by_letters[field.name.lower()]) for field in fields}


def all_met(criteria: Iterable[Criterion], columns: Columns, dialect: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a WHERE. KeyError for a field that is not among the columns."""
    return [_met(criterion, columns, _MODULES[dialect]) for criterion in criteria]


def how_many_met(criteria: Sequence[Criterion], columns: Columns, dialect: str) -> ColumnElement[int]:
    """Return the number of the criteria that a row meets."""
    each = [case((met, 1), else_=0) for met in all_met(criteria, columns, dialect)]
    return sum(each, start=literal(0))


def _met(criterion: Criterion, columns: Columns, sql: ModuleType) -> ColumnElement[bool]:
    kind, column = columns[criterion.field]
    if kind == "texts":
        return _some_text_meets(column, criterion, sql)
    if criterion.key is None:
        return _value_meets(kind, column, criterion.operator, criterion.value, sql)
    key, value = sql.pair(column)
    has_key = key == criterion.key
    if criterion.operator == "any" and not criterion.value:
        return not_(exists().where(has_key, value.is_not(None)))
    return exists().where(has_key, _value_meets("text", value, criterion.operator, criterion.value, sql))


def _some_text_meets(column: ColumnElement[Any], criterion: Criterion, sql: ModuleType) -> ColumnElement[bool]:
    if criterion.operator == "any" or criterion.value is None:
        wanted = criterion.operator == "any" and bool(criterion.value)
        length: ColumnElement[int] = sql.length(column)
        return length > 0 if wanted else length == 0
    return exists().where(_value_meets("text", sql.text(column), criterion.operator, criterion.value, sql))


def _value_meets(
    kind: Kind,
    column: ColumnElement[Any],
    how: str,
    value: Any,  # noqa: ANN401 - a criterion's
    sql: ModuleType,
) -> ColumnElement[bool]:
    if how == "any":
        return column.is_not(None) if value else column.is_(None)
    if value is None:
        return column.is_(None) if how == "is" else false()
    if not isinstance(value, _TYPES[kind]) or isinstance(value, bool):
        return false()
    compare: Callable[[ColumnElement[Any], Any], ColumnElement[bool]] = _BY_HOW.get(how) or getattr(sql, _NAMES[how])
    return compare(column, _as_stored(value))


def _as_stored(value: Any) -> Any:  # noqa: ANN401 - a criterion's
    """Return a value as its column holds it; numbers beyond 32 bits are all alike, and SQLite may not take them."""
    if isinstance(value, int):
        return min(max(value, LOWEST_ID - 1), HIGHEST_ID + 1)
    if isinstance(value, datetime):
        return microseconds(value)
    return pairs_text(value) if isinstance(value, tuple) else value


_BY_HOW: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "is": lambda column, value: column == value,
    "since": lambda column, value: column >= value,
    "after": lambda column, value: column > value,
}
_NAMES = {"pattern": "matches", "contains": "contains", "among": "among"}
"""What the dialects do by functions of their own."""
