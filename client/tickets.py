"""The tickets of a tenant: who logged in, issuing and ending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .api import part
from .reading import record_of
from .records import Ticket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .api import Api
    from .names import Json

__tracebackhide__ = True

_PAGE = "1000"


class Tickets:
    """The tickets of a tenant; call it for all of them, newest first."""

    def __init__(self, api: Api, tenant: str) -> None:
        """``tenant`` is the path of its resources."""
        self._api = api
        self._tenant = tenant
        self._path = f"{tenant}/tickets"

    def __call__(self) -> list[Ticket]:
        """Return all of them; their texts are masked."""
        page = self._page()
        found: list[Json] = page["tickets"]
        while page["next"] is not None:
            page = self._page(cursor=page["next"])
            found += page["tickets"]
        return [record_of(Ticket, each) for each in found]

    def __iter__(self) -> Iterator[Ticket]:
        return iter(self())

    def __len__(self) -> int:
        return int(self._page(limit="1")["total"])

    def __repr__(self) -> str:
        return f"<tickets of {self._tenant.partition('/')[2]}>"

    @property
    def authentications(self) -> int:
        """How many tickets clients logged in for."""
        return int(self._page(limit="1")["authentications"])

    @property
    def uses(self) -> int:
        """How many calls carried one of them."""
        return int(self._page(limit="1")["uses"])

    def get(self, number: int) -> Ticket:
        """Return one by its number."""
        return record_of(Ticket, self._api.get(f"{self._path}/{part(number)}"))

    def issue(self, user: str) -> Ticket:
        """Issue one; its ``ticket`` is what a client has to carry."""
        return record_of(Ticket, self._api.post(self._path, {"user": user}))

    def expire(self, number: int) -> Ticket:
        """End the life of one."""
        return record_of(Ticket, self._api.post(f"{self._path}/{part(number)}/expire"))

    def expire_all(self) -> int:
        """End the life of all; return how many were alive."""
        return int(self._api.post(f"{self._path}/expire")["expired"])

    def revoke(self, number: int) -> None:
        """Let one pass no more."""
        self._api.delete(f"{self._path}/{part(number)}")

    def _page(self, **query: str) -> Json:
        return self._api.get(self._path, {"limit": _PAGE, **query})
