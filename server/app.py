"""The WSGI application: SOAP calls by a table of URLs, everything else by the control API's map."""

from __future__ import annotations

import logging
import os
import re
import threading
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from messaging_double.models.operations import SENDING
from messaging_double.models.system_clock import perf_counter
from messaging_double.models.tenant_state import NEW
from messaging_double.models.tickets import without_secrets
from messaging_double.models.versions import REST, SYSTEM_USER, VERSIONS
from messaging_double.server.agents.access import Access
from messaging_double.server.agents.calling import Caller
from messaging_double.server.agents.customer_service import CustomerServiceAgent
from messaging_double.server.agents.fixtures import Loader
from messaging_double.server.agents.messaging import Messaging
from messaging_double.server.agents.netserver import MessagingAgent, PrincipalAgent
from messaging_double.server.agents.principal import Principal
from messaging_double.server.calls.call import Call
from messaging_double.server.calls.near_paths import near_path
from messaging_double.server.calls.request_ids import new_request_id
from messaging_double.server.calls.requests import Refusal
from messaging_double.server.calls.response import REQUEST_ID, Response, to_json
from messaging_double.server.calls.tenants import DEFAULT_TENANT, tenant_of, tenant_of_path
from messaging_double.server.counters import Counters
from messaging_double.server.journal.recorder import Journal
from messaging_double.server.lazy_endpoints import LOGIN, LazyEndpoints
from messaging_double.server.lazy_endpoints import REST as REST_API
from messaging_double.server.lazy_endpoints import SYSTEM_USER as SYSTEM_USER_SERVICE
from messaging_double.server.logs import log_call, quiet_spyne
from messaging_double.server.retention import Retention, mark_seconds
from messaging_double.server.rules import wire
from messaging_double.server.rules.book import RuleBook
from messaging_double.server.rules.reactions import Reactions
from messaging_double.server.settings import Settings
from messaging_double.server.simulation import Simulation
from messaging_double.server.simulation.clock import real_clock
from messaging_double.server.soap.endpoint import Endpoint, refused
from messaging_double.server.waiting.batches import Batches
from messaging_double.server.waiting.workers import Workers, held
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

    from messaging_double.models.exchanges import Exchange
    from messaging_double.models.versions import ServicesVersion
    from messaging_double.server.http import BrokenRequest
    from messaging_double.server.http import Response as HttpResponse
    from messaging_double.server.rules.call_facts import CallFacts
    from messaging_double.server.simulation.clock import Clock
    from messaging_double.server.soap.endpoint import Agent

_SLASHES = re.compile(r"/{2,}")
_SOAP_URL = re.compile(r"(?P<prefix>(?:/[^/]+)*)/remote/services(?P<number>\d+)/(?P<agent>\w+)\.svc/?", re.IGNORECASE)
REST_URL = re.compile(r"(?P<prefix>(?:/[^/]+)*?)/api(?:/(?:v1|state)(?:/.*)?)?/?", re.IGNORECASE | re.DOTALL)
LOGIN_URL = re.compile(
    r"(?:/[^/]+)*?/login/(?:services/partnersystemuserservice(?P<soap>\.svc)|(?:api|common|\.well-known|superoffice)).*",
    re.IGNORECASE | re.DOTALL,
)
CONTROL_URL = re.compile(r"/(?:_mock(?:/|$)|(?:livez|readyz|metrics)/?$)")
_PAGE_URL = re.compile(r"/(?:_mock/web/|\Z)")
_SHOWS_JOURNAL = ("/_mock/v1/tenants", "/metrics")
"""What the paths begin with that show what the journal has."""
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
_LONGEST_PATH = 300
"""Characters of a path that the log repeats."""
_MOST_ROUTES = 1_000
"""URLs that are remembered."""
_NO_CONTENT = 204
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
_AGENTS = {"messaging": "Messaging", "soprincipal": "SoPrincipal", "customerservice": "CustomerService"}
_SLOW = frozenset((LOGIN, SYSTEM_USER_SERVICE))
"""What makes keys and loads libraries of cryptography: not on the event loop."""
_log = logging.getLogger("messaging_double.app")


class Route(NamedTuple):
    """What a URL means that is none of the control API."""

    tenant: str
    agent: str = ""
    version: ServicesVersion | None = None
    problem: str = ""
    """Why nothing is there, in words."""


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
            quotas=_quotas(settings, counters, now),
        )
        self._counters = counters
        self._retention = Retention(storage, settings, now, counters)
        self._settings = settings
        self._workers = Workers()
        self._batches = Batches(self._workers, self._carry_out_together)
        self._simulation = simulation = Simulation(storage, settings, clock)
        self._access = access = Access(storage, settings, simulation.now)
        self._journal = Journal(
            storage,
            settings,
            simulation.arrival,
            self._workers,
            counters=counters,
            retention=self._retention,
            is_watched=self._is_watched,
        )
        self._retention.flush = self._journal.flush
        self._loader = Loader(storage, settings, partial(simulation.time_of, NEW))
        self._rules = RuleBook(storage, settings.seed, settings.rules)
        caller = Caller(storage, simulation, Reactions(self._rules, simulation.magic))
        principal = Principal(access, settings)
        agents: dict[str, Agent] = {
            "Messaging": MessagingAgent(Messaging(settings, simulation), access),
            "SoPrincipal": PrincipalAgent(principal, access),
            "CustomerService": CustomerServiceAgent(settings, access),
        }
        self._lazy = LazyEndpoints(
            agents=agents,
            caller=caller,
            settings=settings,
            simulation=simulation,
            access=access,
            principal=principal,
            clock=clock,
        )
        self._endpoints: dict[str, Any] = {name: Endpoint(agent, caller, settings) for name, agent in agents.items()}
        public_keys = [each.public_key for each in settings.applications if each.public_key]
        if public_keys or settings.signing_key is not None:
            self._lazy.signer.check(public_keys)
        self._started = real_clock(DEFAULT_TENANT)
        self._is_first_call = True
        self._routes: dict[str, Route] = {}
        self._api: Any = None
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
        if is_short and self._storage.may_block and route.agent == "Messaging" and _sends(environ):
            return self._respond_together(call, connection, route, start_response)
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

    def _route(self, path: str) -> Route:
        """Read a URL, and cache what it means."""
        # A base URL that ends in a slash is the commonest slip; the real service's host takes it too.
        found = _SOAP_URL.fullmatch(_SLASHES.sub("/", path))
        if found is None:
            return self._rest_route(path)
        tenant, number = tenant_of(found["prefix"]), found["number"]
        version = VERSIONS.get(int(number)) if len(number) <= len("88") else None
        agent = _AGENTS.get(found["agent"].lower())
        if version is None or agent is None:
            problem = (
                f"{_meant(path)}no {found['agent']}.svc of Services{number} here; "
                "there are Messaging.svc, SoPrincipal.svc and CustomerService.svc "
                f"of Services{min(VERSIONS)} to Services{max(VERSIONS)}"
            )
            return Route(tenant, problem=problem)
        return self._remembered(path, Route(tenant, agent, version))

    def _rest_route(self, path: str) -> Route:
        login = LOGIN_URL.fullmatch(path)
        if login is not None:
            agent, version = (SYSTEM_USER_SERVICE, SYSTEM_USER) if login["soap"] else (LOGIN, REST)
            return self._remembered(path, Route(DEFAULT_TENANT, agent, version))
        found = REST_URL.fullmatch(path)
        if found is None:
            return Route(tenant_of_path(path))
        return self._remembered(path, Route(tenant_of(found["prefix"]), REST_API, REST))

    def _load(self, agent: str) -> Any:
        """Return an endpoint that is loaded at its first use."""
        with self._loading:
            if agent not in self._endpoints:
                self._endpoints[agent] = self._lazy.make(agent)
            return self._endpoints[agent]

    def _remembered(self, path: str, route: Route) -> Route:
        if len(self._routes) >= _MOST_ROUTES:
            self._routes.clear()
        self._routes[path] = route
        return route

    def _respond_together(
        self, call: Call, connection: HttpResponse, route: Route, start_response: Callable[..., Any]
    ) -> Iterator[bytes]:
        """Answer with other calls of the tenant; where that cannot be, alone."""
        call.patience = 0.0
        future = self._batches.submit(call.tenant, (call, route), connection)
        response = yield from held(connection, future, partial(self._abandoned, call, route))
        if response is None:
            call = _again(call, route)
            yield from self._respond_later(call, connection, route, start_response)
        else:
            yield from self._sent(call, response, start_response)

    def _abandoned(self, call: Call, route: Route, response: Response | None) -> None:
        """Finish a call whose client is gone."""

        def finish() -> None:
            again = _again(call, route)
            self._respond(again, route)
            self._journal.abandoned(again)

        if response is None:
            self._workers.submit(finish)
        else:
            self._journal.abandoned(call)

    def _carry_out_together(self, tenant: str, calls: Sequence[tuple[Call, Route]]) -> Sequence[Response | None]:
        """Return the responses to calls that one transaction keeps; none where each needs its own."""
        waited = max(perf_counter() - call.began for call, _ in calls)
        try:
            with self._storage.together(tenant, patience=max(_LEAST_PATIENCE, _PATIENCE - waited)):
                responses = [self._respond(call, route) for call, route in calls]
        except NotTogetherError:
            return [None] * len(calls)
        except (StorageBusyError, StorageUnavailableError) as error:  # which may have kept them
            responses = [self._endpoints[route.agent].failed(call, error) for call, route in calls]
        except StorageError:
            return [None] * len(calls)
        for call, _ in calls:
            self._journal.see(call)
        return responses

    def _respond_later(
        self, call: Call, connection: HttpResponse, route: Route, start_response: Callable[..., Any]
    ) -> Iterator[bytes]:
        """Answer on a worker; the response is held back meanwhile."""

        def respond() -> Response:
            response = self._respond(call, route)
            self._journal.see(call)
            return response

        response = yield from self._workers.run(connection, respond, lambda _: self._journal.abandoned(call))
        yield from self._sent(call, response, start_response)

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
            status = None if wire.is_silent(call.reaction, call.connection) else status
            parts = wire.parts(call.reaction, body, call.connection)
        log_call(call, status)
        self._counters.add_call(call, status)
        return self._journal.record(call, response, parts)

    def _page(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a browser with the page, everybody else with the index of the control API."""
        from messaging_double.server import web  # noqa: PLC0415 - most doubles are looked at by nobody

        found = web.respond(environ, start_response) if web.is_for_page(environ) else None
        return self._control(environ, start_response) if found is None else found

    def _control(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request of the control API: under the embedded server on a worker, but for /livez."""
        path, connection = environ["PATH_INFO"], environ.get("messaging_double.connection")
        if path == "/livez" and environ["REQUEST_METHOD"] == "GET" and not _has_more(environ):
            body = to_json({"status": "alive"})
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        if connection is not None:
            return self._control_later(environ, connection, start_response)
        if path.startswith(_SHOWS_JOURNAL):  # not for a probe, which must not wait
            self._journal.flush()
        return self._control_api()(environ, start_response)  # type: ignore[no-any-return]

    def _control_later(
        self, environ: dict[str, Any], connection: HttpResponse, start_response: Callable[..., Any]
    ) -> Iterator[bytes]:
        def respond() -> Any:
            from messaging_double.server.control.api import start  # noqa: PLC0415 - as the API itself

            if environ["PATH_INFO"].startswith(_SHOWS_JOURNAL):
                self._journal.flush()
            api = self._control_api()
            request = api.request(environ)
            return api, request, api.respond(request), start

        api, request, answer, start = yield from self._workers.run(connection, respond)
        if not callable(answer):  # it is for later
            answer = yield from api.hold(request, answer, self._workers)
        yield from answer(environ, partial(start, start_response))

    def _facts_of(self, tenant: str, exchange: Exchange) -> CallFacts | None:
        """Read a call of the journal again; return None where it is none that rules are asked about."""
        from messaging_double.server.calls.recorded import recorded_call  # noqa: PLC0415 - who looks at rules in the page

        call = recorded_call(tenant, exchange, self._route)
        return None if call is None else self._endpoints[call.agent].facts_of(call)

    def _is_watched(self) -> bool:
        """Say whether anybody waits for changes through the control API."""
        return self._api is not None and self._api.is_watched()

    def _control_api(self) -> Any:
        with self._loading:
            if self._api is None:
                # Loaded at its first use: routing and JSON take 120 ms that no SOAP client waits for.
                from messaging_double.server.control.api import ControlApi  # noqa: PLC0415

                self._api = ControlApi(
                    storage=self._storage,
                    access=self._access,
                    loader=self._loader,
                    simulation=self._simulation,
                    rules=self._rules,
                    journal=self._journal,
                    settings=self._settings,
                    started=self._started,
                    workers=self._workers,
                    counters=self._counters,
                    retention=self._retention,
                    facts_of=self._facts_of,
                )
        return self._api


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


def _quotas(settings: Settings, counters: Counters, now: Callable[[], int]) -> Quotas:
    return Quotas(
        tenants=settings.max_tenants,
        messages=settings.max_messages,
        snapshots=settings.max_snapshots,
        rules=settings.max_rules,
        tickets=settings.max_tickets,
        fixture_messages=settings.max_fixture_messages,
        count=lambda bound: counters.add(f"refused_{bound}"),
        now=now,
        mark_every=int(mark_seconds(settings) * 1_000_000),
    )


def _has_more(environ: dict[str, Any]) -> bool:
    """Say whether a request has a query or a body."""
    return any(environ.get(name) for name in ("QUERY_STRING", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"))


def _again(call: Call, route: Route) -> Call:
    """Return a call that is to be carried out from its beginning."""
    call.environ["wsgi.input"].seek(0)
    return Call(call.environ, route.tenant, route.agent, route.version)


def _sends(environ: dict[str, Any]) -> bool:
    """Say whether a request names an operation that adds messages to the outbox, as nearly all do that add some."""
    return environ.get("HTTP_SOAPACTION", "").strip('"').rpartition("/")[2] in SENDING


def _not_found(call: Call, route: Route) -> Response:
    """Refuse a URL that nothing is at."""
    hint = (
        "SOAP calls go to [/CustNNNNN]/Remote/Services88/Messaging.svc, "
        "REST calls to [/CustNNNNN]/api/v1/Agents/Messaging, tests to /_mock/v1/openapi.json"
    )
    hint = route.problem or f"{_meant(call.path)}{hint}"
    call.refused = route.problem or f"nothing is there; {hint}"
    call.note(call.refused)
    if route.problem:
        return Response(404, "Not Found", dict(_TEXT), f"{hint}\n".encode())
    error = without_secrets(f"nothing is at {_shown(call.path)} ({call.method})")
    body = to_json({"error": error, "hint": hint})
    return Response(404, "Not Found", {"Content-Type": "application/json"}, body)


def _meant(path: str) -> str:
    near = near_path(_shown(path))
    return "" if near is None else without_secrets(f"did you mean {near}? ")


def _shown(path: str) -> str:
    return path.encode("latin-1", "replace").decode("utf-8", "replace")[:_LONGEST_PATH]


def _foreign_write(environ: dict[str, Any]) -> Refusal | None:
    """Refuse what a page of another site sends, as the control API does."""
    from messaging_double.server.control.guard import check_write  # noqa: PLC0415 - as the control API, with werkzeug
    from messaging_double.server.control.problems import Problem  # noqa: PLC0415

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
