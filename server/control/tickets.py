"""``T/tickets`` and ``T/auth``: who logged in, and how tickets are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.models.control.tenants import Auth, Expired, NewAuth, NewTicket, Ticket, TicketPage
from messaging_double.models.tickets import BY_HAND, TicketText, is_secret, masked
from messaging_double.server.control.operation import TENANT, ControlRequest, operation
from messaging_double.server.control.problems import Problem
from messaging_double.server.control.responses import PAGE, cut, page_of

if TYPE_CHECKING:
    from datetime import datetime

    from messaging_double.models import tickets
    from messaging_double.server.agents.access import Access

_TICKETS = f"{TENANT}/tickets"
_ONE = f"{_TICKETS}/{{number}}"


class TicketResources:
    """Tickets."""

    def __init__(self, access: Access) -> None:
        """Show, issue and end the tickets of ``access``."""
        self._access = access

    @operation(f"GET {_TICKETS}", "listTickets", "List the tickets, newest first.", TicketPage, query=PAGE)
    def _list(self, request: ControlRequest) -> TicketPage:
        limit, before = page_of(request.query)
        found, total, (logins, uses) = self._access.page(request.tenant, limit=limit + 1, before=before)
        now = self._access.now(request.tenant)
        shown, cursor = cut([_shown(each, request.tenant, now) for each in found], limit, lambda each: each.number)
        return TicketPage(total, cursor, tickets=list(shown), authentications=logins, uses=uses)

    @operation(f"POST {_TICKETS}", "issueTicket", "Issue a ticket.", Ticket, status=201, body=NewTicket)
    def _issue(self, request: ControlRequest) -> Ticket:
        user = request.body.user
        if is_secret(user):
            raise Problem(400, f"user is {masked(user)}", 'expected a user name, no ticket: {"user": "ole"}')
        ticket, text = self._access.issue(request.tenant, user, BY_HAND)
        shown = _shown(ticket, request.tenant, ticket.issued)
        shown.ticket = text  # the only response with a whole ticket: it was issued to be used
        return shown

    @operation(f"POST {_TICKETS}/expire", "expireTickets", "Expire all tickets.", Expired)
    def _expire_all(self, request: ControlRequest) -> Expired:
        return Expired(self._access.expire_all(request.tenant))

    @operation(f"GET {_ONE}", "getTicket", "Show a ticket.", Ticket)
    def _show(self, request: ControlRequest) -> Ticket:
        ticket = self._access.get(request.tenant, request.path["number"])
        if ticket is None:
            raise _absent(request)
        return _shown(ticket, request.tenant, self._access.now(request.tenant))

    @operation(f"DELETE {_ONE}", "revokeTicket", "Revoke a ticket.")
    def _revoke(self, request: ControlRequest) -> None:
        if not self._access.revoke(request.tenant, request.path["number"]):
            raise _absent(request)

    @operation(f"POST {_ONE}/expire", "expireTicket", "Expire a ticket.", Ticket)
    def _expire(self, request: ControlRequest) -> Ticket:
        self._access.expire(request.tenant, request.path["number"])
        return self._show(request)

    @operation(f"GET {TENANT}/auth", "getAuth", "Show how tickets are checked.", Auth)
    def _show_auth(self, request: ControlRequest) -> Auth:
        mode: Any = self._access.auth_mode(request.tenant)
        return Auth(mode)

    @operation(f"PUT {TENANT}/auth", "setAuth", "Set how tickets are checked.", Auth, body=NewAuth)
    def _set_auth(self, request: ControlRequest) -> Auth:
        self._access.set_way_of(request.tenant, request.body.auth)
        return self._show_auth(request)


def _shown(ticket: tickets.Ticket, tenant: str, now: datetime) -> Ticket:
    text = masked(TicketText(ticket.secret, ticket.number, tenant).encode())
    state: Any = ticket.state(now)
    times = (ticket.issued, ticket.renewed, ticket.expires)
    return Ticket(ticket.number, text, ticket.user, ticket.origin, state, *times, ticket.uses)


def _absent(request: ControlRequest) -> Problem:
    error = f"tenant '{request.tenant}' has no ticket {request.path['number']}"
    return Problem(404, error, f"those that it has are at /_mock/v1/tenants/{request.tenant}/tickets")
