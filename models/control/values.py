"""Types of the members of the control API, the two base classes of its bodies, and conversion to these."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from threading import RLock
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from messaging_double.models import durations
from messaging_double.models.system_clock import DATETIME
from messaging_double.models.texts import LONGEST_REGEX, NOT_XML, compiled_regex

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

_T = TypeVar("_T")
Json = Any
"""A value as JSON has it."""
OrUnset: TypeAlias = _T | UnsetType
"""A member that may be left out."""


class ResponseBody(Struct, rename="camel"):
    """A record that the control API shows; clients pass over members that they do not have."""


class RequestBody(Struct, rename="camel", forbid_unknown_fields=True):
    """A body that the control API takes, or a part of one; it refuses unknown members."""

    example: ClassVar[Json] = None
    """A valid value, for error texts and ``openapi.json``."""
    can_be_empty: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse an object without members where it would mean nothing. Raise ValueError."""
        if not (self.can_be_empty or any(getattr(self, name) is not UNSET for name in self.__struct_fields__)):
            raise ValueError("expected at least one member")


def about(description: str, **constraints: Any) -> Meta:  # noqa: ANN401 (as Meta has them)
    """Describe a member for ``openapi.json``, and limit its values."""
    return Meta(description=description, **constraints)


Time: TypeAlias = Annotated[datetime, Meta(tz=True)]
if not TYPE_CHECKING:
    Time = Annotated[DATETIME, Meta(tz=True)]
"""A moment in a response; ``Moment`` is one in a request."""
Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
"""The contract's ``xs:int``."""
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Positive = Annotated[int, Meta(ge=1, le=2**31 - 1)]
WireFault = Literal[
    "html-error-page",
    "wrong-media-type",
    "malformed",
    "wrong-namespace",
    "oversized",
    "truncated",
    "empty-reply",
    "reset-before",
    "reset-in-body",
    "reset-after",
    "reply-lost",
    "never-answered",
    "garbage",
]
StatusName = Literal["not-sent", "sent", "delivered", "failed", "expired", "unknown"]
"""The names in ``models/profiles``; which numbers they have is a setting."""
Status = Int32 | StatusName
AuthMode = Literal["none", "onsite", "online"]
Services = Literal["Services84", "Services85", "Services86", "Services87", "Services88"]
Transport = Literal["soap", "rest"]
Api = Literal[Services, "REST"]
"""By what a call came; ``models.versions.REST`` is the last one."""
SendingOperation = Literal["SendMessages", "SendMessagesWithConfig"]
SENDING: tuple[str, ...] = get_args(SendingOperation)
"""The operations that put messages into the outbox."""
_MessagingOperation = Literal[
    "CreateMessage", "GetDeliveryStatus", "SetDeliveryStatus", SendingOperation, "GetPlugins"
]  # fmt: skip
_PrincipalOperation = Literal[
    "GetSystemInfo",
    "AuthenticateImplicit",
    "AuthenticateUsernamePassword",
    "AuthenticateGeneric",
    "AuthenticateWithAccessToken",
]
MESSAGING: tuple[str, ...] = get_args(_MessagingOperation)
PRINCIPAL: tuple[str, ...] = get_args(_PrincipalOperation)
CUSTOMER_SERVICE = ("GetSmsConfig",)
SYSTEM_USER = ("Authenticate",)
"""The operations of each agent, in the contract's order; of CustomerService the one that concerns messages."""
Operation = Literal[_MessagingOperation, _PrincipalOperation, "GetSmsConfig", "Authenticate", "currentPrincipal"]
"""Those of all agents, and the one of the REST API alone."""
InboxOrigin = Literal["CreateMessage", "reply", "seed"]
Box = Literal["outbox", "inbox"]
PLUS = Meta(extra={"plus": True})
"""Marks texts that may begin with ``+``, which means a space in the query of a URL and is taken as it stands there."""
Address = Annotated[str, Meta(examples=["+447700900001"]), PLUS]
"""A telephone number, or the name of a sender."""

LONGEST_WAIT = timedelta(minutes=10)
_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<minute>\d\d:\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"(?:[Zz]|(?P<hours>[+-]\d\d):?(?P<minutes>\d\d))",
    re.ASCII,
)
"""RFC 3339's date-time; a client may omit the seconds or the zone's colon, as Java and `date` do."""


class Parsed(type):
    """The class of types that JSON does not have: every instance of ``target`` counts as theirs.

    msgspec checks that what its ``dec_hook`` returns is an instance of the declared type; this makes that true for what
    ``parse`` returns.
    """

    target: type

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.target)


if TYPE_CHECKING:
    Moment: TypeAlias = datetime
    Duration: TypeAlias = timedelta
    Offset: TypeAlias = timedelta
    WaitTime: TypeAlias = timedelta
    Pause: TypeAlias = timedelta
    Regex: TypeAlias = str
else:

    class Moment(metaclass=Parsed):
        """A moment in ISO 8601 with its zone, read into UTC and cut to microseconds."""

        target = datetime
        expected = "a moment in ISO 8601 with its zone"
        example = "2026-11-21T08:00:00Z"
        schema: ClassVar = {"type": "string", "format": "date-time"}

        @staticmethod
        def parse(value: Json) -> datetime:
            """Read a moment. Raise ValueError, TypeError or OverflowError."""
            found = _MOMENT.fullmatch(value)
            if found is None:
                raise ValueError
            # Pythons differ in what else fromisoformat takes; this form all of them do.
            microseconds = (found["fraction"] or "")[:6].ljust(6, "0")
            zone = f"{found['hours']}:{found['minutes']}" if found["hours"] else "+00:00"
            text = f"{found['date']}T{found['minute']}:{found['second'] or '00'}.{microseconds}{zone}"
            return datetime.fromisoformat(text).astimezone(timezone.utc)

    class Duration(metaclass=Parsed):
        """A length of time: ``10s``, ``PT6H``, or a number of seconds."""

        target = timedelta
        longest = timedelta.max
        form = f"{durations.EXPECTED}, or a number of seconds"
        expected = f"{form}, at most a hundred years"
        example = "10s"
        schema: ClassVar = {"anyOf": [{"type": "string"}, {"type": "number", "minimum": 0}], "description": expected}

        @classmethod
        def parse(cls, value: Json) -> timedelta:
            """Read a length of time. Raise ValueError, TypeError or OverflowError."""
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            length = durations.duration(f"{value:.9f}" if is_number else value)
            if length > cls.longest:
                raise ValueError
            return length

        def __init_subclass__(cls, longest: timedelta) -> None:
            cls.longest = longest
            cls.expected = f"{cls.form}, at most {durations.written(longest)}"
            seconds = {"type": "number", "minimum": 0, "maximum": longest.total_seconds()}
            cls.schema = {"anyOf": [{"type": "string"}, seconds], "description": cls.expected}

    class Offset(metaclass=Parsed):
        """A length of time ahead of something, or behind it: ``PT6H``, ``-PT6H``, or a number of seconds."""

        target = timedelta
        expected = f"{Duration.expected}, with a - before it for what is behind"
        example = "PT6H"
        schema: ClassVar = {"anyOf": [{"type": "string"}, {"type": "number"}], "description": expected}

        @staticmethod
        def parse(value: Json) -> timedelta:
            """Read it. Raise ValueError, TypeError or OverflowError."""
            if isinstance(value, str):
                return -Duration.parse(value[1:]) if value.startswith("-") else Duration.parse(value)
            return -Duration.parse(-value) if value < 0 else Duration.parse(value)

    class WaitTime(Duration, longest=LONGEST_WAIT):
        """How long a request may wait."""

    class Pause(Duration, longest=timedelta(days=1)):
        """How long a response may be held back."""

    class Regex(metaclass=Parsed):
        """A regular expression."""

        target = str
        expected = f"a regular expression as RE2 takes it, at most {LONGEST_REGEX} characters"
        example = r"code is \d+"
        schema: ClassVar = {"type": "string", "maxLength": LONGEST_REGEX, "examples": [example]}

        @staticmethod
        def parse(value: Json) -> str:
            """Check an expression. Raise ValueError."""
            if not isinstance(value, str) or len(value) > LONGEST_REGEX or NOT_XML.search(value):
                raise ValueError
            compiled_regex(value)
            return value


def parse(kind: type, value: Json) -> Any:  # noqa: ANN401 (whatever the type is read into)
    """Return the value of a type that JSON does not have: the ``dec_hook`` of these structs. Raise ValueError."""
    try:
        return kind.parse(value)  # type: ignore[attr-defined]
    except (TypeError, OverflowError) as error:
        raise ValueError from error


def to_json_value(value: datetime | timedelta) -> str:
    """Return a moment or a length of time as the control API writes it, ``2026-11-21T08:04:57.123456Z`` or ``PT6H``.

    A moment always has its microseconds.
    """
    if isinstance(value, timedelta):
        return durations.written(value)
    return value.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


# msgspec 0.22 builds its data of a type when the type is first used or described, without a lock: a thread that uses
# what another one is still building crashes the process.
building_types = RLock()  # reading a member may convert as well
"""Is held while a type may be used for the first time."""
_used: set[Any] = set()


def convert(value: object, kind: Any, **how: Any) -> Any:  # noqa: ANN401 - as msgspec's
    """Do as ``msgspec.convert``. Raises ``msgspec.ValidationError``."""
    return _first_alone(kind, lambda: msgspec.convert(value, kind, **how))


def decode_json(text: bytes | str, kind: Any) -> Any:  # noqa: ANN401 - as msgspec's
    """Do as ``msgspec.json.decode`` with a type. Raises ``msgspec.DecodeError``."""
    return _first_alone(kind, lambda: msgspec.json.decode(text, type=kind))


def _first_alone(kind: Any, act: Callable[[], Any]) -> Any:  # noqa: ANN401 - a type, or what looks like one
    if kind in _used:
        return act()
    with building_types:
        try:
            return act()
        finally:
            _used.add(kind)
