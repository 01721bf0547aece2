"""What criteria need of SQLite that SQL does not have: patterns, searches within a text, JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, func, select, type_coerce

from messaging_double.models.criteria import glob_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

_LONGEST_GLOB = 64  # characters: GLOB compares a long text anew at each of its places
_SPECIAL = re.compile(r"[*?\[]")
_TOKENS = re.compile(r"\\([*?\\])|([*?])|(.)", re.DOTALL)
_RARE = re.compile("[0-9A-Zqwxz]")
"""What texts have seldom, and GLOB finds fast: not so what is beyond ASCII."""


def matches(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    """Say whether a text as a whole matches the pattern."""
    glob, literals = glob_of(pattern), _literals(pattern)
    if len(glob) > _LONGEST_GLOB:
        part = _rare_part(literals) or max(literals, key=len)
        return and_(_has(column, part), func.matches(column, pattern) == 1)
    found = column.op("GLOB", is_comparison=True)(glob)
    part = _rare_part(literals) if glob.startswith("*") else ""
    return and_(_has(column, part), found) if part and glob != f"*{part}*" else found


def contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Say whether a text has another one in it."""
    part = _rare_part([text])
    return and_(_has(column, part), _has(column, text)) if part and part != text else _has(column, text)


def among(column: ColumnElement[Any], numbers: str) -> ColumnElement[bool]:
    """Say whether a number is in a list in JSON."""
    return column.in_(select(func.json_each(numbers).table_valued("value").c.value))


def pair(column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return the key and the value of each pair of a JSON list of pairs."""
    each = func.json_each(column).table_valued("value").alias("pair")
    return func.json_extract(each.c.value, "$[0]"), func.json_extract(each.c.value, "$[1]", type_=Text)


def text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return each text of a JSON list of texts."""
    return type_coerce(func.json_each(column).table_valued("value").alias("text").c.value, Text)


def length(column: ColumnElement[Any]) -> ColumnElement[int]:
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
