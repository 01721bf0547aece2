"""The members by which messages can be asked for, once for queries, expectations, rules and their documentation.

Names are those of the control API: the contract's nouns in lower camel case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["text", "number", "moment", "pairs", "texts"]


@dataclass(frozen=True)
class Field:
    """One member."""

    name: str
    kind: Kind
    of: Callable[[Any], Any]
    """Takes it off its record."""
    element: str | None = None
    """Where the contract has it: ``OutgoingMessages/OutgoingMessage[{position}]/To``; ``None`` for what is ours."""

    def path(self, entry: Any) -> str:  # noqa: ANN401 (any of the records)
        """Return the element of this very message, or its name in the control API where the contract has none."""
        return self.name if self.element is None else self.element.format(entry=entry)


def _outgoing(name: str, element: str, kind: Kind = "text") -> Field:
    attribute = {"from": "from_"}.get(name) or snake(name)
    path = "{entry.operation}/OutgoingMessages/OutgoingMessage[{entry.position}]/" + element
    return Field(name, kind, lambda entry: getattr(entry.message, attribute), path)


def _incoming(name: str) -> Field:
    attribute = {"from": "from_"}.get(name) or snake(name)
    return Field(
        name, "text", lambda entry: getattr(entry.message, attribute), "{entry.origin}/IncomingMessage/" + _pascal(name)
    )


def _ours(name: str, kind: Kind = "text") -> Field:
    attribute = snake(name)
    return Field(name, kind, lambda entry: getattr(entry, attribute))


def snake(name: str) -> str:
    """Return a name of the control API as records and columns have it: ``session_key`` for ``sessionKey``."""
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


OUTBOX = (
    _outgoing("to", "To"),
    _outgoing("from", "From"),
    _outgoing("content", "Content"),
    _outgoing("format", "Format"),
    _outgoing("parentMessagingId", "ParentMessagingId", "number"),
    _outgoing("suggestedSessionKey", "SuggestedSessionKey"),
    Field("plugin", "text", lambda entry: entry.plugin, "{entry.operation}/Plugin"),
    Field("config", "pairs", lambda entry: entry.config, "{entry.operation}/Config"),
    _ours("messagingId", "number"),
    _ours("externalMessageId"),
    _ours("sessionKey"),
    Field("status", "number", lambda entry: entry.current.status),
    Field("statusDescription", "text", lambda entry: entry.current.status_description),
    _ours("outcome"),
    _ours("operation"),
    _ours("services"),
    _ours("registered", "moment"),
    _ours("updated", "moment"),
)
INBOX = (
    *(_incoming(name) for name in ("to", "from", "content", "format", "sessionKey", "plugin")),
    _ours("id", "number"),
    _ours("origin"),
    _ours("services"),
    _ours("registered", "moment"),
)
STATUS_REPORTS = (
    _ours("id", "number"),
    _ours("plugin"),
    _ours("externalMessageId"),
    _ours("status", "number"),
    _ours("statusDescription"),
    _ours("services"),
    _ours("at", "moment"),
)
JOURNAL = (
    _ours("id", "number"),
    _ours("method"),
    _ours("target"),
    _ours("status", "number"),
    _ours("operation"),
    _ours("services"),
    _ours("peer"),
    Field("notes", "texts", lambda entry: entry.notes or None),
    _ours("refused"),
    _ours("rule"),
    _ours("fault"),
    _ours("at", "moment"),
)
