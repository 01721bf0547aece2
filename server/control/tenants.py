"""Tenants: what each has, fixtures, snapshots, streams of what changes; ``T/tickets`` and ``T/auth``: who may call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from messaging_double.models.control import about
from messaging_double.models.control.messages import Deleted
from messaging_double.models.control.tenants import (
    DEFAULT_SNAPSHOT,
    Auth,
    Expired,
    Fixtures,
    NewAuth,
    NewSnapshot,
    NewTicket,
    Snapshot,
    Snapshots,
    Tenant,
    Tenants,
    Ticket,
    TicketPage,
)
from messaging_double.models.control.values import convert
from messaging_double.models.texts import NOT_XML
from messaging_double.models.tickets import BY_HAND, TicketText, is_secret, masked
from messaging_double.server.agents.fixtures import FixtureError
from messaging_double.server.control.lists import PAGE, cut, page_of
from messaging_double.server.control.operation import TENANT, V1, ControlRequest, Media, operation
from messaging_double.server.control.responses import Problem, absent
from messaging_double.server.validation import as_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from messaging_double.models import tickets
    from messaging_double.server.agents.access import Access
    from messaging_double.server.agents.fixtures import Loader
    from messaging_double.server.retention import Retention
    from messaging_double.server.waiting.waiters import Waiting
    from messaging_double.server.waiting.workers import Workers
    from messaging_double.storage import Storage, UnitOfWork

_TICKETS = f"{TENANT}/tickets"
_TICKET = f"{_TICKETS}/{{number}}"
_RESET = (
    "Reset a tenant: no messages, journal, tickets or rules, ids from the beginning, and the seed, clock, profile and "
    "auth mode of the settings. Its snapshots stay."
)
_LIST = "List the tenants that have been used; with the token of a tenant that one only."
_TAKE = "Take a snapshot of what the tenant has, except its journal. A snapshot of the same name is replaced."
_RESTORE = "Restore a snapshot. What the tenant has now, except its journal, is deleted."
_STREAM = Media(
    "text/event-stream",
    "Events `tenant`, with the JSON of getTenant as data, and `deleted`, with the name of the tenant; in the stream of "
    "all tenants also `other`, when another process on the same database has written for a tenant.",
)
_STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would keep the events to itself
_WATCH_ALL = "Stream an event whenever a tenant changes."
_WATCH_ONE = "Stream an event now and whenever the tenant changes, until it is deleted."
_NO_STREAM = {501: about.Problem}


class TenantResources:
    """Tenants and their snapshots."""

    deleted: Callable[[str], object]
    """Is called with each tenant that was deleted."""

    def __init__(self, storage: Storage, access: Access, loader: Loader, retention: Retention) -> None:
        """Show and change what ``storage`` keeps."""
        self._storage = storage
        self._access = access
        self._loader = loader
        self._retention = retention

    @operation(f"GET {V1}/tenants", "listTenants", _LIST, Tenants, is_open=True, needs_journal=True)
    def _list(self, request: ControlRequest) -> Tenants:
        admitted = request.admitted
        self._retention.forget()
        with self._storage.reading() as work:
            counted: Any = work.tenants.counted()
        usual: Any = self._access.usual_auth_mode
        return Tenants(
            [
                Tenant(name, auth or usual, *counts)
                for name, auth, *counts in counted
                if admitted is None or name in admitted
            ]
        )

    @operation(
        f"DELETE {V1}/tenants", "deleteTenants", "Delete all tenants and their snapshots.", Deleted, needs_journal=True
    )
    def _delete_all(self, _: ControlRequest) -> Deleted:
        with self._storage.writing() as work:
            names = work.tenants.names()
            for name in names:
                work.tenants.delete(name)
        for name in names:
            self.deleted(name)
        self._retention.give_back_space()
        return Deleted(len(names))

    @operation(f"POST {V1}/reset", "resetAll", "Reset all tenants.", needs_journal=True)
    def _reset_all(self, _: ControlRequest) -> None:
        with self._storage.writing() as work:
            for name in work.tenants.names():
                work.tenants.reset(name)
        self._retention.give_back_space()

    @operation(f"GET {TENANT}", "getTenant", "Show how much a tenant has.", Tenant, needs_journal=True)
    def _show(self, request: ControlRequest) -> Tenant:
        with self._storage.reading() as work:
            return self.counted(work, request.tenant)

    @operation(
        f"PUT {TENANT}",
        "loadFixtures",
        "Reset a tenant, then load fixtures into it.",
        Tenant,
        body=Fixtures,
        needs_journal=True,
    )
    def _load(self, request: ControlRequest) -> Tenant:
        try:
            self._loader.load(request.tenant, request.body)
        except FixtureError as error:
            raise Problem(400, str(error), error.hint) from None
        return self._show(request)

    @operation(f"DELETE {TENANT}", "deleteTenant", "Delete a tenant and its snapshots.", needs_journal=True)
    def _delete(self, request: ControlRequest) -> None:
        with self._storage.writing() as work:
            work.tenants.delete(request.tenant)
        self.deleted(request.tenant)
        self._retention.give_back_space()

    @operation(f"POST {TENANT}/reset", "reset", _RESET, needs_journal=True)
    def _reset(self, request: ControlRequest) -> None:
        with self._storage.writing() as work:
            work.tenants.reset(request.tenant)
        self._retention.give_back_space()

    @operation(f"GET {TENANT}/snapshots", "listSnapshots", "List the snapshots of a tenant.", Snapshots)
    def _snapshots(self, request: ControlRequest) -> Snapshots:
        with self._storage.reading() as work:
            return Snapshots([_snapshot(each) for each in work.snapshots.list(request.tenant)])

    @operation(
        f"POST {TENANT}/snapshots",
        "takeSnapshot",
        _TAKE,
        Snapshot,
        status=201,
        body=NewSnapshot,
        body_required=False,
        needs_journal=True,
    )
    def _take_snapshot(self, request: ControlRequest) -> Snapshot:
        name = request.body.name
        if "/" in name:  # no WSGI server distinguishes %2F in a URL from a slash
            raise Problem(
                400, f"name is {as_json(name)}", f"expected a name without slashes: {as_json(DEFAULT_SNAPSHOT)}"
            )
        with self._storage.writing() as work:
            work.snapshots.take(request.tenant, name, self._access.now(request.tenant))
            (taken,) = (each for each in work.snapshots.list(request.tenant) if each.name == name)
        return _snapshot(taken)

    @operation(f"POST {TENANT}/snapshots/{{name}}/restore", "restoreSnapshot", _RESTORE, needs_journal=True)
    def _restore_snapshot(self, request: ControlRequest) -> None:
        self._change_snapshot(request, "restore")

    @operation(f"DELETE {TENANT}/snapshots/{{name}}", "deleteSnapshot", "Delete a snapshot.")
    def _delete_snapshot(self, request: ControlRequest) -> None:
        self._change_snapshot(request, "delete")

    def _change_snapshot(self, request: ControlRequest, how: str) -> None:
        name: str = request.path["name"]
        if not NOT_XML.search(name):  # no snapshot has such a name
            with self._storage.writing() as work:
                is_there = getattr(work.snapshots, how)(request.tenant, name)
            if is_there:
                self._retention.give_back_space()
                return
        raise absent(request.tenant, f"snapshot '{name}'", "snapshots")

    def counted(self, work: UnitOfWork, name: str) -> Tenant:
        """Return a tenant and how much it has."""
        lists = (work.outbox, work.inbox, work.status_reports, work.journal)
        mode: Any = self._access.auth_mode(name)
        return Tenant(name, mode, *(each.count(name, ()) for each in lists))


def _snapshot(record: object) -> Snapshot:
    snapshot: Snapshot = convert(record, Snapshot, from_attributes=True)
    return snapshot


class EventResources:
    """Streams of what changes in one tenant, or in all."""

    def __init__(self, waiting: Waiting, workers: Workers) -> None:
        """Let streams wait with ``waiting``; they look at the storage on ``workers``."""
        self._waiting = waiting
        self._workers = workers

    @operation(f"GET {V1}/events", "watchTenants", _WATCH_ALL, _STREAM, others=_NO_STREAM)
    def _watch_all(self, request: ControlRequest) -> Response:
        return self._response(request, None)

    @operation(f"GET {TENANT}/events", "watchTenant", _WATCH_ONE, _STREAM, others=_NO_STREAM)
    def _watch_one(self, request: ControlRequest) -> Response:
        return self._response(request, request.tenant)

    def _response(self, request: ControlRequest, tenant: str | None) -> Response:
        connection = request.request.environ.get("messaging_double.connection")
        if connection is None:
            hint = "poll the lists instead, or run messaging-double serve; for example GET /_mock/v1/tenants"
            raise Problem(501, "this server has no streams of events", hint)
        stream = self._waiting.stream(connection, self._workers, tenant)
        return Response(stream, headers=_STREAM_HEADERS, content_type="text/event-stream")


class TicketResources:
    """Tickets."""

    def __init__(self, storage: Storage, access: Access) -> None:
        """Show and end the tickets in ``storage``; let ``access`` issue some."""
        self._storage = storage
        self._access = access

    @operation(f"GET {_TICKETS}", "listTickets", "List the tickets, newest first.", TicketPage, query=PAGE)
    def _list(self, request: ControlRequest) -> TicketPage:
        limit, before = page_of(request.query)
        with self._storage.reading() as work:
            found, total = work.tickets.search(request.tenant, (), limit=limit + 1, before=before)
            logins, uses = work.tickets.counts(request.tenant)
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
        with self._storage.writing(request.tenant) as work:
            return Expired(work.tickets.expire_all(request.tenant, at=self._access.now(request.tenant)))

    @operation(f"GET {_TICKET}", "getTicket", "Show a ticket.", Ticket)
    def _show(self, request: ControlRequest) -> Ticket:
        with self._storage.reading() as work:
            ticket = work.tickets.get(request.tenant, request.path["number"])
        if ticket is None:
            raise _absent(request)
        return _shown(ticket, request.tenant, self._access.now(request.tenant))

    @operation(f"DELETE {_TICKET}", "revokeTicket", "Revoke a ticket.")
    def _revoke(self, request: ControlRequest) -> None:
        with self._storage.writing(request.tenant) as work:
            was_there = work.tickets.revoke(request.tenant, request.path["number"])
        if not was_there:
            raise _absent(request)

    @operation(f"POST {_TICKET}/expire", "expireTicket", "Expire a ticket.", Ticket)
    def _expire(self, request: ControlRequest) -> Ticket:
        with self._storage.writing(request.tenant) as work:
            work.tickets.expire(request.tenant, request.path["number"], at=self._access.now(request.tenant))
        return self._show(request)

    @operation(f"GET {TENANT}/auth", "getAuth", "Show how tickets are checked.", Auth)
    def _show_auth(self, request: ControlRequest) -> Auth:
        mode: Any = self._access.auth_mode(request.tenant)
        return Auth(mode)

    @operation(f"PUT {TENANT}/auth", "setAuth", "Set how tickets are checked.", Auth, body=NewAuth)
    def _set_auth(self, request: ControlRequest) -> Auth:
        with self._storage.writing(request.tenant) as work:
            work.tenants.set(request.tenant, auth=request.body.auth)
        return self._show_auth(request)


def _shown(ticket: tickets.Ticket, tenant: str, now: datetime) -> Ticket:
    text = masked(TicketText(ticket.secret, ticket.number, tenant).encode())
    state: Any = ticket.state(now)
    times = (ticket.issued, ticket.renewed, ticket.expires)
    return Ticket(ticket.number, text, ticket.user, ticket.origin, state, *times, ticket.uses)


def _absent(request: ControlRequest) -> Problem:
    return absent(request.tenant, f"ticket {request.path['number']}", "tickets")
