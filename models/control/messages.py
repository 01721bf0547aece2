"""Messages: the outbox, the inbox, status reports, threads."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET

from .values import Address, Json, OrUnset, RequestBody, ResponseBody, Status, Time, about

_SHOWN = 60
"""Characters of a content in a list of messages."""


class Pair(ResponseBody, forbid_unknown_fields=True):
    """A pair of a ``Config``."""

    example: ClassVar[Json] = {"key": "cm_username", "value": "ole"}

    key: str | None
    value: str | None


class StatusChange(ResponseBody):
    """An entry of a message's status history."""

    status: int
    status_description: str | None
    at: Annotated[Time, about("The time of the change, by the tenant's clock.")]
    by: Annotated[str, about("Who set it: an operation of the contract, or a part of the double.")]


class OutgoingMessage(ResponseBody):
    """A message of the outbox."""

    messaging_id: int
    external_message_id: Annotated[
        str | None, about("The id for SetDeliveryStatus; null if the plugin gives its messages none.")
    ]
    plugin: str
    from_: str | None
    to: str | None
    content: str | None
    format: str | None
    parent_messaging_id: int | None
    suggested_session_key: str | None
    session_key: str
    config: Annotated[list[Pair] | None, about("The pairs in the order sent; null for SendMessages.")]
    status: Annotated[int, about("The status of the last entry of statuses.")]
    status_description: str | None
    profile: Annotated[str | None, about("The profile of its simulated delivery, or the rule that gave it a status.")]
    operation: Annotated[str, about("SendMessages or SendMessagesWithConfig.")]
    services: Annotated[str, about("The Services version of the call.", examples=["Services88"])]
    registered: Time
    updated: Time
    statuses: Annotated[list[StatusChange], about("The history, oldest first.")]

    def __repr__(self) -> str:
        """Return it in a line."""
        shown = f"to={self.to!r} content={_cut(self.content)} status={self.status} ({self.status_description})"
        return f"<OutgoingMessage {self.messaging_id} {shown}>"


class IncomingMessage(ResponseBody):
    """A message of the inbox."""

    id: int
    to: str | None
    from_: str | None
    content: str | None
    format: str | None
    session_key: str | None
    plugin: str | None
    origin: Annotated[str, about("CreateMessage, reply or seed.")]
    services: Annotated[str | None, about("The Services version of the call; null if no call created it.")]
    registered: Time

    def __repr__(self) -> str:
        """Return it in a line."""
        return f"<IncomingMessage {self.id} from={self.from_!r} content={_cut(self.content)} origin={self.origin!r}>"


class StatusReport(ResponseBody):
    """A SetDeliveryStatus whose plugin and external id no message has."""

    id: int
    plugin: str
    external_message_id: str | None
    status: int
    status_description: str | None
    services: str
    at: Time


class Page(ResponseBody):
    """A page of a list, newest first."""

    total: Annotated[int, about("How many items match the filters, on all pages.")]
    next: Annotated[str | None, about("The cursor of the next page; null on the last page.")]


class OutgoingMessagePage(Page):
    """A page of the outbox, newest first."""

    messages: list[OutgoingMessage]


class IncomingMessagePage(Page):
    """A page of the inbox, newest first."""

    messages: list[IncomingMessage]


class StatusReportPage(Page):
    """A page of the status reports, newest first."""

    status_reports: list[StatusReport]


class Deleted(ResponseBody):
    """The result of deleting items of a list."""

    deleted: Annotated[int, about("How many items were deleted.")]


class NewStatus(RequestBody):
    """A status that a test sets."""

    example: ClassVar[Json] = {"status": "delivered", "description": "Delivered at last"}

    status: Annotated[Status, about("A number or a name.", examples=["failed"])]
    description: Annotated[str | None, about("StatusDescription.")] = None


class Reply(RequestBody):
    """An answer of the recipient."""

    example: ClassVar[Json] = {"content": "Takk!"}

    content: str | None
    from_: OrUnset[Annotated[Address | None, about("The sender; by default the recipient of the message.")]] = UNSET
    to: OrUnset[Annotated[Address | None, about("The recipient; by default the sender of the message.")]] = UNSET
    format: OrUnset[Annotated[str | None, about("By default the format of the message.")]] = UNSET


class ThreadOutgoing(OutgoingMessage, tag_field="direction", tag="out"):
    """A message of the outbox in a thread."""


class ThreadIncoming(IncomingMessage, tag_field="direction", tag="in"):
    """A message of the inbox in a thread."""


class Thread(ResponseBody):
    """A conversation: the messages with one session key."""

    session_key: str
    messages: Annotated[list[ThreadOutgoing | ThreadIncoming], about("Both directions, oldest first.")]


def _cut(text: str | None) -> str:
    return repr(text if text is None or len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
