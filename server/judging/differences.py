"""Where a value departs from what was expected."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, Union

from .causes import cause, names
from .likeness import alike, common_ends, found_ends

if TYPE_CHECKING:
    from messaging_double.models.criteria import How
    from messaging_double.models.records import ConfigPairs

Part = Union[str, "ConfigPairs", None]
_Items = TypeVar("_Items", str, "ConfigPairs")

_NIL = "null (left out, or sent as nil) is not an empty text"
_ORDER = "the same pairs in another order"


@dataclass(frozen=True)
class Difference:
    """The first place where two values differ, up to where they are the same again."""

    at: int
    """Which character of the actual text, or which pair of Config, from 1."""
    expected: Part
    """What was expected there; empty where there is too much."""
    actual: Part
    """What was found there; empty where something is missing."""
    why: str | None = None
    """What explains it, as far as that can be told."""


def difference(how: How, expected: Any, actual: Any) -> Difference | None:  # noqa: ANN401 (whatever the member is)
    """Return in what ``actual`` fails to meet ``expected``; None where both, side by side, say all there is."""
    if how == "is" and (expected, actual) in {(None, ""), ("", None)}:
        return Difference(1, expected, actual, _NIL)
    if how == "is" and isinstance(expected, tuple) and isinstance(actual, tuple):
        at, wanted, found = _middle(expected, actual)
        return Difference(at, wanted, found, _ORDER if Counter(expected) == Counter(actual) else None)
    if isinstance(expected, str) and isinstance(actual, str):
        return _of_texts(how, expected, actual)
    return None


def _of_texts(how: How, expected: str, actual: str) -> Difference | None:
    why = cause(how, expected, actual)
    if how == "is":
        at, wanted, found = _middle(expected, actual)
    elif how == "contains" and (place := _place(expected, actual)):
        at, wanted, found = _middle(expected, actual[place[0] : place[1]])
        at += place[0]
    elif why:
        return Difference(1, expected, actual, why)
    else:
        return None
    return Difference(at, wanted, found, _explained(why, wanted, found))


def _middle(expected: _Items, actual: _Items) -> tuple[int, _Items, _Items]:
    """Return where the two first differ, from 1, and what stands there in each."""
    before, after = common_ends(expected, actual)
    return before + 1, expected[before : len(expected) - after], actual[before : len(actual) - after]


def _place(piece: str, text: str) -> tuple[int, int] | None:
    """Return where in the text the piece seems to be meant; None if less than half of it is there."""
    size, (head, tail) = len(piece), found_ends(piece, text)
    start = text.find(piece[:head])
    end = text.find(piece[size - tail :]) + tail
    later_end = text.find(piece[size - tail :], start + head) + tail
    places = [(start, start + size), (max(end - size, 0), end), (start, max(later_end, start))]
    place = max(places, key=lambda place: alike(piece, text[slice(*place)]))
    return place if 2 * alike(piece, text[slice(*place)]) >= 1 else None


def _explained(why: str | None, expected: str, actual: str) -> str | None:
    reasons = [why] if why else []
    reasons += [f"expected {name}" for name in names(expected)]
    reasons += [f"found {name}" for name in names(actual)]
    return "; ".join(reasons) or None
