"""Who is admitted to an agent: the three ways of checking tickets, and the tickets themselves.

``none`` admits any call, ``onsite`` asks for a ticket that was issued and is valid, ``online`` also for a known
ApplicationToken, a ticket of the URL's tenant, and an application that was granted the agent.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING

from msgspec import Struct

from messaging_double.models import errors
from messaging_double.models.errors import AccessDenied
from messaging_double.models.identifiers import ticket_secret
from messaging_double.models.records import Application
from messaging_double.models.tickets import (
    ACCESS_TOKEN_PREFIX,
    GrantText,
    Ticket,
    TicketText,
    decode_ticket,
    tenant_of_access_token,
)
from messaging_double.server.calls.paths import canonical_tenant
from messaging_double.storage import StorageBusyError, StorageError

if TYPE_CHECKING:
    from datetime import datetime

    from messaging_double.models.records import TenantState
    from messaging_double.server.calls.call import Call
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation import Clock
    from messaging_double.storage import Storage, UnitOfWork

_log = logging.getLogger("messaging_double.access")

UNKNOWN_APPLICATION = "unknown-application"
UNGRANTED_APPLICATION = "ungranted-application"
"""ApplicationTokens that fail on purpose where the settings name no applications."""
RESTRICTED = frozenset(("Messaging",))
"""The agents that an application has to be granted ("Online Restricted", documented)."""
EXPIRED_ACCESS_TOKEN = ".expired"  # noqa: S105 (an ending, not a secret)
"""How access tokens end that have expired, on purpose."""

_DEAD = {"expired": errors.TICKET_EXPIRED, "revoked": errors.TICKET_REVOKED}


class Credentials(Struct, gc=False):
    """What a call's headers say of its caller."""

    application_token: str | None = None
    ticket: str | None = None
    needs_application: bool = True
    """Whether ``online`` asks for the ApplicationToken: not with a REST call's bearer token (documented)."""

    def __repr__(self) -> str:
        """Return no secrets: logs and error texts must not have them."""
        return "Credentials(...)"


class Access:
    """Issues tickets and checks them. Refusals are ``AccessDenied``, answered in-band."""

    def __init__(self, storage: Storage, settings: Settings, clock: Clock) -> None:
        """Keep tickets in ``storage``, by the time of ``clock``."""
        self._storage = storage
        self._settings = settings
        self._clock = clock
        self._life = timedelta(seconds=settings.ticket_seconds)

    # calls

    def admit(self, call: Call, credentials: Credentials) -> None:
        """Check a call of an agent that asks for a ticket: the application first, then the ticket.

        Raises ``AccessDenied``.
        """
        mode = self.mode_of(call)
        if mode == "none":
            self._count(call, credentials.ticket or "")
            return
        if mode == "online" and (credentials.needs_application or credentials.application_token):
            self._check_application(credentials.application_token, call.agent if call.agent in RESTRICTED else None)
        self._check_ticket(call, credentials.ticket, mode)

    def admit_application(self, call: Call, credentials: Credentials) -> None:
        """Check a call of the agent where one gets a ticket: its application alone. Raises ``AccessDenied``."""
        if self.mode_of(call) == "online":
            self._check_application(credentials.application_token)

    def mode_of(self, call: Call) -> str:
        """Return how the tickets of a call's tenant are checked."""
        return call.state.auth or self._settings.auth

    def issue(self, tenant: str, user: str, origin: str) -> tuple[Ticket, str]:
        """Make a ticket for a user; return it and the text that the client carries. Raises ``StorageError``."""
        state = self._storage.state(tenant)
        with self._storage.writing(tenant) as work:
            return self._issue(work, tenant, state, user, origin, self._clock(tenant))

    def log_in(self, call: Call, user: str) -> str:
        """Make a ticket for a user within a call; return the text that the client carries. Raises ``StorageError``."""
        return self._issue(call.work, call.tenant, call.state, user, call.operation or "", call.now)[1]

    def grant(self, call: Call, user: str, life: timedelta) -> GrantText:
        """Make a ticket that is valid for so long and is not renewed, within a call. Raises ``StorageError``."""
        ticket, _ = self._issue(call.work, call.tenant, call.state, user, call.operation or "", call.now, life)
        return GrantText(call.tenant, ticket.number, ticket.secret)

    def granted(self, call: Call, grant: GrantText) -> Ticket | None:
        """Return the ticket of a grant, if there is one."""
        tenant = canonical_tenant(grant.tenant)
        return _issued(call.work, tenant, grant.number, TicketText(grant.secret, grant.number, tenant).encode())

    def _issue(  # noqa: PLR0913, PLR0917 (what a ticket is made of)
        self,
        work: UnitOfWork,
        tenant: str,
        state: TenantState,
        user: str,
        origin: str,
        now: datetime,
        life: timedelta | None = None,
    ) -> tuple[Ticket, str]:
        number = work.tickets.reserve(tenant)
        secret = ticket_secret(self._settings.seed if state.seed is None else state.seed, tenant, number, now)
        ticket = Ticket(number, secret, user, origin, issued=now, renewed=now, expires=now + (life or self._life))
        work.tickets.add(tenant, ticket)
        return ticket, TicketText(secret, number, tenant).encode()

    def renew(self, call: Call, text: str) -> Ticket | None:
        """Use a ticket of the call's tenant in the place of a user name; ``None`` if there is none alive."""
        said = decode_ticket(text)
        if said is None or canonical_tenant(said.tenant) != call.tenant:
            return None
        try:
            return self._use(call, call.tenant, said.number, text)
        except AccessDenied:
            return None

    def ticket_of(self, call: Call, text: str) -> Ticket | None:
        """Return the ticket of a text, if there is one."""
        said = decode_ticket(text)
        return None if said is None else _issued(call.work, canonical_tenant(said.tenant), said.number, text)

    # the control API

    def now(self, tenant: str) -> datetime:
        """Return the tenant's time, by which tickets live."""
        return self._clock(tenant)

    def auth_mode(self, tenant: str) -> str:
        """Return how the tenant's tickets are checked: as the control API set it, else as the settings say."""
        return self._storage.state(tenant).auth or self._settings.auth

    @property
    def usual_auth_mode(self) -> str:
        """How tickets are checked where the control API set nothing."""
        return self._settings.auth

    # the checks

    def _check_application(self, token: str | None, agent: str | None = None) -> None:
        """Refuse an application that is not known, or that was not granted ``agent``.

        The token "must be specified if calling an Online installation … not checked for on-site" (documented).
        """
        if not token:
            raise AccessDenied(errors.APPLICATION_TOKEN_MISSING)
        application = self.application_of(token)
        if application is None:
            raise AccessDenied(errors.APPLICATION_TOKEN_UNKNOWN)
        if agent is not None and agent.casefold() not in (granted.casefold() for granted in application.agents):
            raise AccessDenied(errors.AGENT_NOT_GRANTED)

    def application_of(self, token: str) -> Application | None:
        """Return the application of a token; ``None`` for an unknown one.

        Where the settings name none, every token is that of one, but for those that fail on purpose.
        """
        if not self._settings.applications:
            agents = () if token == UNGRANTED_APPLICATION else ("Messaging",)
            return None if token == UNKNOWN_APPLICATION else Application(token, agents)
        found = None
        for application in self._settings.applications:  # all of them: the time taken reveals nothing of the token
            if same(application.token, token):
                found = application
        return found

    def _check_ticket(self, call: Call, text: str | None, mode: str) -> None:
        if not text:
            raise AccessDenied(errors.TICKET_MISSING)
        if text.startswith(ACCESS_TOKEN_PREFIX):
            self._check_access_token(call, text, mode)
            return
        said = decode_ticket(text)
        if said is None:
            raise AccessDenied(errors.TICKET_MALFORMED)
        tenant = canonical_tenant(said.tenant)
        _check_tenant(call, tenant, mode)
        self._use(call, tenant, said.number, text)

    def _check_access_token(self, call: Call, text: str, mode: str) -> None:
        """Check what stands in a ticket's place "from Services86" on (documented)."""
        if call.version is None or not call.version.access_tokens:
            raise AccessDenied(errors.ACCESS_TOKEN_TOO_EARLY)
        tenant = tenant_of_access_token(text)
        if tenant is None:
            raise AccessDenied(errors.TICKET_MALFORMED)
        _check_tenant(call, canonical_tenant(tenant), mode)
        if text.endswith(EXPIRED_ACCESS_TOKEN):
            raise AccessDenied(errors.ACCESS_TOKEN_EXPIRED)
        grant = GrantText.decode(ACCESS_TOKEN_PREFIX, text)
        if grant is not None:
            self._use_grant(call, grant)

    def _use_grant(self, call: Call, grant: GrantText) -> None:
        """Count the use of an access token that was issued here; it is not renewed."""
        tenant = canonical_tenant(grant.tenant)
        now = call.now if tenant == call.tenant else self._clock(tenant)
        call.work.begin_with(tenant)
        ticket = self.granted(call, grant)
        if ticket is None:
            raise AccessDenied(errors.TICKET_UNKNOWN)
        if ticket.state(now) != "active":
            raise AccessDenied(errors.ACCESS_TOKEN_EXPIRED)
        call.work.tickets.use(tenant, grant.number, at=now, until=ticket.expires)

    def _use(self, call: Call, tenant: str, number: int, text: str) -> Ticket:
        """Count the use and begin the ticket's life anew ("sliding, each use renews", documented).

        With ``onsite`` the ticket may be of another tenant, which has another clock.
        """
        now = call.now if tenant == call.tenant else self._clock(tenant)
        call.work.begin_with(tenant)
        ticket = _issued(call.work, tenant, number, text)
        if ticket is None:
            raise AccessDenied(errors.TICKET_UNKNOWN)
        if reason := _DEAD.get(ticket.state(now)):
            raise AccessDenied(reason)
        call.work.tickets.use(tenant, number, at=now, until=now + self._life)
        return ticket

    def _count(self, call: Call, text: str) -> None:
        """Count the use of a ticket that was not asked for: whether a client reuses its ticket is worth knowing."""
        said = decode_ticket(text) if text else None
        if said is None or canonical_tenant(said.tenant) != call.tenant:
            return
        work, number, now = call.work, said.number, call.now
        try:
            ticket = _issued(work, call.tenant, number, text)
            if ticket is None:
                return
            # What is dead stays so (documented: "expired tickets cannot be renewed").
            alive = ticket.state(now) == "active"
            at, until = (now, now + self._life) if alive else (ticket.renewed, ticket.expires)
            work.tickets.use(call.tenant, number, at=at, until=until)
        except StorageBusyError:
            raise
        except StorageError as error:  # no call fails because a use could not be counted
            work.undo_to_savepoint()
            _log.warning("the use of a ticket was not counted: %s", error)


def _check_tenant(call: Call, tenant: str, mode: str) -> None:
    if mode == "online" and tenant != call.tenant:
        raise AccessDenied(errors.TICKET_OF_ANOTHER_TENANT)


def _issued(work: UnitOfWork, tenant: str, number: int, text: str) -> Ticket | None:
    """Return the ticket whose text this is. The number finds it; the text is compared in constant time."""
    ticket = work.tickets.get(tenant, number)
    expected = "" if ticket is None else TicketText(ticket.secret, number, tenant).encode()
    return ticket if same(expected, text) else None


def same(expected: str, given: str) -> bool:
    """Compare two secrets in a time that reveals nothing of where they differ."""
    return compare_digest(expected.encode("utf-8", "surrogatepass"), given.encode("utf-8", "surrogatepass"))
