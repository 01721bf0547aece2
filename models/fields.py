"""The members of messages that criteria can name, once for queries, expectations, rules and their documentation.

Names are those of the control API: the contract's nouns in lower camel case.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

from messaging_double.models.control.values import Address, Api, InboxOrigin, Operation, SendingOperation, Status

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["text", "number", "moment", "pairs", "texts"]
_ADDRESSES = {"to": Address, "from": Address}


@dataclass(frozen=True)
class Field:
    """One member."""

    name: str
    kind: Kind
    of: Callable[[Any], Any]
    """Takes it off its record."""
    element: str | None = None
    """Where the contract has it: ``OutgoingMessages/OutgoingMessage[{position}]/To``; ``None`` for what is ours."""
    type: Any = None
    """The type of its values, where only some texts or numbers are possible."""

    def path(self, entry: Any) -> str:  # noqa: ANN401 (any of the records)
        """Return the element of this very message, or its name in the control API where the contract has none."""
        return self.name if self.element is None else self.element.format(entry=entry)


def _outgoing(name: str, kind: Kind = "text") -> Field:
    path = "{entry.operation}/OutgoingMessages/OutgoingMessage[{entry.position}]/" + _pascal(name)
    return Field(name, kind, attrgetter(f"message.{_attribute(name)}"), path, _ADDRESSES.get(name))


def _incoming(name: str) -> Field:
    path = "{entry.origin}/IncomingMessage/" + _pascal(name)
    return Field(name, "text", attrgetter(f"message.{_attribute(name)}"), path, _ADDRESSES.get(name))


def _ours(name: str, kind: Kind = "text", type: Any = None) -> Field:  # noqa: A002, ANN401 (a type with its limits)
    return Field(name, kind, attrgetter(snake(name)), type=type)


def _attribute(name: str) -> str:
    return "from_" if name == "from" else snake(name)


def snake(name: str) -> str:
    """Return a name of the control API as records and columns have it: ``session_key`` for ``sessionKey``."""
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


OUTBOX = (
    _outgoing("to"),
    _outgoing("from"),
    _outgoing("content"),
    _outgoing("format"),
    _outgoing("parentMessagingId", "number"),
    _outgoing("suggestedSessionKey"),
    Field("plugin", "text", attrgetter("plugin"), "{entry.operation}/Plugin"),
    Field("config", "pairs", attrgetter("config"), "{entry.operation}/Config"),
    _ours("messagingId", "number"),
    _ours("externalMessageId"),
    _ours("sessionKey"),
    Field("status", "number", attrgetter("current.status"), type=Status),
    Field("statusDescription", "text", attrgetter("current.status_description")),
    _ours("profile"),
    _ours("operation", type=SendingOperation),
    _ours("services", type=Api),
    _ours("registered", "moment"),
    _ours("updated", "moment"),
)
INBOX = (
    *(_incoming(name) for name in ("to", "from", "content", "format", "sessionKey", "plugin")),
    _ours("id", "number"),
    _ours("origin", type=InboxOrigin),
    _ours("services", type=Api),
    _ours("registered", "moment"),
)
STATUS_REPORTS = (
    _ours("id", "number"),
    _ours("plugin"),
    _ours("externalMessageId"),
    _ours("status", "number", Status),
    _ours("statusDescription"),
    _ours("services", type=Api),
    _ours("at", "moment"),
)
JOURNAL = (
    _ours("id", "number"),
    _ours("method"),
    _ours("target"),
    _ours("status", "number"),
    _ours("operation", type=Operation),
    _ours("services"),
    _ours("peer"),
    Field("notes", "texts", lambda entry: entry.notes or None),
    _ours("refused"),
    _ours("rule"),
    _ours("fault"),
    _ours("requestId"),
    _ours("at", "moment"),
)
