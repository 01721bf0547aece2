"""A double in this process, called through WSGI."""

from __future__ import annotations

import io
import json
import logging
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from messaging_double.server.app import create_app
from messaging_double.server.settings import Settings
from messaging_double.server.simulation import real_clock

from .answers import Response, check
from .envelopes import SOAP11, Xml, action_of, agent_of, envelope, ids, incoming, operation, pairs
from .openapi import check_control_answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

    from messaging_double.server.simulation import Clock

TEXT_XML = "text/xml; charset=utf-8"
SOAP_XML = "application/soap+xml; charset=utf-8"
NUMBER = "+447700900500"


class Double:
    """One double and its client.

    Operations have a method each (``send``, ``create``, ``get_status``, ``set_status``, ``plugins``); ``call`` sends
    any operation in any way, ``post`` any bytes, ``request`` any request. ``outbox``, ``inbox`` and ``reports`` show
    what was kept; every answer of the control API is validated against ``openapi.json``.
    """

    def __init__(self, *, clock: Clock | datetime = real_clock, **settings: Any) -> None:
        """Start a double with these settings; ``clock`` is the machine's clock, or the moment of the setting."""
        if isinstance(clock, datetime):
            settings["clock"], clock = clock, real_clock
        self.app = create_app(Settings(**settings), clock)
        self.calls = _Calls()
        self._logger = logging.getLogger("messaging_double.calls")
        self.listen()

    def listen(self) -> None:
        """Note what is logged of its calls."""
        self._level = self._logger.level
        self._logger.addHandler(self.calls)
        self._logger.setLevel(logging.INFO)

    def stop_listening(self) -> None:
        """Leave the log as it was."""
        self._logger.removeHandler(self.calls)
        self._logger.setLevel(self._level)

    def close(self) -> None:
        """End it."""
        self.stop_listening()
        self.app.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    # HTTP

    def request(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str | None] | None = None, **environ: Any
    ) -> Response:
        """Send one request; ``url`` is a path with its query, percent-encoded; a header of ``None`` is left out."""
        path, _, query = url.partition("?")
        variables: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "double.test:8080",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in (headers or {}).items():
            variable = name.upper().replace("-", "_")
            variables[variable if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{variable}"] = value
        variables |= environ
        variables = {name: value for name, value in variables.items() if value is not None}
        self.calls.latest = None
        return self._answer(variables)

    def _answer(self, environ: dict[str, Any]) -> Response:
        started: list[tuple[str, list[tuple[str, str]]]] = []
        body = self.app(environ, lambda status, headers, _=None: started.append((status, headers)))
        content = b"".join(body)
        if hasattr(body, "close"):
            body.close()
        ((status, header_list),) = started
        headers = {name.lower(): value for name, value in header_list}
        assert len(headers) == len(header_list), "a header twice"
        answer = Response(int(status[:3]), status[4:], headers, content, self.calls.latest)
        if environ["REQUEST_METHOD"] == "HEAD":
            assert content == b""
        elif answer.status != 204:
            assert headers["content-length"] == str(len(content))
            if answer.call is not None:
                check(answer)
        check_control_answer(environ["REQUEST_METHOD"], quote(environ["PATH_INFO"], encoding="latin-1"), answer)
        return answer

    def get(self, url: str, **headers: str) -> Response:
        """GET."""
        return self.request("GET", url, headers=headers)

    def post(
        self,
        body: bytes,
        action: str | None = None,
        content_type: str | None = TEXT_XML,
        *,
        services: int = 88,
        tenant: str = "",
        agent: str = "Messaging",
        headers: Mapping[str, str | None] | None = None,
        **environ: Any,
    ) -> Response:
        """POST these bytes to a .svc; ``action`` is the SOAPAction as it stands in the header."""
        every = {"Content-Type": content_type, "SOAPAction": action, **(headers or {})}
        return self.request("POST", url_of(services, tenant, agent), body, every, **environ)

    # the agents

    def call(self, name: str, **given: Any) -> Response:
        """Call an operation as a well-behaved client does, with its parameters and the options of ``call_xml``."""
        how = {key: given.pop(key) for key in ("services", "tenant", "soap", "headers", "beside") if key in given}
        return self.call_xml(name, operation(name, **given), **how)

    def call_xml(
        self,
        name: str,
        *body: str,
        services: int = 88,
        tenant: str = "",
        soap: str = SOAP11,
        headers: str = "",
        beside: str = "",
    ) -> Response:
        """Call an operation with whatever XML in the Body."""
        document = envelope(*body, headers=headers, beside=beside, soap=soap, services=services)
        action = action_of(name, services)
        where: dict[str, Any] = {"services": services, "tenant": tenant, "agent": agent_of(name)}
        if soap == SOAP11:
            return self.post(document, f'"{action}"', **where)
        return self.post(document, None, f'{SOAP_XML}; action="{action}"', **where)

    def send(self, *messages: Xml, plugin: Any = "CM", config: Sequence[Any] | None = None, **how: Any) -> Response:
        """SendMessages, or SendMessagesWithConfig where there is a ``config`` of pairs."""
        if config is None:
            return self.call("SendMessages", Plugin=plugin, OutgoingMessages=messages, **how)
        return self.call(
            "SendMessagesWithConfig", Plugin=plugin, OutgoingMessages=messages, Config=pairs(*config), **how
        )

    def create(self, tenant: str = "", services: int = 88, **members: Any) -> Response:
        """CreateMessage."""
        message = incoming(**members)
        return self.call_xml(
            "CreateMessage", Xml(f"<CreateMessage>{message}</CreateMessage>"), tenant=tenant, services=services
        )

    def get_status(self, *numbers: Any, **how: Any) -> Response:
        """GetDeliveryStatus."""
        return self.call("GetDeliveryStatus", MessagingIds=ids(*numbers), **how)

    def set_status(self, plugin: Any, external_id: Any, status: Any, description: Any = None, **how: Any) -> Response:
        """SetDeliveryStatus."""
        return self.call(
            "SetDeliveryStatus",
            Plugin=plugin,
            ExternalMessageId=external_id,
            Status=status,
            StatusDescription=description,
            **how,
        )

    def plugins(self, **how: Any) -> Response:
        """GetPlugins."""
        return self.call("GetPlugins", **how)

    # the control API

    def steer(self, method: str, rest: str, value: Any = None, *, tenant: str = "default") -> Response:
        """Ask for a tenant's resource, with ``value`` as JSON."""
        body = b"" if value is None else json.dumps(value).encode()
        return self.request(method, control_url(tenant, rest), body, {"Content-Type": "application/json"})

    def outbox(self, tenant: str = "default") -> list[dict[str, Any]]:
        """Return the messages that were sent, newest first."""
        return self._list(tenant, "outbox", "messages")

    def inbox(self, tenant: str = "default") -> list[dict[str, Any]]:
        """Return the messages that came in, newest first."""
        return self._list(tenant, "inbox", "messages")

    def reports(self, tenant: str = "default") -> list[dict[str, Any]]:
        """Return the unmatched status reports, newest first."""
        return self._list(tenant, "status-reports", "statusReports")

    def reset(self, tenant: str = "default") -> None:
        """Reset a tenant."""
        assert self.request("POST", control_url(tenant, "reset")).status == 204

    def is_empty(self, tenant: str = "default") -> bool:
        """Say whether the tenant has nothing at all."""
        kept = self.get(control_url(tenant, "")).json
        return not (kept["outbox"] or kept["inbox"] or kept["statusReports"])

    def _list(self, tenant: str, name: str, key: str) -> list[dict[str, Any]]:
        answer = self.get(control_url(tenant, f"{name}?limit=1000"))
        assert answer.status == 200, answer
        listed = answer.json
        assert listed["next"] is None
        assert listed["total"] == len(listed[key])
        return listed[key]  # type: ignore[no-any-return]


class _Calls(logging.Handler):
    """Keep the record of the latest call of each thread."""

    def __init__(self) -> None:
        super().__init__()
        self._of_this_thread = threading.local()

    @property
    def latest(self) -> Any:
        return getattr(self._of_this_thread, "latest", None)

    @latest.setter
    def latest(self, call: Any) -> None:
        self._of_this_thread.latest = call

    def emit(self, record: logging.LogRecord) -> None:
        self.latest = record.msg


def url_of(services: int = 88, tenant: str = "", agent: str = "Messaging") -> str:
    """Return the path of an agent's .svc."""
    prefix = f"/{quote(tenant, safe='/')}" if tenant else ""
    return f"{prefix}/Remote/Services{services}/{agent}.svc"


def control_url(tenant: str, rest: str) -> str:
    """Return a path of the control API; that of the tenant itself without a ``rest``."""
    return f"/_mock/v1/tenants/{quote(tenant, safe='')}/{rest}".removesuffix("/")
