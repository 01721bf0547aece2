"""The control API: routes a request to the handler of its operation, and responds with the result or the error."""

from __future__ import annotations

import json
import logging
import re
from functools import cache, partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter, Map, RequestRedirect, Rule
from werkzeug.wrappers import Request, Response

from messaging_double.models.durations import BeyondCalendarError
from messaging_double.models.errors import QuotaExceeded
from messaging_double.server.calls.paths import canonical_tenant
from messaging_double.server.control.about import AboutResources
from messaging_double.server.control.guard import Cors, Guard, check_tenant
from messaging_double.server.control.journal import ExplanationResources, JournalResources
from messaging_double.server.control.lists import ListResources
from messaging_double.server.control.messages import STATUS_REPORTS, InboxResources, OutboxResources, VerifyResources
from messaging_double.server.control.metrics import MetricsResources
from messaging_double.server.control.operation import NUMBERS, TEXTS, ControlRequest, Operation, operations_of
from messaging_double.server.control.responses import (
    LongPoll,
    Problem,
    compress,
    from_routing,
    json_response,
    no_content,
    problem_response,
)
from messaging_double.server.control.rules import RuleResources
from messaging_double.server.control.simulation import ClockResources, SimulationResources
from messaging_double.server.control.tenants import EventResources, TenantResources, TicketResources
from messaging_double.server.validation import ValidationError
from messaging_double.server.waiting.waiters import LONGEST_BLOCK, Waiting
from messaging_double.storage import StorageError, StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from datetime import datetime

    from messaging_double.models.records import Exchange
    from messaging_double.server.agents.access import Access
    from messaging_double.server.agents.fixtures import Loader
    from messaging_double.server.counters import Counters
    from messaging_double.server.journal.recorder import Journal
    from messaging_double.server.retention import Retention
    from messaging_double.server.rules.book import RuleBook
    from messaging_double.server.rules.reactions import CallFacts
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation import Simulation
    from messaging_double.server.waiting.workers import Workers
    from messaging_double.storage import Storage

    Environ = dict[str, Any]
    Start = Callable[..., Any]

_R = TypeVar("_R")
_log = logging.getLogger("messaging_double.control")
_READING = ("GET", "HEAD", "OPTIONS")
_GUARDED = "/_mock"


class ControlApi:
    """The WSGI application of everything that is not SOAP."""

    def __init__(  # noqa: PLR0913 (all that it controls)
        self,
        *,
        storage: Storage,
        access: Access,
        loader: Loader,
        simulation: Simulation,
        rules: RuleBook,
        journal: Journal,
        settings: Settings,
        started: datetime,
        workers: Workers,
        counters: Counters,
        retention: Retention,
        facts_of: Callable[[str, Exchange], CallFacts | None],
    ) -> None:
        """Show and control what ``storage`` keeps."""
        self._guard = Guard(settings)
        self._cors = Cors(settings)
        self._simulation = simulation
        self._storage = storage
        self._retention = retention
        self._journal = journal
        self._counters = counters
        self._largest = settings.max_body_bytes
        statuses = simulation.profiles.numbers
        tenants = TenantResources(storage, access, loader, retention)
        self._waiting = Waiting(storage, self._refresh, tenants.counted)
        tenants.deleted = retention.deleted = self._waiting.end
        exchanges = JournalResources(storage, journal.lost)
        operations = operations_of(
            tenants,
            OutboxResources(storage, simulation),
            InboxResources(storage, statuses),
            ListResources(storage, statuses, STATUS_REPORTS),
            exchanges,
            VerifyResources(storage, statuses),
            TicketResources(storage, access),
            ClockResources(simulation),
            SimulationResources(storage, simulation),
            RuleResources(rules, simulation.now, [each.name for each in simulation.profiles.all]),
            EventResources(self._waiting, workers),
            ExplanationResources(storage, exchanges, rules, simulation.now, facts_of),
            MetricsResources(storage, counters, self._waiting, started),
        )
        operations += operations_of(AboutResources(storage, settings, started, operations))
        self._operations = {each.id: each for each in operations}
        self._urls = _url_map(tuple((each.method, each.path, each.id) for each in operations))

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        request = self.request(environ)
        response = self.respond(request)
        if isinstance(response, LongPoll):
            response = self._block(request, response)
        return response(environ, partial(start, start_response))

    def is_watched(self) -> bool:
        """Say whether a client waits for changes."""
        return self._waiting.is_used

    def _refresh(self, tenant: str | None) -> float | None:
        """Apply what is due; return the seconds until something is due.

        What the journal has still to write is written first, unless it is written soon anyway, as where others look.
        """
        if not self._storage.is_shared:
            self._journal.flush()
        return None if tenant is None else self._simulation.seconds_to_next_event(tenant)

    def request(self, environ: Environ) -> Request:
        """Return the request of an ``environ``."""
        request = Request(environ)
        request.max_content_length = self._largest
        return request

    def respond(self, request: Request) -> Response | LongPoll:
        """Respond to a request, or return what its response waits for."""
        return self._caught(request, lambda: self._handle(request))

    def hold(self, request: Request, poll: LongPoll, workers: Workers) -> Generator[bytes, None, Response]:
        """Hold back a response of the embedded server; yield an empty part for each pause."""
        connection = request.environ["messaging_double.connection"]
        try:
            yield from self._waiting.hold(connection, workers, poll.tenant, poll.ready, poll.wait.total_seconds())
        except Exception as error:  # noqa: BLE001 (as for every response)
            return self._finished(request, _refusal(error, request))
        return (yield from workers.run(connection, lambda: self._caught(request, lambda: _response(poll.respond()))))

    def _block(self, request: Request, poll: LongPoll) -> Response:
        """Wait for a response in this thread."""

        def wait() -> Response:
            is_over = self._waiting.block(poll.tenant, poll.ready, poll.wait.total_seconds())
            if poll.is_verdict and not is_over:
                error = f"undecided after {LONGEST_BLOCK:g} seconds, for which this server waits at most"
                hint = f"say within: {LONGEST_BLOCK:g}s or less, or run messaging-double serve, which waits for longer"
                raise Problem(501, error, hint)
            return _response(poll.respond())

        return self._caught(request, wait)

    def _caught(self, request: Request, respond: Callable[[], _R]) -> _R | Response:
        """Return the response, or that of an error: no client gets a traceback."""
        response: Any
        try:
            response = respond()
        except Exception as error:  # noqa: BLE001 (the last handler)
            if isinstance(error, QuotaExceeded):
                self._counters.add(f"refused_{error.bound}")
            response = _refusal(error, request)
        return self._finished(request, response) if isinstance(response, Response) else response

    def _finished(self, request: Request, response: Response) -> Response:
        """Return the response, compressed where that is wanted, and readable by pages of allowed origins."""
        compress(request, response)
        self._cors.allow(request, response)
        return response

    def _handle(self, request: Request) -> Response | LongPoll:
        is_guarded = request.path == "/" or request.path.startswith(_GUARDED)
        if is_guarded and self._cors.is_preflight(request):
            self._guard.check_host(request.environ)
            return self._cors.preflight()
        admitted = self._guard.check(request.environ) if is_guarded else None
        operation, path = self._match(request)
        tenant = path.pop("tenant", None)
        if not operation.is_open:
            check_tenant(admitted, None if tenant is None else canonical_tenant(tenant))
        read_request = operation.read(request, canonical_tenant(tenant or ""), path)
        read_request.admitted = admitted
        if operation.needs_journal:
            self._journal.flush()
        if tenant is not None:
            self._simulation.apply_due_events(read_request.tenant)
            self._retention.note_use(read_request.tenant)
        result = operation.handler(read_request)
        if request.method not in _READING and operation.id != "verify":
            _log_change(operation.id, "all" if tenant is None else read_request.tenant, read_request)
        return result if isinstance(result, LongPoll) else _response(result, operation.status)

    def _match(self, request: Request) -> tuple[Operation, dict[str, Any]]:
        if request.method == "DELETE" and request.path.endswith("/"):  # an empty id does not mean all items
            raise NotFound
        name, path = self._urls.bind_to_environ(request.environ).match(websocket=False)  # an Upgrade is ignored
        return self._operations[name], dict(path)


def _log_change(operation: str, tenant: str, request: ControlRequest) -> None:
    """Log who changed what of which tenant; what messages and tickets contain has no place in the log."""
    about = {"tenant": tenant, **request.path, "by": request.request.environ.get("REMOTE_ADDR", "-")}
    shown = " ".join(f"{name}={json.dumps(value)}" for name, value in about.items())
    _log.info("%s %s", operation, shown)


def _response(result: Any, status: int = 200) -> Response:
    """Return the response of what a handler returned."""
    if isinstance(result, Response):
        return result
    return no_content() if result is None else json_response(result, status)


def start(start_response: Start, status: str, headers: list[tuple[str, str]]) -> Any:
    """Give the status its usual reason phrase; werkzeug writes it in capitals."""
    code = HTTPStatus(int(status[:3]))
    return start_response(f"{code.value} {code.phrase}", headers)


def _refusal(error: Exception, request: Request) -> Response:
    if isinstance(error, RequestRedirect):
        return Response(status=error.code, headers={"Location": error.new_url})
    if isinstance(error, HTTPException):
        return from_routing(error, request.method, request.path)
    return problem_response(_problem(error))


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationError):
        return Problem(400, error.error, error.hint)
    if isinstance(error, BeyondCalendarError):
        return Problem(400, str(error), 'expected a moment of these: {"mode": "frozen", "now": "2026-11-21T08:00:00Z"}')
    if isinstance(error, QuotaExceeded):
        return Problem(507, error.problem, error.cure)
    if isinstance(error, StorageError):
        _log.error("the storage failed", exc_info=error)
        headers = {"Retry-After": str(error.retry_seconds)} if isinstance(error, StorageUnavailableError) else {}
        return Problem(503, "the double's storage failed", str(error), headers)
    _log.error("the control API failed", exc_info=error)
    return Problem(500, "the double failed", "its log on standard error says how")


@cache  # 30 ms, once for all doubles of a process
def _url_map(operations: tuple[tuple[str, str, str], ...]) -> Map:
    """Compile the routes from method and path to the id of each operation."""
    rules = []
    for method, path, name in operations:
        url = re.sub(r"{(\w+)}", lambda found: f"<{_converter(found[1])}:{found[1]}>", path)
        rules.append(Rule(url, methods=[method], endpoint=name))
    return Map(
        rules, strict_slashes=False, redirect_defaults=False, merge_slashes=False, converters={"text": _TextConverter}
    )


def _converter(part: str) -> str:
    """Return werkzeug's name of the converter for a part of a URL."""
    if part in NUMBERS:
        return "int"
    return "text" if part in TEXTS else "default"


class _TextConverter(BaseConverter):
    """The rest of a path, slashes and line ends included."""

    part_isolating = False
    regex = "(?s:.+)"
    weight = 200  # as werkzeug's own for paths: tried after all others
