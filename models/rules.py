"""Rules as they are configured and stored, and reactions: how a rule or a magic recipient has a call answered (ours).

``server/rules`` parses rules.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from messaging_double.models.criteria import Criterion
    from messaging_double.models.records import IncomingMessage, OutgoingMessage

Origin = Literal["file", "API"]
"""Who made a rule: the configuration file, or the control API."""


class RuleSource(Struct, frozen=True):
    """A rule of the configuration file."""

    name: str
    """Unique among a tenant's rules."""
    text: str
    """The JSON of its other members, as given."""


class StoredRule(Struct, frozen=True):
    """A tenant's rule, and how often it matched."""

    name: str
    position: int
    """From 1: the order in which rules are tried."""
    text: str
    """As of ``RuleSource``."""
    made: datetime
    """By the tenant's clock; UTC."""
    expires: datetime | None
    """When it ends; ``None``: never."""
    origin: Origin
    matched: int = 0
    """How many calls it matched while it was active."""
    used: int = 0
    """How many of them it answered."""
    expired: bool = False
    """Whether it had expired before the clock was set back."""


def free_name(taken: Collection[str]) -> str:
    """Make up the name of a rule."""
    return next(name for name in map("rule-{}".format, count(1)) if name not in taken)


class InBandError(Struct, frozen=True):
    """An error of the domain: Succeeded=false and an ExceptionInfo (contract: ``SoExceptionInfo``)."""

    message: str = "The gateway refused the call."
    exception_type: str = "SuperOffice.Exceptions.SoException"
    friendly_text: str | None = None


class SoapFault(Struct, frozen=True):
    """A SOAP fault."""

    text: str = "The server was unable to process the request due to an internal error."
    subcode: str = "InternalServiceFault"
    side: str = "Receiver"
    """The party at fault, ``Sender`` or ``Receiver``: the terms of SOAP 1.2."""


class HttpAnswer(Struct, frozen=True):
    """A bare HTTP response."""

    status: int
    reason: str | None = None
    """``None``: the usual phrase."""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    content_type: str | None = None


class FixedStatus(Struct, frozen=True):
    """A final status for some messages of a call, in place of a delivery profile."""

    status: int | str = "sent"
    """A number, or a name of ``models/profiles``."""
    description: str | None = None


class Drip(Struct, frozen=True):
    """A response in pieces."""

    size: int
    """Bytes of a piece."""
    every: timedelta
    """The pause between two pieces."""


class Reaction(Struct, frozen=True):
    """A deviation from the usual response; without a member that part is as usual."""

    by: str
    """The rule's name, or the magic recipient."""
    processed: bool | None = None
    """Whether the operation is carried out although it is answered otherwise; ``None``: as the other members imply."""
    error: InBandError | None = None
    fault: SoapFault | None = None
    http: HttpAnswer | None = None
    wire: str | None = None
    """A fault of the connection or of the response's bytes: a name of ``models/faults``."""
    delay: timedelta = timedelta(0)
    drip: Drip | None = None
    criteria: tuple[Criterion, ...] = ()
    """Select the messages of the call that get ``status`` or ``profile``; all without."""
    status: FixedStatus | None = None
    profile: str | None = None
    """The delivery profile of these messages."""

    def concerns(self, message: OutgoingMessage) -> bool:
        """Return whether the message gets ``status`` or ``profile``."""
        return message_meets(message, self.criteria)

    @property
    def is_instead(self) -> bool:
        """Whether the response is of another kind than the operation's."""
        return self.error is not None or self.fault is not None or self.http is not None


def message_meets(message: OutgoingMessage | IncomingMessage, criteria: Iterable[Criterion]) -> bool:
    """Return whether a message meets all criteria of ``to``, ``from``, ``content`` and ``format``."""
    return all(each.met_by(getattr(message, "from_" if each.field == "from" else each.field)) for each in criteria)
