"""The control API's URLs, and what each answers.

It reads and resets what the storage keeps; it decides nothing about messages.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.wrappers import Request, Response

from messaging_double.server.control import problems
from messaging_double.server.control.answers import TENANT, json_answer, no_content
from messaging_double.server.control.boxes import BoxResources
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
                Rule(f"{TENANT}/reset", methods=["POST"], endpoint=self._reset),
                *BoxResources(storage).rules(),
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

    def _reset(self, request: Request, tenant: str) -> Response:  # noqa: ARG002
        with self._storage.writing() as work:
            work.tenants.reset(tenant)
        return no_content()
