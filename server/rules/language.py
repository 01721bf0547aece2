"""Parse rules: which calls they match, how they answer, how often."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal

from msgspec import UNSET

from messaging_double.models.control.rules import FileRule, NewRule, RuleAnswer, RuleWhen
from messaging_double.models.control.values import SENDING
from messaging_double.server.did_you_mean import did_you_mean
from messaging_double.server.validation import BODY, ValidationError, as_json, decode

from .answers import is_about_messages, reaction_of
from .matching import Condition, condition_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from messaging_double.models.rules import Reaction, StoredRule

Json = Any
RuleState = Literal["active", "exhausted", "expired"]
_NOT_STORED = ("name", "position")


@dataclass(frozen=True)
class ParsedRule:
    """A rule as it was given, compiled."""

    name: str | None
    """``None``: it is to be made up."""
    position: int | None
    """``None``: the last, or that of the rule that it replaces."""
    source: str
    """The JSON of its other members."""
    condition: Condition
    answers: tuple[Reaction, ...]
    """Without ``by``; the uses go through them again and again."""
    limit: int | None
    """How often it is used; ``None``: without end."""
    skip: int
    """How many matches are left unanswered first."""
    ttl: timedelta | None
    probability: float | None

    def expires(self, made: datetime) -> datetime | None:
        """Return when a rule made at that time ends; ``None``: never."""
        if self.ttl is None:
            return None
        last = datetime.max.replace(tzinfo=timezone.utc)
        return made + self.ttl if self.ttl < last - made else last

    def state(self, stored: StoredRule, now: datetime) -> RuleState:
        """Return whether the rule, as it is stored, can still answer."""
        if stored.expired or (stored.expires is not None and now >= stored.expires):
            return "expired"
        return "exhausted" if self.limit is not None and stored.used >= self.limit else "active"


def parse_source(source: str) -> ParsedRule:
    """Parse the stored source of a rule; its profiles may be gone from the settings."""
    value = json.loads(source)
    return parse(decode(value, NewRule), value)


def parse_table(value: Json, where: str, profiles: Collection[str] | None = None) -> ParsedRule:
    """Parse a rule of the configuration file. Raise ``ValidationError``."""
    return parse(decode(value, FileRule, where), value, profiles, where)


def parse(
    given: NewRule | FileRule, value: Json, profiles: Collection[str] | None = None, where: str = BODY
) -> ParsedRule:
    """Parse a rule that was decoded from ``value``; ``None``: it may name any profile. Raise ``ValidationError``."""
    when = RuleWhen() if given.when is UNSET else given.when
    condition = condition_of(when, _below(where, "when"))
    answers = given.then if isinstance(given.then, list) else [given.then]
    reactions = []
    for index, answer in enumerate(answers):
        place = _below(where, f"then[{index}]" if isinstance(given.then, list) else "then")
        _check_profile(answer, place, profiles)
        reactions.append(reaction_of(answer, place, condition.messages))
    if condition.operations and not set(condition.operations) & set(SENDING) and any(map(is_about_messages, answers)):
        raise ValidationError(
            f"{where} gives messages a status or a profile when {' or '.join(condition.operations)} is called",
            f'expected an operation that sends messages: {{"operation": "{SENDING[0]}"}}',
        )
    return ParsedRule(
        name=given.name or None,
        position=getattr(given, "position", None) or None,
        source=json.dumps({name: each for name, each in value.items() if name not in _NOT_STORED}),
        condition=condition,
        answers=tuple(reactions),
        limit=given.times or (len(answers) if len(answers) > 1 else None),
        skip=given.skip or 0,
        ttl=None if given.ttl is UNSET else given.ttl,
        probability=None if given.probability is UNSET else given.probability,
    )


def _check_profile(answer: RuleAnswer, where: str, profiles: Collection[str] | None) -> None:
    name = answer.profile
    if name is not UNSET and profiles is not None and name not in profiles:
        raise ValidationError(
            f"{where}.profile is {as_json(name)}",
            f'{did_you_mean(name, profiles)}expected one of {", ".join(profiles)}: "fails"',
        )


def _below(where: str, name: str) -> str:
    return name if where == BODY else f"{where}.{name}"
