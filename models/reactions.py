"""Reactions: how a rule or a magic recipient has a call answered (ours)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from messaging_double.models.criteria import Criterion
    from messaging_double.models.records import IncomingMessage, OutgoingMessage


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
    """A number, or a name of ``models/statuses``."""
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
