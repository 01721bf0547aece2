"""What is made at its first request, since most doubles are not asked for it: endpoints, the control API, the page."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from messaging_double.server.calls.call import to_json
from messaging_double.server.calls.paths import LOGIN, REST_AGENTS, SYSTEM_USER_SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from messaging_double.server.agents.access import Access
    from messaging_double.server.agents.calling import Caller
    from messaging_double.server.agents.signing import Signer
    from messaging_double.server.agents.system_user import SystemUsers
    from messaging_double.server.http import Response as HttpResponse
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation import Clock, Simulation
    from messaging_double.server.waiting.workers import Workers

_CALLABLE = ("Messaging", "CustomerService")
"""The agents that the REST API has."""


@dataclass(frozen=True)
class LazyEndpoints:
    """Makes endpoints of what a double is made of."""

    agents: Mapping[str, Any]
    caller: Caller
    settings: Settings
    simulation: Simulation
    access: Access
    clock: Clock
    """The machine's."""

    def make(self, name: str) -> Any:
        """Return the endpoint of this name."""
        return {REST_AGENTS: self._rest, LOGIN: self._login, SYSTEM_USER_SERVICE: self._system_user}[name]()

    def _rest(self) -> Any:
        from messaging_double.server.rest.endpoint import RestAccess, RestEndpoint  # noqa: PLC0415

        access = RestAccess(self.access, self.agents["SoPrincipal"])
        agents = {name: self.agents[name] for name in _CALLABLE}
        return RestEndpoint(agents, self.caller, access, self.simulation, self.settings)

    def _login(self) -> Any:
        from messaging_double.server.agents.system_user import OAuth  # noqa: PLC0415
        from messaging_double.server.rest.login import LoginEndpoint  # noqa: PLC0415

        oauth = OAuth(self.access, self._system_users, self.settings, self.signer)
        return LoginEndpoint(self.caller, self._system_users, oauth, self.signer, self.settings)

    def _system_user(self) -> Any:
        from messaging_double.server.soap.system_user import SystemUserEndpoint  # noqa: PLC0415

        return SystemUserEndpoint(self.caller, self._system_users, self.settings)

    @cached_property
    def signer(self) -> Signer:
        """What signs tokens."""
        from messaging_double.server.agents.signing import Signer  # noqa: PLC0415

        return Signer(self.settings.signing_key)

    @cached_property
    def _system_users(self) -> SystemUsers:
        from messaging_double.server.agents.system_user import SystemUsers  # noqa: PLC0415

        return SystemUsers(self.access, self.settings, self.signer, self.clock)


class LazyControl:
    """The control API and the page, as a WSGI application answers them."""

    def __init__(self, workers: Workers, **parts: Any) -> None:
        """Answer on ``workers`` under the embedded server; ``parts`` are what else the control API controls."""
        self._workers = workers
        self._parts = parts
        self._api: Any = None
        self._loading = threading.Lock()

    @property
    def is_watched(self) -> bool:
        """Whether a client waits for changes."""
        return self._api is not None and self._api.is_watched()

    def page(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a browser with the page, any other client with the index of the control API."""
        from messaging_double.server import web  # noqa: PLC0415

        found = web.respond(environ, start_response) if web.is_for_page(environ) else None
        return self.respond(environ, start_response) if found is None else found

    def respond(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request of the control API: under the embedded server on a worker, but for /livez."""
        path, connection = environ["PATH_INFO"], environ.get("messaging_double.connection")
        if path == "/livez" and environ["REQUEST_METHOD"] == "GET" and not _has_more(environ):
            body = to_json({"status": "alive"})
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        if connection is not None:
            return self._respond_later(environ, connection, start_response)
        return self._loaded()(environ, start_response)  # type: ignore[no-any-return]

    def _respond_later(
        self, environ: dict[str, Any], connection: HttpResponse, start_response: Callable[..., Any]
    ) -> Iterator[bytes]:
        def respond() -> Any:
            from messaging_double.server.control.api import start  # noqa: PLC0415

            api = self._loaded()
            request = api.request(environ)
            return api, request, api.respond(request), start

        api, request, answer, start = yield from self._workers.run(connection, respond)
        if not callable(answer):  # it is for later
            answer = yield from api.hold(request, answer, self._workers)
        yield from answer(environ, partial(start, start_response))

    def _loaded(self) -> Any:
        """Return the control API: routing and JSON take 120 ms that no SOAP client waits for."""
        with self._loading:
            if self._api is None:
                from messaging_double.server.control.api import ControlApi  # noqa: PLC0415

                self._api = ControlApi(workers=self._workers, **self._parts)
        return self._api


def _has_more(environ: dict[str, Any]) -> bool:
    """Say whether a request has a query or a body."""
    return any(environ.get(name) for name in ("QUERY_STRING", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"))
