"""What comes back from a double.

The members are the contract's and the control API's, in snake case; ``more`` keeps those that a newer double tells and
this client does not know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .reading import MOMENT, PAIRS, listed, nested

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .names import Json

_SHOWN = 60


@dataclass(frozen=True)
class StatusChange:
    """One entry of a message's status history."""

    status: int
    status_description: str | None
    at: datetime = field(metadata=MOMENT)
    by: str
    """Who set it: an operation of the contract, or a part of the double."""
    more: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class OutgoingMessage:
    """A message of the outbox: what was sent, and what became of it."""

    messaging_id: int
    external_message_id: str | None
    """The id under which SetDeliveryStatus knows it; ``None`` where its plugin gives none."""
    plugin: str
    from_: str | None
    to: str | None
    content: str | None
    format: str | None
    parent_messaging_id: int | None
    suggested_session_key: str | None
    session_key: str
    config: tuple[tuple[str | None, str | None], ...] | None = field(metadata=PAIRS)
    """The pairs in the order sent; ``None`` for SendMessages."""
    status: int
    """That of the last of ``statuses``."""
    status_description: str | None
    outcome: str | None
    """The profile of its simulated delivery."""
    operation: str
    """SendMessages or SendMessagesWithConfig."""
    services: str
    """The Services version that it came through: ``Services88``."""
    registered: datetime = field(metadata=MOMENT)
    updated: datetime = field(metadata=MOMENT)
    statuses: tuple[StatusChange, ...] = field(metadata=listed(StatusChange))
    """The history, oldest first."""
    more: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        """Return what one looks for in a list of them."""
        shown = f"to={self.to!r} content={cut(self.content)} status={self.status} ({self.status_description})"
        return f"<OutgoingMessage {self.messaging_id} {shown}>"


@dataclass(frozen=True, repr=False)
class IncomingMessage:
    """A message of the inbox."""

    id: int
    to: str | None
    from_: str | None
    content: str | None
    format: str | None
    session_key: str | None
    plugin: str | None
    origin: str
    """CreateMessage, or what in the double made it."""
    services: str | None
    registered: datetime = field(metadata=MOMENT)
    more: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        """Return what one looks for in a list of them."""
        return f"<IncomingMessage {self.id} from={self.from_!r} content={cut(self.content)} origin={self.origin!r}>"


@dataclass(frozen=True)
class StatusReport:
    """A SetDeliveryStatus for a plugin and an id that no message has."""

    id: int
    plugin: str
    external_message_id: str | None
    status: int
    status_description: str | None
    services: str
    at: datetime = field(metadata=MOMENT)
    more: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Wire:
    """One direction of an exchange."""

    size: int = field(metadata={"name": "bytes"})
    """How many bytes there were, head and body."""
    cut: bool
    """Whether the journal has not kept all of them."""
    more: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class Exchange:
    """One request and its answer, as the journal has it."""

    id: int
    at: datetime = field(metadata=MOMENT)
    """When the request had arrived, by the tenant's clock."""
    peer: str | None
    """The client's address and port; no port where a proxy forwards the address."""
    method: str | None
    """``None`` where the request was too broken to tell, as the next one."""
    target: str | None
    """Path and query as they came."""
    status: int | None
    """Of HTTP; ``None`` if no answer was sent."""
    duration_ms: float
    services: str | None
    operation: str | None
    messages: int | None
    """How many messages it carried, where it is known."""
    notes: tuple[str, ...]
    """What was forgiven, and what the real service would have answered."""
    refused: str | None
    """What was found wrong, where it was not served."""
    rule: str | None
    """The rule that decided the answer."""
    fault: str | None
    """What was broken on purpose."""
    request: Wire = field(metadata=nested(Wire))
    response: Wire = field(metadata=nested(Wire))
    more: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        """Return what one looks for in a list of them."""
        return f"<Exchange {self.id} {self.method} {self.target} {self.operation} status={self.status}>"


@dataclass(frozen=True)
class Happening:
    """What was due as a tenant's clock was turned on."""

    at: datetime = field(metadata=MOMENT)
    what: str
    """``status``, ``reply``, ``ticket expired`` or ``rule expired``."""
    messaging_id: int | None
    status: int | None
    inbox_id: int | None
    """Of a reply."""
    name: str | None
    """Of a rule; the number of a ticket."""
    more: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Ticket:
    """A ticket of a session; its text is masked but where it was just issued."""

    number: int
    ticket: str = field(repr=False)
    user: str
    origin: str
    """The operation that issued it, or the control API."""
    state: str
    """``alive``, ``expired`` or ``revoked``."""
    issued: datetime = field(metadata=MOMENT)
    renewed: datetime = field(metadata=MOMENT)
    expires: datetime = field(metadata=MOMENT)
    uses: int
    more: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class TenantState:
    """How much a tenant has."""

    tenant: str
    auth: str
    """How its tickets are checked: ``none``, ``onsite`` or ``online``."""
    outbox: int
    inbox: int
    status_reports: int
    journal: int
    more: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Snapshot:
    """What a tenant had, put by under a name."""

    name: str
    taken: datetime = field(metadata=MOMENT)
    messages: int
    """How many, of the outbox and of the inbox."""
    more: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class Report:
    """What a verification found."""

    tenant: str
    box: str
    found: int
    """How many messages match, of ``total``."""
    total: int
    matched: tuple[int, ...]
    """The ids of those that match, newest first."""
    nearest: tuple[Mapping[str, Any], ...]
    """The nearest misses, nearest first, criterion by criterion, as the control API documents them."""
    text: str
    """All of it for a person."""
    more: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        """Return its result."""
        return f"<Report of the {self.box} of {self.tenant}: {self.found} of {self.total} match>"


def cut(text: str | None) -> str:
    """Return a text for a line of a list."""
    return repr(text if text is None or len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
