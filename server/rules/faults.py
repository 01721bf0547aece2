"""Inject faults: into operations, into the bytes of their responses, into the sending of these and its end."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from itertools import repeat
from typing import TYPE_CHECKING, Protocol

from messaging_double.models import durations
from messaging_double.models.errors import MessagingError
from messaging_double.models.faults import WIRE
from messaging_double.models.rules import HttpAnswer, Reaction
from messaging_double.models.versions import NETSERVER_NAMESPACE, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from messaging_double.models.rules import Drip, InBandError

HINT = "X-Messaging-Double-Hint"
OVERSIZE = 10 * 1024 * 1024
"""Bytes of white space in an oversized response: over .NET's 65,536 for a message, libxml2's 10,000,000 for a text."""

_HTML = "text/html; charset=utf-8"
_ERROR_PAGE = """\
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"/>
<title>500 - Internal server error.</title>
</head>
<body>
<div id="header"><h1>Server Error</h1></div>
<div id="content">
 <div class="content-container"><fieldset>
  <h2>500 - Internal server error.</h2>
  <h3>There is a problem with the resource you are looking for, and it cannot be displayed.</h3>
 </fieldset></div>
</div>
<p><br>
</body>
</html>
"""
_BROKEN = b"<&"
"""Not well-formed wherever it stands in XML: in a text, a tag or the value of an attribute."""
_BROKEN_JSON = b"\x00"
"""The same for JSON, whose strings have no control characters either."""
_DECLARED = re.compile(rb'(xmlns(?::\w+)?="' + re.escape(NETSERVER_NAMESPACE + "Services").encode() + rb')(\d+)"')
"""The declaration of the contract's namespace, as NetServer writes it."""
_START_OF_JSON = (b"{", b"[")
_START_OF_ENVELOPE = re.compile(rb"<[\w:]*Envelope[^>]*>")


class TamperableResponse(Protocol):
    """An HTTP response, rendered and not sent yet."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes
    padding: int
    """Bytes of white space that are sent within the body, at ``place_of_padding``; ``body`` is without them."""


class InjectedError(MessagingError):
    """An error of the domain that a reaction injects."""

    def __init__(self, error: InBandError) -> None:
        """Take the texts of the reaction."""
        super().__init__(error.message, friendly_text=error.friendly_text)
        self.exception_type = error.exception_type


def is_carried_out(reaction: Reaction) -> bool:
    """Return whether the operation is carried out, although it may be answered otherwise."""
    if reaction.processed is not None:
        return reaction.processed
    if reaction.is_instead:
        return False
    return reaction.wire is None or WIRE[reaction.wire].processed


def describe(reaction: Reaction, *, instead: bool) -> str | None:
    """Return the injected faults, for the log and the journal; ``None`` if there are none.

    ``instead``: whether the response in place of the operation's was given; it is not where the operation failed first.
    """
    return ", ".join(_faults_of(reaction, instead=instead)) or None


def _faults_of(reaction: Reaction, *, instead: bool) -> Iterator[str]:
    if instead and reaction.error is not None:
        yield "in-band error"
    if instead and reaction.fault is not None:
        yield "SOAP fault"
    if instead and reaction.http is not None:
        yield f"http {reaction.http.status}"
    if reaction.wire is not None:
        yield reaction.wire
    if reaction.delay:
        yield f"delay {durations.written(reaction.delay)}"
    if reaction.drip is not None:
        yield f"drip {reaction.drip.size} bytes every {durations.written(reaction.drip.every)}"


def without_wire(reaction: Reaction) -> Reaction:
    """Return what is possible under another WSGI server: those do not expose their connections."""
    if reaction.wire is None or not WIRE[reaction.wire].needs_wire:
        return reaction
    hint = f"{reaction.wire} is possible with the embedded server only: messaging-double serve"
    status = HTTPStatus.NOT_IMPLEMENTED
    return Reaction(reaction.by, http=HttpAnswer(status.value, headers=((HINT, hint),)))


def reason_of(http: HttpAnswer) -> str:
    """Return the reason phrase of a response: its own, else the usual one, else none."""
    if http.reason is not None:
        return http.reason
    try:
        return HTTPStatus(http.status).phrase
    except ValueError:
        return ""


def headers_of(http: HttpAnswer) -> dict[str, str]:
    """Return the headers of a response: its own, and those that HTTP requires."""
    given = dict(http.headers)
    if http.status == HTTPStatus.UNAUTHORIZED and not any(name.lower() == "www-authenticate" for name in given):
        given["WWW-Authenticate"] = 'Bearer realm="messaging-double"'  # RFC 9110, 15.5.2: required
    if http.body and not any(name.lower() == "content-type" for name in given):
        given["Content-Type"] = http.content_type or "text/plain; charset=utf-8"
    return given


def place_of_padding(body: bytes) -> int | None:
    """Return where white space can be inserted without changing the meaning; ``None`` if it is no SOAP and no JSON."""
    if body.startswith(_START_OF_JSON):
        return 1
    envelope = _START_OF_ENVELOPE.match(body)
    return None if envelope is None else envelope.end()


def lacking(wire: str, body: bytes) -> str | None:
    """Return what kind of body this fault needs, if it could not change this one."""
    is_breakable, needed = _BREAKABLE.get(wire, _ANY)
    return None if is_breakable(body) else needed


def tamper(reaction: Reaction, response: TamperableResponse) -> None:
    """Change the bytes of a response as the reaction's wire fault does; most leave them as they are."""
    change = _CHANGES.get(reaction.wire or "")
    if change is not None:
        change(response)


def _to_error_page(response: TamperableResponse) -> None:
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    response.status, response.reason = status.value, status.phrase
    response.headers = {"Content-Type": "text/html"}
    response.body = _ERROR_PAGE.encode()


def _to_html(response: TamperableResponse) -> None:
    response.headers["Content-Type"] = _HTML


def _to_malformed(response: TamperableResponse) -> None:
    middle = len(response.body) // 2
    broken = _BROKEN_JSON if response.body.startswith(_START_OF_JSON) else _BROKEN
    response.body = b"".join((response.body[:middle], broken, response.body[middle:]))


def _to_oversized(response: TamperableResponse) -> None:
    if place_of_padding(response.body) is not None:
        response.padding = OVERSIZE


def _to_other_namespace(response: TamperableResponse) -> None:
    response.body = _DECLARED.sub(_other_version, response.body)


def _other_version(found: re.Match[bytes]) -> bytes:
    least, most = min(VERSIONS), max(VERSIONS)
    number = int(found[2])
    other = number - 1 if number > least else most
    return b'%b%d"' % (found[1], other)


_CHANGES: dict[str, Callable[[TamperableResponse], None]] = {
    "html-error-page": _to_error_page,
    "wrong-media-type": _to_html,
    "malformed": _to_malformed,
    "wrong-namespace": _to_other_namespace,
    "oversized": _to_oversized,
}

_ANY: tuple[Callable[[bytes], object], str] = (lambda _: True, "")
_SOME = (bool, "some body")
_HALVED: tuple[Callable[[bytes], object], str] = (lambda body: len(body) > 1, "a body of two bytes or more")
_BREAKABLE: dict[str, tuple[Callable[[bytes], object], str]] = {
    "wrong-media-type": _SOME,
    "malformed": _SOME,
    "wrong-namespace": (_DECLARED.search, "a body that declares the contract's namespace"),
    "oversized": (lambda body: place_of_padding(body) is not None, "a body that is a SOAP envelope or JSON"),
    "truncated": _HALVED,
    "reset-in-body": _HALVED,
}
"""For the faults that break a body: whether they can break one, and what they need, in words."""


# sending, and the end of the connection

_SETTLING_SECONDS = 0.05
"""Between the last bytes and a reset, which discards what the client has not received by then."""
_GARBAGE = b"\x15\x03\x01\x00\x02\x02\x28 this is no HTTP\r\n"
"""It begins like a TLS alert; no HTTP client understands it."""
_SPACES = b" " * 65536
"""A part of the white space of an oversized response, shared so that many responses take no memory."""


class Connection(Protocol):
    """What sending needs of a connection: that of the embedded server, ``messaging_double.connection``."""

    def pause(self, seconds: float, *, forget_on_eof: bool = True) -> None:
        """Delay the next part; without ``forget_on_eof`` also for a client that has closed its sending side."""

    def suspend(self) -> Callable[[], None]:
        """Hold back the next part until the result is called."""

    def send_head(self) -> None:
        """Send the head of the response, if it was not sent with the first byte of the body."""

    def send_raw(self, data: bytes) -> None:
        """Send bytes that are not part of an HTTP response."""

    def hang_up(self) -> None:
        """Close after what was sent."""

    def abort(self) -> None:
        """Reset."""


def body_parts(reaction: Reaction, body: bytes, connection: Connection | None) -> Iterator[bytes]:
    """Yield the parts of a response's body, for a WSGI server; an empty part sends nothing, but may be delayed.

    Without a ``connection``, under another WSGI server, a delay blocks a thread and the connection ends as usual.
    """
    pause = time.sleep if connection is None else connection.pause
    if reaction.delay:
        pause(reaction.delay.total_seconds())
        yield b""
    injection = _INJECTIONS.get(reaction.wire or "", _WHOLE)
    yield from _pieces(injection.share(body), reaction.drip, pause)
    if injection.end is not None and connection is not None:
        yield from injection.end(connection)


def is_silent(reaction: Reaction, connection: Connection | None) -> bool:
    """Return whether no HTTP response is sent; another WSGI server always sends one."""
    return connection is not None and _INJECTIONS.get(reaction.wire or "", _WHOLE).share is _nothing


def _pieces(parts: Iterable[bytes], drip: Drip | None, pause: Callable[[float], None]) -> Iterator[bytes]:
    if drip is None:
        yield from parts
        return
    left = drip.size
    for part in parts:
        start = 0
        while start < len(part):
            if not left:
                pause(drip.every.total_seconds())
                left = drip.size
            piece = part[start : start + left]
            yield piece
            start += len(piece)
            left -= len(piece)


def _all(body: bytes) -> Iterator[bytes]:
    yield body


def _half(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]


def _nothing(_: bytes) -> Iterator[bytes]:
    yield b""


def _padded(body: bytes) -> Iterator[bytes]:
    place = place_of_padding(body)
    if place is None:
        yield body
        return
    yield body[:place]
    yield from repeat(_SPACES, OVERSIZE // len(_SPACES))
    yield body[place:]


def _hang_up(connection: Connection) -> Iterator[bytes]:
    connection.hang_up()
    yield from ()


def _reset(connection: Connection) -> Iterator[bytes]:
    connection.abort()
    yield from ()


def _reset_soon(connection: Connection) -> Iterator[bytes]:
    connection.pause(_SETTLING_SECONDS, forget_on_eof=False)
    yield b""
    connection.abort()


def _reset_after(connection: Connection) -> Iterator[bytes]:
    connection.send_head()
    yield from _reset_soon(connection)


def _never_answer(connection: Connection) -> Iterator[bytes]:
    connection.suspend()
    yield b""


def _send_garbage(connection: Connection) -> Iterator[bytes]:
    connection.send_raw(_GARBAGE)
    connection.hang_up()
    yield from ()


@dataclass(frozen=True)
class _Injection:
    """How much of the body is sent, and how the connection ends then."""

    share: Callable[[bytes], Iterable[bytes]]
    end: Callable[[Connection], Iterator[bytes]] | None = None


_WHOLE = _Injection(_all)
_INJECTIONS = {
    "oversized": _Injection(_padded),
    "truncated": _Injection(_half, _hang_up),
    "empty-reply": _Injection(_nothing, _hang_up),
    "reset-before": _Injection(_nothing, _reset),
    "reset-in-body": _Injection(_half, _reset_soon),
    "reset-after": _Injection(_all, _reset_after),
    "reply-lost": _Injection(_nothing, _reset),
    "never-answered": _Injection(_nothing, _never_answer),
    "garbage": _Injection(_nothing, _send_garbage),
}
