"""The WSGI application: the SOAP URLs by one pattern, everything else by the control API's map."""

from __future__ import annotations

import logging
import os
import re
import time
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from messaging_double.models.versions import VERSIONS
from messaging_double.server.access import Access
from messaging_double.server.logs import CallRecord, log_call, quiet_spyne
from messaging_double.server.messaging import Messaging
from messaging_double.server.principal import Principal
from messaging_double.server.settings import Settings
from messaging_double.server.simulation.clock import real_clock
from messaging_double.server.soap.application import messaging_server, principal_server
from messaging_double.server.soap.endpoint import Answer, Endpoint
from messaging_double.server.soap.messaging_agent import MessagingAgent
from messaging_double.server.soap.principal_agent import PrincipalAgent
from messaging_double.server.tenants import tenant_of
from messaging_double.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from messaging_double.models.versions import ServicesVersion
    from messaging_double.server.simulation.clock import Clock

_SLASHES = re.compile(r"/{2,}")
_SOAP_URL = re.compile(r"(?P<prefix>(?:/[^/]+)*)/remote/services(?P<number>\d+)/(?P<agent>\w+)\.svc/?", re.IGNORECASE)
_LONGEST_PATH = 300
"""Characters of a path that the log repeats."""
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
_log = logging.getLogger("messaging_double.app")


class App:
    """One double, as a WSGI application.  ``close`` it in the end: a temporary database goes with it."""

    def __init__(self, settings: Settings, clock: Clock = real_clock) -> None:
        """Open the storage, and go by ``clock``.  Raises ``StorageError`` where that cannot be."""
        quiet_spyne()
        self._storage = Storage.open(settings.database)
        self._access = Access(self._storage, settings, clock)
        messaging = Messaging(self._storage, settings, clock)
        principal = Principal(self._access, settings, clock)
        self._agents = {
            "messaging": Endpoint(messaging_server, partial(MessagingAgent, messaging, self._access), settings),
            "soprincipal": Endpoint(principal_server, partial(PrincipalAgent, principal, self._access), settings),
        }
        self._control: Any = None

    def close(self) -> None:
        """Let go of the database."""
        self._storage.close()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        # A base URL that ends in a slash is the commonest slip; the real service's host takes it too.
        soap = _SOAP_URL.fullmatch(_SLASHES.sub("/", environ.get("PATH_INFO", "")))
        if soap is None:
            return self._control_api()(environ, start_response)  # type: ignore[no-any-return]
        begin = time.perf_counter()
        tenant = tenant_of(soap["prefix"])
        answer = self._answer(environ, soap, tenant)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body
        headers = [*answer.headers.items(), ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {answer.reason}", headers)
        log_call(
            CallRecord(
                method=environ["REQUEST_METHOD"],
                path=environ["PATH_INFO"][:_LONGEST_PATH],
                status=answer.status,
                duration_ms=(time.perf_counter() - begin) * 1000,
                tenant=tenant,
                services=f"Services{soap['number']}",
                operation=answer.operation,
                messages=answer.messages,
                notes=tuple(answer.notes),
            )
        )
        return [body]

    def _answer(self, environ: dict[str, Any], soap: re.Match[str], tenant: str) -> Answer:
        version = _version(soap)
        agent = self._agents.get(soap["agent"].lower())
        if version is None or agent is None:
            hint = (
                f"no {soap['agent']}.svc of Services{soap['number']} here; there are Messaging.svc and SoPrincipal.svc "
                f"of Services{min(VERSIONS)} to Services{max(VERSIONS)}\n"
            )
            return Answer(404, "Not Found", dict(_TEXT), hint.encode())
        try:
            return agent.answer(environ, version, tenant)
        except Exception:  # noqa: BLE001 (the last door: no client gets a traceback)
            _log.exception("a request failed; the client gets 500 without a body")
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            return Answer(status.value, status.phrase, {})

    def _control_api(self) -> Any:
        if self._control is None:
            # Loaded at its first use: routing and JSON take 120 ms that no SOAP client waits for.
            from messaging_double.server.control.api import ControlApi  # noqa: PLC0415

            self._control = ControlApi(self._storage, self._access)
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
