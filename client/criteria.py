r"""What messages and calls have to meet: keyword arguments named as the contract's members, in snake case.

A value means exactly this; ``None`` is what the client left out or sent as nil. Others are ``contains("1234")``,
``pattern("+44*")``, ``regex(r"code is \d+")``, ``given()``, ``absent()``, ``after(17)`` and ``since(moment)``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast

from messaging_double.models.criteria import snake

from .values import camel, written

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from messaging_double.models.control.values import StatusName
    from messaging_double.models.criteria import Field

    from .values import Json

__tracebackhide__ = True

_WRONG_ESCAPE = re.compile(r"\\([^*?\\])")
_NAMES_ARE_DATA = ("config", "header")


@dataclass(frozen=True)
class Match:
    """A criterion other than equality."""

    operator: str
    """As in the control API: ``contains``, ``pattern``, ``regex``, ``any``, ``after``, ``since``."""
    value: str | bool | int | datetime

    def __repr__(self) -> str:
        """Return operator and value."""
        return f"<{self.operator} {self.value!r}>"


Text: TypeAlias = "str | Match | None"
Number: TypeAlias = "int | Match | None"
Pairs: TypeAlias = "Mapping[str, Text] | Sequence[tuple[str | None, str | None]] | Match | None"


class Criteria(TypedDict, total=False):
    """What a message, a status report or an exchange has to meet; each list has some of these members."""

    id: Number
    messaging_id: Number
    external_message_id: Text
    parent_messaging_id: Number
    to: Text
    from_: Text
    content: Text
    format: Text
    plugin: Text
    config: Pairs
    session_key: Text
    suggested_session_key: Text
    status: int | StatusName | Match
    status_description: Text
    profile: Text
    operation: Text
    services: Text
    origin: Text
    registered: datetime | Match
    updated: datetime | Match
    at: datetime | Match
    method: Text
    target: Text
    peer: Text
    notes: Text
    refused: Text
    rule: Text
    fault: Text
    request_id: Text
    contains: str
    """Of the content."""
    after: int
    """Of the id."""
    since: datetime
    """Of ``registered``, or ``at``."""


class CallCriteria(TypedDict, total=False):
    """The calls that a rule is for: ``when=``."""

    operation: str | Sequence[str]
    services: str | Sequence[str]
    transport: Literal["soap", "rest"]
    plugin: Text
    to: Text
    from_: Text
    content: Text
    format: Text
    config: Pairs
    header: Mapping[str, Text]
    xpath: str | Sequence[str]


def contains(text: str) -> Match:
    """Match a text that has this somewhere in it."""
    return Match("contains", text)


def pattern(glob: str) -> Match:
    r"""Match the whole text with wildcards: ``*`` stands for any characters, ``?`` for one; a backslash escapes them.

    Raises ``ValueError`` for what looks like a regular expression.
    """
    if found := _WRONG_ESCAPE.search(glob):
        raise ValueError(
            f"{glob!r} has {found[0]!r}, but pattern takes the wildcards * and ?, and a backslash before these only; "
            f"regex({glob!r}) takes a regular expression"
        )
    return Match("pattern", glob)


def regex(expression: str) -> Match:
    """Match a text in which this regular expression is found; ``^`` and ``$`` are its ends.

    The double takes RE2's: https://github.com/google/re2/wiki/Syntax. It needs the extra ``regex`` where it runs.
    """
    return Match("regex", expression)


def given() -> Match:
    """Match anything but nil."""
    return Match("any", True)  # noqa: FBT003 (the API's value)


def absent() -> Match:
    """Match what the client left out or sent as nil."""
    return Match("any", False)  # noqa: FBT003


def after(number: int) -> Match:
    """Match a higher number than this."""
    return Match("after", number)


def since(moment: datetime) -> Match:
    """Match this moment or a later one."""
    return Match("since", moment)


def checked(
    criteria: Mapping[str, Any], fields: Iterable[Field], short: Iterable[str], others: Mapping[str, str]
) -> Criteria:
    """Return the criteria if each is of one of these ``fields``, or a ``short`` one of the API.

    Raises ``TypeError`` that names what may be meant; ``others`` explains some other names.
    """
    kinds = {snake(each.name): each.kind for each in fields} | dict.fromkeys(short, "")
    for name, value in criteria.items():
        if name in others:
            raise TypeError(f"{name} is no criterion; {others[name]}")
        if name not in kinds:
            near = get_close_matches(name, kinds, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise TypeError(f"there is no criterion {name}; {meant}possible are {', '.join(kinds)}")
        if kinds[name] == "text" and not isinstance(value, (str, Match, type(None))):
            raise TypeError(f"{name} is a text, and {value!r} is none; for example {name}={str(value)!r}")
    return cast("Criteria", criteria)


def to_match(criteria: Mapping[str, Any]) -> Json:
    """Return the ``match`` of an expectation, or the ``when`` of a rule."""
    return {camel(name): _to_json(name, value) for name, value in criteria.items()}


def to_pairs(config: Any) -> Json:  # noqa: ANN401 (a mapping, pairs, or what a record has)
    """Return a ``Config`` as the API writes it: of a mapping, or of pairs in their order."""
    if isinstance(config, Mapping):
        config = config.items()
    pairs = ((each.key, each.value) if hasattr(each, "key") else each for each in config)
    return [{"key": key, "value": value} for key, value in pairs]


def _to_json(name: str, value: Any) -> Json:  # noqa: ANN401 (a criterion)
    if isinstance(value, Match):
        return {value.operator: written(value.value) if isinstance(value.value, datetime) else value.value}
    if isinstance(value, Mapping):
        return {key if name in _NAMES_ARE_DATA else camel(key): _to_json("", each) for key, each in value.items()}
    if name == "config" and value is not None:
        return to_pairs(value)
    return written(value) if isinstance(value, datetime) else value


_SHORT = {"after": ("messagingId", "id"), "since": ("registered", "at")}
"""The operators that a query can only ask of one member, by the name of the operator."""


def to_query(criteria: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of a query for a list. Raises ``TypeError`` for what no query can say."""
    query: dict[str, str] = {}
    for name, value in criteria.items():
        parameter, text = _parameter(camel(name), value)
        if parameter in query:
            raise TypeError(f"{parameter} is given twice; give it once")
        query[parameter] = text
    return query


def _parameter(name: str, value: Any) -> tuple[str, str]:  # noqa: ANN401 (a criterion)
    if name == "config":
        raise TypeError("config is no criterion of a list; wait_for and verify take it")
    if value is None:
        return f"{name}.any", "false"
    if isinstance(value, Match):
        if value.operator not in _SHORT:
            return f"{name}.{value.operator}", _to_text(value.value)
        if name not in _SHORT[value.operator]:
            can = " or ".join(_SHORT[value.operator])
            raise TypeError(
                f"a list takes {value.operator}(…) for {can} only; verify and wait_for take it for {name} too"
            )
        return value.operator, _to_text(value.value)
    if isinstance(value, bool) or not isinstance(value, (str, int, datetime)):
        raise TypeError(f"{name} cannot be {value!r} in a list; expected a text, a number or a moment")
    return name, _to_text(value)


def _to_text(value: str | bool | int | datetime) -> str:  # noqa: FBT001 (whatever a match has)
    if isinstance(value, bool):
        return str(value).lower()
    return written(value) if isinstance(value, datetime) else str(value)
