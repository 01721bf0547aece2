"""Rules: which calls they match, and how they answer them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar

from msgspec import UNSET, Meta

from .matching import MOST_KEYS, PairsCriterion, TextCriterion, TextMatch
from .values import (
    Address,
    Duration,
    Json,
    Operation,
    OrUnset,
    Parsed,
    Pause,
    Positive,
    RequestBody,
    ResponseBody,
    Services,
    Status,
    Time,
    Transport,
    WireFault,
    about,
)

if TYPE_CHECKING:
    from typing import TypeAlias

    Lifetime: TypeAlias = timedelta
    Yes: TypeAlias = bool
else:

    class Yes(metaclass=Parsed):
        """The value ``true``."""

        target = bool
        expected = "true"
        example = True
        schema: ClassVar = {"type": "boolean", "not": {"const": False}}  # of {"const": true} generators make no code

        @staticmethod
        def parse(value: Json) -> bool:
            """Read it. Raise ValueError."""
            if value is not True:
                raise ValueError
            return True

    class Lifetime(Duration, longest=timedelta(days=36525)):
        """How long a rule may last."""


MOST_ANSWERS = 1_000
_T = TypeVar("_T")
OneOrMore: TypeAlias = _T | Annotated[list[_T], Meta(min_length=1, max_length=MOST_KEYS)]
_SOME = "Some message of the call meets this and the criteria of to, from, content and format."

RuleName = Annotated[
    str,
    Meta(
        pattern=r"^(?!\.{1,2}$)[^/\u0000-\u001f\u007f]{1,100}$",
        examples=["gateway down"],
        extra={"expected": "a name of 1 to 100 characters without a slash"},
    ),
]
HeaderName = Annotated[
    str,
    Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", examples=["X-Reason"], extra={"expected": "the name of a header"}),
]
HeaderValue = Annotated[
    str,
    Meta(
        pattern="^(?:|[!-~\u00a1-\u00ff](?:[ -~\u00a1-\u00ff]*[!-~\u00a1-\u00ff])?)$",
        examples=["text/html"],
        extra={"expected": "the value of a header, in Latin-1"},
    ),
]
XPath = Annotated[str, Meta(examples=["//m:To[starts-with(., '+47')]"])]
Name = Annotated[str, Meta(min_length=1)]


class RuleWhen(RequestBody):
    """The calls that a rule matches; every call if it is empty."""

    example: ClassVar[Json] = {"operation": "SendMessages", "to": {"pattern": "+47*"}}

    operation: OrUnset[Annotated[OneOrMore[Operation], about("The operation, or one of several.")]] = UNSET
    services: OrUnset[Annotated[OneOrMore[Services], about("The Services version, or one of several.")]] = UNSET
    transport: OrUnset[
        Annotated[
            OneOrMore[Transport],
            about("The API that was called, or one of several; services and xpath are met by SOAP alone."),
        ]
    ] = UNSET
    plugin: OrUnset[
        Annotated[TextCriterion, about("The parameter Plugin; with CreateMessage that of its message.")]
    ] = UNSET
    to: OrUnset[Annotated[Address | TextMatch | None, about(_SOME)]] = UNSET
    from_: OrUnset[Annotated[Address | TextMatch | None, about(_SOME)]] = UNSET
    content: OrUnset[Annotated[TextCriterion, about(_SOME)]] = UNSET
    format: OrUnset[Annotated[TextCriterion, about(_SOME)]] = UNSET
    config: OrUnset[
        Annotated[PairsCriterion, about("The parameter Config: all its pairs, or the values of some keys.")]
    ] = UNSET
    header: OrUnset[
        Annotated[
            dict[HeaderName, TextCriterion],
            about("HTTP headers, in any letter case; null is one that is missing.", max_length=MOST_KEYS),
        ]
    ] = UNSET
    xpath: OrUnset[Annotated[OneOrMore[XPath], about("What the envelope meets; all of it if there are several.")]] = (
        UNSET
    )


class RuleError(RequestBody):
    """An error in-band: Succeeded=false and an ExceptionInfo."""

    example: ClassVar[Json] = {"message": "The gateway refused the call."}

    message: OrUnset[Annotated[Name, Meta(examples=["The gateway refused the call."])]] = UNSET
    type: OrUnset[Annotated[Name, about("ExceptionType.", examples=["SuperOffice.Exceptions.SoException"])]] = UNSET
    friendly_text: OrUnset[Annotated[str | None, about("By default the message.")]] = UNSET


class RuleFault(RequestBody):
    """A SOAP fault."""

    example: ClassVar[Json] = {"text": "The server is too busy."}

    text: OrUnset[
        Annotated[Name, Meta(examples=["The server was unable to process the request due to an internal error."])]
    ] = UNSET
    subcode: OrUnset[
        Annotated[
            str,
            Meta(
                pattern="^[A-Za-z_][0-9A-Za-z_.-]*$",
                description="In SOAP 1.1 the only code.",
                examples=["InternalServiceFault"],
                extra={"expected": "a name without a prefix"},
            ),
        ]
    ] = UNSET
    side: OrUnset[Annotated[Literal["Receiver", "Sender"], about("Whose fault it is, in the words of SOAP 1.2.")]] = (
        UNSET
    )


class RuleStatus(RequestBody):
    """The last status of messages."""

    example: ClassVar[Json] = {"status": "failed", "description": "Number not in use"}
    can_be_empty: ClassVar[bool] = False

    status: OrUnset[Annotated[Status, about("A number or a name; by default sent.", examples=["failed"])]] = UNSET
    description: OrUnset[str | None] = UNSET


class RuleDrip(RequestBody):
    """How a body is sent in pieces."""

    example: ClassVar[Json] = {"bytes": 10, "every": "100ms"}

    bytes: Annotated[Positive, about("The size of each piece.", examples=[10])]
    every: Annotated[Pause, about("The pause between two pieces.")]


class RuleAnswer(RequestBody):
    """How a rule answers a call."""

    example: ClassVar[Json] = {"http": 503, "retryAfter": 2}
    can_be_empty: ClassVar[bool] = False

    error: OrUnset[Annotated[RuleError, about("An error in-band: Succeeded=false and an ExceptionInfo.")]] = UNSET
    fault: OrUnset[Annotated[RuleFault, about("A SOAP fault.")]] = UNSET
    http: OrUnset[
        Annotated[int, Meta(ge=200, le=599, description="An HTTP response of this status.", examples=[503])]
    ] = UNSET
    retry_after: OrUnset[
        Annotated[int, Meta(ge=0, le=2**31 - 1, description="Its Retry-After, in seconds.", examples=[2])]
    ] = UNSET
    headers: OrUnset[Annotated[dict[HeaderName, HeaderValue], about("Its other headers.", max_length=MOST_KEYS)]] = (
        UNSET
    )
    body: OrUnset[Annotated[str, about("Its body.", examples=["<html/>"])]] = UNSET
    content_type: OrUnset[Annotated[HeaderValue, about("The Content-Type of its body.")]] = UNSET
    wire: OrUnset[Annotated[WireFault, about("How the response is broken on the wire.")]] = UNSET
    status: OrUnset[Annotated[RuleStatus, about("The last status of the messages that match.")]] = UNSET
    profile: OrUnset[Annotated[Name, about("The delivery profile of the messages that match.", examples=["fails"])]] = (
        UNSET
    )
    delay: OrUnset[Annotated[Pause, about("How much later the response is sent.")]] = UNSET
    drip: OrUnset[Annotated[RuleDrip, about("The response in pieces.")]] = UNSET
    processed: OrUnset[Annotated[bool, about("Whether the operation is carried out nevertheless.")]] = UNSET
    pass_: OrUnset[Annotated[Yes, about("The usual response, for a place in a sequence.")]] = UNSET


class _RuleMembers(RequestBody, kw_only=True):
    when: OrUnset[Annotated[RuleWhen, about("Which calls it matches; by default all.")]] = UNSET
    then: Annotated[
        RuleAnswer | Annotated[list[RuleAnswer], Meta(min_length=1, max_length=MOST_ANSWERS)],
        about("The answer, or several, one after the other."),
    ]
    times: OrUnset[
        Annotated[
            Positive | None,
            about("How often it answers; null: each of several answers once, a single one without end."),
        ]
    ] = UNSET
    skip: OrUnset[Annotated[int, Meta(ge=0, le=2**31 - 1, description="How many matching calls pass first.")]] = UNSET
    ttl: OrUnset[Annotated[Lifetime | None, about("How long it lasts, by the tenant's clock.")]] = UNSET
    probability: OrUnset[
        Annotated[
            Annotated[float, Meta(ge=0, le=1, examples=[0.5])] | None,
            about("How likely it answers a matching call; the seed decides."),
        ]
    ] = UNSET


class NewRule(_RuleMembers, kw_only=True):
    """A rule to create."""

    example: ClassVar[Json] = {
        "name": "gateway down",
        "when": {"operation": "SendMessages"},
        "then": {"http": 503},
        "times": 2,
    }

    name: OrUnset[Annotated[RuleName, about("Unique among the tenant's rules; by default made up.")]] = UNSET
    position: OrUnset[
        Annotated[Positive, about("From 1: the order in which rules are tried; by default the last.")]
    ] = UNSET


class NamedRule(NewRule, kw_only=True):
    """A rule whose name is in the URL."""

    example: ClassVar[Json] = {"when": {"operation": "SendMessages"}, "then": {"http": 503}, "times": 2}


class FileRule(_RuleMembers, kw_only=True):
    """A rule of the configuration file."""

    example: ClassVar[Json] = NewRule.example

    name: OrUnset[Annotated[RuleName, about("Unique among the rules; by default made up.")]] = UNSET


class Rule(ResponseBody):
    """A rule, and how often it matched a call."""

    name: str
    position: Annotated[int, about("From 1: the order in which rules are tried.")]
    when: Annotated[dict[str, Any], Meta(extra_json_schema={"anyOf": [{"$ref": "#/components/schemas/RuleWhen"}]})]
    then: Annotated[dict[str, Any] | list[dict[str, Any]], about("The answer, or several, one after the other.")]
    times: Annotated[
        int | None, about("How often it answers; null: each of several answers once, a single one without end.")
    ]
    skip: Annotated[int, about("How many matching calls pass first.")]
    ttl: Annotated[str | float | None, about("How long it lasts, by the tenant's clock.")]
    probability: Annotated[float | None, about("How likely it answers a matching call; the seed decides.")]
    matched: Annotated[int, about("How many calls it matched while it was active.")]
    used: Annotated[int, about("How many of them it answered.")]
    made: Annotated[Time, about("When it was created, by the tenant's clock.")]
    expires: Annotated[Time | None, about("null: never.")]
    state: Literal["active", "exhausted", "expired"]
    origin: Annotated[Literal["file", "API"], about("Where it was created.")]


class Rules(ResponseBody):
    """All rules of a tenant."""

    rules: Annotated[list[Rule], about("In the order in which they are tried.")]


class DeletedRules(ResponseBody):
    """The result of deleting all rules."""

    deleted: Annotated[int, about("How many rules there were.")]
