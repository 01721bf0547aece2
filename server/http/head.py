"""What the request line and the headers say: target, framing, persistence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from .refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

# RFC 3986, 3.2: host [ ":" port ], without userinfo.
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]*)(?::[0-9]*)?")
_ABSOLUTE = re.compile(r"https?://([^/?]*)(.*)", re.IGNORECASE)
_LONGEST_LENGTH = 20
"""Digits: those of 2 to the power of 64. Python turns no more than 4,300 into a number."""
_VERSION = re.compile(rb"HTTP/[0-9]\.[0-9]")


@dataclass(slots=True)
class Head:
    """A request without its body."""

    method: str
    target: str
    """As it came: origin-form, absolute-form or `*`."""
    version: str
    """`HTTP/1.0` or `HTTP/1.1`."""
    path: str
    """Percent-decoded, each byte one character (PEP 3333)."""
    query: str
    fields: dict[str, str]
    """The headers under their WSGI names."""
    content_length: int
    """Bytes of body to come; 0 when there is none or when it is chunked."""
    chunked: bool
    expects_continue: bool
    keep_alive: bool


def read_head(line: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Head:
    """Judge a request line and headers whose grammar the parser has accepted.

    Raises Refusal for what the grammar allows and RFC 9110 and 9112 do not.
    """
    method, target, version = _read_line(line)
    fields = _wsgi_fields(headers)
    chunked = _is_chunked(fields, version)
    authority, path, query = _split_target(method, target)
    _check_host(fields, version)
    if authority is not None:
        # RFC 9112, 3.2.2: with an absolute-form target the received Host is ignored.
        fields["HTTP_HOST"] = authority
    return Head(
        method,
        target,
        version,
        path,
        query,
        fields,
        0 if chunked else _content_length(fields),
        chunked,
        _expects_continue(fields, version),
        _keep_alive(fields, version),
    )


def _read_line(line: bytes) -> tuple[str, str, str]:
    # RFC 9112, 3: method SP request-target SP HTTP-version. The parser would also take several spaces, and no version.
    parts = line.split(b" ")
    if len(parts) != 3 or not _VERSION.fullmatch(parts[2]):  # noqa: PLR2004 - the three of the grammar
        raise Refusal(400, "The request line is not: method, one space, target, one space, HTTP version")
    method, target, version = (part.decode("latin-1") for part in parts)
    if method == "PRI":
        # RFC 9113, 3.4: the preface of HTTP/2 is made to fail here.
        raise Refusal(400, "This server speaks HTTP/1.1 and HTTP/1.0, not HTTP/2")
    if version not in {"HTTP/1.1", "HTTP/1.0"}:
        raise Refusal(505, f"This server speaks HTTP/1.1 and HTTP/1.0, not {version}")
    if method == "CONNECT":
        raise Refusal(501, "This server is no proxy: it has no CONNECT")
    return method, target, version


@lru_cache(maxsize=1024)
def _wsgi_name(name: bytes) -> str | None:
    """The WSGI name of a header; None for one that could pass for another (`Content_Type`)."""
    if b"_" in name:
        return None
    key = name.decode("ascii").upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"


def _wsgi_fields(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in headers:
        key = _wsgi_name(name)
        if key is None:
            continue
        text = value.strip(b" \t").decode("latin-1")
        if key in fields:
            # RFC 9110, 5.3: lines of one name are one list; RFC 6265, 5.4: but cookies are joined by semicolons.
            text = f"{fields[key]}{'; ' if key == 'HTTP_COOKIE' else ', '}{text}"
        fields[key] = text
    return fields


def _is_chunked(fields: dict[str, str], version: str) -> bool:
    # The body is handed on without its framing, so the header that announces the framing is not.
    coding = fields.pop("HTTP_TRANSFER_ENCODING", None)
    if coding is None:
        return False
    if version == "HTTP/1.0":
        # RFC 9112, 6.1: such a message MUST be treated as if its framing were faulty.
        raise Refusal(400, "HTTP/1.0 has no Transfer-Encoding")
    if "CONTENT_LENGTH" in fields:
        # RFC 9112, 6.3: it might be an attempt at request smuggling.
        raise Refusal(400, "A request has a Content-Length or a Transfer-Encoding, never both")
    if coding.lower() != "chunked":
        # RFC 9112, 6.1: a transfer coding that the server does not understand is answered 501.
        raise Refusal(501, f"The only transfer coding that this server knows is chunked, not {coding}")
    return True


def _content_length(fields: dict[str, str]) -> int:
    # RFC 9112, 6.3: without Content-Length and Transfer-Encoding a request has no body.
    text = fields.get("CONTENT_LENGTH", "0")
    if not (text.isascii() and text.isdigit()):
        raise Refusal(400, "The Content-Length is not a number")
    if len(text) > _LONGEST_LENGTH:
        raise Refusal(400, f"The Content-Length has {len(text)} digits; expected at most {_LONGEST_LENGTH}")
    return int(text)


def _check_host(fields: dict[str, str], version: str) -> None:
    # RFC 9112, 3.2: 400 for an HTTP/1.1 request without Host, and for any with several or a malformed one.
    host = fields.get("HTTP_HOST")
    if host is None:
        if version == "HTTP/1.1":
            raise Refusal(400, "An HTTP/1.1 request needs a Host header")
    elif not _HOST.fullmatch(host):
        raise Refusal(400, "The Host header is not one host name or address with an optional port")


def _split_target(method: str, target: str) -> tuple[str | None, str, str]:
    """The authority (None unless absolute-form), the decoded path and the query (RFC 9112, 3.2)."""
    authority = None
    rest = target
    if absolute := _ABSOLUTE.fullmatch(target):
        authority, rest = _authority(absolute[1]), absolute[2]
        if not rest.startswith("/"):
            # RFC 9112, 3.2.4: OPTIONS of an absolute-form without path and query means the server as a whole.
            rest = "*" if method == "OPTIONS" and not rest else f"/{rest}"
    if rest == "*" and method == "OPTIONS":
        return authority, "", ""
    if not rest.startswith("/") or "#" in rest:
        raise Refusal(400, "The request target is neither a path nor an absolute http URL")
    path, _, query = rest.partition("?")
    return authority, unquote_to_bytes(path).decode("latin-1") if "%" in path else path, query


def _authority(text: str) -> str:
    authority = text.rpartition("@")[2]
    # RFC 9110, 4.2.1: an http URL with an empty host MUST be rejected.
    if not _HOST.fullmatch(authority) or authority.startswith(":") or not authority:
        raise Refusal(400, "The host of the request target is not a host name or address with an optional port")
    return authority


def _expects_continue(fields: dict[str, str], version: str) -> bool:
    expectation = fields.get("HTTP_EXPECT")
    # RFC 9110, 10.1.1: the expectation of an HTTP/1.0 request MUST be ignored.
    if expectation is None or version == "HTTP/1.0":
        return False
    if expectation.lower() != "100-continue":
        raise Refusal(417, "The only expectation that this server meets is 100-continue")
    return True


def _keep_alive(fields: dict[str, str], version: str) -> bool:
    # RFC 9112, 9.3: persistent unless "close", in HTTP/1.0 only if "keep-alive".
    options = [option.strip() for option in fields.get("HTTP_CONNECTION", "").lower().split(",")]
    return "close" not in options and (version == "HTTP/1.1" or "keep-alive" in options)
