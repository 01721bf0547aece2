"""Parse rules: which calls they match, how they answer, how often. Refuse what contradicts itself or does nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal

from msgspec import UNSET

from messaging_double.models.control.rules import FileRule, NewRule, RuleAnswer, RuleWhen
from messaging_double.models.control.values import SENDING
from messaging_double.models.criteria import members
from messaging_double.models.faults import WIRE
from messaging_double.models.rules import Drip, FixedStatus, HttpAnswer, InBandError, Reaction, SoapFault
from messaging_double.server.did_you_mean import did_you_mean
from messaging_double.server.validation import BODY, ValidationError, as_json, decode

from .faults import is_carried_out, lacking
from .matching import Condition, condition_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from messaging_double.models.criteria import Criterion
    from messaging_double.models.rules import StoredRule

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
    operations = condition.one_of.get("operation", ())
    if operations and not set(operations) & set(SENDING) and any(map(is_about_messages, answers)):
        raise ValidationError(
            f"{where} gives messages a status or a profile when {' or '.join(operations)} is called",
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


_BODILESS = frozenset((204, 304))
_FRAMING = frozenset(
    "connection content-length content-type keep-alive proxy-connection te trailer transfer-encoding upgrade".split()
)
"""Headers of the connection (RFC 9110, 7.6.1) and of the length, or with a member of their own."""
_LEAVES_NOTHING = frozenset(("reply-lost", *(name for name, fault in WIRE.items() if not fault.processed)))
"""Wire faults that leave nothing of another answer."""
_WITHOUT_BODY = frozenset(("empty-reply", "reset-before", "reply-lost", "never-answered", "garbage"))
"""Wire faults that send no body."""
_INSTEAD = ("error", "fault", "http")
_OF_HTTP = ("retryAfter", "headers", "body", "contentType")
_OF_MESSAGES = ("status", "profile")
_ONE_OF = "keep one of them"


def reaction_of(answer: RuleAnswer, where: str, criteria: tuple[Criterion, ...]) -> Reaction:
    """Compile an answer; ``criteria`` select the messages that get its ``status`` or ``profile``.

    Raise ``ValidationError``.
    """
    given = members(answer)
    _check_members(given, where)
    reaction = Reaction(
        by="",
        processed=given.get("processed"),
        error=_error(given["error"]) if "error" in given else None,
        fault=SoapFault(**members(given["fault"])) if "fault" in given else None,
        http=_http(given) if "http" in given else None,
        wire=given.get("wire"),
        delay=given.get("delay", timedelta(0)),
        drip=Drip(given["drip"].bytes, given["drip"].every) if "drip" in given else None,
        criteria=criteria if is_about_messages(answer) else (),
        status=FixedStatus(**members(given["status"])) if "status" in given else None,
        profile=given.get("profile"),
    )
    for one, other, hint in _contradictions(given, reaction):
        raise ValidationError(f"{where} has {one} and {other}", hint)
    return reaction


def is_about_messages(answer: RuleAnswer) -> bool:
    """Return whether an answer changes the delivery of messages."""
    return answer.status is not UNSET or answer.profile is not UNSET


def _error(given: Any) -> InBandError:  # noqa: ANN401 (a RuleError)
    names = {"message": "message", "type": "exception_type", "friendlyText": "friendly_text"}
    return InBandError(**{names[name]: value for name, value in members(given).items()})


def _http(given: dict[str, Any]) -> HttpAnswer:
    retry = (("Retry-After", str(given["retryAfter"])),) if "retryAfter" in given else ()
    headers = (*retry, *given.get("headers", {}).items())
    return HttpAnswer(given["http"], None, headers, given.get("body", ""), given.get("contentType"))


def _check_members(given: dict[str, Any], where: str) -> None:
    """Refuse members that mean nothing without another one, and headers that are not a rule's to set."""
    for name in _OF_HTTP:
        if name in given and "http" not in given:
            raise ValidationError(
                f"{where} has {name} and no http", f'add the status of the response: {{"http": 503, "{name}": …}}'
            )
    if "processed" in given and not any(name in given for name in (*_INSTEAD, "wire")):
        raise ValidationError(
            f"{where} has processed alone", 'it belongs to error, fault, http or wire: {"wire": "reply-lost"}'
        )
    for name in given.get("headers", ()):
        if name.lower() in _FRAMING:
            raise ValidationError(
                f"{where}.headers has {name}",
                f"the double sets it; contentType is the type of the body; expected {as_json({'X-Reason': 'a'})}",
            )


def _contradictions(given: dict[str, Any], reaction: Reaction) -> Iterator[tuple[str, str, str]]:
    """Yield pairs of members that contradict one another, and what to do."""
    instead = [name for name in _INSTEAD if name in given]
    of_messages = [name for name in _OF_MESSAGES if name in given]
    if "pass" in given and len(given) > 1:
        yield "pass", next(name for name in given if name != "pass"), "pass is the usual response, with nothing beside"
    for names in (instead, of_messages):
        if len(names) > 1:
            yield names[0], names[1], _ONE_OF
    if instead and reaction.wire in _LEAVES_NOTHING:
        yield instead[0], f"wire {reaction.wire}", f"the second leaves nothing of the first; {_ONE_OF}"
    if of_messages and not is_carried_out(reaction):
        without = next(name for name in (*instead, "wire", "processed") if name in given)
        yield of_messages[0], without, f'no message is sent then; add "processed": true, or {_ONE_OF}'
    if given.get("http") in _BODILESS and given.get("body"):
        yield f"http {given['http']}", "body", "a response of that status has none"
    if "retryAfter" in given and any(name.lower() == "retry-after" for name in given.get("headers", ())):
        yield "retryAfter", "a header Retry-After", _ONE_OF
    yield from _without_effect(reaction)


def _without_effect(reaction: Reaction) -> Iterator[tuple[str, str, str]]:
    """Yield pairs of members of which the second would do nothing, and why."""
    http, wire, drip = reaction.http, f"wire {reaction.wire}", reaction.drip
    body = b"" if http is None else http.body.encode("utf-8", "replace")
    if http is not None and (needed := lacking(reaction.wire or "", body)):
        yield "http", wire, f"there is nothing to break: it takes {needed}"
    if http is not None and http.content_type and reaction.wire == "wrong-media-type":
        yield "contentType", wire, _ONE_OF
    if reaction.fault is not None and reaction.wire == "wrong-namespace":
        yield "fault", wire, "a SOAP fault has nothing of the contract's namespace"
    if drip is not None and reaction.wire in _WITHOUT_BODY:
        yield wire, "drip", "no body is sent that could come in pieces"
    if drip is not None and http is not None and len(body) <= drip.size:
        yield "http", "drip", f"it takes a body of more than {drip.size} bytes to come in pieces"
    if reaction.delay and reaction.wire == "never-answered":
        yield wire, "delay", "it is not answered later either"
