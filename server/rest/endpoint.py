"""The URLs below ``/api``: POST calls an operation of an agent, GET describes it or shows a document."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from messaging_double.models import errors
from messaging_double.models.errors import AccessDenied
from messaging_double.models.tickets import ACCESS_TOKEN_PREFIX, TICKET_PREFIX
from messaging_double.models.versions import VERSIONS
from messaging_double.server.agents.access import Credentials
from messaging_double.server.agents.calling import is_on_purpose
from messaging_double.server.agents.principal import DESCRIPTION, VERSION, principal_carrier
from messaging_double.server.calls.call import Response
from messaging_double.server.calls.paths import tenant_of
from messaging_double.server.did_you_mean import did_you_mean
from messaging_double.server.rest.operations import selected, service_of
from messaging_double.server.rest.requests import (
    RestError,
    authorization_of,
    exception_response,
    failure_response,
    instead_response,
    json_response,
    not_allowed,
    not_found,
    origin_of,
    read_json,
    refused,
    split_path,
)
from messaging_double.server.rules.faults import tamper
from messaging_double.server.rules.reactions import CallFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from messaging_double.models.errors import MessagingError
    from messaging_double.models.records import User
    from messaging_double.server.agents.access import Access
    from messaging_double.server.agents.calling import Agent, Caller
    from messaging_double.server.agents.principal import Principal
    from messaging_double.server.calls.call import Call
    from messaging_double.server.rest.operations import RestOperation
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation import Simulation


class RestAccess:
    """Admits callers as the settings and the tenant say, by the headers Authorization and SO-AppToken.

    The schemes are documented: ``Basic`` onsite, ``SOTicket`` with SO-AppToken online, ``Bearer`` online, which needs
    none. Their letter case is free, since the documentation writes SOTicket, SoTicket and SOTICKET.
    """

    def __init__(self, access: Access, principal: Principal) -> None:
        """Check tickets by ``access``, passwords by ``principal``."""
        self._access = access
        self._principal = principal

    def admit(self, call: Call, environ: Mapping[str, Any]) -> None:
        """Decide on the application and the credentials. Raises ``AccessDenied``."""
        scheme, text = _credentials(environ)
        mode = self._access.mode_of(call)
        if scheme == "basic":
            if mode == "online":
                raise AccessDenied(errors.BASIC_ONLINE)
            if not text.startswith(TICKET_PREFIX):
                if mode != "none" and self._principal.user_of(*_name_and_password(text)) is None:
                    raise AccessDenied(errors.PASSWORD_WRONG)
                return
        elif mode != "none":
            _check_scheme(scheme, text)
        application = environ.get("HTTP_SO_APPTOKEN")
        self._access.admit(call, Credentials(application, text, needs_application=scheme != "bearer"))

    def user_of(self, call: Call, environ: Mapping[str, Any]) -> User:
        """Return who an admitted call is by."""
        scheme, text = _credentials(environ)
        is_password = scheme == "basic" and not text.startswith(TICKET_PREFIX)
        user = self._principal.user_of(*_name_and_password(text)) if is_password else None
        return user or self._principal.user_of_ticket(call, text)


def _credentials(environ: Mapping[str, Any]) -> tuple[str, str]:
    """Return the scheme and the text of the Authorization."""
    scheme, text = authorization_of(environ)
    # A ticket as the user name with a blank password (documented): its own colon does not end the name.
    is_user_name = scheme == "basic" and text.startswith(TICKET_PREFIX)
    return scheme, text.removesuffix(":") if is_user_name else text


def _name_and_password(text: str) -> tuple[str, str]:
    name, _, password = text.partition(":")
    return name, password


def _check_scheme(scheme: str, text: str) -> None:
    if not scheme:
        raise AccessDenied(errors.AUTHORIZATION_MISSING)
    if scheme not in ("soticket", "bearer"):
        raise AccessDenied(errors.SCHEME_UNKNOWN)
    if text and text.startswith(ACCESS_TOKEN_PREFIX) != (scheme == "bearer"):
        raise AccessDenied(errors.SCHEME_OF_OTHER_CREDENTIALS)


_OPERATION = re.compile(r"/v1/(?:agents/(?P<agent>[^/]+)(?:/(?P<name>[^/]+))?|user/currentprincipal)/?", re.IGNORECASE)
_STATE = re.compile(r"/state/([^/]+)/?", re.IGNORECASE)
_VALID_FOR = timedelta(minutes=5)
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>SuperOffice web API</title></head>
<body>
<h1>SuperOffice web API</h1>
<p>This is messaging-double, a test double of SuperOffice NetServer. It sends nothing.</p>
<dl>
{rows}
</dl>
</body>
</html>
"""


class RestEndpoint:
    """The REST API of a double, for any tenant."""

    def __init__(
        self,
        agents: Mapping[str, Agent],
        caller: Caller,
        access: RestAccess,
        simulation: Simulation,
        settings: Settings,
    ) -> None:
        """Let ``agents`` carry operations out, by their names."""
        self._agents = agents
        self._names = {name.lower(): name for name in agents}
        self._caller = caller
        self._access = access
        self._simulation = simulation
        self._settings = settings

    def respond(self, call: Call) -> Response:
        """Answer one request.

        Raises StorageBusyError where the call may not wait for other writers; nothing was done then.
        """
        call.strict = self._settings.strict
        try:
            response = self._respond(call)
        except RestError as error:
            return refused(call, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered
            return failure_response(call, error)
        if call.reaction is not None and (response.body or call.reaction.wire == "html-error-page"):
            tamper(call.reaction, response)
        return response

    def _respond(self, call: Call) -> Response:
        prefix, rest = split_path(call.path, "api")
        found = _OPERATION.fullmatch(rest)
        if found is None:
            api = f"{origin_of(call.environ)}{quote(prefix.encode('latin-1'))}/api"
            return self._document(call, rest, api)
        operation = self._operation(call, found["agent"], found["name"] or "") if found["agent"] else _current(call)
        method = "GET" if call.method == "HEAD" else call.method
        if method == operation.method:
            return self._call(call, operation)
        if method == "GET":
            return json_response(HTTPStatus.OK, operation.description)
        raise not_allowed(call, *(("POST", "GET", "HEAD") if operation.method == "POST" else ("GET", "HEAD")))

    def _document(self, call: Call, rest: str, api: str) -> Response:
        """Return the document at ``rest`` below the address ``api``.

        A client may read it before it calls, without credentials (documented). The members are documented too; the
        versions and dates are ours.
        """
        state = _STATE.fullmatch(rest)
        rest = rest.rstrip("/").lower()
        if state is None and rest not in ("", "/v1"):
            raise not_found(call, "GET /api/v1 lists what there is.")
        if call.method not in ("GET", "HEAD"):
            raise not_allowed(call, "GET", "HEAD")
        if state is not None:
            call.tenant = tenant_of(state[1])
            now = self._simulation.now(call.tenant)
            root = f"{api.removesuffix('/api')}/{quote(call.tenant)}"
            return json_response(
                HTTPStatus.OK,
                {
                    "ContextIdentifier": call.tenant,
                    "Endpoint": root,
                    "State": "Running",
                    "IsRunning": True,
                    "ValidUntil": f"{(now + _VALID_FOR).replace(tzinfo=None).isoformat(timespec='microseconds')}Z",
                    "Api": f"{root}/api",
                    "Version": VERSION,
                },
            )
        if rest:
            return json_response(
                HTTPStatus.OK,
                {
                    f"{api}/v1/{each.root}/{operation.name}": {operation.method: operation.name}
                    for each in map(service_of, (*self._agents, "User"))
                    for operation in each.operations.values()
                },
            )
        return _system_info(call, api)

    def _operation(self, call: Call, agent: str, name: str) -> RestOperation:
        known = self._names.get(agent.lower())
        if known is None:
            raise not_found(
                call, f"{did_you_mean(agent, self._names.values())}There are the agents {' and '.join(self._agents)}."
            )
        call.agent = known
        service = service_of(known)
        operation = service.operation(name)
        if operation is None:
            raise not_found(call, service.hint(name))
        return operation

    def _call(self, call: Call, operation: RestOperation) -> Response:
        call.operation = operation.name
        parameters: Sequence[Any] = ()
        if operation.parameters.members:
            parameters = operation.parameters.read(read_json(call, self._settings.max_body_bytes), call)
        facts = CallFacts(call, operation.name, parameters, None)
        results, refusal, instead = self._caller.carry_out(
            call,
            facts,
            partial(self._access.admit, call, call.environ),
            partial(self._handler(call, operation.name), call, *parameters),
        )
        if refusal is not None:
            return self._exception(call, refusal)
        if instead is not None:
            return instead_response(instead)
        if operation.write is None:
            return Response(HTTPStatus.NO_CONTENT.value, HTTPStatus.NO_CONTENT.phrase, {})
        return self._result(call, operation.write((results or (None,))[0]))

    def _handler(self, call: Call, operation: str) -> Callable[..., Sequence[Any]]:
        return self._user if call.agent == "User" else self._agents[call.agent].handlers[operation]

    def _user(self, call: Call) -> Sequence[Any]:
        user = self._access.user_of(call, call.environ)
        return [{**principal_carrier(user, call.tenant), "UserName": user.name}]

    def _result(self, call: Call, value: Any) -> Response:
        query = dict(parse_qsl(call.environ.get("QUERY_STRING", ""), keep_blank_values=True))
        select = query.get("$select", "")
        return json_response(HTTPStatus.OK, selected(value, select, call) if select.strip() else value)

    def _exception(self, call: Call, error: MessagingError) -> Response:
        call.refused = f"refused: {error.message}"
        call.note(call.refused)
        response = exception_response(error, self._settings.rest_errors)
        return response if is_on_purpose(error) else response.with_hint(call.refused)


def _current(call: Call) -> RestOperation:
    call.agent = "User"
    return service_of("User").operations["currentprincipal"]


def _system_info(call: Call, api: str) -> Response:
    *_, former, newest = VERSIONS.values()
    info: dict[str, Any] = {
        "v1": f"{api}/v1/",
        "NetServerVersion": VERSION,
        "NetServerAssembly": VERSION,
        "NetServerDate": "2026-02-24",
        "NetServerLabel": VERSION,
        "NetServer": DESCRIPTION,
        "Services": former.name,
        "ServicesCurrent": newest.name,
        "Version": "v1",
        "Documentation": "https://docs.superoffice.com/en/api/",
    }
    if "json" in call.environ.get("HTTP_ACCEPT", "").lower():
        return json_response(HTTPStatus.OK, info)
    rows = "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in info.items())
    return Response(200, "OK", {"Content-Type": "text/html; charset=utf-8"}, _PAGE.format(rows=rows).encode())
