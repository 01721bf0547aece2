"""What a REST request says: its path, the address that it asked at, its body."""

from __future__ import annotations

import re
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from messaging_double.server.calls.requests import Refusal, asked_url, read_body
from messaging_double.server.rest.errors import RestError, invalid
from messaging_double.server.rest.json_values import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messaging_double.server.calls.call import Call

_API = re.compile(r"(?P<prefix>(?:/[^/]+)*?)/api(?P<rest>/.*)?", re.IGNORECASE | re.DOTALL)
_LOGIN = re.compile(r"(?P<prefix>(?:/[^/]+)*?)/login(?P<rest>/.*)", re.IGNORECASE | re.DOTALL)
_JSON_TYPES = frozenset(
    ("application/json", "text/json", "application/json-patch+json", "application/merge-patch+json")
)
_CHARSETS = {"utf-8": "utf-8-sig", "utf8": "utf-8-sig", "utf-16": "utf-16", "utf-16le": "utf-16", "us-ascii": "ascii"}
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
"""zlib's wbits for what the documented ``Compressed`` of the vendor's .NET client may send."""
_SHOWN = 100


def split_path(path: str) -> tuple[str, str]:
    """Return what stands before ``/api`` in a path, and what follows."""
    found = _API.fullmatch(path)
    return ("", "") if found is None else (found["prefix"], found["rest"] or "")


def split_login_path(path: str) -> tuple[str, str]:
    """Return what stands before ``/login`` in a path, and what follows."""
    found = _LOGIN.fullmatch(path)
    return ("", "") if found is None else (found["prefix"], found["rest"])


def origin_of(environ: Mapping[str, Any]) -> str:
    """Return the address that was asked, without a path. Raises ``RestError``."""
    try:
        return asked_url({**environ, "PATH_INFO": ""})
    except Refusal as refusal:
        raise _rest_error(refusal) from None


def read_json(call: Call, limit: int, *, is_needed: bool) -> Any:
    """Return the value of the request's body; an empty object where none is needed. Raises ``RestError``."""
    body = read_bytes(call.environ, limit)
    if not body and not is_needed:
        return {}
    if not body:
        raise invalid("The body is empty: send an object of JSON with the parameters.")
    text = _decoded(_inflated(body, call.environ, limit), call)
    return parse(text) if is_needed or text.strip() else {}


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
    return inflated


def _decoded(body: bytes, call: Call) -> bytes:
    """Return a body as UTF-8, by its Content-Type."""
    given = call.environ.get("CONTENT_TYPE") or ""
    media_type, _, parameters = given.partition(";")
    media_type = media_type.strip().lower()
    if not media_type and not call.strict:
        call.note("no Content-Type: read as application/json")
    elif media_type not in _JSON_TYPES and not (body.isspace() or not body):
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
