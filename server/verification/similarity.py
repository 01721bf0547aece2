"""Similarity of a value to what was expected, from 0 to 1.

``similarity`` is for a few values: the share of the longer text that also stands in the other one, in its order.
``rough_similarity`` preselects these few among a thousand. Both compare only the ends of long texts, in time linear in
their length: contents may have megabytes.
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


def similarity(criterion: Criterion, actual: Any) -> float:  # noqa: ANN401 (whatever the member is)
    """Return how similar ``actual`` is to what the criterion expects; of several values the nearest counts."""
    return _nearest(criterion, actual, _subsequence)


def rough_similarity(criterion: Criterion, actual: Any) -> float:  # noqa: ANN401
    """Return an approximation of ``similarity``, in less time."""
    return _nearest(criterion, actual, _shared_pairs)


def common_ends(one: Sequence[Any], other: Sequence[Any]) -> tuple[int, int]:
    """Return the lengths of the common beginning and of the common end of what is left."""
    shorter = min(len(one), len(other))
    before = _longest(shorter, lambda fit, length: one[fit:length] == other[fit:length])
    after = _longest(
        shorter - before,
        lambda fit, length: one[len(one) - length : len(one) - fit] == other[len(other) - length : len(other) - fit],
    )
    return before, after


def share_of_common_ends(one: str, other: str) -> float:
    """Return the share of the longer text that the common beginning and end make up."""
    longest = max(len(one), len(other))
    return sum(common_ends(one, other)) / longest if longest else 1.0


def found_ends(piece: str, text: str) -> tuple[int, int]:
    """Return the lengths of the longest beginning and the longest end of ``piece`` that occur in ``text``."""
    size = len(piece)
    return (
        _longest(size, lambda _, length: piece[:length] in text),
        _longest(size, lambda _, length: piece[size - length :] in text),
    )


def _nearest(criterion: Criterion, actual: Any, measure: Callable[[str, str], float]) -> float:  # noqa: ANN401
    if criterion.key is None:
        return _of_values(criterion.operator, criterion.value, actual, measure)
    return max((_of_values(criterion.operator, criterion.value, each, measure) for each in actual), default=0.0)


def _of_values(operator: str, expected: Any, actual: Any, measure: Callable[[str, str], float]) -> float:  # noqa: ANN401
    if operator == "is" and isinstance(expected, tuple) and isinstance(actual, tuple):
        return sum((Counter(expected) & Counter(actual)).values()) / max(len(expected), len(actual), 1)
    if not isinstance(expected, str) or not isinstance(actual, str):
        return 0.0
    wanted, found = _folded(expected), _folded(actual)
    if operator == "is":
        return measure(wanted, found)
    if operator == "regex":
        return 0.0
    pieces = [wanted] if operator == "contains" else _pieces(wanted)
    total = sum(map(len, pieces))
    return sum(min(sum(found_ends(piece, found)), len(piece)) for piece in pieces) / total if total else 0.0


def _subsequence(one: str, other: str) -> float:
    """Return the share of the longer text that the longest common subsequence makes up."""
    longest = max(len(one), len(other))
    if not 0 < longest <= _COMPARED:
        return share_of_common_ends(one, other)
    return _common(one, other) / longest


def _shared_pairs(one: str, other: str) -> float:
    """Return the share of different pairs of neighbouring characters that both texts have."""
    longest = max(len(one), len(other))
    if not 0 < longest <= _ROUGHLY_COMPARED:
        return share_of_common_ends(one, other)
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
    """Return the literal pieces between the wildcards of a pattern."""
    return [_ESCAPE.sub(r"\1", piece) for piece in _PIECE.findall(pattern)]


def _folded(text: str) -> str:
    return text.casefold() if len(text) <= _FOLDED else text


def _longest(most: int, fits: Callable[[int, int], bool]) -> int:
    """Return the greatest length that fits, where all shorter ones fit too.

    ``fits`` is called with a length that is known to fit, and the one in question.
    """
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if fits(low, middle):
            low = middle
        else:
            high = middle - 1
    return low
