"""The domain's records, in the contract's words.

The first four are the contract's data, member for member; a member that the client left out or sent as nil is
``None``, an empty string is ``""``. The others are what the double keeps about them ("ours"), and the users and
applications of the settings, with the keys that their tables in the configuration file have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta  # noqa: TC003 - msgspec reads the types at run time
from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import force_setattr

from messaging_double.models.control.values import Int32  # noqa: TC001 (msgspec reads the types at run time)

MOST_MESSAGES = 65_536
"""Messages of a list, as many as a SOAP call may have: to write them takes seconds in which no call is answered."""
Filled = Annotated[str, Meta(min_length=1)]

ConfigPairs = tuple[tuple["str | None", "str | None"], ...]
"""The ``Config`` of SendMessagesWithConfig: its Key and Value pairs in the order sent, repeated keys kept."""


class OutgoingMessage(Struct, frozen=True, gc=False):
    """A message that a client asks to be sent (contract: ``OutgoingMessage``)."""

    from_: str | None = None
    to: str | None = None
    content: str | None = None
    format: str | None = None
    parent_messaging_id: int | None = None
    suggested_session_key: str | None = None


class IncomingMessage(Struct, frozen=True, gc=False):
    """A message that came in (contract: ``IncomingMessage``; To stands before From, unlike in OutgoingMessage)."""

    to: str | None = None
    from_: str | None = None
    content: str | None = None
    format: str | None = None
    session_key: str | None = None
    plugin: str | None = None


class MessageDeliveryStatus(Struct, frozen=True, gc=False):
    """How the delivery of one message stands (contract: ``MessageDeliveryStatus``)."""

    status: int
    status_description: str | None
    messaging_id: int


class ProviderInfo(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """A plugin as GetPlugins shows it (contract: ``ProviderInfo``); the defaults are ours."""

    name: Filled
    supported_messaging_formats: tuple[Filled, ...] = field(default=("sms/text",), name="formats")
    supports_config: bool = True


class Plugin(ProviderInfo, frozen=True):
    """A plugin of the catalogue: what GetPlugins shows of it, and how its messages are kept (ours)."""

    external_ids: bool = True
    """Whether its messages get an external id; SetDeliveryStatus finds no message without one."""


class SoCredentials(Struct, frozen=True, gc=False):
    """The header that says who calls (contract: ``SoCredentials``)."""

    ticket: str | None = None


class SoTimeZone(Struct, frozen=True, gc=False):
    """The header of times (contract: ``SoTimeZone``)."""

    so_time_zone_id: int | None = None
    so_time_zone_location_code: str | None = None


class StatusChange(Struct, frozen=True, gc=False):
    """One entry of a message's status history (ours)."""

    status: int
    status_description: str | None
    at: datetime
    """When, by the tenant's clock; always UTC."""
    by: str
    """Who set it: the name of an operation of the contract, or of a part of the double."""


ENDED = 2**31 - 1
"""Steps that no profile has: nothing follows any more."""


class Delivery(Struct, frozen=True, gc=False):
    """How far the simulated delivery of a message has come (ours)."""

    profile: str
    """The name of the profile that it goes by."""
    done: int
    """How many of its steps were taken; ``ENDED`` once its status was set from outside."""
    polls_left: int | None = None
    """How often GetDeliveryStatus has to ask until the next step; ``None`` where that waits for something else."""
    due: datetime | None = None
    """When the next step comes by itself."""


class OutboxEntry(Struct, frozen=True, gc=False):
    """A message in the outbox: what was sent, and what became of it (ours, after the table ``outgoing_message``)."""

    messaging_id: int
    external_message_id: str | None
    """The id of the message at the plugin; the key of SetDeliveryStatus together with ``plugin``.

    ``None`` where the plugin gives none.
    """
    plugin: str
    message: OutgoingMessage
    session_key: str
    config: ConfigPairs | None
    """``None`` for SendMessages, and where Config was left out or nil."""
    operation: str
    """The operation that sent it: SendMessages or SendMessagesWithConfig."""
    services: str
    """The Services version it came through: ``Services88``."""
    registered: datetime
    updated: datetime
    statuses: tuple[StatusChange, ...]
    """The whole history, oldest first; the last one holds now. Never empty."""
    delivery: Delivery | None = None
    """``None`` for a message that was filled in, not sent."""
    position: int = 1
    """Which of the messages of its call it was, from 1: its place in the contract's OutgoingMessages."""

    @property
    def profile(self) -> str | None:
        """The name of its delivery profile."""
        return None if self.delivery is None else self.delivery.profile

    @property
    def current(self) -> StatusChange:
        """The status that holds now."""
        return self.statuses[-1]


class PendingDelivery(Struct, frozen=True, gc=False):
    """A message whose delivery has further steps (ours)."""

    messaging_id: int
    plugin: str
    message: OutgoingMessage
    session_key: str
    services: str
    current: StatusChange
    steps: int
    """Number of statuses in its history; 0 if the current one is the first."""
    delivery: Delivery


class DeliveryUpdate(Struct, frozen=True, gc=False):
    """The effect of steps on a delivery (ours)."""

    pending: PendingDelivery
    """The state before."""
    changes: tuple[StatusChange, ...]
    delivery: Delivery


class InboxEntry(Struct, frozen=True, gc=False):
    """A message in the inbox (ours, after the table ``inbox``)."""

    id: int
    message: IncomingMessage
    origin: str
    """``CreateMessage``, or what in the double made it."""
    services: str | None
    """The Services version it came through, if through one."""
    registered: datetime


class StatusReport(Struct, frozen=True, gc=False):
    """A SetDeliveryStatus for a pair of plugin and external id that no message has (ours)."""

    id: int
    plugin: str
    external_message_id: str | None
    status: int
    status_description: str | None
    services: str
    at: datetime


class Wire(Struct, frozen=True, gc=False):
    """Bytes of one direction of an exchange, as they were on the wire: the head and the body with its framing."""

    raw: bytes
    """As many of them as the journal keeps: all, unless they are over its limit for one exchange. Lists have none."""
    size: int
    """How many there were."""
    kept: int = -1
    """How many the journal has kept."""

    def __post_init__(self) -> None:
        """What is not said is as many as are there."""
        if self.kept < 0:
            force_setattr(self, "kept", len(self.raw))

    @property
    def is_cut(self) -> bool:
        """Whether the journal has not kept all of them."""
        return self.size > self.kept


class Exchange(Struct, frozen=True, gc=False):
    """What the journal keeps of one request and its answer (ours)."""

    id: int
    """From 1 for each tenant, in the order of the answers; 0 before it was kept."""
    at: datetime
    """When the request had arrived, or was refused before that, by the tenant's clock; UTC."""
    method: str | None
    """``None`` where the request was too broken to read it; so is the next one."""
    target: str | None
    """Path and query as they came."""
    status: int | None
    """Of HTTP; ``None`` if no answer was sent."""
    duration: float
    """Seconds from the whole request to the last byte of the answer; from its first byte if it never was whole."""
    peer: str | None = None
    """The client's ``address:port``."""
    services: str | None = None
    """``Services88``."""
    operation: str | None = None
    messages: int | None = None
    """How many messages it carried, where it is known."""
    notes: tuple[str, ...] = ()
    """What was tolerated, and what the real service would have answered."""
    refused: str | None = None
    """Why it was not served: what was found in a refused, faulty or unmatched request, or why the agent refused it."""
    rule: str | None = None
    """The rule that decided the answer."""
    fault: str | None = None
    """What was broken on purpose."""
    request: Wire = Wire(b"", 0)
    response: Wire = Wire(b"", 0)
    request_id: str | None = None
    """By which the log calls it; ``None`` in a database of an older version."""
    received: datetime | None = None
    """As ``at``, by the machine's clock; ``None`` where the tenant's clock is that one."""


class User(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """A user, with what the principal carrier says of it. The default numbers are ours."""

    name: Filled
    """The UserName; compared as written."""
    password: str = ""
    associate_id: Int32 = 11
    full_name: str = ""
    email: str = ""
    person_id: Int32 = 7
    contact_id: Int32 = 2
    country_id: Int32 = 578
    group_id: Int32 = 1
    role_id: Int32 = 2
    role_name: str = "User level 0"
    function_rights: tuple[Filled, ...] = ()

    def __repr__(self) -> str:
        """Return its name: logs and error texts must not have the password."""
        return f"User({self.name!r}, ...)"


class Application(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """An application: its token, and the restricted agents that it was granted."""

    token: Filled
    agents: tuple[Filled, ...] = ("Messaging",)
    public_key: str = ""
    """File with the key that its system user tokens are verified by: PEM or RSAKeyValue; without one all pass."""

    def __repr__(self) -> str:
        """Return its agents: logs and error texts must not have the token."""
        return f"Application(..., {self.agents!r})"


class Event(Struct, frozen=True):
    """An event that was due (ours)."""

    at: datetime
    """When it was due, by the tenant's clock."""
    what: Literal["status", "reply", "ticket expired", "rule expired"]
    messaging_id: int | None = None
    """The message whose status changed, or that was replied to."""
    status: int | None = None
    inbox_id: int | None = None
    """Of a reply."""
    name: str | None = None
    """Of a rule; the number of a ticket."""


@dataclass(frozen=True)
class TenantState:
    """Settings of one tenant; ``None`` is that of the double."""

    auth: str | None = None
    """The way of checking its tickets."""
    seed: str | None = None
    """What its ids and keys are made from."""
    frozen: datetime | None = None
    """Where its clock stands still."""
    offset: timedelta | None = None
    """By how much its clock is ahead of the machine's, if it runs."""
    profile: str | None = None
    """By which profile its messages are delivered, where their plugin has none."""
    plugin_profiles: tuple[tuple[str, str], ...] = ()
    """Plugins and their profiles, where they differ from the settings'."""
    rules: int = 0
    """Changes with every change of its rules; 0: there never were any."""
    next_due: datetime | None = None
    """When the next event is due."""
    resets: int = 0
    """How many resets of tenants, of this and of others, there had been."""


NEW_TENANT = TenantState()
"""A tenant that was never used."""
