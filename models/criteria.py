"""Criteria over the members of messages: one parser and one meaning for queries, expectations and rules.

The members are those of the control API: the contract's nouns in lower camel case. The storage answers criteria in SQL,
reports and rules in Python; both mean the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, cast

from msgspec import UNSET, Struct

from messaging_double.models.control.values import Address, Api, InboxOrigin, Operation, SendingOperation, Status

from .texts import regex_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from messaging_double.models.records import ConfigPairs

Kind = Literal["text", "number", "moment", "pairs", "texts"]
_ADDRESSES = {"to": Address, "from": Address}


@dataclass(frozen=True)
class Field:
    """One member."""

    name: str
    kind: Kind
    of: Callable[[Any], Any]
    """Takes it off its record."""
    element: str | None = None
    """Where the contract has it: ``OutgoingMessages/OutgoingMessage[{position}]/To``; ``None`` for what is ours."""
    type: Any = None
    """The type of its values, where only some texts or numbers are possible."""

    def path(self, entry: Any) -> str:  # noqa: ANN401 (any of the records)
        """Return the element of this very message, or its name in the control API where the contract has none."""
        return self.name if self.element is None else self.element.format(entry=entry)


def _outgoing(name: str, kind: Kind = "text") -> Field:
    path = "{entry.operation}/OutgoingMessages/OutgoingMessage[{entry.position}]/" + _pascal(name)
    return Field(name, kind, attrgetter(f"message.{snake(name)}"), path, _ADDRESSES.get(name))


def _incoming(name: str) -> Field:
    path = "{entry.origin}/IncomingMessage/" + _pascal(name)
    return Field(name, "text", attrgetter(f"message.{snake(name)}"), path, _ADDRESSES.get(name))


def _ours(name: str, kind: Kind = "text", type: Any = None) -> Field:  # noqa: A002, ANN401 (a type with its limits)
    return Field(name, kind, attrgetter(snake(name)), type=type)


def snake(name: str) -> str:
    """Return the attribute of a control API member: ``session_key`` for ``sessionKey``, ``from_`` for ``from``."""
    return "from_" if name == "from" else "".join(f"_{each.lower()}" if each.isupper() else each for each in name)


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


OUTBOX = (
    _outgoing("to"),
    _outgoing("from"),
    _outgoing("content"),
    _outgoing("format"),
    _outgoing("parentMessagingId", "number"),
    _outgoing("suggestedSessionKey"),
    Field("plugin", "text", attrgetter("plugin"), "{entry.operation}/Plugin"),
    Field("config", "pairs", attrgetter("config"), "{entry.operation}/Config"),
    _ours("messagingId", "number"),
    _ours("externalMessageId"),
    _ours("sessionKey"),
    Field("status", "number", attrgetter("current.status"), type=Status),
    Field("statusDescription", "text", attrgetter("current.status_description")),
    _ours("profile"),
    _ours("operation", type=SendingOperation),
    _ours("services", type=Api),
    _ours("registered", "moment"),
    _ours("updated", "moment"),
)
INBOX = (
    *(_incoming(name) for name in ("to", "from", "content", "format", "sessionKey", "plugin")),
    _ours("id", "number"),
    _ours("origin", type=InboxOrigin),
    _ours("services", type=Api),
    _ours("registered", "moment"),
)
STATUS_REPORTS = (
    _ours("id", "number"),
    _ours("plugin"),
    _ours("externalMessageId"),
    _ours("status", "number", Status),
    _ours("statusDescription"),
    _ours("services", type=Api),
    _ours("at", "moment"),
)
JOURNAL = (
    _ours("id", "number"),
    _ours("method"),
    _ours("target"),
    _ours("status", "number"),
    _ours("operation", type=Operation),
    _ours("services"),
    _ours("peer"),
    Field("notes", "texts", lambda entry: entry.notes or None),
    _ours("refused"),
    _ours("rule"),
    _ours("fault"),
    _ours("requestId"),
    _ours("at", "moment"),
)


Operator = Literal["is", "pattern", "regex", "contains", "any", "since", "after", "among"]
"""In which way a member is to meet a value.

``is``: exactly it, ``None`` being what the client left out or sent as nil. ``pattern``: the whole text, where ``*``
stands for any characters and ``?`` for one; a backslash takes either literally. ``regex``: a regular expression is
found in the text. ``contains``: the text is somewhere in it. ``any``: ``True`` for anything but nil, ``False`` for
nil. ``since``: at this moment or later. ``after``: a higher number. ``among``: one of the ids of a list in JSON; the
storage uses it. Texts are compared character by character, letter case included.
"""

_ESCAPED = re.compile(r"\\([*?\\])|([\[*?])", re.DOTALL)


@dataclass(frozen=True)
class Criterion:
    """One thing that a message has to meet."""

    field: str
    """The member, by its name in the control API: ``to``."""
    operator: Operator
    value: str | int | bool | datetime | ConfigPairs | None
    key: str | None = None
    """Of ``config``: the key whose value is meant; some pair with this key has to meet it."""

    def met_by(self, actual: Any) -> bool:  # noqa: ANN401 (whatever the member is)
        """Say whether a member of this value meets the criterion; of several texts one has to."""
        if isinstance(self.value, str) and isinstance(actual, tuple) and self.key is None:
            return any(_meets(self.operator, self.value, each) for each in actual if isinstance(each, str))
        if self.key is None:
            return _meets(self.operator, self.value, actual)
        values = [value for key, value in actual or () if key == self.key]
        if self.operator == "any" and not self.value:
            return all(value is None for value in values)
        return any(_meets(self.operator, self.value, value) for value in values)


def parse(given: Mapping[str, Any], short: Mapping[str, str] | None = None) -> tuple[Criterion, ...]:
    """Return the criteria of members and what they have to be.

    A name may carry its operator, as in a query: ``to.pattern``. ``short`` says what names without a member mean:
    ``after`` is ``id.after``. A value is a plain one, a struct with a member for each operator (``TextMatch``), or for
    pairs either all of them or a mapping of keys to such values.
    """
    return tuple(_parse(given, short or {}))


def members(match: Struct) -> dict[str, Any]:
    """Return the members of a struct that are set, by their names in JSON."""
    # Not msgspec's fields(), which evaluates the annotations anew each time: 2 ms of the creation of a rule.
    names = zip(match.__struct_encode_fields__, match.__struct_fields__, strict=True)
    every = {encoded: getattr(match, name) for encoded, name in names}
    return {name: value for name, value in every.items() if value is not UNSET}


def _parse(given: Mapping[str, Any], short: Mapping[str, str]) -> Iterator[Criterion]:
    for name, value in given.items():
        field, _, operator = short.get(name, name).partition(".")
        if isinstance(value, dict):
            for key, each in value.items():
                yield from _criteria(field, "is", each, key)
        elif isinstance(value, list):
            yield Criterion(field, "is", tuple((pair.key, pair.value) for pair in value))
        else:
            yield from _criteria(field, operator or "is", value)


def _criteria(field: str, operator: str, value: Any, key: str | None = None) -> Iterator[Criterion]:  # noqa: ANN401
    each = members(value) if isinstance(value, Struct) else {operator: value}
    for name, expected in each.items():
        yield Criterion(field, cast("Operator", name), expected, key)


def glob_of(pattern: str) -> str:
    r"""Return a pattern in the words of SQLite's GLOB and of Python's ``fnmatch``, where ``[`` begins a set.

    ``\*`` is ``[*]`` there, and ``[`` is ``[[]``.
    """
    return _ESCAPED.sub(lambda found: _literal(found[1]) if found[1] else _wild(found[2]), pattern)


def pattern_matches(text: str | None, pattern: str) -> bool:
    """Return whether a text meets a ``pattern``; a function of SQLite's connections calls it."""
    return text is not None and fnmatchcase(text, glob_of(pattern))


def _literal(character: str) -> str:
    return character if character == "\\" else f"[{character}]"


def _wild(character: str) -> str:
    return "[[]" if character == "[" else character


def _meets(operator: Operator, value: Any, actual: Any) -> bool:  # noqa: ANN401, PLR0911 - one for each
    if operator == "is":
        return type(actual) is type(value) and bool(actual == value)
    if operator == "any":
        return (actual is not None) is bool(value)
    if actual is None:
        return False
    if operator == "pattern":
        return pattern_matches(actual, value)
    if operator == "regex":
        return isinstance(actual, str) and regex_found(actual, value)
    if operator == "contains":
        return value in actual
    return bool(actual > value) if operator == "after" else bool(actual >= value)
