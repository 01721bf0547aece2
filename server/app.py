"""The WSGI application: SOAP calls by a table of URLs, everything else by the control API's map."""

from __future__ import annotations

import logging
import os
import re
import threading
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from messaging_double.models.control.values import SENDING
from messaging_double.models.records import NEW_TENANT, Exchange
from messaging_double.models.system_clock import perf_counter
from messaging_double.models.tickets import without_secrets
from messaging_double.server.agents.access import Access
from messaging_double.server.agents.calling import Agent, Caller
from messaging_double.server.agents.fixtures import Loader
from messaging_double.server.agents.messaging import CustomerService, Messaging
from messaging_double.server.agents.principal import Principal
from messaging_double.server.calls.call import REQUEST_ID, Call, Refusal, Response, new_request_id, to_json
from messaging_double.server.calls.paths import (
    CONTROL_URL,
    DEFAULT_TENANT,
    LOGIN,
    SYSTEM_USER_SERVICE,
    Route,
    meant,
    readable,
    route_of,
)
from messaging_double.server.counters import Counters
from messaging_double.server.journal.recorder import Journal
from messaging_double.server.lazy_endpoints import LazyControl, LazyEndpoints
from messaging_double.server.logs import log_call, quiet_spyne
from messaging_double.server.retention import Retention, mark_seconds
from messaging_double.server.rules.book import RuleBook
from messaging_double.server.rules.faults import body_parts, is_silent
from messaging_double.server.rules.reactions import Reactions
from messaging_double.server.settings import Settings
from messaging_double.server.simulation import Simulation, real_clock
from messaging_double.server.soap.endpoint import Endpoint, refused
from messaging_double.server.waiting.workers import Batches, Workers, held
from messaging_double.storage import (
    NotTogetherError,
    Quotas,
    Storage,
    StorageBusyError,
    StorageError,
    StorageUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from messaging_double.server.http import BrokenRequest
    from messaging_double.server.http import Response as HttpResponse
    from messaging_double.server.rules.reactions import CallFacts
    from messaging_double.server.simulation import Clock

_PAGE_URL = re.compile(r"/(?:_mock/web/|\Z)")
_PATIENCE = 3.0
"""Seconds that a call waits for another process's write to the database: all other calls wait with it."""
_LEAST_PATIENCE = 0.05
"""Seconds that calls wait for other writers which have waited for calls of this process before."""
_SEVERAL = (
    "this server has several processes, and each is a double with a temporary database of its own: what one is sent, "
    "the others do not show. Give all of them one database, such as MESSAGING_DOUBLE_DATABASE=messages.sqlite, or run "
    "one process"
)
_LARGE = 64 * 1024
"""Bytes of a request that is answered on a worker if it has more: this many take some 2 ms."""
_SMALL = 8 * 1024
"""Bytes of a request that is carried out together with others if it has no more: they wait for its messages too."""
_NO_CONTENT = 204
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
_SLOW = frozenset((LOGIN, SYSTEM_USER_SERVICE))
"""What makes keys and loads libraries of cryptography: not on the event loop."""
_log = logging.getLogger("messaging_double.app")


class App:
    """One double, as a WSGI application. ``close`` it in the end: a temporary database goes with it."""

    def __init__(self, settings: Settings, clock: Clock = real_clock) -> None:
        """Open the storage, and go by ``clock``. Raises ``StorageError`` and ``SigningError``."""
        quiet_spyne()
        counters = Counters()

        def now() -> int:
            return int(clock(DEFAULT_TENANT).timestamp() * 1_000_000)

        self._storage = storage = Storage.open(
            settings.database,
            busy_timeout=_PATIENCE,
            connections=settings.database_connections,
            quotas=_quotas(settings, now),
        )
        self._counters = counters
        self._retention = Retention(storage, settings, now, counters)
        self._workers = Workers()
        self._batches = Batches(self._workers, self._carry_out_together)
        simulation = Simulation(storage, settings, clock)
        simulation.deliveries.refused = lambda bound: counters.add(f"refused_{bound}")
        access = Access(storage, settings, simulation.now)
        self._journal = Journal(
            storage,
            settings,
            simulation.arrival,
            self._workers,
            counters=counters,
            retention=self._retention,
            is_watched=lambda: control.is_watched,
        )
        self._retention.flush = self._journal.flush
        rules = RuleBook(storage, settings.seed, settings.rules)
        caller = Caller(storage, simulation, Reactions(rules, simulation.magic))
        agents: dict[str, Agent] = {
            "Messaging": Messaging(settings, access, simulation),
            "SoPrincipal": Principal(access, settings),
            "CustomerService": CustomerService(settings, access),
        }
        self._lazy = LazyEndpoints(agents, caller, settings, simulation, access, clock)
        self._endpoints: dict[str, Any] = {name: Endpoint(agent, caller, settings) for name, agent in agents.items()}
        public_keys = [each.public_key for each in settings.applications if each.public_key]
        if public_keys or settings.signing_key is not None:
            try:
                self._lazy.signer.check(public_keys)
            except BaseException:
                storage.close()
                raise
        control = LazyControl(
            self._workers,
            journal=self._journal,
            storage=storage,
            access=access,
            loader=Loader(storage, settings, partial(simulation.time_of, NEW_TENANT)),
            simulation=simulation,
            rules=rules,
            settings=settings,
            started=real_clock(DEFAULT_TENANT),
            counters=counters,
            retention=self._retention,
            facts_of=self._facts_of,
        )
        self._page, self._control = control.page, control.respond
        self._is_first_call = True
        self._routes: dict[str, Route] = {}
        self._route = partial(route_of, self._routes)
        self._loading = threading.Lock()

    def close(self) -> None:
        """Write what the journal has still to write, and let go of the database."""
        self._retention.close()
        self._workers.close()
        self._journal.close()
        self._storage.close()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if self._is_first_call:
            self._is_first_call = False
            self._retention.start()
            if environ.get("wsgi.multiprocess") and not self._storage.is_shared:
                _log.warning(_SEVERAL)
        path = environ.get("PATH_INFO", "")
        route = self._routes.get(path)
        if route is None:
            if _PAGE_URL.match(path) and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
                return self._page(environ, start_response)
            if CONTROL_URL.match(path):
                return self._control(environ, start_response)
            route = self._route(path)
        call = Call(environ, route.tenant, route.agent, route.version)
        self._journal.listen(environ)
        connection = call.connection
        if connection is None:
            return self._sent(call, self._respond(call, route), start_response)
        is_short = len(environ["messaging_double.raw_request"]) <= _LARGE
        if is_short and route.agent not in _SLOW and not self._storage.may_block:
            call.patience = 0.0
            try:
                return self._sent(call, self._respond(call, route), start_response)
            except StorageBusyError:  # nothing was done: again, where others need not wait
                call = _again(call, route)
        return self._respond_later(call, connection, route, start_response)

    def broken(self, request: BrokenRequest) -> None:
        """Keep a request that the embedded server refused by itself."""
        answered = f"was answered {request.status}" if request.status else "got no answer"
        request_id = new_request_id()
        _log.warning(
            "a broken request from %s %s: %s request_id=%s", request.peer, answered, request.reason, request_id
        )
        self._journal.broken(request, request_id)
        self._counters.add_broken(request.status, request.seconds)

    def _load(self, agent: str) -> Any:
        """Return an endpoint that is loaded at its first use."""
        with self._loading:
            if agent not in self._endpoints:
                self._endpoints[agent] = self._lazy.make(agent)
            return self._endpoints[agent]

    def _respond_later(
        self, call: Call, connection: HttpResponse, route: Route, start_response: Callable[..., Any]
    ) -> Iterator[bytes]:
        """Answer on a worker; the response is held back meanwhile."""

        def respond() -> tuple[Call, Response]:
            response = self._respond(call, route)
            self._journal.see(call)
            return call, response

        if self._storage.may_block and _is_shareable(call):
            future = self._batches.submit(call.tenant, (call, route), connection)
        else:
            future = self._workers.submit(respond)
        done, response = yield from held(connection, future, lambda result: self._journal.abandoned(result[0]))
        yield from self._sent(done, response, start_response)

    def _carry_out_together(self, tenant: str, calls: Sequence[tuple[Call, Route]]) -> Sequence[tuple[Call, Response]]:
        """Return calls with their responses: one transaction keeps all; where one needs its own, each has one."""
        for call, _ in calls:
            call.patience = 0.0
        try:
            with self._storage.together(tenant, patience=_patience_left(calls)):
                done = [(call, self._respond(call, route)) for call, route in calls]
        except NotTogetherError:
            done = [self._carry_out_alone(call, route) for call, route in calls]
        except (StorageBusyError, StorageUnavailableError) as error:  # which may have kept them
            done = [self._failed(call, route, error) for call, route in calls]
        except StorageError:
            done = [self._carry_out_alone(call, route) for call, route in calls]
        for call, _ in done:
            self._journal.see(call)
        return done

    def _carry_out_alone(self, call: Call, route: Route) -> tuple[Call, Response]:
        call = _again(call, route)
        call.patience = _patience_left([(call, route)])
        try:
            return call, self._respond(call, route)
        except StorageBusyError as error:
            return self._failed(call, route, error)

    def _failed(self, call: Call, route: Route, error: StorageError) -> tuple[Call, Response]:
        """Return a call whose transaction failed, perhaps before its turn came, with its response."""
        call = _again(call, route)
        call.failure = error
        return call, self._respond(call, route)

    def _respond(self, call: Call, route: Route) -> Response:
        """Return the response. Raises StorageBusyError where the call may not wait for other writers."""
        if not route.agent:
            return _not_found(call, route)
        environ = call.environ
        if "HTTP_ORIGIN" in environ or "HTTP_SEC_FETCH_SITE" in environ:  # SOAP toolkits send neither
            foreign = _foreign_write(environ)
            if foreign is not None:
                return refused(call, foreign)
        try:
            endpoint = self._endpoints.get(route.agent) or self._load(route.agent)
            return endpoint.respond(call)  # type: ignore[no-any-return]
        except Exception as error:
            if isinstance(error, StorageBusyError) and call.patience is not None:
                raise
            _log.exception("a request failed; the client gets 500 without a body")
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            call.refused = "the double failed; its log says how"
            return Response(status.value, status.phrase, {})

    def _sent(self, call: Call, response: Response, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Start the response; return what it has for a body."""
        headers = [*response.headers.items(), ("Content-Length", str(response.length))]
        if response.status == _NO_CONTENT:  # RFC 9110, 8.6: it must not have one
            headers.pop()
        if call.refused is not None:
            headers.append((REQUEST_ID, call.request_id))
            self._journal.see(call)  # the log has the tenant's time
        start_response(f"{response.status} {response.reason}", headers)
        body = b"" if call.method == "HEAD" else response.body
        status: int | None = response.status
        parts: Iterable[bytes] = (body,)
        if call.reaction is not None:
            status = None if is_silent(call.reaction, call.connection) else status
            parts = body_parts(call.reaction, body, call.connection)
        log_call(call, status)
        self._counters.add_call(call, status)
        return self._journal.record(call, response, parts)

    def _facts_of(self, tenant: str, exchange: Exchange) -> CallFacts | None:
        """Read a call of the journal again; return None where it is none that rules are asked about."""
        from messaging_double.server.journal.raw_messages import recorded_call  # noqa: PLC0415 - who looks at rules in the page

        call = recorded_call(tenant, exchange, self._route)
        return None if call is None else self._endpoints[call.agent].facts_of(call)


class ProxiedApp(App):
    """A double behind one proxy, whose X-Forwarded-For, -Proto, -Host, -Port and -Prefix it believes."""

    def __init__(self, settings: Settings, clock: Clock = real_clock) -> None:
        """Open the storage, as ``App``."""
        super().__init__(settings, clock)
        from werkzeug.middleware.proxy_fix import ProxyFix  # noqa: PLC0415 (120 ms that only a proxied double needs)

        self._proxied = ProxyFix(super().__call__, x_for=1, x_proto=1, x_host=1, x_port=1, x_prefix=1)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request as if it had come straight to the proxy's address."""
        if environ.get("HTTP_X_FORWARDED_PROTO", "").lower() not in ("http", "https"):
            environ.pop("HTTP_X_FORWARDED_PROTO", None)
        return self._proxied(environ, start_response)


def _quotas(settings: Settings, now: Callable[[], int]) -> Quotas:
    return Quotas(
        tenants=settings.max_tenants,
        messages=settings.max_messages,
        snapshots=settings.max_snapshots,
        rules=settings.max_rules,
        tickets=settings.max_tickets,
        fixture_messages=settings.max_fixture_messages,
        now=now,
        mark_every=int(mark_seconds(settings) * 1_000_000),
    )


def _again(call: Call, route: Route) -> Call:
    """Return a call that is to be carried out from its beginning: the same one for the journal and the log."""
    call.environ["wsgi.input"].seek(0)
    again = Call(call.environ, route.tenant, route.agent, route.version)
    again.began, again.request_id = call.began, call.request_id
    return again


def _patience_left(calls: Sequence[tuple[Call, Route]]) -> float:
    """Return for how many seconds calls may wait for other writers, by the one that came first."""
    waited = max(perf_counter() - call.began for call, _ in calls)
    return max(_LEAST_PATIENCE, _PATIENCE - waited)


def _is_shareable(call: Call) -> bool:
    """Say whether a call is short and adds messages to the outbox: it waits for others of its tenant anyway."""
    environ = call.environ
    operation = environ.get("HTTP_SOAPACTION", "").strip('"').rpartition("/")[2]
    return call.agent == "Messaging" and operation in SENDING and len(environ["messaging_double.raw_request"]) <= _SMALL


def _not_found(call: Call, route: Route) -> Response:
    """Refuse a URL that nothing is at."""
    hint = (
        "SOAP calls go to [/CustNNNNN]/Remote/Services88/Messaging.svc, "
        "REST calls to [/CustNNNNN]/api/v1/Agents/Messaging, tests to /_mock/v1/openapi.json"
    )
    hint = route.problem or f"{meant(call.path)}{hint}"
    call.refused = route.problem or f"nothing is there; {hint}"
    call.note(call.refused)
    if route.problem:
        return Response(404, "Not Found", dict(_TEXT), f"{hint}\n".encode())
    error = without_secrets(f"nothing is at {readable(call.path)} ({call.method})")
    body = to_json({"error": error, "hint": hint})
    return Response(404, "Not Found", {"Content-Type": "application/json"}, body)


def _foreign_write(environ: dict[str, Any]) -> Refusal | None:
    """Refuse what a page of another site sends, as the control API does."""
    from messaging_double.server.control.guard import check_write  # noqa: PLC0415 - as the control API, with werkzeug
    from messaging_double.server.control.responses import Problem  # noqa: PLC0415

    try:
        check_write(environ)
    except Problem as problem:
        status = HTTPStatus(problem.status)
        return Refusal(status.value, status.phrase, f"{problem.error}; {problem.hint}")
    return None


def create_app(settings: Settings | None = None, clock: Clock = real_clock) -> App:
    """Make a double for any WSGI server: gunicorn, waitress, the embedded one.

    Without ``settings`` those of the environment hold (``MESSAGING_DOUBLE_…``). Several workers are one double if
    they share a ``database``. Raises ``StorageError`` if the database cannot be used, ``SettingsError`` for a wrong
    setting. Close the application in the end. Another ``clock`` lets time pass as a test wants it.
    """
    settings = settings or Settings.from_sources({}, os.environ)
    return (ProxiedApp if settings.trust_proxy else App)(settings, clock)
