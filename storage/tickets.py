"""The tickets of a tenant."""

from __future__ import annotations

from dataclasses import astuple, fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from messaging_double.models.tickets import BY_HAND, Ticket

from .ids import is_id
from .schema import ticket
from .searching import Search
from .tenants import Counter

if TYPE_CHECKING:
    from datetime import datetime

    from .transaction import Transaction

_COLUMNS = [ticket.c[field.name] for field in fields(Ticket)]
_t = ticket.c
_counter = Counter("next_ticket_number")
_mine = _t.tenant == bindparam("of_tenant")
_this = _mine & (_t.number == bindparam("of_number"))

_ADD = ticket.insert()
_TICKETS = select(*_COLUMNS).where(_mine)
_TICKET = select(*_COLUMNS).where(_this)
_USE = ticket.update().where(_this).values(uses=_t.uses + 1, renewed=bindparam("at"), expires=bindparam("until"))
_alive = (_t.expires > bindparam("at")) & ~_t.revoked & ~_t.expired
_EXPIRE = ticket.update().where(_this & _alive).values(expires=bindparam("at"))
_EXPIRE_ALL = ticket.update().where(_mine & _alive).values(expires=bindparam("at"))
_EXPIRING = (
    select(_t.number, _t.expires)
    .where(_mine, _t.expires > bindparam("after"), _t.expires <= bindparam("until"), ~_t.revoked, ~_t.expired)
    .order_by(_t.expires, _t.number)
)
_MARK_EXPIRED = ticket.update().where(_mine, _t.expires <= bindparam("at")).values(expired=True)
_REVOKE = ticket.update().where(_this).values(revoked=True)
_COUNTS = select(func.count().filter(_t.origin != BY_HAND), func.coalesce(func.sum(_t.uses), 0)).where(_mine)
_SEARCH = Search(_TICKETS, _t.number, ())


class Tickets:
    """The tickets that were issued, each tenant's apart."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def reserve(self, tenant: str) -> int:
        """Take the next number of the tenant's tickets, from 1.  Raises StorageError."""
        return _counter.take(self._transaction, tenant)

    def add(self, tenant: str, issued: Ticket) -> None:
        """Keep a ticket whose number was reserved.  Raises StorageError."""
        row = dict(zip((field.name for field in fields(Ticket)), astuple(issued), strict=True))
        self._transaction.change(_ADD, {"tenant": tenant, **row})

    def get(self, tenant: str, number: int) -> Ticket | None:
        """Give one ticket."""
        if not is_id(number):
            return None
        row = self._transaction.row(_TICKET, {"of_tenant": tenant, "of_number": number})
        return None if row is None else Ticket(*row)

    def use(self, tenant: str, number: int, *, at: datetime, until: datetime) -> None:
        """Count a call that carried the ticket, renew it, and let it live until then."""
        self._transaction.change(_USE, {"of_tenant": tenant, "of_number": number, "at": at, "until": until})

    def expire(self, tenant: str, number: int, *, at: datetime) -> None:
        """End the ticket's life at this moment, if there is one that is alive."""
        if is_id(number):
            self._transaction.change(_EXPIRE, {"of_tenant": tenant, "of_number": number, "at": at})

    def expire_all(self, tenant: str, *, at: datetime) -> int:
        """End the life of every ticket that is alive; give how many."""
        return self._transaction.change(_EXPIRE_ALL, {"of_tenant": tenant, "at": at})

    def expiring(self, tenant: str, after: datetime, until: datetime) -> list[tuple[int, datetime]]:
        """Give the tickets whose life ends between two moments, and when it does."""
        rows = self._transaction.rows(_EXPIRING, {"of_tenant": tenant, "after": after, "until": until})
        return [(number, at) for number, at in rows]

    def mark_expired(self, tenant: str, at: datetime) -> None:
        """Let what has expired by then stay so, whatever time it will be."""
        self._transaction.change(_MARK_EXPIRED, {"of_tenant": tenant, "at": at})

    def revoke(self, tenant: str, number: int) -> bool:
        """Let the ticket pass no more; say whether there is one."""
        return is_id(number) and self._transaction.change(_REVOKE, {"of_tenant": tenant, "of_number": number}) > 0

    def counts(self, tenant: str) -> tuple[int, int]:
        """Give how many tickets clients logged in for, and how many calls carried one."""
        authentications, uses = self._transaction.rows(_COUNTS, {"of_tenant": tenant})[0]
        return authentications, uses

    def page(self, tenant: str, *, limit: int, before: int | None = None) -> tuple[list[Ticket], int]:
        """Give at most ``limit`` tickets with numbers below ``before``, newest first; and the tenant's total."""
        rows, total = _SEARCH.newest(self._transaction, tenant, (), limit, before)
        return [Ticket(*row) for row in rows], total
