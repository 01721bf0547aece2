"""Hostile requests, the answers that are right for each, and how an answer is judged.

A case made by ``post`` alone is sent through WSGI and, sampled, over a socket; any other bytes go over a socket only.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from support.envelopes import SOAP11, SOAP12, action_of

BAD = "400"
"""WCF: no XML, no envelope, XML that breaks before the Body; HTTP: what is no request."""
BROKEN = "500 DeserializationFailed"
NO_ACTION = "500 ActionNotSupported"
WRAPPER = "500 InternalServiceFault"
UNDERSTAND = "500 MustUnderstand"
NOT_FOUND, METHOD, LARGE, TYPE = "404", "405", "413", "415"
HEADERS, NOT_IMPLEMENTED, VERSION = "431", "501", "505"
TAKEN = "200"
PAGE = "200 page"
"""HTML, which only a GET is given."""
CLOSED = "closed"
"""The connection ends without an answer."""
ANY_REFUSAL = frozenset(
    (
        BAD, BROKEN, NO_ACTION, WRAPPER, UNDERSTAND, NOT_FOUND, METHOD, LARGE, TYPE, HEADERS, NOT_IMPLEMENTED, VERSION,
        "417",
    )
)  # fmt: skip
MIB = 1024 * 1024
TENANT = "Cust666"
PATH = f"/{TENANT}/Remote/Services88/Messaging.svc"
_MEDIA_TYPES = {SOAP11: "text/xml; charset=utf-8", SOAP12: "application/soap+xml; charset=utf-8"}


class Post(bytes):
    """The bytes of a POST, and what they are made of."""

    body: bytes
    headers: list[tuple[str, str]]


@dataclass(frozen=True)
class Case:
    """One hostile request."""

    name: str
    pieces: Callable[[], Iterable[bytes]]
    """Its bytes; made when they are needed, since some are many."""
    expected: frozenset[str]
    """The answers that are right."""
    stored: tuple[str, ...] | None = ()
    """The contents of the messages that it leaves if it is taken, oldest first; ``None`` where any may be left."""
    half_close: bool = False
    """Whether the client says that nothing more comes, which is needed where the server may wait for more."""
    replies: int = 1
    """How many answers there may be at most."""
    soap: str = SOAP11
    """The version of a fault."""


def case(name: str, data: bytes | Callable[[], Iterable[bytes]], *expected: str, **more: Any) -> Case:
    """Return a case of whole bytes, or of pieces that are made later."""
    return Case(name, data if callable(data) else lambda: (data,), frozenset(expected), **more)


def cases(what: str, table: Iterable[Any], make: Callable[[Any], bytes], *expected: str, **more: Any) -> Iterator[Case]:
    """Yield a case for each entry of a table."""
    for entry in table:
        yield case(f"{what} {entry!r:.60}", make(entry), *expected, **more)


def post(
    body: bytes,
    *fields: str,
    path: str = PATH,
    content_type: str | None = "text/xml; charset=utf-8",
    action: str | None = "SendMessages",
    length: bool = True,
) -> Post:
    """Return a POST; ``fields`` are more header lines."""
    headers = [("Content-Type", content_type)] if content_type is not None else []
    headers += [("SOAPAction", f'"{action_of(action)}"')] if action is not None else []
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers), *fields]
    lines += [f"Content-Length: {len(body)}"] if length else []
    request = Post("\r\n".join([*lines, "", ""]).encode("utf-8") + body)
    request.body = body
    request.headers = [*headers, *(tuple(each.split(": ", 1)) for each in fields)] if length and path == PATH else []
    return request


def through_wsgi(found: Case) -> Post | None:
    """Return the request of a case that needs no socket."""
    (*_, last) = pieces = list(found.pieces())
    return last if len(pieces) == 1 and isinstance(last, Post) and last.headers and not found.half_close else None


def problem_with(found: Case, answers: list[Any]) -> str | None:
    """Say what is wrong with the final answers to a case; ``None`` if nothing is."""
    labels = [label_of(answer) for answer in answers] or [CLOSED]
    if len(answers) > found.replies:
        return f"{len(answers)} answers: {labels}"
    if not found.expected.issuperset(labels):
        return f"{labels}: {answers[:1]}"
    return next(filter(None, (_problem_with_answer(found, answer) for answer in answers)), None)


def label_of(answer: Any) -> str:
    """Name an answer by the constants above."""
    if answer.status == 200 and (answer.content_type or "").startswith("text/html"):
        return PAGE
    if answer.status != 500:
        return str(answer.status)
    try:
        fault = etree.fromstring(answer.body)
    except etree.XMLSyntaxError:
        return "500 without a fault"
    codes = fault.xpath("//faultcode/text() | //*[local-name()='Code']//*[local-name()='Value']/text()")
    return f"500 {codes[-1].partition(':')[2] if codes else 'without a code'}"


def _problem_with_answer(found: Case, answer: Any) -> str | None:
    whole = f"{answer.reason}{answer.headers}".encode() + answer.body
    if b"Traceback" in whole or b'File "' in whole:
        return f"a traceback: {whole[:500]!r}"
    label, kind = label_of(answer), (answer.content_type or "").lower()
    if answer.status in (200, 500) and label != PAGE:
        soap = etree.QName(etree.fromstring(answer.body)).namespace if answer.body else None
        return None if soap == found.soap and kind == _MEDIA_TYPES[soap] else f"an answer of {soap} in {kind}"
    if kind == "application/json":
        return None if json.loads(answer.body).keys() >= {"error", "hint"} else f"JSON without a hint: {answer.body!r}"
    return None if label == PAGE or kind in ("", "text/plain; charset=utf-8") else f"a {kind}: {answer.body[:200]!r}"
