"""The lists of a tenant: all items that match the filters, the latest, one by its id, and deleting them.

One table of fields gives the parameters of queries and the ``match`` of expectations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from msgspec import Meta

from messaging_double.models import criteria
from messaging_double.models.control import about
from messaging_double.models.control.matching import Expression, Given, Pattern, Piece, match_type, short_type
from messaging_double.models.control.messages import Deleted, Page
from messaging_double.models.control.values import PLUS, Address, Int32, Positive, WaitTime, convert
from messaging_double.models.criteria import Criterion, snake
from messaging_double.server.control.operation import TENANT, ControlRequest, Operation, Parameter
from messaging_double.server.control.responses import LongPoll, Problem, absent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from messaging_double.models.control.values import RequestBody, ResponseBody
    from messaging_double.models.criteria import Field
    from messaging_double.storage import Storage, UnitOfWork

_T = TypeVar("_T")

_OPERATORS = {"pattern": Pattern, "regex": Expression, "contains": Piece, "any": Given}
_PATTERN = "The whole text: * stands for any characters, ? for one; a backslash takes either literally."
_REGEX = "A regular expression, as RE2 takes it, is found in it."
_DESCRIPTIONS = {
    "text": {
        "": "Exactly this text.",
        "pattern": _PATTERN,
        "regex": _REGEX,
        "contains": "A text that occurs in it.",
        "any": "true: any value but null. false: null.",
    },
    "texts": {
        "": "One of them is exactly this text.",
        "pattern": f"One of them matches. {_PATTERN}",
        "regex": f"One of them matches. {_REGEX}",
        "contains": "A text that occurs in one of them.",
        "any": "true: there is one. false: there is none.",
    },
    "number": {"": "Exactly this number."},
}
_SHORT = {
    "contains": "A text that occurs in the content.",
    "since": "{} at this moment or later.",
    "after": "{} higher than this.",
}

_DEFAULT_LIMIT = 100
_LARGEST_LIMIT = 1000
PAGE = (
    Parameter(
        "limit",
        Annotated[int, Meta(ge=1, le=_LARGEST_LIMIT, examples=[20])],
        f"The number of items on a page; by default {_DEFAULT_LIMIT}.",
    ),
    Parameter("cursor", Annotated[int, Meta(ge=0, le=2**63 - 1)], "Where to go on: the next of the previous page."),
)
_WAIT = Parameter(
    "wait",
    WaitTime,
    "How long to wait until count items match, including those that are there already; then they are the response.",
)
_COUNT = Parameter("count", Positive, "The number of items to wait for; by default 1.")


class Filters:
    """The filters of one list."""

    def __init__(self, name: str, table: tuple[Field, ...], *, number: str, moment: str) -> None:
        """Filter by the fields of ``table``; ``number`` and ``moment`` are those that ``after`` and ``since`` mean."""
        short = {"since": f"{moment}.since", "after": f"{number}.after"}
        if any(each.name == "content" for each in table):
            short = {"contains": "content.contains", **short}
        self._short = short
        self.parameters = (*self._short_parameters(), *(each for field in table for each in _parameters(field)))
        self.match: type[RequestBody] = match_type(name, table, short)
        """The same as the type of a body."""

    def of_query(self, query: Mapping[str, Any], statuses: Mapping[str, int]) -> tuple[Criterion, ...]:
        """Return the criteria of a query; other parameters are passed over."""
        names = [each.name for each in self.parameters if each.name in query]
        return _numbered(criteria.parse({name: query[name] for name in names}, self._short), statuses)

    def of_match(self, match: RequestBody, statuses: Mapping[str, int]) -> tuple[Criterion, ...]:
        """Return the criteria of a ``match``."""
        return _numbered(criteria.parse(criteria.members(match), self._short), statuses)

    def _short_parameters(self) -> Iterator[Parameter]:
        for name, dotted in self._short.items():
            yield Parameter(name, short_type(dotted), _SHORT[name].format(dotted.partition(".")[0]))


def _parameters(field: Field) -> Iterator[Parameter]:
    plain = field.type or (Int32 if field.kind == "number" else str)
    for operator, description in _DESCRIPTIONS.get(field.kind, {}).items():
        name = f"{field.name}.{operator}" if operator else field.name
        kind = _OPERATORS.get(operator, plain)
        yield Parameter(name, Annotated[kind, PLUS] if plain is Address and kind is not Given else kind, description)


def _numbered(found: tuple[Criterion, ...], statuses: Mapping[str, int]) -> tuple[Criterion, ...]:
    """Replace the names of statuses by their numbers."""
    return tuple(
        replace(each, value=statuses[each.value]) if each.field == "status" and isinstance(each.value, str) else each
        for each in found
    )


OUTBOX = Filters("Outbox", criteria.OUTBOX, number="messagingId", moment="registered")
INBOX = Filters("Inbox", criteria.INBOX, number="id", moment="registered")
STATUS_REPORTS = Filters("StatusReport", criteria.STATUS_REPORTS, number="id", moment="at")
JOURNAL = Filters("Exchange", criteria.JOURNAL, number="id", moment="at")


@dataclass(frozen=True)
class Listing:
    """What distinguishes one list from another."""

    url: str
    collection: str
    """Its collection in a unit of work, with ``search``, ``count``, ``get`` and ``delete``."""
    id: str
    """The end of ``operationId``."""
    holds: str
    """What is in it, for a sentence."""
    filters: Filters
    page: type[Page]
    items: str
    """The member of a page that has the items."""
    item: type[ResponseBody]
    detail: type[ResponseBody] | None = None
    """What an item is by itself, where that is more; such items cannot be deleted one by one."""
    number: str = "id"
    """The member of an item that identifies it, and by which pages go on."""


class ListResources:
    """A list; a subclass says how its items are shown."""

    def __init__(self, storage: Storage, statuses: Mapping[str, int], listing: Listing) -> None:
        """Show what ``storage`` keeps; filters may use the names of ``statuses``."""
        self._storage = storage
        self._statuses = statuses
        self._list = listing

    def show(self, record: Any) -> ResponseBody:
        """Return the item of a record."""
        item: ResponseBody = convert(record, self._list.item, from_attributes=True)
        return item

    def show_one(self, request: ControlRequest, record: Any) -> ResponseBody:  # noqa: ARG002 (for subclasses)
        """Return the item of a record by itself."""
        return self.show(record)

    def get(self, request: ControlRequest) -> Any:
        """Return the record that the URL names. Raise ``Problem`` (404)."""
        number = request.path[self._list.number]
        with self._storage.reading() as work:
            record = getattr(work, self._list.collection).get(request.tenant, number)
        if record is None:
            raise absent_item(self._list, request)
        return record

    def whole(self, work: UnitOfWork, tenant: str, record: Any) -> Any:  # noqa: ARG002 (for subclasses)
        """Return a record that was found, with what lists leave out."""
        return record

    def counts(self, work: UnitOfWork, tenant: str) -> dict[str, int]:  # noqa: ARG002 (for subclasses)
        """Return further members of a page."""
        return {}

    def operations(self) -> list[Operation]:
        """Return the operations that every list has."""
        each, filters = self._list, self._list.filters.parameters
        url, detail = f"{TENANT}/{each.url}", each.detail or each.item
        one, absent_too = f"{url}/{{{each.number}}}", {200: detail, 404: about.Problem}
        paging, waiting = (*filters, *PAGE, _WAIT, _COUNT), (*filters, _WAIT)
        summary = f"List {each.holds}, newest first."
        clear = f"Delete {each.holds}: those that match the filters, or all."
        latest = "Show the newest item that matches the filters."
        make = partial(Operation, needs_journal=each.collection == "journal")
        operations = [
            make("GET", url, f"list{each.id}", summary, self._page, {200: each.page}, paging),
            make("DELETE", url, f"clear{each.id}", clear, self._clear, {200: Deleted}, filters),
            make("GET", f"{url}/latest", f"latestOf{each.id}", latest, self._latest, absent_too, waiting),
            make("GET", one, f"oneOf{each.id}", "Show one item.", self._one, {200: detail}),
        ]
        if each.detail is None:
            operations.append(
                make("DELETE", one, f"deleteOneOf{each.id}", "Delete one item.", self._delete, {204: None})
            )
        return operations

    def _one(self, request: ControlRequest) -> Any:
        return self.show_one(request, self.get(request))

    def _page(self, request: ControlRequest) -> Any:
        criteria = self._criteria(request)
        limit, before = page_of(request.query)

        def respond() -> Page:
            with self._storage.reading() as work:
                found, total = self._of(work).search(request.tenant, criteria, limit=limit + 1, before=before)
                counts = self.counts(work, request.tenant)
            items = [self.show(each) for each in found]
            shown, cursor = cut(items, limit, lambda item: getattr(item, snake(self._list.number)))
            return self._list.page(total=total, next=cursor, **{self._list.items: shown}, **counts)

        return self._once_there(request, criteria, respond)

    def _latest(self, request: ControlRequest) -> Any:
        criteria = self._criteria(request)

        def respond() -> Any:
            with self._storage.reading() as work:
                found, _ = self._of(work).search(request.tenant, criteria, limit=1)
                latest = self.whole(work, request.tenant, found[0]) if found else None
            if latest is None:
                url = f"/_mock/v1/tenants/{request.tenant}/{self._list.url}"
                error = f"the {self._list.url} of tenant '{request.tenant}' has none like that"
                raise Problem(404, error, f"?wait=10s waits for it; what there is: {url}")
            return self.show_one(request, latest)

        return self._once_there(request, criteria, respond)

    def _clear(self, request: ControlRequest) -> Deleted:
        with self._storage.writing() as work:
            return Deleted(self._of(work).delete(request.tenant, self._criteria(request)))

    def _delete(self, request: ControlRequest) -> None:
        this = Criterion(self._list.number, "is", request.path[self._list.number])
        with self._storage.writing() as work:
            deleted = self._of(work).delete(request.tenant, (this,))
        if not deleted:
            raise absent_item(self._list, request)

    def _criteria(self, request: ControlRequest) -> tuple[Criterion, ...]:
        return self._list.filters.of_query(request.query, self._statuses)

    def _of(self, work: UnitOfWork) -> Any:
        return getattr(work, self._list.collection)

    def _once_there(self, request: ControlRequest, criteria: tuple[Criterion, ...], respond: Callable[[], Any]) -> Any:
        """Respond at once, or later if the query says ``wait``."""
        if "wait" not in request.query:
            if "count" in request.query:
                hint = "expected ?wait=10s&count=2; the size of a page is limit: ?limit=20"
                raise Problem(400, "count without wait", hint)
            return respond()
        wanted = request.query.get("count", 1)

        def ready() -> bool:
            with self._storage.reading(is_one_statement=True) as work:
                return bool(self._of(work).count(request.tenant, criteria, at_most=wanted) >= wanted)

        return LongPoll(request.tenant, ready, request.query["wait"], respond)


def page_of(query: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return the limit, and the id below which the page begins."""
    return query.get("limit", _DEFAULT_LIMIT), query.get("cursor")


def cut(items: Sequence[_T], limit: int, number: Callable[[_T], int]) -> tuple[Sequence[_T], str | None]:
    """Return the items of a page, and the cursor of the next one.

    One item more than the limit shows that there is a next page; it begins below the ``number`` of the last item.
    """
    shown = items[:limit]
    return shown, str(number(shown[-1])) if len(items) > limit else None


def absent_item(listing: Listing, request: ControlRequest) -> Problem:
    """Return the problem of an item that is missing."""
    item = f"{listing.number} {request.path[listing.number]}"
    return absent(request.tenant, item, listing.url, within=f"the {listing.url} of ")
