"""Heads of requests, as RFC 9110 and 9112 judge them, and of responses, checked and written."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from messaging_double.models import system_clock

from .refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_LENGTH = 20
"""Digits of a Content-Length: those of 2 to the power of 64. Python turns no more than 4,300 into a number."""
_LONGEST_KEPT = 1024
"""Bytes of the heads of requests, and of the header values of responses, that are remembered."""
_TLS_HANDSHAKE = b"\x16\x03"  # the record type and the major version that each TLS connection begins with
_OTHER_VERSION = re.compile(rb"[!-~]+ +[!-~]+ +HTTP/[0-9]")
_RAW_TARGET = re.compile(rb"[!-~]+ +[!-~]*([\x80-\xff])")
# RFC 3986, 3.2: host [ ":" port ], without userinfo.
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]*)(?::[0-9]*)?")
_ABSOLUTE = re.compile(r"https?://([^/?]*)(.*)", re.IGNORECASE)
# RFC 9110, 5.1 and 5.5: a token, and a field value without CR, LF and NUL. Nothing else may be sent, since with
# a line break an application's value would become a header, or a whole response, of its own (response splitting).
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_STATUS = re.compile(r"[2-5][0-9][0-9](?: [\t\x20-\x7e\x80-\xff]*)?")
# RFC 9110, 7.6.1: about this connection only, the server's business; PEP 3333: applications must not send them.
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)  # fmt: skip
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(slots=True)
class Head:
    """A request line and its headers."""

    method: str
    target: str
    """As it came: origin-form, absolute-form or `*`."""
    version: str
    """`HTTP/1.0` or `HTTP/1.1`."""
    fields: dict[str, str]
    """The WSGI variables that it makes (PEP 3333), and `REQUEST_URI`: the target."""
    content_length: int
    """Bytes of body to come; 0 where there is none or it is chunked."""
    is_chunked: bool
    expects_continue: bool
    """Whether the sender waits with the body until it is asked for it."""
    keep_alive: bool


class _Fields:
    """Collects what the parser of a head finds."""

    def __init__(self) -> None:
        self.count = 0
        self.found: dict[str, str] = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        self.count += 1
        key = _wsgi_name(name) if len(name) <= _LONGEST_KEPT else _wsgi_name.__wrapped__(name)
        if key is None:
            return
        text = value.strip(b" \t").decode("latin-1")
        if key in self.found:
            # RFC 9110, 5.3: lines of one name are one list; RFC 6265, 5.4: but cookies are joined by semicolons.
            text = f"{self.found[key]}{'; ' if key == 'HTTP_COOKIE' else ', '}{text}"
        self.found[key] = text


def check_part(data: bytes, most_fields: int) -> tuple[bytes, bytes, dict[str, str]]:
    """See whether the bytes are a head or can become one; give its line, method and headers. Raises Refusal."""
    fields = _Fields()
    parser = HttpRequestParser(fields)
    problem = ""
    try:
        parser.feed_data(data)
    except HttpParserUpgrade:
        pass  # RFC 9110, 7.8: a server MAY ignore Upgrade
    except HttpParserError as error:
        problem = str(error)
    line, line_end, _ = data.partition(b"\r\n")
    if line_end and b" HTTP/" not in line and not problem:
        # An HTTP/0.9 request ends with this line; its sender would wait in vain for an answer.
        raise Refusal(400, "The request line has no HTTP version")
    if fields.count > most_fields:
        raise Refusal(431, f"The request has over {most_fields} header lines")
    if problem:
        raise _malformed(data, problem)
    return line, parser.get_method(), fields.found


def read_head(head: bytes, most_fields: int) -> Head:
    """Judge a complete head by RFC 9110 and 9112. Raises Refusal.

    Clients send the same heads again and again, so that what came of them is remembered.
    """
    return _read_head(head, most_fields) if len(head) <= _LONGEST_KEPT else _read_head.__wrapped__(head, most_fields)


@lru_cache(maxsize=256)
def _read_head(head: bytes, most_fields: int) -> Head:
    line, first, fields = check_part(head, most_fields)
    if not line.startswith(first + b" "):
        # The parser skips a lone CR or LF; RFC 9112, 2.2 and 3, allows no request there.
        raise Refusal(400, "The request line does not start with a method")
    method, target, version = _split_line(line)
    is_chunked = _take_chunked(fields, version)
    authority, path, query = _split_target(method, target)
    _check_host(fields, version)
    if authority is not None:
        fields["HTTP_HOST"] = authority  # RFC 9112, 3.2.2: with an absolute-form target Host is ignored
    length = _content_length(fields)
    expects_continue = _expects_continue(fields, version)
    keep_alive = _keeps_alive(fields, version)
    fields["REQUEST_METHOD"] = method
    fields["PATH_INFO"] = path
    fields["QUERY_STRING"] = query
    fields["REQUEST_URI"] = target
    fields["SERVER_PROTOCOL"] = version
    return Head(method, target, version, fields, length, is_chunked, expects_continue, keep_alive)


def _malformed(data: bytes, why: str) -> Refusal:
    if why in {"Invalid HTTP version", "Expected dot"} and _OTHER_VERSION.match(data):
        return Refusal(505, "This server supports HTTP/1.1 and HTTP/1.0 only")
    if data.startswith(_TLS_HANDSHAKE):
        return Refusal(400, "This looks like TLS, but plain HTTP is spoken here")
    if raw := _RAW_TARGET.match(data):
        # RFC 3986, 2: a URL is ASCII.
        return Refusal(400, f"The request target is not percent-encoded: a byte is to be %{raw[1][0]:02X}")
    if why.startswith("Expected HTTP/"):
        return Refusal(400, "Behind the request target comes HTTP/1.1; a space within it is percent-encoded: %20")
    return Refusal(400, f"This is not an HTTP request: {why}")


def _split_line(line: bytes) -> tuple[str, str, str]:
    # RFC 9112, 3: method SP request-target SP HTTP-version. The parser would also take several spaces, and no version.
    parts = line.decode("latin-1").split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/"):  # noqa: PLR2004 - the three of the grammar
        raise Refusal(400, "The request line is not: method, one space, target, one space, HTTP version")
    method, target, version = parts
    if method == "PRI":
        # RFC 9113, 3.4: the preface of HTTP/2 is made to fail here.
        raise Refusal(400, "This server supports HTTP/1.1 and HTTP/1.0, not HTTP/2")
    if version not in {"HTTP/1.1", "HTTP/1.0"}:
        raise Refusal(505, f"This server supports HTTP/1.1 and HTTP/1.0, not {version}")
    if method == "CONNECT":
        raise Refusal(501, "This server is no proxy: it has no CONNECT")
    return method, target, version


@lru_cache(maxsize=256)
def _wsgi_name(name: bytes) -> str | None:
    """The WSGI name of a header; None for one that could pass for another (`Content_Type`)."""
    if b"_" in name:
        return None
    key = name.decode("ascii").upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"


def _take_chunked(fields: dict[str, str], version: str) -> bool:
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
        raise Refusal(501, f"The only transfer coding that this server supports is chunked, not {coding}")
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
    if not target.startswith("/") and (absolute := _ABSOLUTE.fullmatch(target)):
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


def _keeps_alive(fields: dict[str, str], version: str) -> bool:
    # RFC 9112, 9.3: persistent unless "close", in HTTP/1.0 only if "keep-alive".
    connection = fields.get("HTTP_CONNECTION")
    if connection is None:
        return version == "HTTP/1.1"
    options = [option.strip() for option in connection.lower().split(",")]
    return "close" not in options and (version == "HTTP/1.1" or "keep-alive" in options)


def response_lines(status: str, headers: Iterable[tuple[str, str]]) -> tuple[bytes, int | None]:
    """The lines of a response's head, but for its end, and the Content-Length, which is not among them.

    Raises TypeError for what is no text and ValueError for text that must not be sent.
    """
    given = tuple(headers)
    is_kept = sum([len(value) for _, value in given]) <= _LONGEST_KEPT
    lines, length, has_date = (_lines if is_kept else _lines.__wrapped__)(status, given)
    return (lines, length) if has_date else (lines + _date_line(int(system_clock.time())), length)


@lru_cache(maxsize=256)
def _lines(status: str, headers: tuple[tuple[str, str], ...]) -> tuple[bytes, int | None, bool]:
    """The lines, the Content-Length, and whether there is a Date: most responses differ in none of it."""
    lines = [_status_line(status)]
    length = None
    has_date = False
    for name, value in headers:
        kind, line = _header(name, value)
        if kind == "content-length":
            if length is not None or not (value.isascii() and value.isdigit()):
                raise ValueError(f"Not the one number that Content-Length can be: {value!r}")
            length = int(value)
        else:
            has_date = has_date or kind == "date"
            lines.append(line)
    return b"".join(lines), length, has_date


def _status_line(status: str) -> bytes:
    if not _STATUS.fullmatch(status):
        raise ValueError(f"Not a final HTTP status, such as '200 OK': {status!r}")
    # RFC 9110, 2.5: the version is the server's own, to a client of HTTP/1.0 too.
    return f"HTTP/1.1 {status}{'' if ' ' in status else ' '}\r\n".encode("latin-1")


def _header(name: str, value: str) -> tuple[str, bytes]:
    """The name in small letters, and the line; that is empty where the application has no say."""
    if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
        raise ValueError(f"Not a header that can be sent: {name!r}: {value!r}")
    kind = name.lower()
    return kind, b"" if kind in _HOP_BY_HOP else f"{name}: {value}\r\n".encode("latin-1")


@lru_cache(maxsize=1)
def _date_line(second: int) -> bytes:
    # RFC 9110, 5.6.7. Not strftime: that would answer in the language of the locale.
    now = time.gmtime(second)
    day = f"{_DAYS[now.tm_wday]}, {now.tm_mday:02} {_MONTHS[now.tm_mon - 1]} {now.tm_year}"
    return f"Date: {day} {now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02} GMT\r\n".encode("ascii")
