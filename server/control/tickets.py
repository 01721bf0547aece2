"""The control API's tickets: who logged in, how often a ticket was used, and ending one on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from messaging_double.models.tickets import BY_HAND, TicketText, is_secret, masked
from messaging_double.server.control.answers import json_answer, list_answer, no_content
from messaging_double.server.control.operations import TENANT, Ask, Operation
from messaging_double.server.control.paging import PAGE, page_of
from messaging_double.server.control.problems import Problem
from messaging_double.server.control.shapes import list_of
from messaging_double.server.shapes.objects import Member, Nullable, Object
from messaging_double.server.shapes.values import Moment, Number, Text, Word

if TYPE_CHECKING:
    from datetime import datetime

    from werkzeug.wrappers import Response

    from messaging_double.models.tickets import Ticket
    from messaging_double.server.access import Access
    from messaging_double.server.shapes.values import Json

WAYS = ("none", "onsite", "online")


@dataclass(frozen=True)
class _Seen:
    """A ticket at a moment of its tenant's clock."""

    ticket: Ticket
    tenant: str
    now: datetime

    @property
    def text(self) -> str:
        return TicketText(self.ticket.secret, self.ticket.number, self.tenant).encode()


_TICKET = Object(
    "Ticket",
    (
        Member("number", Number(), "From 1.", of=attrgetter("ticket.number")),
        Member("ticket", Text(), "Masked, but in the answer that issues it.", of=lambda seen: masked(seen.text)),
        Member("user", Text(), of=attrgetter("ticket.user")),
        Member("origin", Text(), "The operation that issued it, or the control API.", of=attrgetter("ticket.origin")),
        Member("state", Word(("alive", "expired", "revoked")), of=lambda seen: seen.ticket.state(seen.now)),
        Member("issued", Moment(), of=attrgetter("ticket.issued")),
        Member("renewed", Moment(), "When it was last used.", of=attrgetter("ticket.renewed")),
        Member("expires", Moment(), of=attrgetter("ticket.expires")),
        Member("uses", Number(), "How many calls carried it.", of=attrgetter("ticket.uses")),
    ),
    shown=True,
)
_TICKETS = list_of(
    "tickets",
    _TICKET,
    Member("authentications", Number(), "How many tickets clients logged in for."),
    Member("uses", Number(), "How many calls carried one of them."),
)
_NEW = Object(
    "NewTicket", (Member("user", Text("ole", empty=False), "Whose ticket it is.", required=True),), {"user": "ole"}
)
_AUTH = Object("Auth", (Member("auth", Word(WAYS), required=True),), shown=True)
_NEW_AUTH = Object(
    "NewAuth",
    (Member("auth", Nullable(Word(WAYS)), "null goes back to the setting.", required=True),),
    {"auth": "onsite"},
)
_EXPIRED = Object("Expired", (Member("expired", Number(), "How many were alive."),), shown=True)


class TicketResources:
    """``T/tickets`` and ``T/auth``."""

    def __init__(self, access: Access) -> None:
        """Show, issue and end the tickets of ``access``."""
        self._access = access

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        tickets = f"{TENANT}/tickets"
        one = f"{tickets}/{{number}}"
        auth = f"{TENANT}/auth"
        return [
            Operation(
                "GET", tickets, "listTickets", "List the tickets, newest first.", self._list, {200: _TICKETS}, PAGE
            ),
            Operation("POST", tickets, "issueTicket", "Issue one.", self._issue, {201: _TICKET}, body=_NEW),
            Operation(
                "POST", f"{tickets}/expire", "expireTickets", "End the life of all.", self._expire_all, {200: _EXPIRED}
            ),
            Operation("GET", one, "getTicket", "Show one.", self._show, {200: _TICKET}),
            Operation("DELETE", one, "revokeTicket", "Let it pass no more.", self._revoke, {204: None}),
            Operation("POST", f"{one}/expire", "expireTicket", "End its life.", self._expire, {200: _TICKET}),
            Operation("GET", auth, "getAuth", "Tell how tickets are checked.", self._show_auth, {200: _AUTH}),
            Operation("PUT", auth, "setAuth", "Check tickets so.", self._set_auth, {200: _AUTH}, body=_NEW_AUTH),
        ]

    def _list(self, ask: Ask) -> Response:
        limit, before = page_of(ask.query)
        tickets, total, (authentications, uses) = self._access.page(ask.tenant, limit=limit + 1, before=before)
        now = self._access.now(ask.tenant)
        rows = [_TICKET.show(_Seen(ticket, ask.tenant, now)) for ticket in tickets]
        counts = {"authentications": authentications, "uses": uses}
        return list_answer("tickets", rows, total, limit, number="number", **counts)

    def _show(self, ask: Ask) -> Response:
        return self._answer(ask)

    def _issue(self, ask: Ask) -> Response:
        user = ask.body["user"]
        if is_secret(user):
            hint = 'expected a user name, no ticket: {"user": "ole"}'
            raise Problem(400, f"user is {masked(user)}", hint)
        ticket, text = self._access.issue(ask.tenant, user, BY_HAND)
        # The one place that gives a ticket in full: whoever asks for it wants to use it.
        answer: Json = {**_TICKET.show(_Seen(ticket, ask.tenant, ticket.issued)), "ticket": text}
        return json_answer(answer, status=201)

    def _expire(self, ask: Ask) -> Response:
        self._access.expire(ask.tenant, ask.path["number"])
        return self._answer(ask)

    def _expire_all(self, ask: Ask) -> Response:
        return json_answer({"expired": self._access.expire_all(ask.tenant)})

    def _revoke(self, ask: Ask) -> Response:
        if not self._access.revoke(ask.tenant, ask.path["number"]):
            raise _absent(ask.tenant, ask.path["number"])
        return no_content()

    def _show_auth(self, ask: Ask) -> Response:
        return json_answer({"auth": self._access.way_of(ask.tenant)})

    def _set_auth(self, ask: Ask) -> Response:
        self._access.set_way_of(ask.tenant, ask.body["auth"])
        return self._show_auth(ask)

    def _answer(self, ask: Ask) -> Response:
        number = ask.path["number"]
        ticket = self._access.get(ask.tenant, number)
        if ticket is None:
            raise _absent(ask.tenant, number)
        return json_answer(_TICKET.show(_Seen(ticket, ask.tenant, self._access.now(ask.tenant))))


def _absent(tenant: str, number: int) -> Problem:
    url = f"/_mock/v1/tenants/{tenant}/tickets"
    return Problem(404, f"tenant '{tenant}' has no ticket {number}", f"those that it has are at {url}")
