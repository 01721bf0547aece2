"""What a rule means: which calls, which answers, how often."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal

from messaging_double.models.operations import SENDING
from messaging_double.server.shapes.objects import BODY, Member, Nullable, Object, OneOrMore
from messaging_double.server.shapes.unfit import Unfit
from messaging_double.server.shapes.values import Duration, Json, Number, Real, Text
from messaging_double.server.simulation.rule_then import answer_shape
from messaging_double.server.simulation.rule_when import WHEN, When

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from messaging_double.models.reactions import Reaction
    from messaging_double.models.rules import KeptRule

State = Literal["alive", "used up", "expired"]

_NAME = re.compile(r"(?!\.{1,2}\Z)[^/\x00-\x1f\x7f]{1,100}")
_NAME_SCHEMA = r"^(?!\.{1,2}$)[^/\u0000-\u001f\u007f]{1,100}$"
_NOT_OF_THE_RULE = ("name", "position")
_SAMPLE = {"name": "gateway down", "when": {"operation": "SendMessages"}, "then": {"http": 503}, "times": 2}
_MOST_ANSWERS = 1_000
_CENTURY = timedelta(days=36525)


@dataclass(frozen=True)
class Rule:
    """One rule, read."""

    when: When
    then: tuple[Reaction, ...]
    """By nobody yet; the uses go through them again and again."""
    limit: int | None
    """How often it is used; ``None``: without end."""
    skip: int = 0
    """How many matches pass first."""
    ttl: timedelta | None = None
    probability: float | None = None

    def expires(self, made: datetime) -> datetime | None:
        """Return when a rule ends that was made then; ``None``: never."""
        if self.ttl is None:
            return None
        last = datetime.max.replace(tzinfo=timezone.utc)
        return made + self.ttl if self.ttl < last - made else last

    def state(self, kept: KeptRule, now: datetime) -> State:
        """Say whether the rule, as it is kept, can still answer."""
        if kept.expired or (kept.expires is not None and now >= kept.expires):
            return "expired"
        return "used up" if self.limit is not None and kept.used >= self.limit else "alive"


@dataclass(frozen=True)
class Given:
    """A rule as somebody gives it."""

    rule: Rule
    text: str
    """What is kept of it: its JSON, but for name and position."""
    name: str | None
    """``None``: one is to be made up."""
    position: int | None
    """``None``: the last, or where the rule of its name was."""


@dataclass(frozen=True)
class _Name(Text):
    """What can stand in a URL."""

    @property
    def expected(self) -> str:
        return "a name of 1 to 100 characters without a slash"

    def schema(self) -> Json:
        return {"type": "string", "pattern": _NAME_SCHEMA}

    def read(self, value: Json, where: str) -> str:
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise self.refusal(value, where)
        return super().read(value, where)


@dataclass(frozen=True)
class _AsGiven(Duration):
    """A length of time that is shown as it was given."""

    def show(self, value: Any) -> Json:
        return value


NAME = _Name("gateway down")


@dataclass(frozen=True)
class _NewRule(Object):
    """The object of JSON, read as a ``Given``."""

    def read(self, value: Json, where: str) -> Any:
        given = super().read(value, where)
        when = given.get("when", When())
        then = tuple(_with_rows(each, when) for each in given["then"])
        if when.operations and not set(when.operations) & set(SENDING) and any(_is_of_messages(each) for each in then):
            raise Unfit(
                f"{where} gives messages a status or a profile when {' or '.join(when.operations)} is called",
                f'expected an operation that sends messages: {{"operation": "{SENDING[0]}"}}',
            )
        rule = Rule(
            when=when,
            then=then,
            limit=given.get("times") or (len(then) if len(then) > 1 else None),
            skip=given.get("skip", 0),
            ttl=given.get("ttl"),
            probability=given.get("probability"),
        )
        text = json.dumps({name: each for name, each in value.items() if name not in _NOT_OF_THE_RULE})
        return Given(rule, text, given.get("name"), given.get("position"))


def _is_of_messages(answer: Reaction) -> bool:
    return answer.status is not None or answer.profile is not None


def _with_rows(answer: Reaction, when: When) -> Reaction:
    """Let an answer that is about messages be about those that the rule is about."""
    return replace(answer, rows=when.messages) if _is_of_messages(answer) else answer


class RuleShapes:
    """What rules look like where these statuses and profiles are known."""

    def __init__(self, statuses: Mapping[str, int], profiles: Sequence[str] | None = None) -> None:
        """Let rules name these; ``None``: profiles of any name."""
        then = OneOrMore(answer_shape(statuses, profiles), most=_MOST_ANSWERS)
        self.members = (
            Member("when", WHEN, "Which calls it is about; all, if it is not said."),
            Member("then", then, "The answer, or several, one after the other.", required=True),
            Member(
                "times", Nullable(Number(1)), "How often it answers; null: each of several once, a single one ever."
            ),
            Member("skip", Number(0, sample=1), "How many calls that meet it pass first."),
            Member("ttl", Nullable(_AsGiven(_CENTURY)), "How long it lives, by the tenant's clock."),
            Member("probability", Nullable(Real(1)), "How likely it answers; decided by the seed."),
        )
        """Those of a rule that its text has."""
        name = Member("name", NAME, "Each its own; made up, if it is not said.")
        position = Member("position", Number(1), "From 1: the order in which they are asked; the last, if not said.")
        self.new = _NewRule("NewRule", (name, position, *self.members), _SAMPLE)
        self.of_file = _NewRule("FileRule", (name, *self.members), _SAMPLE)

    def read(self, text: str) -> Rule:
        """Read the text that is kept of a rule."""
        given: Given = self.new.read(json.loads(text), BODY)
        return given.rule
