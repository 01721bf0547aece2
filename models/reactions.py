"""What a rule or a magic recipient makes of a call: how it is answered otherwise than usual (ours)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from messaging_double.models.criteria import Criterion
    from messaging_double.models.records import OutgoingMessage


_ATTRIBUTES = {
    "to": "to",
    "from": "from_",
    "content": "content",
    "format": "format",
    "parentMessagingId": "parent_messaging_id",
    "suggestedSessionKey": "suggested_session_key",
}


@dataclass(frozen=True)
class InBandError:
    """An error of the domain: Succeeded=false and an ExceptionInfo (contract: ``SoExceptionInfo``)."""

    message: str = "The gateway refused the call."
    exception_type: str = "SuperOffice.Exceptions.SoException"
    friendly_text: str | None = None


@dataclass(frozen=True)
class SoapFault:
    """A SOAP fault."""

    text: str = "The server was unable to process the request due to an internal error."
    subcode: str = "InternalServiceFault"
    side: str = "Receiver"
    """Whose fault it is: ``Sender`` or ``Receiver``, in the words of SOAP 1.2."""


@dataclass(frozen=True)
class HttpAnswer:
    """A bare HTTP answer."""

    status: int
    reason: str | None = None
    """``None``: the usual phrase."""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    content_type: str | None = None


@dataclass(frozen=True)
class RowStatus:
    """A status of its own for some messages of a batch, final: nothing follows it by itself."""

    status: int | str = "sent"
    """A number as it stands, or a name of ``models/statuses``."""
    description: str | None = None


@dataclass(frozen=True)
class Drip:
    """An answer that comes in pieces."""

    size: int
    """Bytes of each piece."""
    every: timedelta
    """Pause between them."""


@dataclass(frozen=True)
class Reaction:
    """One way of answering; what is not said is as usual."""

    by: str
    """The rule's name, or the magic recipient."""
    processed: bool | None = None
    """Whether the operation is carried out though it is answered otherwise; ``None``: as usual for what it does."""
    error: InBandError | None = None
    fault: SoapFault | None = None
    http: HttpAnswer | None = None
    wire: str | None = None
    """How the answer is broken on the wire: a name of ``models/faults``."""
    delay: timedelta = timedelta(0)
    drip: Drip | None = None
    rows: tuple[Criterion, ...] = ()
    """Which messages of the call ``status`` and ``profile`` are for; all without."""
    status: RowStatus | None = None
    profile: str | None = None
    """By which profile the delivery of these messages goes."""

    def concerns(self, message: OutgoingMessage) -> bool:
        """Say whether ``status`` and ``profile`` are for this message."""
        return all(each.met_by(getattr(message, _ATTRIBUTES[each.field])) for each in self.rows)

    @property
    def is_instead(self) -> bool:
        """Whether the call gets an answer of another kind than its operation's."""
        return self.error is not None or self.fault is not None or self.http is not None
