"""Bodies of HTTP errors that the embedded server itself answers, in the form of the API that the URL is of."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from messaging_double.models.tickets import without_secrets
from messaging_double.server.calls.call import to_json
from messaging_double.server.calls.paths import CONTROL_URL, LOGIN_URL, REST_URL, path_of_target
from messaging_double.server.http import plain_error_body

if TYPE_CHECKING:
    from messaging_double.server.http import Refusal

_OTHERWISE = "for example curl http://127.0.0.1:8080/_mock/v1/tenants/default/outbox"
_HINTS = {
    400: (
        "a valid request begins with GET /_mock/v1/tenants/default/outbox?contains=p%C3%A5%20vei HTTP/1.1, "
        "percent-encoded, and has a Host header; curl does that with --get --data-urlencode 'contains=p\u00e5 vei'"
    ),
    408: "send the whole request within the settings header-seconds and body-seconds",
    413: "send less, or give the double more room, for example --max-body-bytes 64MiB",
    431: (
        "long filters have room in a body: POST /_mock/v1/tenants/default/verify takes them as JSON; "
        "settings max-header-bytes and max-header-fields"
    ),
}


def error_body(target: str, refusal: Refusal) -> tuple[str, bytes]:
    """Return the Content-Type and the body of the answer to a refused request (ours)."""
    path = path_of_target(target)
    if REST_URL.fullmatch(path) or LOGIN_URL.fullmatch(path):
        error = {"Message": f"{HTTPStatus(refusal.status).phrase}.", "MessageDetail": without_secrets(refusal.reason)}
        return "application/json; charset=utf-8", to_json(error)
    if not CONTROL_URL.match(path):
        return plain_error_body(target, refusal)
    problem = {"error": without_secrets(refusal.reason), "hint": _HINTS.get(refusal.status, _OTHERWISE)}
    return "application/json", to_json(problem)
