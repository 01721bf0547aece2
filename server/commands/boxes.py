"""``messaging-double outbox`` and ``messaging-double inbox``: what clients sent, and what came in."""

from __future__ import annotations

from functools import partial
from typing import Any

from . import lists
from .command import Command
from .lists import Listing, plain, text
from .output import quoted


def _status(item: dict[str, Any]) -> str:
    description = item.get("statusDescription")
    return f"{item.get('status')}" if description is None else f"{item.get('status')} {quoted(description)}"


_OUTBOX = Listing(
    "outbox",
    "messages",
    {
        "messagingId": plain("messagingId"),
        "registered": plain("registered"),
        "plugin": text("plugin"),
        "from": text("from"),
        "to": text("to"),
        "status": _status,
        "outcome": plain("outcome"),
        "content": text("content"),
    },
)
_INBOX = Listing(
    "inbox",
    "messages",
    {
        "id": plain("id"),
        "registered": plain("registered"),
        "origin": plain("origin"),
        "from": text("from"),
        "to": text("to"),
        "sessionKey": text("sessionKey"),
        "content": text("content"),
    },
)

OUTBOX = Command(
    "outbox",
    "show what clients sent",
    f"Show what clients sent, newest first. {lists.FIELDS} {lists.EXIT}",
    "messaging-double outbox to=+447700900001 --wait 5s",
    partial(lists.show, _OUTBOX),
    lists.add_flags,
    lists.WORDS,
)
INBOX = Command(
    "inbox",
    "show what came in",
    f"Show what came in by CreateMessage and as replies, newest first. {lists.FIELDS} {lists.EXIT}",
    "messaging-double inbox from=+447700900001 --count 1 --json",
    partial(lists.show, _INBOX),
    lists.add_flags,
    lists.WORDS,
)
