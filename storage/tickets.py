"""The tickets of a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.models.tickets import BY_HAND, Ticket

from .collection import Collection
from .schema import TICKET
from .tenants import Counter
from .values import is_id, microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .connections import Row

_numbers = Counter("next_ticket_number", TICKET, "tickets")
_ADD = TICKET.insert()
_USE = "UPDATE ticket SET uses = uses + 1, renewed = ?, expires = ? WHERE tenant = ? AND number = ?"
_EXPIRE = "UPDATE ticket SET expires = ? WHERE tenant = ? AND expires > ? AND NOT revoked AND NOT expired"
_EXPIRE_ONE = f"{_EXPIRE} AND number = ?"
_EXPIRING = (
    "SELECT number, expires FROM ticket "
    "WHERE tenant = ? AND expires > ? AND expires <= ? AND NOT revoked AND NOT expired ORDER BY expires, number"
)
_MARK_EXPIRED = "UPDATE ticket SET expired = ? WHERE tenant = ? AND expires <= ?"
_REVOKE = "UPDATE ticket SET revoked = ? WHERE tenant = ? AND number = ?"
_COUNTS = "SELECT count(CASE WHEN origin <> ? THEN 1 END), coalesce(sum(uses), 0) FROM ticket WHERE tenant = ?"


class Tickets(Collection[Ticket]):
    """The tickets that were issued, each tenant's apart. All methods raise StorageError."""

    table = TICKET
    fields = ()
    columns = TICKET.others("tenant")

    def reserve(self, tenant: str) -> int:
        """Take the next number of the tenant's tickets, from 1."""
        return _numbers.take(self._transaction, tenant)

    def add(self, tenant: str, issued: Ticket) -> None:
        """Keep a ticket whose number was reserved."""
        moments = (microseconds(issued.issued), microseconds(issued.renewed), microseconds(issued.expires))
        said = (issued.number, issued.secret, issued.user, issued.origin)
        self._transaction.change(_ADD, (tenant, *said, *moments, issued.revoked, issued.uses, issued.expired))
        self._transaction.touch(tenant)

    def use(self, tenant: str, number: int, *, at: datetime, until: datetime) -> None:
        """Count a call that carried the ticket, renew it, and let it live until then."""
        self._transaction.change(_USE, (microseconds(at), microseconds(until), tenant, number))

    def expire(self, tenant: str, number: int, *, at: datetime) -> None:
        """End the ticket's life at this moment, if there is one that is alive."""
        now = microseconds(at)
        if is_id(number):
            self._end(tenant, _EXPIRE_ONE, (now, tenant, now, number))

    def expire_all(self, tenant: str, *, at: datetime) -> int:
        """End the life of every ticket that is alive; return how many."""
        now = microseconds(at)
        return self._end(tenant, _EXPIRE, (now, tenant, now))

    def expiring(self, tenant: str, after: datetime, until: datetime) -> list[tuple[int, datetime]]:
        """Return the tickets whose life ends between two moments, and when it does."""
        rows = self._transaction.rows(_EXPIRING, (tenant, microseconds(after), microseconds(until)))
        return [(number, moment(at)) for number, at in rows]

    def mark_expired(self, tenant: str, at: datetime) -> None:
        """Let what has expired by then stay so, whatever time it will be."""
        self._transaction.change(_MARK_EXPIRED, (True, tenant, microseconds(at)))

    def revoke(self, tenant: str, number: int) -> bool:
        """Revoke the ticket; say whether there is one."""
        return is_id(number) and self._end(tenant, _REVOKE, (True, tenant, number)) > 0

    def _end(self, tenant: str, statement: str, parameters: tuple[Any, ...]) -> int:
        """End the life of tickets, and return of how many."""
        ended = self._transaction.change(statement, parameters)
        if ended:
            self._transaction.touch(tenant)
        return ended

    def counts(self, tenant: str) -> tuple[int, int]:
        """Return how many tickets clients logged in for, and how many calls carried one."""
        authentications, uses = self._transaction.rows(_COUNTS, (BY_HAND, tenant))[0]
        return authentications, uses

    def _records(self, tenant: str, rows: Sequence[Row]) -> list[Ticket]:  # noqa: ARG002 - as every collection
        return [
            Ticket(
                number,
                secret,
                user,
                origin,
                moment(issued),
                moment(renewed),
                moment(expires),
                bool(revoked),
                uses,
                bool(expired),
            )
            for number, secret, user, origin, issued, renewed, expires, revoked, uses, expired in rows
        ]
