"""How lists are filtered: one table of members gives the parameters of queries and the ``match`` of expectations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from messaging_double.models import fields
from messaging_double.models.criteria import Criterion
from messaging_double.models.operations import MESSAGING, PRINCIPAL, SENDING
from messaging_double.models.versions import VERSIONS
from messaging_double.server.control.operations import Parameter
from messaging_double.server.seeding import BY as SEED
from messaging_double.server.shapes.matches import (
    ANY,
    CONTAINS,
    LONGEST,
    PATTERN,
    pairs_criteria,
    pairs_matcher,
    text_matcher,
    ways,
    word_matcher,
)
from messaging_double.server.shapes.objects import Member, Nullable, Object, OneOf
from messaging_double.server.shapes.statuses import Status, status_of
from messaging_double.server.shapes.values import Address, Moment, Number, Shape, Switch, Text, Word
from messaging_double.server.simulation.deliveries import REPLY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from messaging_double.models.criteria import How
    from messaging_double.models.fields import Field


def _number_match(name: str, number: Number) -> Object:
    members = (
        Member("is", Nullable(number), "Exactly this."),
        Member("after", Number(), "A higher number than this."),
        Member("any", Switch(), ANY),
    )
    return Object(name, members, sample={"after": 17}, empty=False)


_NUMBER_MATCH = _number_match("NumberMatch", Number())
_MOMENT_MATCH = Object(
    "MomentMatch",
    (Member("since", Moment(), "At this moment or later.", required=True),),
    sample={"since": Moment().example},
)
SERVICES = tuple(each.name for each in VERSIONS.values())
ORIGINS = ("CreateMessage", REPLY, SEED)
"""What makes messages of the inbox."""
_ADDRESSES = ("to", "from")
_TEXT_WAYS: tuple[tuple[How, str], ...] = (("pattern", PATTERN), ("contains", CONTAINS), ("any", ANY))
_TEXTS_WAYS: tuple[tuple[How, str], ...] = (
    ("pattern", f"Of one of them: {PATTERN}"),
    ("contains", f"Of one of them: {CONTAINS}"),
    ("any", "true where there is one, false where there is none."),
)


class Filters:
    """The ways of asking for what one list has."""

    def __init__(
        self, name: str, table: tuple[Field, ...], plain: Mapping[str, Shape], *, number: str, moment: str
    ) -> None:
        """Filter by the members of ``table``; ``number`` and ``moment`` are those that ``after`` and ``since`` mean.

        ``plain`` says what those members look like that are not any text or number.
        """
        self._fields = {each.name: each for each in table}
        self._plain = {each.name: plain.get(each.name) or _plain(each) for each in table}
        self._short: dict[str, tuple[str, How]] = {"after": (number, "after"), "since": (moment, "since")}
        if "content" in self._fields:
            self._short["contains"] = ("content", "contains")
        self.parameters = tuple(self._parameters())
        self._name = name

    @property
    def match(self) -> Object:
        """The same as an object of JSON."""
        members = (Member(each.name, _matcher(each, self._plain[each.name])) for each in self._fields.values())
        short = (Member(each.name, each.shape, each.help) for each in self._short_parameters())
        sample = {"to": "+447700900001", "content": {"contains": "code"}}
        return Object(f"{self._name}Match", (*members, *short), sample)

    def of_query(self, query: Mapping[str, Any]) -> tuple[Criterion, ...]:
        """Return what the parameters of a query ask for; those that are no filters are passed over."""
        names = [each.name for each in self.parameters if each.name in query]
        return tuple(self._criterion(name, query[name]) for name in names)

    def of_match(self, match: Mapping[str, Any]) -> tuple[Criterion, ...]:
        """Return what a ``match`` asks for."""
        return tuple(each for name, value in match.items() for each in self._criteria(name, value))

    def _parameters(self) -> Iterator[Parameter]:
        yield from self._short_parameters()
        for each in self._fields.values():
            if each.kind in ("text", "texts"):
                ways_of, of_one = (_TEXT_WAYS, "") if each.kind == "text" else (_TEXTS_WAYS, "Of one of them: ")
                yield Parameter(each.name, self._plain[each.name], f"{of_one}Exactly this text.")
                for how, about in ways_of:
                    yield Parameter(f"{each.name}.{how}", _sought(each, how), about)
            elif each.kind == "number":
                yield Parameter(each.name, self._plain[each.name], "Exactly this number.")

    def _short_parameters(self) -> Iterator[Parameter]:
        if "contains" in self._short:
            sought = Text("code", most=LONGEST["contains"])
            yield Parameter("contains", sought, "A text that is somewhere in the content.")
        yield Parameter("since", Moment(), f"{self._short['since'][0]} at this moment or later.")
        yield Parameter("after", Number(), f"{self._short['after'][0]} higher than this.")

    def _criterion(self, name: str, value: Any) -> Criterion:
        if name in self._short:
            return Criterion(*self._short[name], value)
        field, _, how = name.partition(".")
        return Criterion(field, cast("How", how or "is"), value)

    def _criteria(self, name: str, value: Any) -> Iterator[Criterion]:
        if name in self._short:
            yield self._criterion(name, value)
        elif self._fields[name].kind != "pairs":
            yield from ways(name, value)
        else:
            yield from pairs_criteria(name, value)


def _text(field: Field) -> Text:
    return Address() if field.name in _ADDRESSES else Text()


def _plain(field: Field) -> Shape:
    return Number() if field.kind == "number" else _text(field)


def _sought(field: Field, how: How) -> Shape:
    return Switch() if how == "any" else replace(_text(field), most=LONGEST[how])


def _matcher(field: Field, plain: Shape) -> Shape:
    if isinstance(plain, Word):
        return word_matcher(f"{field.name.capitalize()}Match", plain)
    if field.kind in ("text", "texts"):
        return text_matcher(_text(field))
    if isinstance(plain, Status):
        return OneOf(Nullable(plain), (_number_match("StatusMatch", plain),))
    if field.kind == "number":
        return OneOf(Nullable(plain), (_NUMBER_MATCH,))
    if field.kind == "moment":
        return _MOMENT_MATCH
    return pairs_matcher()


def outbox(statuses: Mapping[str, int]) -> Filters:
    """Return the filters of the outbox, where these statuses are known."""
    plain = {"operation": Word(SENDING), "services": Word(SERVICES), "status": status_of(statuses)}
    return Filters("Outbox", fields.OUTBOX, plain, number="messagingId", moment="registered")


def status_reports(statuses: Mapping[str, int]) -> Filters:
    """Return the filters of the status reports, likewise."""
    plain = {"services": Word(SERVICES), "status": status_of(statuses)}
    return Filters("StatusReport", fields.STATUS_REPORTS, plain, number="id", moment="at")


INBOX = Filters(
    "Inbox",
    fields.INBOX,
    {"origin": Word(ORIGINS), "services": Word(SERVICES)},
    number="id",
    moment="registered",
)
JOURNAL = Filters("Exchange", fields.JOURNAL, {"operation": Word((*MESSAGING, *PRINCIPAL))}, number="id", moment="at")
