"""The agents of the REST API, and the documents that a client may read before it calls.

The operations of agents are compiled from the spyne declaration when they are first asked for. The documents are
``/api``, ``/api/v1`` and ``/api/state/{tenant}``. They need no credentials (documented). Their members are documented;
the versions and dates are ours.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from messaging_double.models.contract.members import Member, members_of
from messaging_double.models.contract.messaging import customer_service_contract, messaging_contract
from messaging_double.models.contract.netserver import Text
from messaging_double.models.contract.principal import principal_contract
from messaging_double.models.versions import REST, VERSIONS
from messaging_double.server.agents.principal import DESCRIPTION, VERSION
from messaging_double.server.calls.paths import tenant_of
from messaging_double.server.calls.response import Response
from messaging_double.server.did_you_mean import did_you_mean
from messaging_double.server.rest.json_values import ParametersReader, describe, value_writer
from messaging_double.server.rest.requests import json_response, not_allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from messaging_double.server.calls.call import Call
    from messaging_double.server.simulation import Simulation

_CONTRACTS = {"Messaging": messaging_contract, "CustomerService": customer_service_contract}


class RestOperation(NamedTuple):
    """One operation."""

    name: str
    method: str
    """The method of HTTP that calls it."""
    parameters: ParametersReader
    write: Callable[[Any], Any] | None
    """What makes JSON of its result; ``None`` where there is none."""
    description: Mapping[str, Any]
    """What a GET of an agent's operation shows (ours: only that there is a description is documented)."""


class RestService:
    """An agent."""

    def __init__(self, agent: str, operations: list[RestOperation], *, root: str) -> None:
        """Have these operations at URLs that begin with ``root``, below ``/api/v1``."""
        self.agent = agent
        self.root = root
        self.operations = {each.name.lower(): each for each in operations}

    def operation(self, name: str) -> RestOperation | None:
        """Return an operation, its name in any letter case."""
        return self.operations.get(name.lower())

    def hint(self, name: str) -> str:
        """Say which operations there are, and which may have been meant."""
        names = [each.name for each in self.operations.values()]
        return f"{did_you_mean(name, names)}{self.agent} has {', '.join(names)}."


@cache
def service_of(agent: str) -> RestService:
    """Return an agent, declared when it is first asked for."""
    if agent == "User":
        return RestService(agent, [_current_principal()], root="User")
    contract = _CONTRACTS[agent](REST)
    operations = [_operation(name, method) for name, method in contract.service.public_methods.items()]
    return RestService(agent, operations, root=f"Agents/{agent}")


def _operation(name: str, method: Any) -> RestOperation:
    parameters = ParametersReader(members_of(method.in_message, REST.namespace))
    results = members_of(method.out_message, REST.namespace)
    description = {
        "Operation": name,
        "Method": "POST",
        "Parameters": {each.name: describe(each) for each in parameters.members},
        "Response": describe(results[0]) if results else None,
    }
    return RestOperation(name, "POST", parameters, value_writer(results[0]) if results else None, description)


def _current_principal() -> RestOperation:
    """Declare what the documentation has of GET User/currentPrincipal: the carrier of SoPrincipal, and UserName."""
    carrier = principal_contract(REST).carriers.SoPrincipalCarrier
    write = value_writer(Member.of("Response", REST.namespace, carrier))
    user_name = value_writer(Member.of("UserName", REST.namespace, Text))

    def write_principal(value: Any) -> Any:
        return None if value is None else {**write(value), "UserName": user_name(value["UserName"])}

    return RestOperation("currentPrincipal", "GET", ParametersReader([]), write_principal, {})


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


def read_document(
    call: Call, rest: str, api: str, simulation: Simulation, services: Callable[[], Sequence[RestService]]
) -> Response | None:
    """Return the document at ``rest`` below the address ``api``, if there is one."""
    state = _STATE.fullmatch(rest)
    rest = rest.rstrip("/").lower()
    if state is None and rest not in ("", "/v1"):
        return None
    if call.method not in ("GET", "HEAD"):
        raise not_allowed(call, "GET", "HEAD")
    if state is not None:
        call.tenant = tenant_of(state[1])
        _, now = simulation.apply_due_events(call.tenant, call.patience)
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
                for each in services()
                for operation in each.operations.values()
            },
        )
    return _system_info(call, api)


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
