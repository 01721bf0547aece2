"""What the REST API answers that refuses a request.

Two shapes are documented: ``Message`` and ``MessageDetail`` for a request that cannot be read (ASP.NET's), and
``Error``, ``ErrorType`` and their like for an exception of an agent. The text of the latter is ``ErrorMessage`` in the
vendor's documentation and ``Message`` in the tests of its npm package: both are sent. They record the status 400;
the documentation has 200, and null. 401 without credentials is documented, 403 without a grant is ours.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from messaging_double.models.errors import AccessDenied
from messaging_double.models.tickets import without_secrets
from messaging_double.server.agents.calling import http_response
from messaging_double.server.calls.response import Response

if TYPE_CHECKING:
    from messaging_double.models.errors import MessagingError
    from messaging_double.models.rules import Reaction
    from messaging_double.server.calls.call import Call

_SHOWN = 200
JSON = "application/json; charset=utf-8"
_SOURCE = "SuperOffice.Services.Implementation"
_CHALLENGE = 'SOTicket realm="messaging-double", Basic realm="messaging-double", Bearer realm="messaging-double"'


class RestError(Exception):
    """A request that is refused before it is a call."""

    def __init__(self, status: HTTPStatus, message: str, detail: str = "", **headers: str) -> None:
        """Answer ``message``, ASP.NET's words where they are known, and ``detail``, which says what to do."""
        super().__init__(f"{message} {detail}".rstrip())
        self.status = status
        self.headers = headers
        self.hint = detail or message
        self.body = {"Message": message, **({"MessageDetail": detail} if detail else {})}


def invalid(detail: str) -> RestError:
    """Refuse a body that cannot be read; the sentence is documented."""
    return RestError(HTTPStatus.BAD_REQUEST, "The request is invalid.", detail)


def not_found(call: Call, hint: str) -> RestError:
    """Refuse a URL that nothing is at, in ASP.NET's words."""
    path = call.path.encode("latin-1", "replace").decode("utf-8", "replace")[:_SHOWN]
    message = f"No HTTP resource was found that matches the request URI '{without_secrets(path)}'."
    return RestError(HTTPStatus.NOT_FOUND, message, hint)


def not_allowed(call: Call, *methods: str) -> RestError:
    """Refuse a method that a URL does not have, in ASP.NET's words."""
    message = f"The requested resource does not support http method '{call.method}'."
    return RestError(HTTPStatus.METHOD_NOT_ALLOWED, message, f"Use {methods[0]}.", Allow=", ".join(methods))


def json_response(status: HTTPStatus, body: Any, **headers: str) -> Response:
    """Return a response with a body of JSON."""
    return Response(status.value, status.phrase, {"Content-Type": JSON, **headers}, msgspec.json.encode(body))


def refused(call: Call, error: RestError) -> Response:
    """Return what a refused request is answered, and keep why."""
    call.refused = error.hint
    call.note(error.hint)
    headers = {name.replace("_", "-"): value for name, value in error.headers.items()}
    return json_response(error.status, error.body, **headers).with_hint(error.hint)


def exception_response(error: MessagingError, form: str) -> Response:
    """Return what an exception of an agent is answered: without access always an error, else by ``rest-errors``."""
    if isinstance(error, AccessDenied):
        is_forbidden = "SoSentryException" in error.exception_type
        status = HTTPStatus.FORBIDDEN if is_forbidden else HTTPStatus.UNAUTHORIZED
        headers = {} if is_forbidden else {"WWW-Authenticate": _CHALLENGE}
        return json_response(status, _exception(error), **headers)
    if form == "null":
        return json_response(HTTPStatus.OK, None)
    return json_response(HTTPStatus.OK if form == "200" else HTTPStatus.BAD_REQUEST, _exception(error))


def instead_response(reaction: Reaction) -> Response:
    """Answer as a reaction says, in the place of the operation: a SOAP fault is ASP.NET's error (ours)."""
    if reaction.fault is not None:
        body = {"Message": "An error has occurred.", "ExceptionMessage": reaction.fault.text}
        return json_response(HTTPStatus.INTERNAL_SERVER_ERROR, body)
    http: Any = reaction.http
    return http_response(http)


def _exception(error: MessagingError) -> dict[str, Any]:
    return {
        "Error": True,
        "ErrorType": error.exception_type.rpartition(".")[2],
        "ErrorMessage": error.message,
        "Message": error.message,
        "ErrorSource": _SOURCE,
    }
