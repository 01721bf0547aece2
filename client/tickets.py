"""The tickets of a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging_double.models.control.tenants import Expired, Ticket

from .api import part
from .lists import TICKETS, Listing

if TYPE_CHECKING:
    from .api import Api

__tracebackhide__ = True


class Tickets(Listing[Ticket]):
    """The tickets of a tenant, newest first; their texts are masked."""

    def __init__(self, api: Api, tenant: str) -> None:
        """``tenant`` is the path of its resources."""
        super().__init__(api, tenant, TICKETS)

    @property
    def authentications(self) -> int:
        """How many tickets clients logged in for."""
        return int(self._first(limit="1").authentications)

    @property
    def uses(self) -> int:
        """How many calls carried one of them."""
        return int(self._first(limit="1").uses)

    def get(self, number: int) -> Ticket:
        """Return one by its number."""
        return self._api.get(f"{self._path}/{part(number)}", Ticket)

    def issue(self, user: str) -> Ticket:
        """Issue one; its ``ticket`` is what a client has to carry."""
        return self._api.post(self._path, Ticket, {"user": user})

    def expire(self, number: int) -> Ticket:
        """Let one expire."""
        return self._api.post(f"{self._path}/{part(number)}/expire", Ticket)

    def expire_all(self) -> int:
        """Let all expire; return how many were active."""
        return self._api.post(f"{self._path}/expire", Expired).expired

    def revoke(self, number: int) -> None:
        """Revoke one."""
        self._api.delete(f"{self._path}/{part(number)}", type(None))
