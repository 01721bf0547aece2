"""What a tenant is filled with, and how that is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.models.fields import snake
from messaging_double.models.operations import SENDING
from messaging_double.models.records import StatusChange
from messaging_double.server.control.filters import ORIGINS, SERVICES
from messaging_double.server.control.problems import Problem
from messaging_double.server.control.tickets import WAYS
from messaging_double.server.shapes.matches import PAIRS
from messaging_double.server.shapes.objects import ListOf, Member, Nullable, Object
from messaging_double.server.shapes.statuses import status_of
from messaging_double.server.shapes.values import Address, Moment, Number, Shape, Text, Word

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT = Nullable(Text())
_MOST = 65_536
"""Messages of a list, as one call of SOAP may have: some seconds in which nobody else is answered."""
_SERVICES = Word(SERVICES)
_IDS = Number(1, 2_147_000_000)
"""Those that leave others free: a tenant without any could send nothing more."""
_SENT = (
    Member("messagingId", _IDS, "The next one, if it is not said."),
    Member("externalMessageId", _TEXT, "Made from the seed, if it is not said and its plugin gives any."),
    Member("plugin", Text("CM")),
    Member("from", Nullable(Address())),
    Member("to", Nullable(Address())),
    Member("content", _TEXT),
    Member("format", _TEXT),
    Member("parentMessagingId", Nullable(Number())),
    Member("suggestedSessionKey", _TEXT),
    Member("sessionKey", Text()),
    Member("config", Nullable(PAIRS)),
    Member("outcome", _TEXT, "The profile that it went by; nothing follows by itself for what is filled in."),
    Member("operation", Word(SENDING)),
    Member("services", _SERVICES),
    Member("registered", Moment()),
    Member("updated", Moment()),
)
_INCOMING = Object(
    "NewIncomingMessage",
    (
        Member("id", _IDS, "The next one, if it is not said."),
        Member("to", Nullable(Address())),
        Member("from", Nullable(Address())),
        Member("content", _TEXT),
        Member("format", _TEXT),
        Member("sessionKey", _TEXT),
        Member("plugin", _TEXT),
        Member("origin", Word(ORIGINS), "seed, if it is not said."),
        Member("services", Nullable(_SERVICES)),
        Member("registered", Moment()),
    ),
    {"from": "+447700900001", "content": "Takk!"},
)


def contents_shape(statuses: Mapping[str, int]) -> Object:
    """Return the shape of what a tenant is filled with, where these statuses are known."""
    sent = _outgoing(status_of(statuses))
    return Object(
        "TenantContents",
        (
            Member("seed", _TEXT, "What its ids and session keys are made from; null for that of the settings."),
            Member("auth", Nullable(Word(WAYS)), "How its tickets are checked; null for the way of the settings."),
            Member("outbox", ListOf(sent, _MOST), "Oldest first, or with their ids in any order."),
            Member("inbox", ListOf(_INCOMING, _MOST), "Likewise."),
        ),
        {"seed": "a", "outbox": [{"to": "+447700900001", "content": "God morgen!"}]},
    )


def _outgoing(status: Shape) -> Object:
    sample = {"to": "+447700900001", "content": "God morgen!"}
    return Object("NewOutgoingMessage", (*_SENT, *_status_members(status)), sample)


def _status_members(status: Shape) -> tuple[Member, ...]:
    change = Object(
        "NewStatusChange",
        (
            Member("status", status, "A number, or a name.", required=True),
            Member("statusDescription", _TEXT),
            Member("at", Moment(), required=True),
            Member("by", Text("SendMessages")),
        ),
        {"status": 1, "at": Moment().example},
    )
    history = "Oldest first; status and statusDescription are those of the last one."
    return (
        Member("status", status, "A number, or a name; sent, if it is not said."),
        Member("statusDescription", _TEXT),
        Member("statuses", ListOf(change, _MOST), history),
    )


def record_of(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Name a message's members as its record's fields are.  Raises ``Problem`` (400) for what contradicts itself."""
    for name in ("status", "statusDescription"):
        if given.get("statuses") and name in given and given[name] != given["statuses"][-1].get(name):
            error = f"{where} has statuses, and beside them another {name} than the last of them"
            hint = 'say one: {"statuses": [{"status": 1, "at": "2026-11-21T08:00:00Z"}]} or {"status": 1}'
            raise Problem(400, error, hint)
    record = {_field(name): value for name, value in given.items()}
    if given.get("config") is not None:
        record["config"] = tuple((pair["key"], pair["value"]) for pair in given["config"])
    if "statuses" in given:
        record["statuses"] = tuple(
            StatusChange(each["status"], each.get("statusDescription"), each["at"], each.get("by", "seed"))
            for each in given["statuses"]
        )
    return record


def _field(name: str) -> str:
    return "from_" if name == "from" else snake(name)
