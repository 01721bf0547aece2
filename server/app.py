"""The WSGI application: the SOAP URLs by one pattern, everything else by the control API's map."""

from __future__ import annotations

import logging
import os
import re
import threading
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from messaging_double.models import system_clock
from messaging_double.models.tenant_state import NEW
from messaging_double.models.tickets import without_secrets
from messaging_double.models.versions import VERSIONS
from messaging_double.server.access import Access
from messaging_double.server.control.json_text import dumps
from messaging_double.server.journal import Journal
from messaging_double.server.logs import CallRecord, log_call, quiet_spyne
from messaging_double.server.messaging import Messaging
from messaging_double.server.near_paths import near_path
from messaging_double.server.principal import Principal
from messaging_double.server.seeding import Seeding
from messaging_double.server.settings import Settings
from messaging_double.server.simulation import Simulation, wire
from messaging_double.server.simulation.clock import real_clock
from messaging_double.server.simulation.faults import spoil
from messaging_double.server.simulation.reactions import Reactions
from messaging_double.server.simulation.rules import RuleBook
from messaging_double.server.soap.application import messaging_server, principal_server
from messaging_double.server.soap.endpoint import CONNECTION, Answer, Endpoint, refused
from messaging_double.server.soap.faults import Refusal
from messaging_double.server.soap.messaging_agent import MessagingAgent
from messaging_double.server.soap.principal_agent import PrincipalAgent
from messaging_double.server.tenants import DEFAULT_TENANT, tenant_of, tenant_of_path
from messaging_double.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from messaging_double.models.versions import ServicesVersion
    from messaging_double.server.http import BrokenRequest
    from messaging_double.server.simulation.clock import Clock

_SLASHES = re.compile(r"/{2,}")
_SOAP_URL = re.compile(r"(?P<prefix>(?:/[^/]+)*)/remote/services(?P<number>\d+)/(?P<agent>\w+)\.svc/?", re.IGNORECASE)
CONTROL_URL = re.compile(r"/(?:_mock(?:/|$)|livez/?$|readyz/?$)")
_TENANTS = "/_mock/v1/tenants"
_PATIENCE = 3.0
"""Seconds that a call waits for another process's write to the database: all other calls wait with it."""
_SEVERAL = (
    "this server has several processes, and each is a double with a temporary database of its own: what one is sent, "
    "the others do not show. Give all of them one database, such as MESSAGING_DOUBLE_DATABASE=messages.sqlite, or run "
    "one process"
)
_LONGEST_PATH = 300
"""Characters of a path that the log repeats."""
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
_log = logging.getLogger("messaging_double.app")


class App:
    """One double, as a WSGI application.  ``close`` it in the end: a temporary database goes with it."""

    def __init__(self, settings: Settings, clock: Clock = real_clock) -> None:
        """Open the storage, and go by ``clock``.  Raises ``StorageError`` where that cannot be."""
        quiet_spyne()
        self._storage = Storage.open(settings.database, busy_timeout=_PATIENCE)
        self._settings = settings
        self._simulation = simulation = Simulation(self._storage, settings, clock)
        self._access = Access(self._storage, settings, simulation.now)
        self._journal = Journal(self._storage, settings, simulation.seen)
        self._seeding = Seeding(self._storage, settings, partial(simulation.time_of, NEW))
        messaging = Messaging(self._storage, settings, simulation)
        principal = Principal(self._access, settings)
        self._rules = RuleBook(self._storage, settings, simulation.profiles)
        endpoint = partial(
            Endpoint,
            settings=settings,
            settled=simulation.settled,
            decide=Reactions(self._rules, simulation.magic).decide,
        )
        self._agents = {
            "messaging": endpoint(messaging_server, partial(MessagingAgent, messaging, self._access)),
            "soprincipal": endpoint(principal_server, partial(PrincipalAgent, principal, self._access)),
        }
        self._started = real_clock(DEFAULT_TENANT)
        self._is_first_call = True
        self._control: Any = None
        self._loading = threading.Lock()

    def close(self) -> None:
        """Write what the journal has still to write, and let go of the database."""
        self._journal.close()
        self._storage.close()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if self._is_first_call:
            self._is_first_call = False
            if environ.get("wsgi.multiprocess") and not self._storage.is_shared:
                _log.warning(_SEVERAL)
        path = environ.get("PATH_INFO", "")
        if CONTROL_URL.match(path):
            if path.startswith(_TENANTS):  # not for a probe, which is to wait for nobody
                self._journal.flush()
            return self._control_api()(environ, start_response)  # type: ignore[no-any-return]
        # A base URL that ends in a slash is the commonest slip; the real service's host takes it too.
        soap = _SOAP_URL.fullmatch(_SLASHES.sub("/", path))
        watch = self._journal.watch(environ)
        begin = system_clock.perf_counter()
        tenant = tenant_of_path(path) if soap is None else tenant_of(soap["prefix"])
        answer = unmatched(environ) if soap is None else self._answer(environ, soap, tenant)
        call = CallRecord(
            method=environ["REQUEST_METHOD"],
            path=path[:_LONGEST_PATH],
            status=None if wire.is_silent(answer.reaction, environ.get(CONNECTION)) else answer.status,
            duration_ms=(system_clock.perf_counter() - begin) * 1000,
            tenant=tenant,
            services=None if soap is None else f"Services{soap['number']}",
            operation=answer.operation,
            messages=answer.messages,
            notes=tuple(answer.notes),
        )
        body = _sent(answer, call.method, start_response)
        log_call(call, is_refused=answer.refused is not None and answer.fault is None)
        reaction = answer.reaction
        parts = [body] if reaction is None else wire.parts(reaction, body, environ.get(CONNECTION))
        return parts if watch is None else self._journal.answered(watch, call, answer, parts)

    def broken(self, request: BrokenRequest) -> None:
        """Keep a request that the embedded server refused by itself."""
        answered = f"was answered {request.status}" if request.status else "got no answer"
        _log.warning("a broken request from %s %s: %s", request.peer, answered, request.reason)
        self._journal.broken(request)

    def _answer(self, environ: dict[str, Any], soap: re.Match[str], tenant: str) -> Answer:
        version = _version(soap)
        agent = self._agents.get(soap["agent"].lower())
        if version is None or agent is None:
            return _no_such_service(environ, soap)
        foreign = _foreign_write(environ)
        if foreign is not None:
            return foreign
        try:
            answer = agent.answer(environ, version, tenant)
            if answer.reaction is not None:
                spoil(answer.reaction, answer)
        except Exception:  # noqa: BLE001 (the last door: no client gets a traceback)
            _log.exception("a request failed; the client gets 500 without a body")
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            return Answer(status.value, status.phrase, {}, refused="the double failed; its log says how")
        return answer

    def _control_api(self) -> Any:
        with self._loading:
            if self._control is None:
                # Loaded at its first use: routing and JSON take 120 ms that no SOAP client waits for.
                from messaging_double.server.control.api import ControlApi  # noqa: PLC0415

                self._control = ControlApi(
                    storage=self._storage,
                    access=self._access,
                    seeding=self._seeding,
                    simulation=self._simulation,
                    rules=self._rules,
                    lost=self._journal.lost,
                    settings=self._settings,
                    started=self._started,
                )
        return self._control


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


def unmatched(environ: dict[str, Any]) -> Answer:
    """Refuse a URL that nothing is at."""
    path = _shown_path(environ)
    hint = (
        f"{_meant(path)}SOAP calls go to [/CustNNNNN]/Remote/Services88/Messaging.svc, tests to /_mock/v1/openapi.json"
    )
    error = without_secrets(f"nothing is at {path} ({environ['REQUEST_METHOD']})")
    answer = Answer(
        404, "Not Found", {"Content-Type": "application/json"}, dumps({"error": error, "hint": hint}).encode()
    )
    return _not_found(answer, f"nothing is there; {hint}")


def _no_such_service(environ: dict[str, Any], soap: re.Match[str]) -> Answer:
    """Refuse another agent, or another version, than there are."""
    versions = f"Services{min(VERSIONS)} to Services{max(VERSIONS)}"
    hint = (
        f"{_meant(_shown_path(environ))}no {soap['agent']}.svc of Services{soap['number']} here; "
        f"there are Messaging.svc and SoPrincipal.svc of {versions}"
    )
    return _not_found(Answer(404, "Not Found", dict(_TEXT), f"{hint}\n".encode()), hint)


def _not_found(answer: Answer, why: str) -> Answer:
    answer.refused = why
    answer.notes.add(why)
    return answer


def _meant(path: str) -> str:
    near = near_path(path)
    return "" if near is None else without_secrets(f"did you mean {near}? ")


def _shown_path(environ: dict[str, Any]) -> str:
    path: str = environ.get("PATH_INFO", "")
    return path.encode("latin-1", "replace").decode("utf-8", "replace")[:_LONGEST_PATH]


def _foreign_write(environ: dict[str, Any]) -> Answer | None:
    """Refuse what a page of another site sends, as the control API does; SOAP toolkits send neither header."""
    if "HTTP_ORIGIN" not in environ and "HTTP_SEC_FETCH_SITE" not in environ:
        return None
    from messaging_double.server.control.guard import check_write  # noqa: PLC0415 (as the control API, with werkzeug)
    from messaging_double.server.control.problems import Problem  # noqa: PLC0415

    try:
        check_write(environ)
    except Problem as problem:
        status = HTTPStatus(problem.status)
        return refused(Refusal(status.value, status.phrase, f"{problem.error}; {problem.hint}"))
    return None


def _sent(answer: Answer, method: str, start_response: Callable[..., Any]) -> bytes:
    """Start the response; return what it has for a body."""
    headers = [*answer.headers.items(), ("Content-Length", str(answer.length))]
    start_response(f"{answer.status} {answer.reason}", headers)
    return b"" if method == "HEAD" else answer.body


def _version(soap: re.Match[str]) -> ServicesVersion | None:
    if len(soap["number"]) > len("88"):
        return None
    return VERSIONS.get(int(soap["number"]))


def create_app(settings: Settings | None = None, clock: Clock = real_clock) -> App:
    """Make a double for any WSGI server: gunicorn, waitress, the embedded one.

    Without ``settings`` those of the environment hold (``MESSAGING_DOUBLE_…``).  Several workers are one double if
    they share a ``database``.  Raises ``StorageError`` if the database cannot be used, ``SettingsError`` for a wrong
    setting.  Close the application in the end.  Another ``clock`` lets time pass as a test wants it.
    """
    settings = settings or Settings.from_sources({}, os.environ)
    return (ProxiedApp if settings.trust_proxy else App)(settings, clock)
