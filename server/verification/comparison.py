"""Comparison of a value with what was expected: where it departs and why, and how similar it is.

Similarity is from 0 to 1. ``similarity`` is for a few values: the share of the longer text that also stands in the
other one, in its order. ``rough_similarity`` preselects these few among a thousand. Both compare only the ends of long
texts, in time linear in their length: contents may have megabytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar, Union
from urllib.parse import unquote

from messaging_double.models.criteria import Criterion
from messaging_double.models.texts import RegexError, regex_found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messaging_double.models.criteria import Operator
    from messaging_double.models.records import ConfigPairs

Part = Union[str, "ConfigPairs", None]
_Items = TypeVar("_Items", str, "ConfigPairs")

_NIL = "null (left out, or sent as nil) is not an empty text"
_CASE = "only the letter case differs"
_ORDER = "the same pairs in another order"
_NO_REGEX = "pattern has the wildcards * and ? only; regex takes a regular expression"
_REGEX = re.compile(r"\\[^*?\\]|^\^|\$$|\.[*+]|\[[^\]]+\]|\([^)]*[|?]|[\w)\]]\{\d")
"""What seems to be a regular expression."""


@dataclass(frozen=True)
class Difference:
    """The first range in which two values differ."""

    at: int
    """Number of the character in the actual text, or of the pair in Config, from 1."""
    expected: Part
    """Expected there; empty where the actual value has too much."""
    actual: Part
    """Found there; empty where something is missing."""
    explanation: str | None = None
    """A common cause of such a difference, where one is found."""


def difference(operator: Operator, expected: Any, actual: Any) -> Difference | None:  # noqa: ANN401 (whatever the member is)
    """Return where ``actual`` departs from ``expected``; ``None`` where no place can be named."""
    if operator == "is" and (expected, actual) in {(None, ""), ("", None)}:
        return Difference(1, expected, actual, _NIL)
    if operator == "is" and isinstance(expected, tuple) and isinstance(actual, tuple):
        at, wanted, found = _middle(expected, actual)
        return Difference(at, wanted, found, _ORDER if Counter(expected) == Counter(actual) else None)
    if isinstance(expected, str) and isinstance(actual, str):
        return _of_texts(operator, expected, actual)
    return None


def _of_texts(operator: Operator, expected: str, actual: str) -> Difference | None:
    if operator == "regex":
        with suppress(RegexError):  # it may be too large without regard to letter case
            if regex_found(actual, f"(?i){expected}"):
                return Difference(1, expected, actual, _CASE)
        return None
    why = explanation_of(operator, expected, actual)
    if not why and operator == "pattern" and _REGEX.search(expected):
        why = _NO_REGEX
    if operator == "is":
        at, wanted, found = _middle(expected, actual)
    elif operator == "contains" and (place := _place(expected, actual)):
        at, wanted, found = _middle(expected, actual[place[0] : place[1]])
        at += place[0]
    elif why:
        return Difference(1, expected, actual, why)
    else:
        return None
    return Difference(at, wanted, found, _explanation(why, wanted, found))


def _middle(expected: _Items, actual: _Items) -> tuple[int, _Items, _Items]:
    """Return the position of the first difference, from 1, and the differing range of each."""
    before, after = _common_ends(expected, actual)
    return before + 1, expected[before : len(expected) - after], actual[before : len(actual) - after]


def _place(piece: str, text: str) -> tuple[int, int] | None:
    """Return the part of the text that comes closest to the piece; ``None`` if less than half of the piece occurs."""
    size, (head, tail) = len(piece), _found_ends(piece, text)
    start = text.find(piece[:head])
    end = text.find(piece[size - tail :]) + tail
    later_end = text.find(piece[size - tail :], start + head) + tail
    places = [(start, start + size), (max(end - size, 0), end), (start, later_end)]
    place = max(places, key=lambda place: _share_of_common_ends(piece, text[slice(*place)]))
    return place if 2 * _share_of_common_ends(piece, text[slice(*place)]) >= 1 else None


def _explanation(why: str | None, expected: str, actual: str) -> str | None:
    reasons = [why] if why else []
    reasons += [f"expected {name}" for name in _names(expected)]
    reasons += [f"found {name}" for name in _names(actual)]
    return "; ".join(reasons) or None


_CONTROLS = {"\t": "TAB", "\n": "LINE FEED", "\r": "CARRIAGE RETURN"}
_INVISIBLE = {"M", "Z", "C"}
"""Unicode general categories: combining marks, separators, others (controls, formats, unassigned)."""
_STRAIGHT = str.maketrans("\u201c\u201d\u201e\u201f\xab\xbb\u2018\u2019\u201a\u201b\u2039\u203a", "\"\"\"\"\"\"''''''")
_NAMED = 8
_EXPLAINED = 20_000
"""Characters of a text for which explanations of a failed pattern are tried: eight attempts on longer ones are slow."""


def explanation_of(operator: Operator, expected: str, actual: str) -> str | None:
    """Return the common cause that alone explains why ``actual`` does not meet ``expected``, if there is one."""
    if operator == "pattern" and len(actual) > _EXPLAINED:
        return None
    for why, same in _ONLY_DIFFERS:
        if Criterion("", operator, same(expected)).met_by(same(actual)):
            return why
    for why, undone in _TRANSFORMED:
        if Criterion("", operator, expected).met_by(undone(actual)):
            return why
    return None


def _names(part: str) -> list[str]:
    """Return the names of characters that a reader cannot distinguish: ``U+00A0 NO-BREAK SPACE``."""
    unclear = [each for each in dict.fromkeys(part) if _is_unclear(each, part)]
    return [_name(each) for each in unclear[:_NAMED]]


def _is_unclear(character: str, part: str) -> bool:
    if character == " " or character in _CONTROLS:
        return part.isspace()  # between words they are visible
    alone = len(part) == 1 and not character.isascii()
    return alone or unicodedata.category(character)[0] in _INVISIBLE


def _name(character: str) -> str:
    name = _CONTROLS.get(character) or unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()


def _decoded(text: str) -> str:
    """Undo a decoding of UTF-8 as Latin-1 or Windows-1252; return the text itself if there was none."""
    for charset in ("latin-1", "cp1252"):
        with suppress(UnicodeError):
            return text.encode(charset).decode()
    return text


_ONLY_DIFFERS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("only the line ends differ (CRLF, LF)", partial(re.compile(r"\r\n?").sub, "\n")),
    ("only white space at the beginning or the end differs", str.strip),
    (_CASE, str.casefold),
    (
        "only the Unicode form differs: the same characters composed (NFC) and decomposed (NFD)",
        partial(unicodedata.normalize, "NFC"),
    ),
    ("only the quotation marks differ: typographic and straight ones", lambda text: text.translate(_STRAIGHT)),
    (
        'only a "+" differs: in URLs and forms it means a space unless it is written as %2B',
        lambda text: re.sub("^[+ ]", "", text).replace("+", " "),
    ),
)
_TRANSFORMED: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("its UTF-8 was read as Latin-1 or Windows-1252", _decoded),
    ("it was escaped for XML twice", unescape),
    ("it is still percent-encoded", unquote),
)


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


def _common_ends(one: Sequence[Any], other: Sequence[Any]) -> tuple[int, int]:
    """Return the lengths of the common beginning and of the common end of what is left."""
    shorter = min(len(one), len(other))
    before = _longest(shorter, lambda fit, length: one[fit:length] == other[fit:length])
    after = _longest(
        shorter - before,
        lambda fit, length: one[len(one) - length : len(one) - fit] == other[len(other) - length : len(other) - fit],
    )
    return before, after


def _share_of_common_ends(one: str, other: str) -> float:
    """Return the share of the longer text that the common beginning and end make up."""
    longest = max(len(one), len(other))
    return sum(_common_ends(one, other)) / longest if longest else 1.0


def _found_ends(piece: str, text: str) -> tuple[int, int]:
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
    return sum(min(sum(_found_ends(piece, found)), len(piece)) for piece in pieces) / total if total else 0.0


def _subsequence(one: str, other: str) -> float:
    """Return the share of the longer text that the longest common subsequence makes up."""
    longest = max(len(one), len(other))
    if not 0 < longest <= _COMPARED:
        return _share_of_common_ends(one, other)
    return _common(one, other) / longest


def _shared_pairs(one: str, other: str) -> float:
    """Return the share of different pairs of neighbouring characters that both texts have."""
    longest = max(len(one), len(other))
    if not 0 < longest <= _ROUGHLY_COMPARED:
        return _share_of_common_ends(one, other)
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
