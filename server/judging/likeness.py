"""How near a value comes to what was expected.

There are two measures.  ``likeness`` is for a few values: what of the longer text stands in the other one too, in its
order.  ``rough_likeness`` is for a thousand, of which it finds those few.  Both compare only the ends of long texts, in
time linear in their length: contents may have megabytes.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messaging_double.models.criteria import Criterion

_PIECE = re.compile(r"(?:\\[*?\\]|[^*?])+", re.DOTALL)
_ESCAPE = re.compile(r"\\([*?\\])")
_FOLDED = 2_000
"""Longer texts are compared with their letter case: folding megabytes takes longer than comparing them."""
_COMPARED = 2_000
"""Characters of texts that are compared in full: two of them take some milliseconds."""
_ROUGHLY_COMPARED = 300
"""Characters of texts whose pairs of characters are counted: in longer ones that takes longer than all the rest."""


def likeness(criterion: Criterion, actual: Any) -> float:  # noqa: ANN401 (whatever the member is)
    """Say how near ``actual`` comes to meeting the criterion, from 0 to 1; of several values the nearest counts."""
    return _nearest(criterion, actual, _similarity)


def rough_likeness(criterion: Criterion, actual: Any) -> float:  # noqa: ANN401
    """Say roughly the same, in less time."""
    return _nearest(criterion, actual, _rough_similarity)


def common_prefix(one: Sequence[Any], other: Sequence[Any]) -> int:
    """Return how many items both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_ends(one: Sequence[Any], other: Sequence[Any]) -> tuple[int, int]:
    """Return how many items both begin with, and with how many of the remaining ones both end."""
    before = common_prefix(one, other)
    low, high = 0, min(len(one), len(other)) - before
    while low < high:
        middle = (low + high + 1) // 2
        if _part_from_end(one, low, middle) == _part_from_end(other, low, middle):
            low = middle
        else:
            high = middle - 1
    return before, low


def alike(one: str, other: str) -> float:
    """Return how much of the longer one the common ends make up."""
    longest = max(len(one), len(other))
    return sum(common_ends(one, other)) / longest if longest else 1.0


def found_ends(piece: str, text: str) -> tuple[int, int]:
    """Return how long the longest beginning and the longest end of ``piece`` are that stand somewhere in ``text``."""
    size = len(piece)
    return (
        _longest(size, lambda length: piece[:length] in text),
        _longest(size, lambda length: piece[size - length :] in text),
    )


def _nearest(criterion: Criterion, actual: Any, similarity: Callable[[str, str], float]) -> float:  # noqa: ANN401
    if criterion.key is None:
        return _likeness(criterion.how, criterion.value, actual, similarity)
    return max((_likeness(criterion.how, criterion.value, each, similarity) for each in actual), default=0.0)


def _likeness(how: str, expected: Any, actual: Any, similarity: Callable[[str, str], float]) -> float:  # noqa: ANN401
    if how == "is" and isinstance(expected, tuple) and isinstance(actual, tuple):
        return sum((Counter(expected) & Counter(actual)).values()) / max(len(expected), len(actual), 1)
    if not isinstance(expected, str) or not isinstance(actual, str):
        return 0.0
    wanted, found = _folded(expected), _folded(actual)
    if how == "is":
        return similarity(wanted, found)
    pieces = [wanted] if how == "contains" else _pieces(wanted)
    total = sum(map(len, pieces))
    return sum(min(sum(found_ends(piece, found)), len(piece)) for piece in pieces) / total if total else 0.0


def _similarity(one: str, other: str) -> float:
    """Return how much of the longer text the longest common subsequence makes up."""
    longest = max(len(one), len(other))
    if not 0 < longest <= _COMPARED:
        return alike(one, other)
    return _common(one, other) / longest


def _rough_similarity(one: str, other: str) -> float:
    """Return how many different pairs of neighbours both texts have."""
    longest = max(len(one), len(other))
    if not 0 < longest <= _ROUGHLY_COMPARED:
        return alike(one, other)
    return len(_pairs(one).intersection(pairwise(other))) / longest


@lru_cache(maxsize=8)
def _pairs(expected: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(expected))


def _common(one: str, other: str) -> int:
    """Return the length of the longest common subsequence, a row of its table as the bits of a number (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for index, character in enumerate(one):
        places[character] = places.get(character, 0) | 1 << index
    row = (1 << len(one)) - 1
    for character in other:
        met = row & places.get(character, 0)
        row = (row + met) | (row - met)
    return len(one) - (row & ((1 << len(one)) - 1)).bit_count()


def _pieces(pattern: str) -> list[str]:
    """Return what stands between the wildcards of a pattern, as it stands in a text."""
    return [_ESCAPE.sub(r"\1", piece) for piece in _PIECE.findall(pattern)]


def _folded(text: str) -> str:
    return text.casefold() if len(text) <= _FOLDED else text


def _part_from_end(items: Sequence[Any], nearer: int, farther: int) -> Sequence[Any]:
    return items[len(items) - farther : len(items) - nearer]


def _longest(most: int, fits: Callable[[int], bool]) -> int:
    """Return the greatest length that fits, where all shorter ones fit too."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low
