"""An answer of a rule's ``then``: how a call is answered otherwise than usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from messaging_double.models.faults import WIRE
from messaging_double.models.reactions import Drip, HttpAnswer, InBandError, Reaction, RowStatus, SoapFault
from messaging_double.server.shapes.headers import HEADER_VALUE, Headers, Matching
from messaging_double.server.shapes.matches import MOST_KEYS
from messaging_double.server.shapes.objects import Member, Nullable, Object
from messaging_double.server.shapes.statuses import status_of
from messaging_double.server.shapes.unfit import Unfit
from messaging_double.server.shapes.values import Duration, Json, Number, Switch, Text, Word, as_json
from messaging_double.server.simulation.faults import is_carried_out, lacking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LONGEST_PAUSE = timedelta(days=1)
_BODILESS = frozenset((204, 304))
_FRAMING = frozenset(
    "connection content-length content-type keep-alive proxy-connection te trailer transfer-encoding upgrade".split()
)
"""Headers that are about the connection (RFC 9110, 7.6.1) and the length, or that another member has."""
_LEAVES_NOTHING = frozenset(("reply-lost", *(name for name, fault in WIRE.items() if not fault.processed)))
"""Faults on the wire after which nothing is left of another answer."""
_WITHOUT_BODY = frozenset(("empty-reply", "reset-before", "reply-lost", "never-answered", "garbage"))
"""Faults on the wire that send no body."""
_INSTEAD = ("error", "fault", "http")
_OF_HTTP = ("retryAfter", "headers", "body", "contentType")
_OF_ROWS = ("status", "profile")


_SUBCODE = Matching("InternalServiceFault", pattern="[A-Za-z_][0-9A-Za-z_.-]*", words="a name without a prefix")


@dataclass(frozen=True)
class _Headers(Headers):
    """Headers of an answer."""

    def read(self, value: Json, where: str) -> Any:
        given = super().read(value, where)
        for name in given:
            if name.lower() in _FRAMING:
                hint = f"its body's type is said by contentType, its length by none; expected {as_json(self.example)}"
                raise Unfit(f"{where} has {name}", hint)
        return tuple(given.items())


_ERROR = Object(
    "RuleError",
    (
        Member("message", Text(InBandError.message, empty=False)),
        Member("type", Text(InBandError.exception_type, empty=False), "ExceptionType."),
        Member("friendlyText", Nullable(Text()), "The message, if it is not said."),
    ),
    {"message": InBandError.message},
)
_FAULT = Object(
    "RuleFault",
    (
        Member("text", Text(SoapFault.text, empty=False)),
        Member("subcode", _SUBCODE, "In SOAP 1.1 its only code."),
        Member("side", Word(("Receiver", "Sender")), "Whose fault it is, in the words of SOAP 1.2."),
    ),
    {"text": "The server is too busy."},
)
_DRIP = Object(
    "RuleDrip",
    (
        Member("bytes", Number(1, sample=10), "Of each piece.", required=True),
        Member("every", Duration(_LONGEST_PAUSE), "The pause between them.", required=True),
    ),
    {"bytes": 10, "every": "100ms"},
)


@dataclass(frozen=True)
class _Yes(Switch):
    """Said or not."""

    @property
    def expected(self) -> str:
        return "true"

    def schema(self) -> Json:
        return {"const": True}

    def read(self, value: Json, where: str) -> bool:
        if value is not True:
            raise self.refusal(value, where)
        return True


@dataclass(frozen=True)
class _Answer(Object):
    """The object of JSON, read as a ``Reaction`` by nobody yet."""

    def read(self, value: Json, where: str) -> Any:
        given = super().read(value, where)
        _refuse_strangers(given, where)
        reaction = _reaction(given)
        _refuse_contradictions(given, reaction, where)
        return reaction

    def show(self, value: Any) -> Json:
        return value


@dataclass(frozen=True)
class _RowStatus(Object):
    """The object of JSON, read as a ``RowStatus``."""

    def read(self, value: Json, where: str) -> Any:
        return RowStatus(**super().read(value, where))


def answer_shape(statuses: Mapping[str, int], profiles: Sequence[str] | None) -> Object:
    """Return the shape of an answer, where these statuses and profiles are known; ``None``: profiles of any name."""
    row = _RowStatus(
        "RuleStatus",
        (
            Member("status", status_of(statuses), "A number, or a name; sent, if it is not said."),
            Member("description", Nullable(Text())),
        ),
        {"status": "failed", "description": "Number not in use"},
        empty=False,
    )
    profile = Text("fails", empty=False) if profiles is None else Word(tuple(profiles))
    members = (
        Member("error", _ERROR, "An error in-band: Succeeded=false and an ExceptionInfo."),
        Member("fault", _FAULT, "A SOAP fault."),
        Member("http", Number(200, 599, 503), "A bare HTTP answer of this status."),
        Member("retryAfter", Number(0, sample=2), "Its Retry-After, in seconds."),
        Member("headers", _Headers(HEADER_VALUE, "X-Reason", MOST_KEYS), "Its other headers."),
        Member("body", Text("<html/>"), "Its body."),
        Member("contentType", HEADER_VALUE, "Of its body."),
        Member("wire", Word(tuple(WIRE)), "How the answer is broken on the wire."),
        Member("status", row, "The last status of the messages that the rule is about."),
        Member("profile", profile, "How the delivery of the messages goes that the rule is about."),
        Member("delay", Duration(_LONGEST_PAUSE), "How much later it is answered."),
        Member("drip", _DRIP, "An answer in pieces."),
        Member("processed", Switch(), "Whether the call is carried out though it is answered otherwise."),
        Member("pass", _Yes(), "As usual: for a place in a sequence."),
    )
    return _Answer("RuleAnswer", members, {"http": 503, "retryAfter": 2}, empty=False)


def _reaction(given: Mapping[str, Any]) -> Reaction:
    drip = given.get("drip")
    return Reaction(
        by="",
        processed=given.get("processed"),
        error=_error(given["error"]) if "error" in given else None,
        fault=SoapFault(**given["fault"]) if "fault" in given else None,
        http=_http(given) if "http" in given else None,
        wire=given.get("wire"),
        delay=given.get("delay", timedelta(0)),
        drip=drip and Drip(drip["bytes"], drip["every"]),
        status=given.get("status"),
        profile=given.get("profile"),
    )


def _error(given: Mapping[str, Any]) -> InBandError:
    names = {"message": "message", "type": "exception_type", "friendlyText": "friendly_text"}
    return InBandError(**{names[name]: value for name, value in given.items()})


def _http(given: Mapping[str, Any]) -> HttpAnswer:
    retry = (("Retry-After", str(given["retryAfter"])),) if "retryAfter" in given else ()
    headers = (*retry, *given.get("headers", ()))
    return HttpAnswer(given["http"], None, headers, given.get("body", ""), given.get("contentType"))


def _refuse_strangers(given: Mapping[str, Any], where: str) -> None:
    """Refuse members that mean nothing without another one."""
    for name in _OF_HTTP:
        if name in given and "http" not in given:
            raise Unfit(
                f"{where} has {name} and no http", f'say the status that it is of: {{"http": 503, "{name}": …}}'
            )
    if "processed" in given and not any(name in given for name in (*_INSTEAD, "wire")):
        raise Unfit(
            f"{where} has processed alone", 'beside it one of error, fault, http and wire: {"wire": "reply-lost"}'
        )


def _refuse_contradictions(given: Mapping[str, Any], reaction: Reaction, where: str) -> None:
    """Refuse members that cannot be had together."""
    for one, other, hint in _contradictions(given, reaction):
        raise Unfit(f"{where} has {one} and {other}", hint)


def _contradictions(given: Mapping[str, Any], reaction: Reaction) -> Iterator[tuple[str, str, str]]:
    """Give two members each that contradict one another, and what to do."""
    instead = [name for name in _INSTEAD if name in given]
    rows = [name for name in _OF_ROWS if name in given]
    one_of = "say one of them"
    if "pass" in given and len(given) > 1:
        yield "pass", next(name for name in given if name != "pass"), "pass is the usual answer, with nothing beside it"
    for names in (instead, rows):
        if len(names) > 1:
            yield names[0], names[1], one_of
    if instead and reaction.wire in _LEAVES_NOTHING:
        yield instead[0], f"wire {reaction.wire}", f"nothing of the one is left by the other; {one_of}"
    if rows and not is_carried_out(reaction):
        without = next(name for name in (*instead, "wire", "processed") if name in given)
        yield rows[0], without, 'no message is sent so; say that it is, by "processed": true, or one of them'
    if given.get("http") in _BODILESS and given.get("body"):
        yield f"http {given['http']}", "body", "an answer of that status has none"
    if "retryAfter" in given and any(name.lower() == "retry-after" for name, _ in given.get("headers", ())):
        yield "retryAfter", "a header Retry-After", one_of
    yield from _idle(reaction)


def _idle(reaction: Reaction) -> Iterator[tuple[str, str, str]]:
    """Give two members each, of which the second would do nothing, and why."""
    http, wire, drip = reaction.http, f"wire {reaction.wire}", reaction.drip
    body = b"" if http is None else http.body.encode("utf-8", "replace")
    if http is not None and (needed := lacking(reaction.wire or "", body)):
        yield "http", wire, f"there is nothing to break: it takes {needed}"
    if http is not None and http.content_type and reaction.wire == "wrong-media-type":
        yield "contentType", wire, "say one of them"
    if reaction.fault is not None and reaction.wire == "wrong-namespace":
        yield "fault", wire, "a SOAP fault has nothing of the contract's namespace"
    if drip is not None and reaction.wire in _WITHOUT_BODY:
        yield wire, "drip", "no body is sent that could come in pieces"
    if drip is not None and http is not None and len(body) <= drip.size:
        yield "http", "drip", f"it takes a body of more than {drip.size} bytes to come in pieces"
    if reaction.delay and reaction.wire == "never-answered":
        yield wire, "delay", "it is not answered later either"
