"""The records as the control API shows them: names are the contract's nouns in lower camel case, times ISO 8601 in UTC.

What a client left out or sent as nil is ``null``, an empty string is ``""``.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from messaging_double.models.fields import snake
from messaging_double.models.tickets import without_secrets
from messaging_double.server.shapes.matches import PAIRS
from messaging_double.server.shapes.objects import ListOf, Member, Nullable, Object
from messaging_double.server.shapes.values import Moment, Number, Real, Shape, Switch, Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_NULLABLE_TEXT = Nullable(Text())


def _member(name: str, shape: Shape, help: str = "", of: str | Callable[[Any], Any] | None = None) -> Member:  # noqa: A002
    """Declare a member that is shown; it is the record's attribute of its own name unless ``of`` says otherwise."""
    getter = attrgetter(snake(name) if of is None else of) if of is None or isinstance(of, str) else of
    return Member(name, shape, help, of=getter)


def _shown(text: str | None) -> str | None:
    return None if text is None else without_secrets(text)


STATUS_CHANGE = Object(
    "StatusChange",
    (
        _member("status", Number()),
        _member("statusDescription", _NULLABLE_TEXT),
        _member("at", Moment(), "When, by the tenant's clock."),
        _member("by", Text(), "Who set it: an operation of the contract, or a part of the double."),
    ),
    shown=True,
)

OUTBOX_MESSAGE = Object(
    "OutgoingMessage",
    (
        _member("messagingId", Number()),
        _member("externalMessageId", _NULLABLE_TEXT, "That of SetDeliveryStatus; null where its plugin gives none."),
        _member("plugin", Text()),
        _member("from", _NULLABLE_TEXT, of="message.from_"),
        _member("to", _NULLABLE_TEXT, of="message.to"),
        _member("content", _NULLABLE_TEXT, of="message.content"),
        _member("format", _NULLABLE_TEXT, of="message.format"),
        _member("parentMessagingId", Nullable(Number()), of="message.parent_messaging_id"),
        _member("suggestedSessionKey", _NULLABLE_TEXT, of="message.suggested_session_key"),
        _member("sessionKey", Text()),
        _member("config", Nullable(PAIRS), "In the order sent; null for SendMessages."),
        _member("status", Number(), "That of the last of statuses.", of="current.status"),
        _member("statusDescription", _NULLABLE_TEXT, of="current.status_description"),
        _member("outcome", _NULLABLE_TEXT, "The profile of its simulated delivery, or the rule that gave it a status."),
        _member("operation", Text(), "SendMessages or SendMessagesWithConfig."),
        _member("services", Text("Services88")),
        _member("registered", Moment()),
        _member("updated", Moment()),
        _member("statuses", ListOf(STATUS_CHANGE), "The history, oldest first."),
    ),
    shown=True,
)

INBOX_MESSAGE = Object(
    "IncomingMessage",
    (
        _member("id", Number()),
        _member("to", _NULLABLE_TEXT, of="message.to"),
        _member("from", _NULLABLE_TEXT, of="message.from_"),
        _member("content", _NULLABLE_TEXT, of="message.content"),
        _member("format", _NULLABLE_TEXT, of="message.format"),
        _member("sessionKey", _NULLABLE_TEXT, of="message.session_key"),
        _member("plugin", _NULLABLE_TEXT, of="message.plugin"),
        _member("origin", Text(), "CreateMessage, or what in the double made it."),
        _member("services", _NULLABLE_TEXT),
        _member("registered", Moment()),
    ),
    shown=True,
)

STATUS_REPORT = Object(
    "StatusReport",
    (
        _member("id", Number()),
        _member("plugin", Text()),
        _member("externalMessageId", _NULLABLE_TEXT),
        _member("status", Number()),
        _member("statusDescription", _NULLABLE_TEXT),
        _member("services", Text()),
        _member("at", Moment()),
    ),
    shown=True,
)

WIRE = Object(
    "Wire",
    (
        _member("bytes", Number(0, 2**63 - 1), "How many there were, head and body.", of="size"),
        _member("cut", Switch(), "Whether the journal has not kept all of them.", of="is_cut"),
    ),
    shown=True,
)

EXCHANGE = Object(
    "Exchange",
    (
        _member("id", Number(), "From 1, in the order of the answers."),
        _member("at", Moment(), "When the request had arrived, or was refused before that, by the tenant's clock."),
        _member("peer", _NULLABLE_TEXT, "The client's address and port; no port where a proxy forwards the address."),
        _member("method", _NULLABLE_TEXT, "null where the request was too broken to tell."),
        _member("target", _NULLABLE_TEXT, "Path and query as they came.", of=lambda each: _shown(each.target)),
        _member("status", Nullable(Number()), "Of HTTP; null if no answer was sent."),
        _member("durationMs", Real(), of=lambda exchange: round(exchange.duration * 1000, 3)),
        _member("services", _NULLABLE_TEXT),
        _member("operation", _NULLABLE_TEXT),
        _member("messages", Nullable(Number()), "How many messages it carried, where it is known."),
        _member("notes", ListOf(Text()), "What was forgiven, what the real service would answer, what was wrong."),
        _member("refused", _NULLABLE_TEXT, "Why it was not served, or was answered Succeeded=false."),
        _member("rule", _NULLABLE_TEXT, "The rule that decided the answer."),
        _member("fault", _NULLABLE_TEXT, "What was broken on purpose."),
        _member("request", WIRE),
        _member("response", WIRE),
    ),
    shown=True,
)


def list_of(name: str, shape: Object, *more: Member) -> Object:
    """Return the shape of a page of a list."""
    members = (
        Member(name, ListOf(shape), "Newest first."),
        Member("total", Number(0), "How many there are in all that meet the filters."),
        Member("next", Nullable(Text()), "The cursor of the next page, null if this is the last."),
        *more,
    )
    return Object(f"{shape.name}Page", members, shown=True)
