"""The lists of a tenant: outbox, inbox, status reports, journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from .api import part
from .errors import ControlError, NotArrived
from .matching import match_of
from .names import length_of, seconds_of
from .querying import query_of
from .reading import record_of
from .records import Exchange
from .verifying import arrived

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .api import Api
    from .matching import Criterion
    from .names import Json, Time
    from .verifying import BoxName

__tracebackhide__ = True

R = TypeVar("R")
_PAGE = "1000"
_NOT_FOUND = 404


class Box(Generic[R]):
    """One list.  Call it for what is in it, newest first; filters are keyword arguments (``matching``).

    Filters that no query can say raise ``TypeError``, names that there are not ``ControlError``.
    """

    def __init__(self, api: Api, tenant: str, url: str, kind: type[R], name: str) -> None:
        """``tenant`` is the path of its resources, ``url`` the list's below it, ``name`` its member in the JSON."""
        self._api = api
        self._tenant = tenant
        self._url = url
        self._path = f"{tenant}/{url}"
        self._kind = kind
        self._name = name

    def __call__(self, **filters: Criterion) -> list[R]:
        """Return all that meets the filters."""
        return [record_of(self._kind, each) for each in self.as_json(**filters)]

    def __iter__(self) -> Iterator[R]:
        return iter(self())

    def __len__(self) -> int:
        return int(self._api.get(self._path, {"limit": "1"})["total"])

    def __repr__(self) -> str:
        return f"<{self._url} of {self._tenant.partition('/')[2]}>"

    def as_json(self, **filters: Criterion) -> list[Json]:
        """Return the same as the control API tells it."""
        query = query_of(self._kind, filters)
        page = self._api.get(self._path, {**query, "limit": _PAGE})
        return self._with_following(page, query)

    def get(self, number: int) -> R:
        """Return one by its id."""
        return record_of(self._kind, self._api.get(f"{self._path}/{part(number)}"))

    def latest(self, **filters: Criterion) -> R:
        """Return the newest one that meets the filters.  Raises ``NotArrived`` if none does."""
        try:
            return record_of(self._kind, self._api.get(f"{self._path}/latest", query_of(self._kind, filters)))
        except ControlError as error:
            if error.status != _NOT_FOUND:
                raise
            raise self._missing(str(error), filters) from None

    def wait(self, count: int = 1, timeout: Time = 5.0, **filters: Criterion) -> list[R]:
        """Wait until there are ``count`` that meet the filters, those that were there already included.

        Returns all that do.  Raises ``NotArrived`` if it takes longer than ``timeout``.
        """
        query = query_of(self._kind, filters)
        waiting = {"wait": str(length_of(timeout)), "count": str(count), "limit": _PAGE}
        page = self._api.get(self._path, {**query, **waiting}, wait=seconds_of(timeout))
        if page["total"] < count:
            text = f"{page['total']} of {count} came into the {self._url} within {timeout}"
            raise self._missing(text, filters, count)
        return [record_of(self._kind, each) for each in self._with_following(page, query)]

    def clear(self, **filters: Criterion) -> int:
        """Delete what meets the filters, all of it without; return how many there were."""
        return int(self._api.delete(self._path, query_of(self._kind, filters))["deleted"])

    def _with_following(self, page: Json, query: dict[str, str]) -> list[Json]:
        found: list[Json] = page[self._name]
        while page["next"] is not None:
            page = self._api.get(self._path, {**query, "limit": _PAGE, "cursor": page["next"]})
            found += page[self._name]
        return found

    def _missing(self, text: str, filters: dict[str, Criterion], count: int = 1) -> NotArrived:  # noqa: ARG002
        return NotArrived(text)


class Deletable(Box[R]):
    """A list of which single ones can be deleted."""

    def delete(self, number: int) -> None:
        """Delete one by its id."""
        self._api.delete(f"{self._path}/{part(number)}")


class Messages(Deletable[R]):
    """The outbox or the inbox."""

    def __init__(self, api: Api, tenant: str, box: BoxName, kind: type[R]) -> None:
        """``box`` is its name."""
        super().__init__(api, tenant, box, kind, "messages")
        self._box: BoxName = box

    def _missing(self, text: str, filters: dict[str, Criterion], count: int = 1) -> NotArrived:
        """Let the double say what comes nearest; what came at the last moment does not count."""
        try:
            expected = {"in": self._box, "match": match_of(filters), "atLeast": count}
            arrived(self._api, self._tenant, expected, 0)
        except NotArrived as error:
            return error
        return NotArrived(text)


class Journal(Box[Exchange]):
    """Requests and their answers, byte for byte; unmatched and refused ones too."""

    def __init__(self, api: Api, tenant: str) -> None:
        """Show that of a tenant."""
        super().__init__(api, tenant, "journal", Exchange, "exchanges")

    def request_bytes(self, number: int) -> bytes:
        """Return a request as it was on the wire: head and body, tickets included."""
        return self._raw(number, "request")

    def response_bytes(self, number: int) -> bytes:
        """Return an answer as it was on the wire: head and body."""
        return self._raw(number, "response")

    def request_body(self, number: int) -> bytes:
        """Return the body of a request, without its framing."""
        return self._raw(number, "request.xml")

    def response_body(self, number: int) -> bytes:
        """Return the body of an answer, without its framing."""
        return self._raw(number, "response.xml")

    @property
    def evicted(self) -> int:
        """How many older ones were dropped to keep within the journal's bounds."""
        return int(self._api.get(self._path, {"limit": "1"})["evicted"])

    def _raw(self, number: int, what: str) -> bytes:
        return self._api.ask("GET", f"{self._path}/{part(number)}/{what}").body
