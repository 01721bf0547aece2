"""What members of messages and calls have to be: the ``match`` of an expectation, the ``when`` of a rule.

``models/criteria`` reads criteria from these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, cast, get_origin

from msgspec import UNSET, Meta, UnsetType, defstruct

from .messages import Pair
from .values import Int32, Json, Moment, OrUnset, Regex, RequestBody, about

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from messaging_double.models.criteria import Field

MOST_KEYS = 100
MOST_PAIRS = 1_000
LONGEST_PATTERN = 200
"""Characters: searching 20 texts of 100,000 each for the worst pattern takes about a quarter of a second."""
LONGEST_PIECE = 1_000
"""Characters that ``contains`` may have."""

Pattern = Annotated[
    str,
    about(
        "The whole text: * stands for any characters, ? for one; a backslash takes either literally.",
        max_length=LONGEST_PATTERN,
        examples=["+4477009*"],
    ),
]
Expression = Annotated[Regex, about("A regular expression that is found in the text; ^ and $ are its ends.")]
Piece = Annotated[str, about("A text that occurs in the value.", max_length=LONGEST_PIECE, examples=["code"])]
Given = Annotated[bool, about("true: any value but null. false: null.")]
Since = Annotated[Moment, about("At this moment or later.")]
After = Annotated[Int32, about("Higher than this.")]


class TextMatch(RequestBody):
    """The ways to match a text."""

    example: ClassVar[Json] = {"contains": "code"}
    can_be_empty: ClassVar[bool] = False

    is_: OrUnset[Annotated[str | None, about("Exactly this text; null is what the client omitted or sent as nil.")]] = (
        UNSET
    )
    pattern: OrUnset[Pattern] = UNSET
    regex: OrUnset[Expression] = UNSET
    contains: OrUnset[Piece] = UNSET
    any: OrUnset[Given] = UNSET


class NumberMatch(RequestBody):
    """The ways to match a number."""

    example: ClassVar[Json] = {"after": 17}
    can_be_empty: ClassVar[bool] = False

    is_: OrUnset[Annotated[Int32 | None, about("Exactly this number.")]] = UNSET
    after: OrUnset[After] = UNSET
    any: OrUnset[Given] = UNSET


class MomentMatch(RequestBody):
    """The way to match a moment."""

    example: ClassVar[Json] = {"since": "2026-11-21T08:00:00Z"}

    since: Since


TextCriterion = str | None | TextMatch
PairsCriterion = (
    Annotated[list[Pair], Meta(max_length=MOST_PAIRS)]
    | Annotated[dict[str, TextCriterion], Meta(max_length=MOST_KEYS)]
    | None
)
"""All pairs of a ``Config`` in their order, or what the values of some keys have to be."""


def match_type(name: str, fields: Iterable[Field], short: Mapping[str, str]) -> type[RequestBody]:
    """Return the type of the ``match`` for a list: one member for each field, and the ``short`` ones."""
    members = [(each.name, _criterion(each)) for each in fields]
    members += [(each, short_type(dotted)) for each, dotted in short.items()]
    made = defstruct(
        f"{name}Match",
        [(f"{member}_" if member == "from" else member, kind | UnsetType, UNSET) for member, kind in members],
        bases=(RequestBody,),
        namespace={
            "__doc__": "The criteria that a message has to meet.",
            "example": {"to": "+447700900001", "content": {"contains": "code"}},
        },
    )
    return cast("type[RequestBody]", made)


def short_type(dotted: str) -> Any:  # noqa: ANN401 (a type with its limits)
    """Return the type of what a field is compared with, by the operator after its name: ``registered.since``."""
    return {"since": Since, "after": After, "contains": Piece}[dotted.partition(".")[2]]


def _criterion(field: Field) -> Any:  # noqa: ANN401 (a type)
    if field.kind == "moment":
        return MomentMatch
    if field.kind == "pairs":
        return PairsCriterion
    base = NumberMatch if field.kind == "number" else TextMatch
    plain = field.type or (Int32 if field.kind == "number" else str)
    if get_origin(plain) in (Annotated, None):  # any text or number
        return plain | None | base
    name = f"{field.name.capitalize()}Match"
    match: Any = _WITH_WORDS.get((name, plain)) or defstruct(
        name, [("is_", plain | None | UnsetType, UNSET)], bases=(base,), namespace={"__doc__": base.__doc__}
    )
    return plain | None | _WITH_WORDS.setdefault((name, plain), match)


_WITH_WORDS: dict[tuple[str, Any], type] = {}
"""The types of those members of which only some values are possible."""
