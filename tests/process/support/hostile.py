"""A hostile request, what may be answered to it, and how an answer is judged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from support.envelopes import SOAP11, SOAP12, action_of

from .client import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .wire import Conversation, Reply

BAD = "400"
"""WCF: no XML, no envelope, XML that breaks before the Body; HTTP: what is no request."""
BROKEN = "500 DeserializationFailed"
NO_ACTION = "500 ActionNotSupported"
WRAPPER = "500 InternalServiceFault"
UNDERSTAND = "500 MustUnderstand"
TYPE = "415"
LARGE = "413"
HEADERS = "431"
VERSION = "505"
NOT_IMPLEMENTED = "501"
METHOD = "405"
NOT_FOUND = "404"
TAKEN = "200"
PAGE = "200 page"
"""HTML, which only a GET is given."""
CLOSED = "closed"
"""Hung up on without a word."""
ANY_REFUSAL = frozenset(
    {
        BAD,
        BROKEN,
        NO_ACTION,
        WRAPPER,
        UNDERSTAND,
        TYPE,
        LARGE,
        HEADERS,
        VERSION,
        NOT_IMPLEMENTED,
        METHOD,
        NOT_FOUND,
        "417",
    }
)

TENANT = "Cust666"
PATH = path_of(TENANT)


@dataclass(frozen=True)
class Hostile:
    """One request."""

    name: str
    pieces: Callable[[], Iterable[bytes]]
    """Its bytes; made when they are needed, since some are many."""
    expected: frozenset[str]
    """The answers that are right."""
    stored: tuple[str | None, ...] | None = ()
    """The contents of the messages that are there after it was taken, oldest first; ``None`` where nobody can know."""
    half_close: bool = False
    """The client says that nothing more comes, as is needed where the server has a right to wait for more."""
    replies: int = 1
    """How many answers there may be, at the most."""
    soap: str = SOAP11
    """The version of a fault."""


def hostile(name: str, data: bytes | Callable[[], Iterable[bytes]], *expected: str, **more: object) -> Hostile:
    """Return a request of whole bytes, or of pieces that are made later."""
    pieces = data if callable(data) else lambda: (data,)
    return Hostile(name, pieces, frozenset(expected), **more)


def post(
    body: bytes,
    *fields: str,
    path: str = PATH,
    content_type: str | None = "text/xml; charset=utf-8",
    action: str | None = "SendMessages",
    length: bool = True,
) -> bytes:
    """Return a POST; ``fields`` are more header lines."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost"]
    lines += [f"Content-Type: {content_type}"] if content_type is not None else []
    lines += [f'SOAPAction: "{action_of(action)}"'] if action is not None else []
    lines += fields
    lines += [f"Content-Length: {len(body)}"] if length else []
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + body


def problem_with(case: Hostile, found: Conversation) -> str | None:
    """Say what is wrong with what came back; ``None`` if nothing is."""
    if found.late:
        return f"no end within the deadline, after {found.replies}"
    if found.rest:
        return f"bytes that are no whole answer: {found.rest[:200]!r}"
    final = [reply for reply in found.replies if reply.status >= 200]
    if len(final) > case.replies:
        return f"{len(final)} answers: {[label_of(reply) for reply in final]}"
    labels = [label_of(reply) for reply in final] or [CLOSED]
    if not case.expected.issuperset(labels):
        return f"{labels}: {final[:1]}"
    return next(filter(None, (_problem_with_reply(case, reply) for reply in final)), None)


def label_of(reply: Reply) -> str:
    """Name an answer in the words of the table above."""
    if reply.status == 200 and reply.content_type.startswith("text/html"):
        return PAGE
    if reply.status != 500:
        return str(reply.status)
    try:
        fault = etree.fromstring(reply.body)
    except etree.XMLSyntaxError:
        return "500 without a fault"
    codes = fault.xpath("//faultcode/text() | //*[local-name()='Code']//*[local-name()='Value']/text()")
    return f"500 {codes[-1].partition(':')[2] if codes else 'without a code'}"


def _problem_with_reply(case: Hostile, reply: Reply) -> str | None:
    whole = f"{reply.reason}{reply.headers}".encode() + reply.body
    if b"Traceback" in whole or b'File "' in whole:
        return f"a traceback: {whole[:500]!r}"
    if reply.status in (200, 500) and label_of(reply) != PAGE:
        return _problem_with_envelope(case, reply)
    if reply.content_type == "application/json":
        return (
            None
            if {"error", "hint"} <= json.loads(reply.body).keys()
            else f"JSON without error and hint: {reply.body!r}"
        )
    if label_of(reply) != PAGE and reply.content_type not in ("", "text/plain; charset=utf-8"):
        return f"a {reply.content_type}: {reply.body[:200]!r}"
    return None


def _problem_with_envelope(case: Hostile, reply: Reply) -> str | None:
    if not reply.body:
        return "an empty answer"
    soap = etree.QName(etree.fromstring(reply.body)).namespace
    types = {SOAP11: "text/xml; charset=utf-8", SOAP12: "application/soap+xml; charset=utf-8"}
    if soap != case.soap or reply.content_type != types[soap]:
        return f"an answer of {soap} in {reply.content_type}"
    return None
