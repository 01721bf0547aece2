"""The control API's URLs: reads a request by its declaration, lets its handler answer, refuses what is wrong.

It reads, judges and steers what the storage keeps; what an operation of the contract does is not decided here.
"""

from __future__ import annotations

import logging
import re
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter, Map, RequestRedirect, Rule
from werkzeug.wrappers import Request, Response

from messaging_double.server.control import problems
from messaging_double.server.control.about import AboutResources
from messaging_double.server.control.boxes import BoxResources, boxes_of_messages
from messaging_double.server.control.clock import ClockResources
from messaging_double.server.control.deliveries import DeliveryResources
from messaging_double.server.control.faults import FaultResources
from messaging_double.server.control.guard import Guard
from messaging_double.server.control.journal import JournalResources
from messaging_double.server.control.later import Later
from messaging_double.server.control.operations import NUMBERS, TEXTS, Ask, Operation, read_body, read_query
from messaging_double.server.control.problems import Problem
from messaging_double.server.control.rules import RuleResources
from messaging_double.server.control.simulated import SimulatedResources
from messaging_double.server.control.snapshots import SnapshotResources
from messaging_double.server.control.tenants import TenantResources
from messaging_double.server.control.tickets import TicketResources
from messaging_double.server.control.verify import VerifyResources
from messaging_double.server.shapes.unfit import Unfit
from messaging_double.server.tenants import canonical_tenant
from messaging_double.server.waiting import LONGEST_BLOCK, Waiting
from messaging_double.storage import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from datetime import datetime

    from messaging_double.server.access import Access
    from messaging_double.server.seeding import Seeding
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation import Simulation
    from messaging_double.server.simulation.rules import RuleBook
    from messaging_double.server.workers import Workers
    from messaging_double.storage import Storage

    Environ = dict[str, Any]
    Start = Callable[..., Any]

_Answer = TypeVar("_Answer", Response, "Response | Later")
_log = logging.getLogger("messaging_double.control")
_GUARDED = "/_mock/"


class ControlApi:
    """The WSGI application of everything that is not SOAP."""

    def __init__(  # noqa: PLR0913 (whatever there is to steer)
        self,
        *,
        storage: Storage,
        access: Access,
        seeding: Seeding,
        simulation: Simulation,
        rules: RuleBook,
        lost: Callable[[str, int], int],
        settings: Settings,
        started: datetime,
    ) -> None:
        """Show and steer what ``storage`` keeps, and what the others decide."""
        self._guard = Guard(settings)
        self._simulation = simulation
        self._waiting = Waiting(storage, simulation.settle)
        self._largest = settings.max_body_bytes
        statuses = simulation.profiles.numbers
        operations = [
            *TenantResources(storage, access, seeding, statuses).operations(),
            *BoxResources(storage, *boxes_of_messages(statuses)).operations(),
            *DeliveryResources(storage, simulation).operations(),
            *VerifyResources(storage, statuses).operations(),
            *JournalResources(storage, lost).operations(),
            *SnapshotResources(storage, access).operations(),
            *TicketResources(access).operations(),
            *ClockResources(simulation).operations(),
            *SimulatedResources(storage, simulation).operations(),
            *RuleResources(rules, simulation.now).operations(),
            *FaultResources().operations(),
        ]
        about = AboutResources(storage, settings, started, operations)
        self._urls = Map(
            [_rule(each) for each in (*operations, *about.operations())],
            strict_slashes=False,
            redirect_defaults=False,
            merge_slashes=False,
            converters={"text": _TextConverter},
        )

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        request = self.request(environ)
        answer = self.respond(request)
        if isinstance(answer, Later):
            answer = self._block(request, answer)
        return answer(environ, partial(start, start_response))

    def request(self, environ: Environ) -> Request:
        """Return the request of an ``environ``."""
        request = Request(environ)
        request.max_content_length = self._largest
        return request

    def respond(self, request: Request) -> Response | Later:
        """Answer a request, or say what its answer waits for."""
        return _answered(request, lambda: self._found(request))

    def hold(self, request: Request, later: Later, workers: Workers) -> Generator[bytes, None, Response]:
        """Wait for an answer of the embedded server's; the empty parts that this yields hold it back."""
        connection = request.environ["messaging_double.connection"]
        try:
            yield from self._waiting.hold(connection, workers, later.tenant, later.ready, later.seconds)
        except Exception as error:  # noqa: BLE001 (as in every answer)
            return _refusal(error, request)
        return (yield from workers.run(connection, lambda: _answered(request, later.answer)))

    def _block(self, request: Request, later: Later) -> Response:
        """Wait for an answer in this thread."""

        def wait_and_answer() -> Response:
            is_over = self._waiting.block(later.tenant, later.ready, later.seconds)
            if later.is_verdict and not is_over:
                error = f"undecided after {LONGEST_BLOCK:g} seconds, for which this server waits at most"
                hint = f"say within: {LONGEST_BLOCK:g}s or less, or run messaging-double serve, which waits for longer"
                raise Problem(501, error, hint)
            return later.answer()

        return _answered(request, wait_and_answer)

    def _found(self, request: Request) -> Response | Later:
        if request.path.startswith(_GUARDED):
            self._guard.check(request.environ)
        operation, found = self._match(request)
        path = dict(found)
        tenant = path.pop("tenant", None)
        ask = Ask(
            request, canonical_tenant(tenant or ""), path, read_query(operation, request), read_body(operation, request)
        )
        if tenant is not None:
            self._simulation.settled(ask.tenant)
        return operation.handler(ask)

    def _match(self, request: Request) -> tuple[Operation, Any]:
        if request.method == "DELETE" and request.path.endswith("/"):  # an id that is empty is not all of them
            raise NotFound
        urls = self._urls.bind_to_environ(request.environ)
        return urls.match(websocket=False)  # an Upgrade that nobody offers is passed over


def _answered(request: Request, answer: Callable[[], _Answer]) -> _Answer | Response:
    """Give the answer, or that of its refusal: no client gets a traceback."""
    try:
        return answer()
    except Exception as error:  # noqa: BLE001 (the last door)
        return _refusal(error, request)


def start(start_response: Start, status: str, headers: list[tuple[str, str]]) -> Any:
    """Give the status its usual reason phrase; werkzeug writes it in capitals."""
    code = HTTPStatus(int(status[:3]))
    return start_response(f"{code.value} {code.phrase}", headers)


def _refusal(error: Exception, request: Request) -> Response:
    if isinstance(error, Problem):
        return problems.response(error)
    if isinstance(error, Unfit):
        return problems.response(Problem(400, error.error, error.hint))
    if isinstance(error, RequestRedirect):
        return Response(status=error.code, headers={"Location": error.new_url})
    if isinstance(error, HTTPException):
        return problems.from_routing(error, request.method, request.path)
    if isinstance(error, StorageError):
        _log.error("the storage failed", exc_info=error)
        return problems.response(Problem(503, "the double's storage failed", str(error)))
    _log.error("the control API failed", exc_info=error)
    return problems.response(Problem(500, "the double failed", "its log on standard error says how"))


def _rule(operation: Operation) -> Rule:
    path = re.sub(r"{(\w+)}", lambda found: f"<{_converter(found[1])}:{found[1]}>", operation.path)
    return Rule(path, methods=[operation.method], endpoint=operation)


def _converter(part: str) -> str:
    """Return what werkzeug calls that which a part of a URL is read by."""
    if part in NUMBERS:
        return "int"
    return "text" if part in TEXTS else "default"


class _TextConverter(BaseConverter):
    """The rest of a path, slashes and line ends included."""

    part_isolating = False
    regex = "(?s:.+)"
    weight = 200  # as werkzeug's own for paths: asked after all others
