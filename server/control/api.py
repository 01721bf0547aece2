"""The control API's URLs, and what each answers.

It reads and resets what the storage keeps; it decides nothing about messages.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.wrappers import Request, Response

from messaging_double.server.control import problems, shapes
from messaging_double.server.control.answers import TENANT, json_answer, list_answer, no_content
from messaging_double.server.control.paging import page_of
from messaging_double.server.control.problems import Problem
from messaging_double.server.control.tickets import TicketResources
from messaging_double.server.tenants import canonical_tenant
from messaging_double.storage import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from messaging_double.server.access import Access
    from messaging_double.storage import Storage

_log = logging.getLogger("messaging_double.control")


class ControlApi:
    """The WSGI application of everything that is not SOAP."""

    def __init__(self, storage: Storage, access: Access) -> None:
        """Show and reset what ``storage`` keeps, and the tickets of ``access``."""
        self._storage = storage
        self._urls = Map(
            [
                Rule("/livez", methods=["GET"], endpoint=self._alive),
                Rule("/readyz", methods=["GET"], endpoint=self._ready),
                Rule(f"{TENANT}/outbox", methods=["GET"], endpoint=self._outbox),
                Rule(f"{TENANT}/outbox/<int:messaging_id>", methods=["GET"], endpoint=self._outbox_message),
                Rule(f"{TENANT}/inbox", methods=["GET"], endpoint=self._inbox),
                Rule(f"{TENANT}/inbox/<int:inbox_id>", methods=["GET"], endpoint=self._inbox_message),
                Rule(f"{TENANT}/status-reports", methods=["GET"], endpoint=self._status_reports),
                Rule(f"{TENANT}/reset", methods=["POST"], endpoint=self._reset),
                *TicketResources(access).rules(),
            ],
            strict_slashes=False,
            redirect_defaults=False,
            merge_slashes=False,
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            urls = self._urls.bind_to_environ(request.environ)
            endpoint, found = urls.match(websocket=False)  # an Upgrade that nobody offers is passed over
            arguments = dict(found)
            if "tenant" in arguments:
                arguments["tenant"] = canonical_tenant(arguments["tenant"])
            answer: Response = endpoint(request, **arguments)
        except Problem as problem:
            return problems.response(problem)
        except RequestRedirect as redirect:
            return Response(status=redirect.code, headers={"Location": redirect.new_url})
        except HTTPException as error:
            return problems.from_routing(error, request.method, request.path)
        except StorageError as error:
            _log.exception("the storage failed")
            return problems.response(Problem(503, "the double's storage failed", str(error)))
        except Exception:  # noqa: BLE001 (the last door: no client gets a traceback)
            _log.exception("the control API failed")
            return problems.response(Problem(500, "the double failed", "its log on standard error says how"))
        return answer

    def _alive(self, request: Request) -> Response:  # noqa: ARG002 (as every endpoint)
        return json_answer({"status": "alive"})

    def _ready(self, request: Request) -> Response:  # noqa: ARG002
        self._storage.ping()
        return json_answer({"status": "ready"})

    def _outbox(self, request: Request, tenant: str) -> Response:
        limit, before = page_of(request.args, request.path)
        with self._storage.reading() as work:
            entries, total = work.outbox.page(tenant, limit=limit + 1, before=before)
        rows = [(entry.messaging_id, shapes.outbox_message(entry)) for entry in entries]
        return list_answer("messages", rows, total, limit)

    def _outbox_message(self, request: Request, tenant: str, messaging_id: int) -> Response:  # noqa: ARG002
        with self._storage.reading() as work:
            entry = work.outbox.get(tenant, messaging_id)
        if entry is None:
            raise _absent("outbox", tenant, messaging_id)
        return json_answer(shapes.outbox_message(entry))

    def _inbox(self, request: Request, tenant: str) -> Response:
        limit, before = page_of(request.args, request.path)
        with self._storage.reading() as work:
            entries, total = work.inbox.page(tenant, limit=limit + 1, before=before)
        return list_answer("messages", [(entry.id, shapes.inbox_message(entry)) for entry in entries], total, limit)

    def _inbox_message(self, request: Request, tenant: str, inbox_id: int) -> Response:  # noqa: ARG002
        with self._storage.reading() as work:
            entry = work.inbox.get(tenant, inbox_id)
        if entry is None:
            raise _absent("inbox", tenant, inbox_id)
        return json_answer(shapes.inbox_message(entry))

    def _status_reports(self, request: Request, tenant: str) -> Response:
        limit, before = page_of(request.args, request.path)
        with self._storage.reading() as work:
            reports, total = work.status_reports.page(tenant, limit=limit + 1, before=before)
        return list_answer(
            "statusReports", [(report.id, shapes.status_report(report)) for report in reports], total, limit
        )

    def _reset(self, request: Request, tenant: str) -> Response:  # noqa: ARG002
        with self._storage.writing() as work:
            work.tenants.reset(tenant)
        return no_content()


def _absent(box: str, tenant: str, number: int) -> Problem:
    url = f"/_mock/v1/tenants/{tenant}/{box}"
    return Problem(404, f"the {box} of tenant '{tenant}' has no message {number}", f"those that it has are at {url}")
