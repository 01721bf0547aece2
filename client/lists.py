"""The lists of a tenant: outbox, inbox, status reports, journal, tickets."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from messaging_double.models.control.journal import Exchange, ExchangePage
from messaging_double.models.control.messages import (
    Deleted,
    IncomingMessage,
    IncomingMessagePage,
    OutgoingMessage,
    OutgoingMessagePage,
    StatusReport,
    StatusReportPage,
)
from messaging_double.models.control.tenants import Expired, Ticket, TicketPage
from messaging_double.models.control.verification import FailedReport, Report
from messaging_double.models.criteria import INBOX, JOURNAL, OUTBOX, STATUS_REPORTS

from .api import part
from .criteria import checked, to_match, to_query
from .errors import ControlError, ExpectationFailed, NotArrived
from .values import camel, length_of, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from typing_extensions import Unpack

    from messaging_double.models.control.messages import Page
    from messaging_double.models.control.values import Box
    from messaging_double.models.criteria import Field

    from .api import Api
    from .criteria import Criteria
    from .values import Json, Time

__tracebackhide__ = True

R = TypeVar("R")
_PAGE = "1000"
_NOT_FOUND = 404
_PASSED, _FAILED = 200, 422
_NO_CRITERIA = {
    "limit": "lists are read whole: take [:10] of them",
    "cursor": "lists are read whole",
    "wait": "wait(count, within=…) waits",
    "count": "len(…) says how many there are; wait(count, within=…) waits for that many",
    "timeout": "within says how long to wait",
}


@dataclass(frozen=True)
class Spec(Generic[R]):
    """What a list has in the control API."""

    url: str
    """Below the tenant's."""
    page: type[Page]
    name: str
    """The member of a page that has the items."""
    kind: type[R]
    fields: tuple[Field, ...] = ()
    """What criteria can be about."""
    short: tuple[str, ...] = ()
    """The short criteria."""


OUTGOING = Spec("outbox", OutgoingMessagePage, "messages", OutgoingMessage, OUTBOX, ("contains", "after", "since"))
INCOMING = Spec("inbox", IncomingMessagePage, "messages", IncomingMessage, INBOX, ("contains", "after", "since"))
REPORTS = Spec("status-reports", StatusReportPage, "status_reports", StatusReport, STATUS_REPORTS, ("after", "since"))
EXCHANGES = Spec("journal", ExchangePage, "exchanges", Exchange, JOURNAL, ("after", "since"))
TICKETS = Spec("tickets", TicketPage, "tickets", Ticket)


class Listing(Sequence[R], Generic[R]):
    """A list of the double, newest first: a sequence that is read each time it is used."""

    def __init__(self, api: Api, tenant: str, spec: Spec[R]) -> None:
        """``tenant`` is the path of its resources."""
        self._api = api
        self._tenant = tenant
        self._spec = spec
        self._path = f"{tenant}/{spec.url}"

    def __iter__(self) -> Iterator[R]:
        return iter(self._read())

    def __len__(self) -> int:
        return int(self._first(limit="1").total)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> list[R]: ...
    def __getitem__(self, index: int | slice) -> R | list[R]:
        return self._read()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._read() == list(other)

    __hash__ = None  # type: ignore[assignment]  # as a list, which changes too

    def __repr__(self) -> str:
        return f"<{self._spec.url} of {self._tenant.partition('/')[2]}>"

    def to_json(self) -> list[Json]:
        """Return the list as the control API has it."""
        found: list[Json] = []
        cursor: dict[str, str] = {}
        while True:
            page = self._api.get(self._path, dict, {"limit": _PAGE, **cursor})
            found += page[camel(self._spec.name)]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    def _first(self, **query: str) -> Any:  # noqa: ANN401 (the page of this list)
        return self._api.get(self._path, self._spec.page, query)

    def _read(self, **query: str) -> list[R]:
        return self._with_following(self._first(**query, limit=_PAGE), query)

    def _with_following(self, page: Any, query: Mapping[str, str]) -> list[R]:  # noqa: ANN401
        found: list[R] = getattr(page, self._spec.name)
        while page.next is not None:
            page = self._first(**query, limit=_PAGE, cursor=page.next)
            found += getattr(page, self._spec.name)
        return found


class Searchable(Listing[R]):
    """A list that can be called for what meets criteria: keyword arguments (``criteria``).

    Criteria that a list does not have, or cannot send, raise ``TypeError``.
    """

    def __call__(self, **criteria: Unpack[Criteria]) -> list[R]:
        """Return all that meet the criteria."""
        return self._read(**self._query(criteria))

    def get(self, number: int) -> R:
        """Return one by its id."""
        return self._api.get(f"{self._path}/{part(number)}", self._spec.kind)

    def latest(self, **criteria: Unpack[Criteria]) -> R:
        """Return the newest one that meets the criteria. Raises ``NotArrived`` if none does."""
        query = self._query(criteria)
        try:
            return self._api.get(f"{self._path}/latest", self._spec.kind, query)
        except ControlError as error:
            if error.status != _NOT_FOUND:
                raise
            raise self._not_arrived(str(error), criteria) from None

    def wait(self, count: int = 1, within: Time = 5.0, **criteria: Unpack[Criteria]) -> list[R]:
        """Wait until ``count`` meet the criteria, those that were there already included; return all that do.

        Raises ``NotArrived`` if it takes longer than ``within``.
        """
        query = self._query(criteria)
        waiting = {"wait": str(length_of(within)), "count": str(count), "limit": _PAGE}
        page: Any = self._api.get(self._path, self._spec.page, {**query, **waiting}, wait=seconds_of(within))
        if page.total < count:
            text = f"{page.total} of {count} came into the {self._spec.url} within {within}"
            raise self._not_arrived(text, criteria, count)
        return self._with_following(page, query)

    def clear(self, **criteria: Unpack[Criteria]) -> int:
        """Delete what meets the criteria, all of it without; return how many there were."""
        return self._api.delete(self._path, Deleted, self._query(criteria)).deleted

    def _query(self, criteria: Mapping[str, Any]) -> dict[str, str]:
        return to_query(checked(criteria, self._spec.fields, self._spec.short, _NO_CRITERIA))

    def _not_arrived(self, text: str, criteria: Mapping[str, Any], count: int = 1) -> NotArrived:  # noqa: ARG002
        return NotArrived(text)


class Deletable(Searchable[R]):
    """A list of which single ones can be deleted."""

    def delete(self, number: int) -> None:
        """Delete one by its id."""
        self._api.delete(f"{self._path}/{part(number)}", type(None))


class Messages(Deletable[R]):
    """The outbox or the inbox."""

    def _not_arrived(self, text: str, criteria: Mapping[str, Any], count: int = 1) -> NotArrived:
        """Let the double say what comes nearest; what came at the last moment does not count."""
        box: Box = "inbox" if self._spec.url == "inbox" else "outbox"
        try:
            verify(
                self._api, self._tenant, box, criteria=criteria, counts={"atLeast": count}, within=0, failure=NotArrived
            )
        except NotArrived as error:
            return error
        return NotArrived(text)


class Journal(Searchable[Exchange]):
    """Requests and their answers, byte for byte; refused ones too."""

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
        return int(self._first(limit="1").evicted)

    def _raw(self, number: int, what: str) -> bytes:
        return self._api.ask("GET", f"{self._path}/{part(number)}/{what}").body


def verify(  # noqa: PLR0913 (what an expectation has)
    api: Api,
    tenant: str,
    box: Box,
    *,
    criteria: Mapping[str, Any],
    counts: Mapping[str, Json],
    within: Time | None,
    failure: type[ExpectationFailed] = ExpectationFailed,
) -> Report:
    """Return the report of an expectation that is met, ``within`` this time if one is given.

    ``tenant`` is the path of its resources. Raises ``failure`` with the report of one that is not.
    """
    spec: Spec[Any] = INCOMING if box == "inbox" else OUTGOING
    match = to_match(checked(criteria, spec.fields, spec.short, _NO_CRITERIA))
    wait = {} if within is None else {"within": length_of(within)}
    seconds = 0.0 if within is None else seconds_of(within)
    expectation = {"in": box, "match": match, **counts, **wait}
    answer = api.ask("POST", f"{tenant}/verify", expectation, wait=seconds, outcomes=(_PASSED, _FAILED))
    if answer.status == _PASSED:
        report: Report = api.decode(answer, Report)
        return report
    failed: FailedReport = api.decode(answer, FailedReport)
    raise failure(failed.text + (_BLOCKED if seconds and _runs_in_a_loop() else ""), failed)


_BLOCKED = (
    "\nThis thread runs an event loop, which stood still meanwhile: an application in the same loop could not send. "
    "Use: await async_verify(…), await async_wait_for(…)\n"
)


def _runs_in_a_loop() -> bool:
    asyncio = sys.modules.get("asyncio")  # not loaded: no loop runs
    return asyncio is not None and asyncio._get_running_loop() is not None  # noqa: SLF001 (public, with this name)


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
