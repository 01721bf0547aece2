"""Rules: which calls they match, and how they answer them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from .matching import MOST_KEYS, PairsCriterion, TextCriterion, TextMatch
from .values import (
    Address,
    Duration,
    Json,
    Operation,
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
        schema: ClassVar = {"const": True}

        @staticmethod
        def parse(value: Json) -> bool:
            """Read it. Raise ValueError."""
            if value is not True:
                raise ValueError
            return True

    class Lifetime(Duration, longest=timedelta(days=36525)):
        """How long a rule may last."""


MOST_ANSWERS = 1_000
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
    Meta(
        pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
        examples=["X-Reason"],
        extra={"expected": "the name of a header"},
    ),
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

    operation: (
        Annotated[
            Operation | Annotated[list[Operation], Meta(min_length=1, max_length=MOST_KEYS)],
            about("The operation, or one of several."),
        ]
        | UnsetType
    ) = UNSET
    services: (
        Annotated[
            Services | Annotated[list[Services], Meta(min_length=1, max_length=MOST_KEYS)],
            about("The Services version, or one of several."),
        ]
        | UnsetType
    ) = UNSET
    transport: (
        Annotated[
            Transport | Annotated[list[Transport], Meta(min_length=1, max_length=MOST_KEYS)],
            about("The API that was called, or one of several; services and xpath are met by SOAP alone."),
        ]
        | UnsetType
    ) = UNSET
    plugin: (
        Annotated[TextCriterion, about("The parameter Plugin; with CreateMessage that of its message.")] | UnsetType
    ) = UNSET
    to: Annotated[Address | TextMatch | None, about(_SOME)] | UnsetType = UNSET
    from_: Annotated[Address | TextMatch | None, about(_SOME)] | UnsetType = UNSET
    content: Annotated[TextCriterion, about(_SOME)] | UnsetType = UNSET
    format: Annotated[TextCriterion, about(_SOME)] | UnsetType = UNSET
    config: (
        Annotated[PairsCriterion, about("The parameter Config: all its pairs, or the values of some keys.")] | UnsetType
    ) = UNSET
    header: (
        Annotated[
            dict[HeaderName, TextCriterion],
            about("HTTP headers, in any letter case; null is one that is missing.", max_length=MOST_KEYS),
        ]
        | UnsetType
    ) = UNSET
    xpath: (
        Annotated[
            XPath | Annotated[list[XPath], Meta(min_length=1, max_length=MOST_KEYS)],
            about("What the envelope meets; all of it if there are several."),
        ]
        | UnsetType
    ) = UNSET


class RuleError(RequestBody):
    """An error in-band: Succeeded=false and an ExceptionInfo."""

    example: ClassVar[Json] = {"message": "The gateway refused the call."}

    message: Annotated[Name, Meta(examples=["The gateway refused the call."])] | UnsetType = UNSET
    type: Annotated[Name, about("ExceptionType.", examples=["SuperOffice.Exceptions.SoException"])] | UnsetType = UNSET
    friendly_text: Annotated[str | None, about("By default the message.")] | UnsetType = UNSET


class RuleFault(RequestBody):
    """A SOAP fault."""

    example: ClassVar[Json] = {"text": "The server is too busy."}

    text: (
        Annotated[Name, Meta(examples=["The server was unable to process the request due to an internal error."])]
        | UnsetType
    ) = UNSET
    subcode: (
        Annotated[
            str,
            Meta(
                pattern="^[A-Za-z_][0-9A-Za-z_.-]*$",
                description="In SOAP 1.1 the only code.",
                examples=["InternalServiceFault"],
                extra={"expected": "a name without a prefix"},
            ),
        ]
        | UnsetType
    ) = UNSET
    side: (
        Annotated[Literal["Receiver", "Sender"], about("Whose fault it is, in the words of SOAP 1.2.")] | UnsetType
    ) = UNSET


class RuleStatus(RequestBody):
    """The last status of messages."""

    example: ClassVar[Json] = {"status": "failed", "description": "Number not in use"}
    can_be_empty: ClassVar[bool] = False

    status: Annotated[Status, about("A number or a name; by default sent.", examples=["failed"])] | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


class RuleDrip(RequestBody):
    """How a body is sent in pieces."""

    example: ClassVar[Json] = {"bytes": 10, "every": "100ms"}

    bytes: Annotated[Positive, about("The size of each piece.", examples=[10])]
    every: Annotated[Pause, about("The pause between two pieces.")]


class RuleAnswer(RequestBody):
    """How a rule answers a call."""

    example: ClassVar[Json] = {"http": 503, "retryAfter": 2}
    can_be_empty: ClassVar[bool] = False

    error: Annotated[RuleError, about("An error in-band: Succeeded=false and an ExceptionInfo.")] | UnsetType = UNSET
    fault: Annotated[RuleFault, about("A SOAP fault.")] | UnsetType = UNSET
    http: (
        Annotated[int, Meta(ge=200, le=599, description="An HTTP response of this status.", examples=[503])] | UnsetType
    ) = UNSET
    retry_after: (
        Annotated[int, Meta(ge=0, le=2**31 - 1, description="Its Retry-After, in seconds.", examples=[2])] | UnsetType
    ) = UNSET
    headers: Annotated[dict[HeaderName, HeaderValue], about("Its other headers.", max_length=MOST_KEYS)] | UnsetType = (
        UNSET
    )
    body: Annotated[str, about("Its body.", examples=["<html/>"])] | UnsetType = UNSET
    content_type: Annotated[HeaderValue, about("The Content-Type of its body.")] | UnsetType = UNSET
    wire: (
        Annotated[
            WireFault,
            about("How the response is broken on the wire."),
        ]
        | UnsetType
    ) = UNSET
    status: Annotated[RuleStatus, about("The last status of the messages that match.")] | UnsetType = UNSET
    profile: (
        Annotated[Name, about("The delivery profile of the messages that match.", examples=["fails"])] | UnsetType
    ) = UNSET
    delay: Annotated[Pause, about("How much later the response is sent.")] | UnsetType = UNSET
    drip: Annotated[RuleDrip, about("The response in pieces.")] | UnsetType = UNSET
    processed: Annotated[bool, about("Whether the operation is carried out nevertheless.")] | UnsetType = UNSET
    pass_: Annotated[Yes, about("The usual response, for a place in a sequence.")] | UnsetType = UNSET


class _RuleMembers(RequestBody, kw_only=True):
    when: Annotated[RuleWhen, about("Which calls it matches; by default all.")] | UnsetType = UNSET
    then: Annotated[
        RuleAnswer | Annotated[list[RuleAnswer], Meta(min_length=1, max_length=MOST_ANSWERS)],
        about("The answer, or several, one after the other."),
    ]
    times: (
        Annotated[
            Positive | None,
            about("How often it answers; null: each of several answers once, a single one without end."),
        ]
        | UnsetType
    ) = UNSET
    skip: Annotated[int, Meta(ge=0, le=2**31 - 1, description="How many matching calls pass first.")] | UnsetType = (
        UNSET
    )
    ttl: Annotated[Lifetime | None, about("How long it lasts, by the tenant's clock.")] | UnsetType = UNSET
    probability: (
        Annotated[
            Annotated[float, Meta(ge=0, le=1, examples=[0.5])] | None,
            about("How likely it answers a matching call; the seed decides."),
        ]
        | UnsetType
    ) = UNSET


class NewRule(_RuleMembers, kw_only=True):
    """A rule to create."""

    example: ClassVar[Json] = {
        "name": "gateway down",
        "when": {"operation": "SendMessages"},
        "then": {"http": 503},
        "times": 2,
    }

    name: Annotated[RuleName, about("Unique among the tenant's rules; by default made up.")] | UnsetType = UNSET
    position: (
        Annotated[Positive, about("From 1: the order in which rules are tried; by default the last.")] | UnsetType
    ) = UNSET


class NamedRule(NewRule, kw_only=True):
    """A rule whose name is in the URL."""

    example: ClassVar[Json] = {"when": {"operation": "SendMessages"}, "then": {"http": 503}, "times": 2}


class FileRule(_RuleMembers, kw_only=True):
    """A rule of the configuration file."""

    example: ClassVar[Json] = NewRule.example

    name: Annotated[RuleName, about("Unique among the rules; by default made up.")] | UnsetType = UNSET


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
