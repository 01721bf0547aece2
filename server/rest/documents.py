"""What a client may read before it calls: ``/api``, ``/api/v1`` and ``/api/state/{tenant}``.

They need no credentials (documented).  Their members are documented; the versions and dates are ours.
"""

from __future__ import annotations

import re
from datetime import timedelta
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from messaging_double.models.versions import VERSIONS
from messaging_double.server.agents.principal import SystemInfo
from messaging_double.server.calls.paths import tenant_of
from messaging_double.server.calls.response import Response
from messaging_double.server.rest.errors import json_response, not_allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messaging_double.server.calls.call import Call
    from messaging_double.server.rest.services import RestService
    from messaging_double.server.simulation import Simulation

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
                "Version": SystemInfo.version,
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
        "NetServerVersion": SystemInfo.version,
        "NetServerAssembly": SystemInfo.version,
        "NetServerDate": "2026-02-24",
        "NetServerLabel": SystemInfo.version,
        "NetServer": SystemInfo.description,
        "Services": former.name,
        "ServicesCurrent": newest.name,
        "Version": "v1",
        "Documentation": "https://docs.superoffice.com/en/api/",
    }
    if "json" in call.environ.get("HTTP_ACCEPT", "").lower():
        return json_response(HTTPStatus.OK, info)
    rows = "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in info.items())
    return Response(200, "OK", {"Content-Type": "text/html; charset=utf-8"}, _PAGE.format(rows=rows).encode())
