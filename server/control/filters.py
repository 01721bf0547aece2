"""The filters of lists: one table of fields gives the parameters of queries and the ``match`` of expectations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from messaging_double.models import criteria
from messaging_double.models.control.matching import Expression, Given, Pattern, Piece, match_type, short_type
from messaging_double.models.control.values import PLUS, Address, Int32
from messaging_double.server.control.operation import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from messaging_double.models.control.values import RequestBody
    from messaging_double.models.criteria import Criterion, Field

_OPERATORS = {"pattern": Pattern, "regex": Expression, "contains": Piece, "any": Given}
_PATTERN = "The whole text: * stands for any characters, ? for one; a backslash takes either literally."
_REGEX = "A regular expression, as RE2 takes it, is found in it."
_DESCRIPTIONS = {
    "text": {
        "": "Exactly this text.",
        "pattern": _PATTERN,
        "regex": _REGEX,
        "contains": "A text that occurs in it.",
        "any": "true: any value but null. false: null.",
    },
    "texts": {
        "": "One of them is exactly this text.",
        "pattern": f"One of them matches. {_PATTERN}",
        "regex": f"One of them matches. {_REGEX}",
        "contains": "A text that occurs in one of them.",
        "any": "true: there is one. false: there is none.",
    },
    "number": {"": "Exactly this number."},
}
_SHORT = {
    "contains": "A text that occurs in the content.",
    "since": "{} at this moment or later.",
    "after": "{} higher than this.",
}


class Filters:
    """The filters of one list."""

    def __init__(self, name: str, table: tuple[Field, ...], *, number: str, moment: str) -> None:
        """Filter by the fields of ``table``; ``number`` and ``moment`` are those that ``after`` and ``since`` mean."""
        short = {"since": f"{moment}.since", "after": f"{number}.after"}
        if any(each.name == "content" for each in table):
            short = {"contains": "content.contains", **short}
        self._short = short
        self.parameters = (*self._short_parameters(), *(each for field in table for each in _parameters(field)))
        self.match: type[RequestBody] = match_type(name, table, short)
        """The same as the type of a body."""

    def of_query(self, query: Mapping[str, Any], statuses: Mapping[str, int]) -> tuple[Criterion, ...]:
        """Return the criteria of a query; other parameters are passed over."""
        names = [each.name for each in self.parameters if each.name in query]
        return _numbered(criteria.parse({name: query[name] for name in names}, self._short), statuses)

    def of_match(self, match: RequestBody, statuses: Mapping[str, int]) -> tuple[Criterion, ...]:
        """Return the criteria of a ``match``."""
        return _numbered(criteria.parse(criteria.members(match), self._short), statuses)

    def _short_parameters(self) -> Iterator[Parameter]:
        for name, dotted in self._short.items():
            yield Parameter(name, short_type(dotted), _SHORT[name].format(dotted.partition(".")[0]))


def _parameters(field: Field) -> Iterator[Parameter]:
    plain = field.type or (Int32 if field.kind == "number" else str)
    for operator, description in _DESCRIPTIONS.get(field.kind, {}).items():
        name = f"{field.name}.{operator}" if operator else field.name
        kind = _OPERATORS.get(operator, plain)
        yield Parameter(name, Annotated[kind, PLUS] if plain is Address and kind is not Given else kind, description)


def _numbered(found: tuple[Criterion, ...], statuses: Mapping[str, int]) -> tuple[Criterion, ...]:
    """Replace the names of statuses by their numbers."""
    return tuple(
        replace(each, value=statuses[each.value]) if each.field == "status" and isinstance(each.value, str) else each
        for each in found
    )


OUTBOX = Filters("Outbox", criteria.OUTBOX, number="messagingId", moment="registered")
INBOX = Filters("Inbox", criteria.INBOX, number="id", moment="registered")
STATUS_REPORTS = Filters("StatusReport", criteria.STATUS_REPORTS, number="id", moment="at")
JOURNAL = Filters("Exchange", criteria.JOURNAL, number="id", moment="at")
