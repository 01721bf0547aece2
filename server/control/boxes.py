"""The control API's lists of what is kept: the outbox, the inbox, and the status reports that match no message."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.routing import Rule

from messaging_double.server.control import shapes
from messaging_double.server.control.answers import TENANT, json_answer, list_answer
from messaging_double.server.control.paging import page_of
from messaging_double.server.control.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Request, Response

    from messaging_double.storage import Storage, UnitOfWork


@dataclass(frozen=True)
class _Box:
    """One list, and how what is in it is shown."""

    url: str
    name: str
    """Of the list in the JSON."""
    number: str
    """The member of its items by which they are asked for, and by which pages go on."""
    kept_in: Callable[[UnitOfWork], Any]
    show: Callable[[Any], shapes.Json]


_OUTBOX = _Box("outbox", "messages", "messagingId", lambda work: work.outbox, shapes.outbox_message)
_INBOX = _Box("inbox", "messages", "id", lambda work: work.inbox, shapes.inbox_message)
_REPORTS = _Box("status-reports", "statusReports", "id", lambda work: work.status_reports, shapes.status_report)


class BoxResources:
    """``T/outbox``, ``T/inbox`` and ``T/status-reports``."""

    def __init__(self, storage: Storage) -> None:
        """Show what ``storage`` keeps."""
        self._storage = storage

    def rules(self) -> list[Rule]:
        """Return the URLs."""
        lists = [
            Rule(f"{TENANT}/{box.url}", methods=["GET"], endpoint=partial(self._list, box))
            for box in (_OUTBOX, _INBOX, _REPORTS)
        ]
        items = [
            Rule(f"{TENANT}/{box.url}/<int:number>", methods=["GET"], endpoint=partial(self._item, box))
            for box in (_OUTBOX, _INBOX)
        ]
        return lists + items

    def _list(self, box: _Box, request: Request, tenant: str) -> Response:
        limit, before = page_of(request.args, request.path)
        with self._storage.reading() as work:
            kept, total = box.kept_in(work).page(tenant, limit=limit + 1, before=before)
        return list_answer(box.name, [box.show(each) for each in kept], total, limit, number=box.number)

    def _item(self, box: _Box, request: Request, tenant: str, number: int) -> Response:  # noqa: ARG002 (as every endpoint)
        with self._storage.reading() as work:
            kept = box.kept_in(work).get(tenant, number)
        if kept is None:
            hint = f"those that it has are at /_mock/v1/tenants/{tenant}/{box.url}"
            raise Problem(404, f"the {box.url} of tenant '{tenant}' has no message {number}", hint)
        return json_answer(box.show(kept))
