"""Tenants: their counts, fixtures and snapshots, and their tickets."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, field

from messaging_double.models.records import MOST_MESSAGES

from .messages import Page, Pair
from .values import (
    Address,
    Api,
    AuthMode,
    InboxOrigin,
    Int32,
    Json,
    Moment,
    OrUnset,
    RequestBody,
    ResponseBody,
    SendingOperation,
    Status,
    Time,
    about,
)

LARGEST_ID = 2_147_000_000
"""Larger ids would leave a tenant none for the messages that are sent afterwards."""
LONGEST_NAME = 255
"""Characters of a snapshot's name."""
DEFAULT_SNAPSHOT = "default"

NewId = Annotated[int, Meta(ge=1, le=LARGEST_ID, description="By default the next one.")]


class Tenant(ResponseBody):
    """A tenant, and how much it has."""

    tenant: Annotated[str, Meta(examples=["Cust12345"])]
    auth: Annotated[AuthMode, about("How its tickets are checked.")]
    outbox: Annotated[int, about("How many messages clients sent.")]
    inbox: Annotated[int, about("How many messages came in.")]
    status_reports: Annotated[int, about("How many status reports match no message.")]
    journal: Annotated[int, about("How many exchanges the journal keeps.")]


class Tenants(ResponseBody):
    """All tenants."""

    tenants: Annotated[list[Tenant], about("In alphabetical order.")]


class NewStatusChange(RequestBody):
    """An entry of the status history of a fixture."""

    example: ClassVar[Json] = {"status": 1, "at": "2026-11-21T08:00:00Z"}

    status: Annotated[Status, about("A number or a name.")]
    at: Moment
    status_description: str | None = None
    by: Annotated[str, Meta(examples=["SendMessages"])] = "seed"


class NewOutgoingMessage(RequestBody):
    """A message to put into the outbox; a member of ``OutgoingMessage`` that is missing gets its usual value."""

    example: ClassVar[Json] = {"to": "+447700900001", "content": "God morgen!"}

    messaging_id: OrUnset[NewId] = UNSET
    external_message_id: OrUnset[
        Annotated[str | None, about("By default made from the seed, if the plugin gives its messages any.")]
    ] = UNSET
    plugin: OrUnset[Annotated[str, Meta(examples=["CM"])]] = UNSET
    from_: OrUnset[Address | None] = UNSET
    to: OrUnset[Address | None] = UNSET
    content: OrUnset[str | None] = UNSET
    format: OrUnset[str | None] = UNSET
    parent_messaging_id: OrUnset[Int32 | None] = UNSET
    suggested_session_key: OrUnset[str | None] = UNSET
    session_key: OrUnset[str] = UNSET
    config: OrUnset[list[Pair] | None] = UNSET
    profile: OrUnset[
        Annotated[str | None, about("The profile of its delivery. No further status follows by itself.")]
    ] = UNSET
    operation: OrUnset[SendingOperation] = UNSET
    services: OrUnset[Api] = UNSET
    registered: OrUnset[Moment] = UNSET
    updated: OrUnset[Moment] = UNSET
    status: OrUnset[Annotated[Status, about("A number or a name; by default sent.")]] = UNSET
    status_description: OrUnset[str | None] = UNSET
    statuses: OrUnset[
        Annotated[
            list[NewStatusChange],
            about(
                "The history, oldest first; status and statusDescription are those of its last entry.",
                max_length=MOST_MESSAGES,
            ),
        ]
    ] = UNSET


class NewIncomingMessage(RequestBody):
    """A message to put into the inbox."""

    example: ClassVar[Json] = {"from": "+447700900001", "content": "Takk!"}

    id: OrUnset[NewId] = UNSET
    to: OrUnset[Address | None] = UNSET
    from_: OrUnset[Address | None] = UNSET
    content: OrUnset[str | None] = UNSET
    format: OrUnset[str | None] = UNSET
    session_key: OrUnset[str | None] = UNSET
    plugin: OrUnset[str | None] = UNSET
    origin: OrUnset[Annotated[InboxOrigin, about("By default seed.")]] = UNSET
    services: OrUnset[Api | None] = UNSET
    registered: OrUnset[Moment] = UNSET


class Fixtures(RequestBody):
    """What a tenant is to have."""

    example: ClassVar[Json] = {"seed": "a", "outbox": [{"to": "+447700900001", "content": "God morgen!"}]}

    seed: Annotated[
        str | None, about("The seed of ids, session keys and random choices; null: that of the settings.")
    ] = None
    auth: Annotated[AuthMode | None, about("How tickets are checked; null: as the settings say.")] = None
    outbox: Annotated[
        list[NewOutgoingMessage], about("Oldest first, or with ids in any order.", max_length=MOST_MESSAGES)
    ] = field(default_factory=list)
    inbox: Annotated[
        list[NewIncomingMessage], about("Oldest first, or with ids in any order.", max_length=MOST_MESSAGES)
    ] = field(default_factory=list)


class Snapshot(ResponseBody):
    """A saved state of a tenant."""

    name: str
    taken: Time
    messages: Annotated[int, about("How many messages the outbox and the inbox had.")]


class Snapshots(ResponseBody):
    """All snapshots of a tenant."""

    snapshots: Annotated[list[Snapshot], about("The earliest first.")]


class NewSnapshot(RequestBody):
    """A snapshot to take."""

    example: ClassVar[Json] = {"name": "logged-in"}

    name: Annotated[
        str, Meta(min_length=1, max_length=LONGEST_NAME, description=f"By default '{DEFAULT_SNAPSHOT}'.")
    ] = DEFAULT_SNAPSHOT


class Ticket(ResponseBody):
    """A ticket that was issued."""

    number: Annotated[int, about("From 1.")]
    ticket: Annotated[str, about("Masked, except in the response that issues it.")]
    user: str
    origin: Annotated[str, about("The operation that issued it, or the control API.")]
    state: Literal["active", "expired", "revoked"]
    issued: Time
    renewed: Annotated[Time, about("When it was last used.")]
    expires: Time
    uses: Annotated[int, about("How many calls carried it.")]

    def __repr__(self) -> str:
        """Return it in a line."""
        return f"<Ticket {self.number} user={self.user!r} state={self.state!r} uses={self.uses}>"


class TicketPage(Page):
    """A page of the tickets, newest first."""

    tickets: list[Ticket]
    authentications: Annotated[int, about("How many tickets clients logged in for.")]
    uses: Annotated[int, about("How many calls carried a ticket.")]


class NewTicket(RequestBody):
    """A ticket to issue."""

    example: ClassVar[Json] = {"user": "ole"}

    user: Annotated[str, Meta(min_length=1, description="Whose ticket it is.", examples=["ole"])]


class Expired(ResponseBody):
    """The result of expiring all tickets."""

    expired: Annotated[int, about("How many tickets were active.")]


class Auth(ResponseBody):
    """How tickets are checked."""

    auth: AuthMode


class NewAuth(RequestBody):
    """How to check tickets."""

    example: ClassVar[Json] = {"auth": "onsite"}

    auth: Annotated[AuthMode | None, about("null restores the setting.")]
