"""The query of a list: ``limit`` and ``cursor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging_double.server.control.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000
_DIGITS = 10


def page_of(query: Mapping[str, str], path: str) -> tuple[int, int | None]:
    """Return the limit, and below which id the page begins.  Raises ``Problem`` (400)."""
    example = f"{path}?limit=20"
    for name in query:
        if name not in ("limit", "cursor"):
            raise Problem(400, f"unknown query parameter '{name}'", f"possible are limit and cursor: {example}")
    limit = _number(query, "limit", DEFAULT_LIMIT, f"a number from 1 to {LARGEST_LIMIT}: {example}")
    if not 1 <= limit <= LARGEST_LIMIT:
        raise Problem(400, f"limit is {limit}", f"a number from 1 to {LARGEST_LIMIT}: {example}")
    if "cursor" not in query:
        return limit, None
    return limit, _number(query, "cursor", 0, "the 'next' of an earlier answer, as it stood there")


def _number(query: Mapping[str, str], name: str, default: int, expected: str) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise Problem(400, f"{name} is '{text}'", f"expected {expected}")
    return int(text)
