"""How a text, or the pairs of a ``Config``, is said to match: the same in queries, expectations and rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from messaging_double.models.criteria import Criterion

from .objects import ListOf, MapOf, Member, Nullable, Object, OneOf
from .values import Shape, Switch, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .values import Word

PATTERN = "The whole text, * standing for any characters and ? for one; a backslash takes either literally."
CONTAINS = "A text that is somewhere in it."
ANY = "true for anything but null, false for null."
MOST_KEYS = 100
MOST_PAIRS = 1_000
LONGEST = {"pattern": 200, "contains": 1_000}
"""Characters: searching 20 texts of 100,000 each for the worst of these takes about a quarter of a second."""

TEXT_MATCH = Object(
    "TextMatch",
    (
        Member("is", Nullable(Text()), "Exactly this, null being what the client left out or sent as nil."),
        Member("pattern", Text("+4477009*", most=LONGEST["pattern"]), PATTERN),
        Member("contains", Text("code", most=LONGEST["contains"]), CONTAINS),
        Member("any", Switch(), ANY),
    ),
    sample={"contains": "code"},
    empty=False,
)
_PAIR = Object(
    "Pair",
    (
        Member("key", Nullable(Text("cm_username")), required=True, of=lambda pair: pair[0]),
        Member("value", Nullable(Text("ole")), required=True, of=lambda pair: pair[1]),
    ),
    sample={"key": "cm_username", "value": "ole"},
)
PAIRS = ListOf(_PAIR)
"""A ``Config``: its pairs in the order sent."""


def text_matcher(text: Text) -> Shape:
    """Return the shape of what matches a text: itself, null, or a ``TextMatch``."""
    return OneOf(Nullable(text), (TEXT_MATCH,))


def word_matcher(name: str, word: Word) -> Shape:
    """Return the shape of what matches one of a few words: itself, null, or an object of this name."""
    first, *others = TEXT_MATCH.members
    members = (replace(first, shape=Nullable(word)), *others)
    return OneOf(Nullable(word), (replace(TEXT_MATCH, name=name, members=members, sample={"is": word.example}),))


def pairs_matcher() -> Shape:
    """Return the shape of what matches a ``Config``: all its pairs, or what those of some keys have to be."""
    pairs = replace(PAIRS, most=MOST_PAIRS)
    return OneOf(Nullable(pairs), (pairs, MapOf(text_matcher(Text("ole")), "cm_username", MOST_KEYS)))


def ways(name: str, value: Any, key: str | None = None) -> Iterator[Criterion]:
    """Give the criteria of a value, or of an object that has one for each way."""
    if isinstance(value, dict):
        for how, each in value.items():
            yield Criterion(name, how, each, key)
    else:
        yield Criterion(name, "is", value, key)


def pairs_criteria(name: str, value: Any) -> Iterator[Criterion]:
    """Give the criteria of what ``pairs_matcher`` has read."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from ways(name, each, key)
    else:
        pairs = None if value is None else tuple((pair["key"], pair["value"]) for pair in value)
        yield Criterion(name, "is", pairs)
