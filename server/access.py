"""Who is admitted to an agent: the three ways of checking tickets, and the tickets themselves.

``none`` admits any call, ``onsite`` asks for a ticket that was issued and lives, ``online`` also for a known
ApplicationToken, a ticket of the URL's tenant, and an application that was granted the agent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING

from messaging_double.models import refusals
from messaging_double.models.refusals import AccessDenied
from messaging_double.models.tickets import (
    ACCESS_TOKEN_PREFIX,
    Ticket,
    TicketText,
    decode_ticket,
    tenant_of_access_token,
)
from messaging_double.models.versions import VERSIONS
from messaging_double.server.simulation.identifiers import ticket_secret
from messaging_double.server.tenants import canonical_tenant

if TYPE_CHECKING:
    from datetime import datetime

    from messaging_double.server.messaging import Call
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation.clock import Clock
    from messaging_double.storage import Storage, UnitOfWork

UNKNOWN_APPLICATION = "unknown-application"
UNGRANTED_APPLICATION = "ungranted-application"
EXPIRED_ACCESS_TOKEN = ".expired"  # noqa: S105 (an ending, not a secret)
"""What fails on purpose where the settings name no applications: these tokens, and access tokens with this ending."""


@dataclass(frozen=True)
class Credentials:
    """What a call's headers say of its caller."""

    application_token: str | None = None
    ticket: str | None = None


class Access:
    """Issues tickets and checks them.  Refusals are ``AccessDenied``, answered in-band."""

    def __init__(self, storage: Storage, settings: Settings, clock: Clock) -> None:
        """Keep tickets in ``storage``, by the time of ``clock``."""
        self._storage = storage
        self._settings = settings
        self._clock = clock
        self._life = timedelta(seconds=settings.ticket_seconds)

    def issue(self, tenant: str, user: str, origin: str) -> tuple[Ticket, str]:
        """Make a ticket for a user; return it and the text that the client carries.  Raises ``StorageError``."""
        now = self._clock(tenant)
        with self._storage.writing() as work:
            number = work.tickets.reserve(tenant)
            secret = ticket_secret(self._settings.seed, tenant, number)
            ticket = Ticket(number, secret, user, origin, issued=now, renewed=now, expires=now + self._life)
            work.tickets.add(tenant, ticket)
        return ticket, TicketText(secret, number, tenant).encode()

    def renew(self, tenant: str, text: str) -> Ticket | None:
        """Use a ticket in the place of a user name (documented: with a blank password); ``None`` if it is not alive."""
        try:
            return self._use_ticket(tenant, text)
        except AccessDenied:
            return None

    def check_application(self, call: Call, credentials: Credentials, *, agent: str | None = None) -> None:
        """Check the ApplicationToken where that is asked for, and that it was granted ``agent``.

        "must be specified if calling an Online installation … not checked for on-site" (documented).
        """
        if self.way_of(call.tenant) != "online":
            return
        token = credentials.application_token
        if not token:
            raise AccessDenied(refusals.APPLICATION_TOKEN_MISSING)
        agents = self._agents_of(token)
        if agents is None:
            raise AccessDenied(refusals.APPLICATION_TOKEN_UNKNOWN)
        if agent is not None and agent not in agents:
            raise AccessDenied(refusals.AGENT_NOT_GRANTED)

    def admit(self, call: Call, credentials: Credentials, agent: str) -> None:
        """Check a call of an agent that asks for a ticket.  Raises ``AccessDenied``."""
        way = self.way_of(call.tenant)
        if way == "none":
            self._count(call, credentials)
            return
        self.check_application(call, credentials)
        text = credentials.ticket
        if not text:
            raise AccessDenied(refusals.TICKET_MISSING)
        if text.startswith(ACCESS_TOKEN_PREFIX):
            tenant = self._check_access_token(call, text)
        else:
            tenant = self._check_ticket(call, text)
        if way == "online" and tenant != call.tenant:
            raise AccessDenied(refusals.TICKET_OF_ANOTHER_TENANT)
        self.check_application(call, credentials, agent=agent)

    def get(self, tenant: str, number: int) -> Ticket | None:
        """Return one ticket."""
        with self._storage.reading() as work:
            return work.tickets.get(tenant, number)

    def page(self, tenant: str, *, limit: int, before: int | None = None) -> tuple[list[Ticket], int]:
        """Return tickets, newest first, and how many there are."""
        with self._storage.reading() as work:
            return work.tickets.page(tenant, limit=limit, before=before)

    def expire(self, tenant: str, number: int) -> bool:
        """End a ticket's life now; say whether there is one."""
        with self._storage.writing() as work:
            return work.tickets.expire(tenant, number, at=self._clock(tenant))

    def expire_all(self, tenant: str) -> int:
        """End the life of all tickets of the tenant that are alive; say how many those were."""
        with self._storage.writing() as work:
            return work.tickets.expire_all(tenant, at=self._clock(tenant))

    def revoke(self, tenant: str, number: int) -> bool:
        """Let a ticket pass no more; say whether there is one."""
        with self._storage.writing() as work:
            return work.tickets.revoke(tenant, number)

    def now(self, tenant: str) -> datetime:
        """Return the tenant's time, by which tickets live."""
        return self._clock(tenant)

    def set_way_of(self, tenant: str, way: str | None) -> None:
        """Let the tenant's tickets be checked in this way; ``None``: as the settings say."""
        with self._storage.writing() as work:
            work.tenants.set_auth(tenant, way)

    def way_of(self, tenant: str) -> str:
        """Return how the tenant's tickets are checked: as the control API set it, else as the settings say."""
        with self._storage.reading() as work:
            return work.tenants.auth(tenant) or self._settings.auth

    def _agents_of(self, token: str) -> tuple[str, ...] | None:
        """Return the agents that an application was granted; ``None`` for an application that nobody knows."""
        if not self._settings.applications:
            return None if token == UNKNOWN_APPLICATION else () if token == UNGRANTED_APPLICATION else ("Messaging",)
        found = None
        for application in self._settings.applications:  # all of them: the time taken tells nothing of the token
            if same(application.token, token):
                found = application.agents
        return found

    def _check_access_token(self, call: Call, text: str) -> str:
        if not VERSIONS[int(call.services.removeprefix("Services"))].access_tokens:
            raise AccessDenied(refusals.ACCESS_TOKEN_TOO_EARLY)
        tenant = tenant_of_access_token(text)
        if tenant is None:
            raise AccessDenied(refusals.TICKET_MALFORMED)
        if text.endswith(EXPIRED_ACCESS_TOKEN):
            raise AccessDenied(refusals.ACCESS_TOKEN_EXPIRED)
        return canonical_tenant(tenant)

    def _check_ticket(self, call: Call, text: str) -> str:
        said = decode_ticket(text)
        if said is None:
            raise AccessDenied(refusals.TICKET_MALFORMED)
        tenant = canonical_tenant(said.tenant)
        if tenant != call.tenant and self.way_of(call.tenant) == "online":
            raise AccessDenied(refusals.TICKET_OF_ANOTHER_TENANT)
        self._use_ticket(tenant, text)
        return tenant

    def _use_ticket(self, tenant: str, text: str) -> Ticket:
        """Count the use and begin the ticket's life anew ("sliding, each use renews", documented)."""
        said = decode_ticket(text)
        if said is None:
            raise AccessDenied(refusals.TICKET_MALFORMED)
        now = self._clock(tenant)
        with self._storage.writing() as work:
            ticket = self._alive(work, tenant, said)
            work.tickets.use(tenant, ticket.number, at=now, until=now + self._life)
        return ticket

    def _alive(self, work: UnitOfWork, tenant: str, said: TicketText) -> Ticket:
        ticket = work.tickets.get(tenant, said.number)
        # The number finds the row, the secret is compared in constant time: a forged ticket learns nothing.
        if not same("" if ticket is None else ticket.secret, said.secret) or ticket is None:
            raise AccessDenied(refusals.TICKET_UNKNOWN)
        if ticket.revoked:
            raise AccessDenied(refusals.TICKET_REVOKED)
        if ticket.expires <= self._clock(tenant):
            raise AccessDenied(refusals.TICKET_EXPIRED)
        return ticket

    def _count(self, call: Call, credentials: Credentials) -> None:
        """Count the use of a ticket that nobody asked for: whether a client reuses its ticket is worth knowing."""
        said = decode_ticket(credentials.ticket) if credentials.ticket else None
        if said is not None and canonical_tenant(said.tenant) == call.tenant:
            self.renew(call.tenant, credentials.ticket or "")


def same(expected: str, given: str) -> bool:
    """Compare two secrets in a time that tells nothing of where they differ."""
    return compare_digest(expected.encode("utf-8", "surrogatepass"), given.encode("utf-8", "surrogatepass"))
