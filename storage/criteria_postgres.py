"""What criteria need of PostgreSQL that SQL does not have: patterns, searches within a text, JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Integer, Text, cast, func, literal, literal_column, select, type_coerce

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_TOKENS = re.compile(r"\\([*?\\])|([*?])|(.)", re.DOTALL)
_WILD = {"*": "%", "?": "_"}


def matches(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    """Say whether a text as a whole matches the pattern."""
    tokens = _TOKENS.findall(pattern)
    return column.like("".join(_WILD[wild] if wild else _escaped(escaped or plain) for escaped, wild, plain in tokens))


def contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Say whether a text has another one in it."""
    return func.strpos(column, text) > 0


def among(column: ColumnElement[Any], numbers: str) -> ColumnElement[bool]:
    """Say whether a number is in a list in JSON."""
    every = func.json_array_elements_text(cast(literal(numbers, Text), JSON)).table_valued("value").c.value
    return column.in_(select(cast(every, Integer)))


def pair(column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return the key and the value of each pair of a JSON list of pairs."""
    each = func.json_array_elements(cast(column, JSON)).table_valued("value").alias("pair").c.value
    return _element(each, 0), _element(each, 1)


def text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return each text of a JSON list of texts."""
    each = func.json_array_elements_text(cast(column, JSON)).table_valued("value").alias("text").c.value
    return type_coerce(each, Text)


def length(column: ColumnElement[Any]) -> ColumnElement[int]:
    """Return how many elements a JSON list has."""
    return func.json_array_length(cast(column, JSON))


def _element(array: ColumnElement[Any], number: int) -> ColumnElement[Any]:
    return type_coerce(array.op("->>")(literal_column(str(number))), Text)


def _escaped(character: str) -> str:
    return f"\\{character}" if character in "%_\\" else character
