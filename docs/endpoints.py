"""The examples of docs/endpoints.md: requests to a double in this process, in order, and what it responds."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

from werkzeug.test import Client

from messaging_double.server.app import create_app
from messaging_double.server.settings import Settings

T = "/_mock/v1/tenants/Cust12345"
_TENANT = "/_mock/v1/tenants/{tenant}"
SOAP = "/Cust12345/Remote/Services88/Messaging.svc"
_BEGIN = datetime(2026, 11, 21, 8, tzinfo=timezone.utc)
_LONGEST = 40
"""Lines of a response that the page shows."""
_CALL = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<{name} xmlns="http://www.superoffice.net/ws/crm/NetServer/Services88">{parameters}</{name}></s:Body></s:Envelope>'
)
_SEND = _CALL.format(
    name="SendMessages",
    parameters="<OutgoingMessages><OutgoingMessage><Content>God morgen!</Content><From>SuperOffice</From>"
    "<SuggestedSessionKey>morning</SuggestedSessionKey><To>+447700900002</To></OutgoingMessage></OutgoingMessages>"
    "<Plugin>CM</Plugin>",
)
_REPORT = _CALL.format(
    name="SetDeliveryStatus",
    parameters="<Plugin>CM</Plugin><ExternalMessageId>unknown</ExternalMessageId><Status>2</Status>",
)
_FIXTURES = {"outbox": [{"to": "+447700900001", "content": "Your code is 4711"}]}
_MATCH = {"to": "+447700900001", "content": {"contains": "code"}}
_RULE = {"when": {"operation": "SendMessages"}, "then": {"http": 503}, "times": 2}

REQUESTS: tuple[tuple[str, str, Any], ...] = (
    ("loadFixtures", f"PUT {T}", _FIXTURES),
    ("", f"POST {SOAP}", _SEND),
    ("", f"POST {SOAP}", _REPORT),
    ("listOutbox", f"GET {T}/outbox?to=+447700900001&limit=1", None),
    ("latestOfOutbox", f"GET {T}/outbox/latest?wait=10s&contains=morgen", None),
    ("oneOfOutbox", f"GET {T}/outbox/2", None),
    ("setStatus", f"POST {T}/outbox/1/status", {"status": "delivered", "description": "Delivered at last"}),
    ("takeStep", f"POST {T}/outbox/2/step", None),
    ("reply", f"POST {T}/outbox/2/reply", {"content": "Takk!"}),
    ("getThread", f"GET {T}/threads/morning", None),
    ("listInbox", f"GET {T}/inbox?from=+447700900002", None),
    ("latestOfInbox", f"GET {T}/inbox/latest?contains=Takk", None),
    ("oneOfInbox", f"GET {T}/inbox/1", None),
    ("listStatusReports", f"GET {T}/status-reports?plugin=CM", None),
    ("latestOfStatusReports", f"GET {T}/status-reports/latest", None),
    ("oneOfStatusReports", f"GET {T}/status-reports/1", None),
    ("verify", f"POST {T}/verify", {"match": _MATCH, "count": 1}),
    ("listJournal", f"GET {T}/journal?operation=SendMessages", None),
    ("latestOfJournal", f"GET {T}/journal/latest", None),
    ("oneOfJournal", f"GET {T}/journal/1", None),
    ("rawRequest", f"GET {T}/journal/1/request", None),
    ("bodyOfRequest", f"GET {T}/journal/1/request.xml", None),
    ("rawResponse", f"GET {T}/journal/1/response", None),
    ("bodyOfResponse", f"GET {T}/journal/1/response.xml", None),
    ("exchangeOfMessage", f"GET {T}/outbox/2/exchange", None),
    ("issueTicket", f"POST {T}/tickets", {"user": "ole"}),
    ("listTickets", f"GET {T}/tickets?limit=20", None),
    ("getTicket", f"GET {T}/tickets/1", None),
    ("expireTicket", f"POST {T}/tickets/1/expire", None),
    ("expireTickets", f"POST {T}/tickets/expire", None),
    ("revokeTicket", f"DELETE {T}/tickets/1", None),
    ("setAuth", f"PUT {T}/auth", {"auth": "onsite"}),
    ("getAuth", f"GET {T}/auth", None),
    ("", f"PUT {T}/auth", {"auth": None}),
    ("setClock", f"PUT {T}/clock", {"mode": "frozen", "now": "2026-11-21T08:00:00Z"}),
    ("getClock", f"GET {T}/clock", None),
    ("setProfile", f"PUT {T}/profile", {"profile": "expires"}),
    ("getProfile", f"GET {T}/profile", None),
    ("", f"POST {SOAP}", _SEND),
    ("advanceClock", f"POST {T}/clock/advance", {"by": "PT6H"}),
    ("createRule", f"POST {T}/rules", {"name": "gateway-down", **_RULE}),
    ("listRules", f"GET {T}/rules", None),
    ("getRule", f"GET {T}/rules/gateway-down", None),
    ("putRule", f"PUT {T}/rules/gateway-down", {**_RULE, "times": 5}),
    ("compareRules", f"GET {T}/journal/1/rules", None),
    ("deleteRule", f"DELETE {T}/rules/gateway-down", None),
    ("deleteRules", f"DELETE {T}/rules", None),
    ("takeSnapshot", f"POST {T}/snapshots", {"name": "logged-in"}),
    ("listSnapshots", f"GET {T}/snapshots", None),
    ("restoreSnapshot", f"POST {T}/snapshots/logged-in/restore", None),
    ("deleteSnapshot", f"DELETE {T}/snapshots/logged-in", None),
    ("listTenants", "GET /_mock/v1/tenants", None),
    ("getTenant", f"GET {T}", None),
    ("deleteOneOfOutbox", f"DELETE {T}/outbox/1", None),
    ("clearOutbox", f"DELETE {T}/outbox?content.contains=morgen", None),
    ("deleteOneOfInbox", f"DELETE {T}/inbox/1", None),
    ("clearInbox", f"DELETE {T}/inbox", None),
    ("deleteOneOfStatusReports", f"DELETE {T}/status-reports/1", None),
    ("clearStatusReports", f"DELETE {T}/status-reports", None),
    ("clearJournal", f"DELETE {T}/journal?id=1", None),
    ("reset", f"POST {T}/reset", None),
    ("deleteTenant", f"DELETE {T}", None),
    ("", f"PUT {T}", _FIXTURES),
    ("resetAll", "POST /_mock/v1/reset", None),
    ("", f"PUT {T}", _FIXTURES),
    ("deleteTenants", "DELETE /_mock/v1/tenants", None),
    ("listProfiles", "GET /_mock/v1/profiles", None),
    ("listMagic", "GET /_mock/v1/magic", None),
    ("listFaults", "GET /_mock/v1/faults", None),
    ("index", "GET /", None),
    ("mockIndex", "GET /_mock", None),
    ("versionIndex", "GET /_mock/v1", None),
    ("livez", "GET /livez", None),
    ("readyz", "GET /readyz", None),
    ("metrics", "GET /metrics", None),
    ("health", "GET /_mock/v1/health", None),
    ("settings", "GET /_mock/v1/settings", None),
    ("openapi", "GET /_mock/v1/openapi.json", None),
)
"""``operationId``, request and body; those without an id prepare what follows."""

_STREAMS = {"watchTenant", "watchTenants"}
"""Have no end; control-api.md shows their events."""

_SECTIONS = {
    f"{T}/outbox": "The outbox",
    f"{T}/inbox": "The inbox",
    f"{T}/threads": "Threads",
    f"{T}/status-reports": "Status reports",
    f"{T}/verify": "Verification",
    f"{T}/journal": "The journal",
    f"{T}/tickets": "Tickets",
    f"{T}/auth": "Tickets",
    f"{T}/clock": "The clock",
    f"{T}/profile": "Simulation",
    "/_mock/v1/profiles": "Simulation",
    "/_mock/v1/magic": "Simulation",
    "/_mock/v1/faults": "Simulation",
    f"{T}/rules": "Rules",
    f"{T}/snapshots": "Snapshots",
    "/_mock/v1/tenants": "Tenants",
    "/_mock/v1/reset": "Tenants",
    "": "The double",
}
_VARYING = (
    (r'"pid": \d+', '"pid": 4711'),
    (r'"started": "[^"]+"', '"started": "2026-11-21T07:59:58.123456Z"'),
    (r'"requestId": "[^"]+"', '"requestId": "9f3a1c07-15"'),
    (r'"durationMs": [\d.]+', '"durationMs": 0.42'),
    (r'"version": "[^"]+"', '"version": "1.0.0"'),
)
"""What is another text in each run, and what the page shows."""
_OF_METRICS = re.compile(r"(?:# \w+ )?messaging_double_(?:calls_total|messages|journal_evicted_total)\b.*")
"""The lines that are shown of the metrics, of which most vary."""


def render() -> str:
    """Return the examples as Markdown: a heading for each section and operation."""
    app = create_app(Settings(clock=_BEGIN), lambda _tenant: _BEGIN)
    try:
        client = Client(app)
        operations = _operations(client.get("/_mock/v1/openapi.json").json)
        sections: dict[str, list[str]] = {title: [] for title in _SECTIONS.values()}
        shown = set()
        for name, request, body in REQUESTS:
            response = _ask(client, request, body)
            if name:
                shown.add(name)
                section = next(title for prefix, title in _SECTIONS.items() if prefix in request)
                sections[section].append(_example(operations[name], request, body, response))
    finally:
        app.close()
    if missing := operations.keys() - shown - _STREAMS:
        raise LookupError(f"operations without an example: {', '.join(sorted(missing))}")
    return "\n\n".join("\n\n".join([f"## {title}", *parts]) for title, parts in sections.items())


def _operations(document: Any) -> dict[str, str]:
    """Return the beginning of each operation's example: its heading and summary."""
    return {
        each["operationId"]: f"### {method.upper()} {path.replace(_TENANT, 'T')}\n\n{each['summary']}"
        for path, methods in document["paths"].items()
        for method, each in methods.items()
    }


def _ask(client: Client, request: str, body: Any) -> Any:
    method, url = request.split(" ")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    media_type = "text/xml; charset=utf-8" if isinstance(body, str) else "application/json"
    response = client.open(url, method=method, data=text.encode(), content_type=media_type, buffered=True)
    if response.status_code >= 400:  # noqa: PLR2004 (an error)
        raise ValueError(f"{request} was answered {response.status_code}: {response.text}")
    return response


def _example(beginning: str, request: str, body: Any, response: Any) -> str:
    data = "" if body is None else f"\n{json.dumps(body)}"
    text = response.text
    if response.content_type == "application/json":
        language = "json"
        for pattern, shown in _VARYING:
            text = re.sub(pattern, shown, text, flags=re.MULTILINE)
    else:
        language = "text"
    lines = text.rstrip("\n").splitlines()
    if request == "GET /metrics":
        lines = [*filter(_OF_METRICS.fullmatch, lines), "…"]
    if len(lines) > _LONGEST:
        lines, language = [*lines[: _LONGEST - 1], "…"], "text"
    content = "\n".join(lines)
    shown = f":\n\n```{language}\n{content}\n```" if text else "."
    return f"{beginning}\n\n```http\n{request}{data}\n```\n\nResponse {response.status_code}{shown}"


if __name__ == "__main__":
    print(render())  # noqa: T201 (to look at it)
