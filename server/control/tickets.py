"""The control API's tickets: who logged in, how often a ticket was used, and ending one on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import Rule

from messaging_double.models.tickets import BY_HAND, TicketText, is_secret, masked
from messaging_double.server.control.answers import TENANT, json_answer, list_answer, no_content
from messaging_double.server.control.body import json_object
from messaging_double.server.control.paging import page_of
from messaging_double.server.control.problems import Problem
from messaging_double.server.control.shapes import iso
from messaging_double.server.settings.kinds import is_plain
from messaging_double.server.settings.row import shown

if TYPE_CHECKING:
    from datetime import datetime

    from werkzeug.wrappers import Request, Response

    from messaging_double.models.tickets import Ticket
    from messaging_double.server.access import Access

WAYS = ("none", "onsite", "online")


class TicketResources:
    """``T/tickets`` and ``T/auth``."""

    def __init__(self, access: Access) -> None:
        """Show, issue and end the tickets of ``access``."""
        self._access = access

    def rules(self) -> list[Rule]:
        """Return the URLs."""
        tickets = f"{TENANT}/tickets"
        return [
            Rule(tickets, methods=["GET"], endpoint=self._list),
            Rule(tickets, methods=["POST"], endpoint=self._issue),
            Rule(f"{tickets}/expire", methods=["POST"], endpoint=self._expire_all),
            Rule(f"{tickets}/<int:number>", methods=["GET"], endpoint=self._show),
            Rule(f"{tickets}/<int:number>", methods=["DELETE"], endpoint=self._revoke),
            Rule(f"{tickets}/<int:number>/expire", methods=["POST"], endpoint=self._expire),
            Rule(f"{TENANT}/auth", methods=["GET"], endpoint=self._show_auth),
            Rule(f"{TENANT}/auth", methods=["PUT"], endpoint=self._set_auth),
        ]

    def _list(self, request: Request, tenant: str) -> Response:
        limit, before = page_of(request.args, request.path)
        tickets, total, (authentications, uses) = self._access.page(tenant, limit=limit + 1, before=before)
        now = self._access.now(tenant)
        rows = [_ticket(ticket, tenant, now) for ticket in tickets]
        counts = {"authentications": authentications, "uses": uses}
        return list_answer("tickets", rows, total, limit, number="number", **counts)

    def _show(self, request: Request, tenant: str, number: int) -> Response:  # noqa: ARG002 (as every endpoint)
        return self._answer(tenant, number)

    def _issue(self, request: Request, tenant: str) -> Response:
        example = '{"user": "ole"}'
        user = json_object(request, ("user",), example).get("user")
        if not isinstance(user, str) or not is_plain(user):
            raise Problem(400, f"user is {shown(user)}", f"expected a text that XML allows: {example}")
        if is_secret(user):
            raise Problem(400, f"user is {masked(user)}", f"expected a user name, no ticket: {example}")
        ticket, text = self._access.issue(tenant, user, BY_HAND)
        # The one place that gives a ticket in full: whoever asks for it wants to use it.
        return json_answer({**_ticket(ticket, tenant, ticket.issued), "ticket": text}, status=201)

    def _expire(self, request: Request, tenant: str, number: int) -> Response:  # noqa: ARG002
        self._access.expire(tenant, number)
        return self._answer(tenant, number)

    def _expire_all(self, request: Request, tenant: str) -> Response:  # noqa: ARG002
        return json_answer({"expired": self._access.expire_all(tenant)})

    def _revoke(self, request: Request, tenant: str, number: int) -> Response:  # noqa: ARG002
        if not self._access.revoke(tenant, number):
            raise _absent(tenant, number)
        return no_content()

    def _show_auth(self, request: Request, tenant: str) -> Response:  # noqa: ARG002
        return json_answer({"auth": self._access.way_of(tenant)})

    def _set_auth(self, request: Request, tenant: str) -> Response:
        example = '{"auth": "onsite"}, or null to go back to the setting'
        given = json_object(request, ("auth",), example)
        if "auth" not in given:
            raise Problem(400, "auth is missing", f"expected {example}")
        auth = given["auth"]
        if auth is not None and auth not in WAYS:
            raise Problem(400, f"auth is {shown(auth)}", f"expected one of {', '.join(WAYS)}: {example}")
        self._access.set_way_of(tenant, auth)
        return json_answer({"auth": self._access.way_of(tenant)})

    def _answer(self, tenant: str, number: int) -> Response:
        ticket = self._access.get(tenant, number)
        if ticket is None:
            raise _absent(tenant, number)
        return json_answer(_ticket(ticket, tenant, self._access.now(tenant)))


def _ticket(ticket: Ticket, tenant: str, now: datetime) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "ticket": masked(TicketText(ticket.secret, ticket.number, tenant).encode()),
        "user": ticket.user,
        "origin": ticket.origin,
        "state": ticket.state(now),
        "issued": iso(ticket.issued),
        "renewed": iso(ticket.renewed),
        "expires": iso(ticket.expires),
        "uses": ticket.uses,
    }


def _absent(tenant: str, number: int) -> Problem:
    url = f"/_mock/v1/tenants/{tenant}/tickets"
    return Problem(404, f"tenant '{tenant}' has no ticket {number}", f"those that it has are at {url}")
