"""Criteria in SQL, meaning the same as ``Criterion.met_by``. Texts without NUL: the control API takes no other."""

from __future__ import annotations

import re
from datetime import datetime
from operator import eq, ge, gt
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Integer,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    select,
    type_coerce,
)

from messaging_double.models.criteria import glob_of

from .values import HIGHEST_ID, LOWEST_ID, microseconds, pairs_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Table

    from messaging_double.models.criteria import Criterion, Field, Kind

    Columns = Mapping[str, tuple[Kind, ColumnElement[Any]]]

_TYPES = {"text": str, "number": int, "moment": datetime, "pairs": tuple, "texts": tuple}
_TOKENS = re.compile(r"\\([*?\\])|([*?])|(.)", re.DOTALL)
"""What a pattern is made of: an escaped character, a wildcard, any other character."""


def columns_of(table: Table, fields: Iterable[Field]) -> Columns:
    """Return each field's kind and column by the field's name in the control API; both are the contract's nouns."""
    by_letters = {column.key.replace("_", ""): column for column in table.c}
    return {field.name: (field.kind, by_letters[field.name.lower()]) for field in fields}


def all_met(criteria: Iterable[Criterion], columns: Columns, dialect: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a WHERE. KeyError for a field that is not among the columns."""
    return [_met(criterion, columns, _DIALECTS[dialect]) for criterion in criteria]


def how_many_met(criteria: Sequence[Criterion], columns: Columns, dialect: str) -> ColumnElement[int]:
    """Return the number of the criteria that a row meets."""
    each = [case((met, 1), else_=0) for met in all_met(criteria, columns, dialect)]
    return sum(each, start=literal(0))


def _met(criterion: Criterion, columns: Columns, sql: _Sqlite | _Postgres) -> ColumnElement[bool]:
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


def _some_text_meets(column: ColumnElement[Any], criterion: Criterion, sql: _Sqlite | _Postgres) -> ColumnElement[bool]:
    if criterion.operator == "any" or criterion.value is None:
        wanted = criterion.operator == "any" and bool(criterion.value)
        length = sql.length(column)
        return length > 0 if wanted else length == 0
    return exists().where(_value_meets("text", sql.text(column), criterion.operator, criterion.value, sql))


def _value_meets(
    kind: Kind,
    column: ColumnElement[Any],
    how: str,
    value: Any,  # noqa: ANN401 - a criterion's
    sql: _Sqlite | _Postgres,
) -> ColumnElement[bool]:
    if how == "any":
        return column.is_not(None) if value else column.is_(None)
    if value is None:
        return column.is_(None) if how == "is" else false()
    if not isinstance(value, _TYPES[kind]) or isinstance(value, bool):
        return false()
    comparisons: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
        "is": eq,
        "since": ge,
        "after": gt,
        "pattern": sql.matches,
        "contains": sql.contains,
        "among": sql.among,
    }
    return comparisons[how](column, _as_stored(value))


def _as_stored(value: Any) -> Any:  # noqa: ANN401 - a criterion's
    """Return a value as its column holds it; numbers beyond 32 bits are all alike, and SQLite may not take them."""
    if isinstance(value, int):
        return min(max(value, LOWEST_ID - 1), HIGHEST_ID + 1)
    if isinstance(value, datetime):
        return microseconds(value)
    return pairs_text(value) if isinstance(value, tuple) else value


_WILD = {"*": "%", "?": "_"}


class _Postgres:
    """What criteria need of PostgreSQL that SQL does not have: patterns, searches within a text, JSON."""

    def matches(self, column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
        """Say whether a text as a whole matches the pattern."""
        tokens = _TOKENS.findall(pattern)
        like = "".join(_WILD[wild] if wild else _escaped(escaped or plain) for escaped, wild, plain in tokens)
        return column.like(like)

    def contains(self, column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
        """Say whether a text has another one in it."""
        return func.strpos(column, text) > 0

    def among(self, column: ColumnElement[Any], numbers: str) -> ColumnElement[bool]:
        """Say whether a number is in a list in JSON."""
        every = func.json_array_elements_text(cast(literal(numbers, Text), JSON)).table_valued("value").c.value
        return column.in_(select(cast(every, Integer)))

    def pair(self, column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Return the key and the value of each pair of a JSON list of pairs."""
        each = func.json_array_elements(cast(column, JSON)).table_valued("value").alias("pair").c.value
        return _element(each, 0), _element(each, 1)

    def text(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return each text of a JSON list of texts."""
        each = func.json_array_elements_text(cast(column, JSON)).table_valued("value").alias("text").c.value
        return type_coerce(each, Text)

    def length(self, column: ColumnElement[Any]) -> ColumnElement[int]:
        """Return how many elements a JSON list has."""
        return func.json_array_length(cast(column, JSON))


def _element(array: ColumnElement[Any], number: int) -> ColumnElement[Any]:
    return type_coerce(array.op("->>")(literal_column(str(number))), Text)


def _escaped(character: str) -> str:
    return f"\\{character}" if character in "%_\\" else character


_LONGEST_GLOB = 64  # characters: GLOB compares a long text anew at each of its places
_SPECIAL = re.compile(r"[*?\[]")
_RARE = re.compile("[0-9A-Zqwxz]")
"""What texts have seldom, and GLOB finds fast: not so what is beyond ASCII."""


class _Sqlite:
    """What they need of SQLite."""

    def matches(self, column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
        """Say whether a text as a whole matches the pattern."""
        glob, literals = glob_of(pattern), _literals(pattern)
        if len(glob) > _LONGEST_GLOB:
            part = _rare_part(literals) or max(literals, key=len)
            return and_(_has(column, part), func.matches(column, pattern) == 1)
        found = column.op("GLOB", is_comparison=True)(glob)
        part = _rare_part(literals) if glob.startswith("*") else ""
        return and_(_has(column, part), found) if part and glob != f"*{part}*" else found

    def contains(self, column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
        """Say whether a text has another one in it."""
        part = _rare_part([text])
        return and_(_has(column, part), _has(column, text)) if part and part != text else _has(column, text)

    def among(self, column: ColumnElement[Any], numbers: str) -> ColumnElement[bool]:
        """Say whether a number is in a list in JSON."""
        return column.in_(select(func.json_each(numbers).table_valued("value").c.value))

    def pair(self, column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Return the key and the value of each pair of a JSON list of pairs."""
        each = func.json_each(column).table_valued("value").alias("pair")
        return func.json_extract(each.c.value, "$[0]"), func.json_extract(each.c.value, "$[1]", type_=Text)

    def text(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return each text of a JSON list of texts."""
        return type_coerce(func.json_each(column).table_valued("value").alias("text").c.value, Text)

    def length(self, column: ColumnElement[Any]) -> ColumnElement[int]:
        """Return how many elements a JSON list has."""
        return func.json_array_length(column)


def _has(column: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    """Say the same as ``instr``, by what is faster: GLOB's search for a first character of ASCII takes 16 at a step."""
    if len(part) > _LONGEST_GLOB or _SPECIAL.search(part) or not part[:1].isascii():
        return func.instr(column, part) > 0
    return column.op("GLOB", is_comparison=True)(f"*{part}*")


def _rare_part(literals: Iterable[str]) -> str:
    """Return the longest end of one of the texts that begins with a rare character; nothing if none has one.

    To ask for it first is what keeps 100,000 messages within 50 ms: a search for "e 47" stops at each "e".
    """
    found = [each[rare.start() :] for each in literals if (rare := _RARE.search(each))]
    return max(found, key=len, default="")


def _literals(pattern: str) -> list[str]:
    """Return what stands between the wildcards."""
    return "".join("\0" if wild else escaped or plain for escaped, wild, plain in _TOKENS.findall(pattern)).split("\0")


_DIALECTS: dict[str, _Sqlite | _Postgres] = {"sqlite": _Sqlite(), "postgresql": _Postgres()}
