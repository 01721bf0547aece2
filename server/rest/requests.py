"""What a REST request says, its path, address and body; and what one is answered that is refused.

Two shapes are documented: ``Message`` and ``MessageDetail`` for a request that cannot be read (ASP.NET's), and
``Error``, ``ErrorType`` and their like for an exception of an agent. The text of the latter is ``ErrorMessage`` in the
vendor's documentation and ``Message`` in the tests of its npm package: both are sent. They record the status 400;
the documentation has 200, and null. 401 without credentials is documented, 403 without a grant is ours.
"""

from __future__ import annotations

import base64
import logging
import re
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from messaging_double.models.errors import AccessDenied
from messaging_double.models.tickets import without_secrets
from messaging_double.server.agents.calling import http_response
from messaging_double.server.calls.call import Refusal, Response, asked_url, read_body
from messaging_double.server.calls.paths import readable
from messaging_double.storage import StorageBusyError, StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messaging_double.models.errors import MessagingError
    from messaging_double.models.rules import Reaction
    from messaging_double.server.calls.call import Call

_log = logging.getLogger("messaging_double.rest")
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
    path = without_secrets(readable(call.path)[:_SHOWN])
    message = f"No HTTP resource was found that matches the request URI '{path}'."
    return RestError(HTTPStatus.NOT_FOUND, message, hint)


def not_allowed(call: Call, *methods: str) -> RestError:
    """Refuse a method that a URL does not have, in ASP.NET's words."""
    message = f"The requested resource does not support http method '{call.method}'."
    return RestError(HTTPStatus.METHOD_NOT_ALLOWED, message, f"Use {methods[0]}.", Allow=", ".join(methods))


def json_response(status: HTTPStatus, body: Any, **headers: str) -> Response:
    """Return a response with a body of JSON; the names of headers have underscores for their hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status.value, status.phrase, {"Content-Type": JSON, **named}, msgspec.json.encode(body))


def refused(call: Call, error: RestError) -> Response:
    """Return what a refused request is answered, and keep why."""
    call.refused = error.hint
    call.note(error.hint)
    return json_response(error.status, error.body, **error.headers).with_hint(error.hint)


def exception_response(error: MessagingError, form: str) -> Response:
    """Return what an exception of an agent is answered: without access always an error, else by ``rest-errors``."""
    if isinstance(error, AccessDenied):
        is_forbidden = "SoSentryException" in error.exception_type
        status = HTTPStatus.FORBIDDEN if is_forbidden else HTTPStatus.UNAUTHORIZED
        headers = {} if is_forbidden else {"WWW_Authenticate": _CHALLENGE}
        return json_response(status, _exception(error), **headers)
    if form == "null":
        return json_response(HTTPStatus.OK, None)
    return json_response(HTTPStatus.OK if form == "200" else HTTPStatus.BAD_REQUEST, _exception(error))


def failure_response(call: Call, error: Exception) -> Response:
    """Return what a call is answered that failed for a reason of the double's own.

    Raises StorageBusyError where the call may not wait for other writers; nothing was done then.
    """
    if isinstance(error, StorageBusyError) and call.patience is not None:
        raise error
    if isinstance(error, StorageUnavailableError):
        _log.error("%s failed; the client gets 503: %s", call.operation, error)
        call.refused = "the database cannot be reached for now: try again"
        body = {"Message": "Service unavailable."}
        return json_response(HTTPStatus.SERVICE_UNAVAILABLE, body, Retry_After=str(error.retry_seconds))
    _log.error("%s failed; the client gets 500", call.operation, exc_info=error)
    call.refused = "the double failed; its log says how"
    return json_response(HTTPStatus.INTERNAL_SERVER_ERROR, {"Message": "An error has occurred."})


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


_JSON_TYPES = frozenset(
    ("application/json", "text/json", "application/json-patch+json", "application/merge-patch+json")
)
_CHARSETS = {"utf-8": "utf-8-sig", "utf8": "utf-8-sig", "utf-16": "utf-16", "utf-16le": "utf-16", "us-ascii": "ascii"}
_MOST_VALUES = 65_536
"""In a body: as many as SOAP takes elements (ours)."""
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
"""zlib's wbits for what the documented ``Compressed`` of the vendor's .NET client may send."""


def split_path(path: str, folder: str) -> tuple[str, str]:
    """Return what stands before ``/folder`` in a path, and what follows, with single slashes."""
    found = re.fullmatch(rf"((?:/[^/]+)*?)/{folder}(/.*)?", re.sub("/+", "/", path), re.IGNORECASE | re.DOTALL)
    return ("", "") if found is None else (found[1], found[2] or "")


def authorization_of(environ: Mapping[str, Any]) -> tuple[str, str]:
    """Return the scheme in small letters, and a ticket, a token, or name and password with a colon between them."""
    scheme, _, text = (environ.get("HTTP_AUTHORIZATION") or "").strip().partition(" ")
    scheme, text = scheme.lower(), text.strip()
    if scheme != "basic":
        return scheme, text
    try:
        return scheme, base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return scheme, ""


def origin_of(environ: Mapping[str, Any]) -> str:
    """Return the address that was asked, without a path. Raises ``RestError``."""
    try:
        return asked_url({**environ, "PATH_INFO": ""})
    except Refusal as refusal:
        raise _rest_error(refusal) from None


def read_json(call: Call, limit: int) -> Any:
    """Return the value of the request's body. Raises ``RestError``."""
    body = read_bytes(call.environ, limit)
    if not body:
        raise invalid("The body is empty: send an object of JSON with the parameters.")
    return _parsed(_decoded(_inflated(body, call.environ, limit), call))


def read_bytes(environ: dict[str, Any], limit: int) -> bytes:
    """Return the body. Raises ``RestError``."""
    try:
        return read_body(environ, limit)
    except Refusal as refusal:
        raise _rest_error(refusal) from None


def _rest_error(refusal: Refusal) -> RestError:
    status = HTTPStatus(refusal.status)
    return RestError(status, f"{status.phrase}.", f"{refusal.hint[:1].upper()}{refusal.hint[1:]}.")


def _inflated(body: bytes, environ: Mapping[str, Any], limit: int) -> bytes:
    encoding = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in _WINDOWS:
        raise RestError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"The content encoding '{encoding[:_SHOWN]}' is not supported.",
            "Send the body uncompressed, or with gzip or deflate.",
        )
    inflater = zlib.decompressobj(_WINDOWS[encoding])
    try:
        inflated = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise invalid(f"The body is not {encoding}: {error}.") from None
    if len(inflated) > limit:
        detail = f"The uncompressed body is over {limit} bytes (setting max-body-bytes)."
        raise RestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large.", detail)
    if not inflater.eof:
        raise invalid(f"The body ends before its {encoding} does.")
    if inflater.unused_data:
        raise invalid(f"The body goes on after its {encoding} ends.")
    return inflated


def _decoded(body: bytes, call: Call) -> bytes:
    """Return a body as UTF-8, by its Content-Type."""
    given = call.environ.get("CONTENT_TYPE") or ""
    media_type, _, parameters = given.partition(";")
    media_type = media_type.strip().lower()
    if not media_type and not call.strict:
        call.note("no Content-Type: read as application/json")
    elif media_type not in _JSON_TYPES:
        message = f"The request entity's media type '{media_type[:_SHOWN]}' is not supported for this resource."
        raise RestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message, "Send application/json; XML is not read here.")
    found = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    charset = found[1].lower() if found else "utf-8"
    if charset not in _CHARSETS:
        raise RestError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The charset '{charset[:_SHOWN]}' is not supported.", "Send utf-8."
        )
    if charset in ("utf-8", "utf8") and not body.startswith(b"\xef\xbb\xbf"):
        return body
    try:
        return body.decode(_CHARSETS[charset]).encode()
    except UnicodeError as error:
        raise invalid(f"The body is not {charset}: {error.reason}.") from None  # type: ignore[attr-defined]


def _parsed(body: bytes) -> Any:
    """Return the value of a JSON text. Raises ``RestError``."""
    if _has_too_many_values(body):
        raise invalid(f"The body has more than {_MOST_VALUES} values: send it in parts.")
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise invalid("The body is nested too deeply.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # it repeats nothing of what was sent
        raise invalid(f"The body is not JSON: {error}.") from None


def _has_too_many_values(body: bytes) -> bool:
    """Say so before they are made: 8 MiB of them are gigabytes, and seconds without an answer to any client.

    Before each value but the first stands a comma or what opens an array or an object.
    """
    if len(body) <= _MOST_VALUES:
        return False
    unescaped = body.replace(rb"\\", b"").replace(rb"\"", b"")
    if unescaped.count(b'"') > 4 * _MOST_VALUES:  # two for each text, and two texts for each member of an object
        return True
    outside_of_texts = b"".join(unescaped.split(b'"')[::2])
    count = outside_of_texts.count
    return count(b",") + count(b"[") + count(b"{") - count(b"[]") - count(b"{}") > _MOST_VALUES
