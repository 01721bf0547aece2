"""The control API's lists of what is kept: outbox, inbox, and the status reports that match no message."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from messaging_double.models.criteria import Criterion
from messaging_double.server.control import filters, shapes
from messaging_double.server.control.answers import json_answer, list_answer, no_content
from messaging_double.server.control.later import COUNT, WAIT, awaited
from messaging_double.server.control.operations import PROBLEM, TENANT, Ask, Operation
from messaging_double.server.control.paging import PAGE, page_of
from messaging_double.server.control.problems import Problem
from messaging_double.server.shapes.objects import Member, Object
from messaging_double.server.shapes.values import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Response

    from messaging_double.server.control.filters import Filters
    from messaging_double.server.control.later import Later
    from messaging_double.storage import Storage, UnitOfWork

DELETED = Object("Deleted", (Member("deleted", Number(0), "How many there were."),), shown=True)


@dataclass(frozen=True)
class Box:
    """One list, and how what is in it is shown."""

    url: str
    name: str
    """Of the list in the JSON."""
    number: str
    """The member of its items by which they are asked for, and by which pages go on."""
    holds: str
    """What is in it, for a sentence."""
    filters: Filters
    shape: Object
    kept_in: Callable[[UnitOfWork], Any]
    """The collection; it has ``search``, ``count``, ``get`` and ``delete``."""
    id: str
    """What ``operationId``s end with."""
    more: tuple[Member, ...] = ()
    """What its list tells besides."""
    count_more: Callable[[UnitOfWork, str], dict[str, int]] = lambda _work, _tenant: {}
    full: Object | None = None
    """The shape of one item by itself, where that tells more than the list does."""
    show_full: Callable[[str, Any], Any] = lambda _tenant, _item: None
    """Shows an item of a tenant so."""

    def show_one(self, tenant: str, item: Any) -> Any:
        """Show an item by itself."""
        return self.shape.show(item) if self.full is None else self.show_full(tenant, item)


def boxes_of_messages(statuses: Mapping[str, int]) -> tuple[Box, ...]:
    """Return outbox, inbox and status reports, where these statuses are known."""
    return (_outbox(statuses), _INBOX, _reports(statuses))


def _outbox(statuses: Mapping[str, int]) -> Box:
    return Box(
        "outbox",
        "messages",
        "messagingId",
        "what clients sent",
        filters.outbox(statuses),
        shapes.OUTBOX_MESSAGE,
        lambda work: work.outbox,
        "Outbox",
    )


_INBOX = Box(
    "inbox",
    "messages",
    "id",
    "what came in",
    filters.INBOX,
    shapes.INBOX_MESSAGE,
    lambda work: work.inbox,
    "Inbox",
)


def _reports(statuses: Mapping[str, int]) -> Box:
    return Box(
        "status-reports",
        "statusReports",
        "id",
        "SetDeliveryStatus calls whose plugin and id no message has",
        filters.status_reports(statuses),
        shapes.STATUS_REPORT,
        lambda work: work.status_reports,
        "StatusReports",
    )


class BoxResources:
    """``T/outbox`` and other boxes: lists, their latest item, one item, and their deletion."""

    def __init__(self, storage: Storage, *boxes: Box) -> None:
        """Show what ``storage`` keeps in these."""
        self._storage = storage
        self._boxes = boxes

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        return [operation for box in self._boxes for operation in self._of(box)]

    def _of(self, box: Box) -> list[Operation]:
        """Return what can be asked of one list."""
        url = f"{TENANT}/{box.url}"
        one = f"{url}/{{{box.number}}}"
        page = shapes.list_of(box.name, box.shape, *box.more)
        one_shape = box.full or box.shape
        chosen = box.filters.parameters
        return [
            Operation(
                "GET",
                url,
                f"list{box.id}",
                f"List {box.holds}, newest first.",
                partial(self._list, box),
                {200: page},
                (*chosen, *PAGE, WAIT, COUNT),
            ),
            Operation(
                "DELETE",
                url,
                f"clear{box.id}",
                f"Delete {box.holds}: what meets the filters, all of it without.",
                partial(self._clear, box),
                {200: DELETED},
                chosen,
            ),
            Operation(
                "GET",
                f"{url}/latest",
                f"latestOf{box.id}",
                "Show the newest one that meets the filters.",
                partial(self._latest, box),
                {200: one_shape, 404: PROBLEM},
                (*chosen, WAIT),
            ),
            Operation("GET", one, f"oneOf{box.id}", "Show one.", partial(self._item, box), {200: one_shape}),
            Operation("DELETE", one, f"deleteOneOf{box.id}", "Delete one.", partial(self._delete, box), {204: None}),
        ]

    def _list(self, box: Box, ask: Ask) -> Response | Later:
        criteria = box.filters.of_query(ask.query)
        limit, before = page_of(ask.query)

        def answer() -> Response:
            with self._storage.reading() as work:
                kept, total = box.kept_in(work).search(ask.tenant, criteria, limit=limit + 1, before=before)
                more = box.count_more(work, ask.tenant)
            rows = [box.shape.show(each) for each in kept]
            return list_answer(box.name, rows, total, limit, number=box.number, **more)

        return awaited(ask.tenant, ask.query, self._counting(box, ask.tenant, criteria), answer)

    def _latest(self, box: Box, ask: Ask) -> Response | Later:
        criteria = box.filters.of_query(ask.query)

        def answer() -> Response:
            with self._storage.reading() as work:
                kept, _ = box.kept_in(work).search(ask.tenant, criteria, limit=1)
                if kept and box.full is not None:  # a list does not have all of it
                    kept = [box.kept_in(work).get(ask.tenant, kept[0].id)]
            if not kept:
                hint = f"?wait=10s waits for it; what there is: /_mock/v1/tenants/{ask.tenant}/{box.url}"
                raise Problem(404, f"the {box.url} of tenant '{ask.tenant}' has none like that", hint)
            return json_answer(box.show_one(ask.tenant, kept[0]))

        return awaited(ask.tenant, ask.query, self._counting(box, ask.tenant, criteria), answer)

    def _item(self, box: Box, ask: Ask) -> Response:
        with self._storage.reading() as work:
            kept = box.kept_in(work).get(ask.tenant, ask.path[box.number])
        if kept is None:
            raise _absent(box, ask)
        return json_answer(box.show_one(ask.tenant, kept))

    def _clear(self, box: Box, ask: Ask) -> Response:
        with self._storage.writing() as work:
            deleted = box.kept_in(work).delete(ask.tenant, box.filters.of_query(ask.query))
        return json_answer({"deleted": deleted})

    def _delete(self, box: Box, ask: Ask) -> Response:
        this = Criterion(box.number, "is", ask.path[box.number])
        with self._storage.writing() as work:
            deleted = box.kept_in(work).delete(ask.tenant, (this,))
        if not deleted:
            raise _absent(box, ask)
        return no_content()

    def _counting(self, box: Box, tenant: str, criteria: tuple[Criterion, ...]) -> Callable[[int], int]:
        def count(at_most: int) -> int:
            with self._storage.reading() as work:
                counted: int = box.kept_in(work).count(tenant, criteria, at_most=at_most)
            return counted

        return count


def _absent(box: Box, ask: Ask) -> Problem:
    number = ask.path[box.number]
    hint = f"those that it has are at /_mock/v1/tenants/{ask.tenant}/{box.url}"
    return Problem(404, f"the {box.url} of tenant '{ask.tenant}' has no {box.number} {number}", hint)
