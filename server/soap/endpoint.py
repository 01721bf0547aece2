"""A ``.svc`` URL over HTTP: POST is a SOAP call, GET the WSDL or the help page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from messaging_double.models.notes import Notes
from messaging_double.server.calls import Call
from messaging_double.server.simulation.faults import HINT, described, headers_of, reason_of, without_wire
from messaging_double.server.soap import content_type, diagnosis, help_page
from messaging_double.server.soap.asking import HttpHeaders
from messaging_double.server.soap.encoding import encoding_of
from messaging_double.server.soap.faults import Refusal
from messaging_double.server.soap.manner import Manner
from messaging_double.server.soap.names import SOAP12
from messaging_double.server.soap.protocol import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from spyne.model.fault import Fault

    from messaging_double.models.reactions import HttpAnswer, Reaction
    from messaging_double.models.tenant_state import TenantState
    from messaging_double.models.versions import ServicesVersion
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation.asked import Asked
    from messaging_double.server.soap.application import SoapServer

    NewAgent = Callable[[Call, Any], Any]
    Decide = Callable[[Call, Asked], Reaction | None]
    Settled = Callable[[str], tuple[TenantState, datetime]]

Environ = dict[str, Any]
CONNECTION = "messaging_double.connection"
"""Where the embedded server puts the handle of a request's connection."""

_MEDIA_TYPES = {SOAP12: "application/soap+xml; charset=utf-8"}
_TEXT_XML = "text/xml; charset=utf-8"
_ALLOW = {"Allow": "GET, HEAD, POST"}
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_LONGEST_HINT = 500
_LONGEST_NUMBER = 18
"""Digits of a Content-Length; no body has more bytes, and Python refuses to read numbers of thousands of digits."""


@dataclass
class Answer:
    """An HTTP answer, and what there is to say of it in the log."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes = b""
    padding: int = 0
    """Bytes of white space that a reaction sends within the body; it itself is without them."""
    operation: str | None = None
    notes: Notes = field(default_factory=Notes)
    messages: int | None = None
    refused: str | None = None
    """What was found wrong, where it was not served."""
    reaction: Reaction | None = None
    """By what it was decided to answer otherwise than usual."""
    fault: str | None = None
    """What was broken on purpose."""
    begun: tuple[TenantState, datetime] | None = None
    """The tenant's state and time when the call came, if anybody had to know."""

    @property
    def length(self) -> int:
        """How many bytes of body are sent."""
        return len(self.body) + self.padding


class Endpoint:
    """One agent of a double, ``Messaging.svc`` or ``SoPrincipal.svc``: for any tenant, in any Services version."""

    def __init__(
        self,
        server_of: Callable[[ServicesVersion], SoapServer],
        new_agent: NewAgent,
        settings: Settings,
        settled: Settled,
        decide: Decide,
    ) -> None:
        """Answer by the SOAP server of a version and, within a call, by a new agent, unless ``decide`` has a reaction.

        A reaction is told, and its answer given; to break that on the wire is left to whoever sends it.
        """
        self._server_of = server_of
        self._settled = settled
        self._decide = decide
        self._new_agent = new_agent
        self._settings = settings

    def answer(self, environ: Environ, version: ServicesVersion, tenant: str) -> Answer:
        """Answer one request; whatever it is, the answer is one that the real service could give."""
        call = Call(tenant, version.name, self._settled)
        manner = Manner(self._settings.strict, call.notes)
        try:
            answer = self._by_method(environ, version, call, manner)
        except Refusal as refusal:
            answer = refused(refusal)
        for note in call.notes:
            answer.notes.add(note)
        answer.messages = call.messages
        answer.begun = call.begun
        return answer

    def _by_method(self, environ: Environ, version: ServicesVersion, call: Call, manner: Manner) -> Answer:
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            return self._call(environ, version, call, manner)
        if method in ("GET", "HEAD"):
            return self._document(environ, version)
        raise Refusal(405, "Method Not Allowed", "POST a SOAP envelope, or GET ?wsdl", **_ALLOW)

    def _call(self, environ: Environ, version: ServicesVersion, call: Call, manner: Manner) -> Answer:
        body = read_body(environ, self._settings.max_body_bytes)
        kind = content_type.check(environ.get("CONTENT_TYPE"), manner)
        if not body:
            raise Refusal(400, "Bad Request", "the body is empty")
        try:
            exchange = Exchange(
                body=body,
                encoding=encoding_of(body, kind.charset, manner),
                action=_action(environ.get("HTTP_SOAPACTION"), kind.action),
                manner=manner,
                new_agent=partial(self._new_agent, call),
                headers=HttpHeaders(environ),
                decide=partial(self._reaction, call, CONNECTION in environ),
            )
            fault, document = self._server_of(version).answer(exchange)
        except Refusal as refusal:
            refusal.hint = diagnosis.not_xml(body, environ.get("HTTP_CONTENT_ENCODING", "")) or refusal.hint
            raise
        answer = _answer_of(exchange, fault, document)
        answer.operation = exchange.operation
        return answer if exchange.reaction is None else _told(answer, exchange.reaction, instead=exchange.instead)

    def _reaction(self, call: Call, has_connection: bool, asked: Asked) -> Reaction | None:  # noqa: FBT001 (a partial's)
        reaction = self._decide(call, asked)
        if reaction is not None and not has_connection:
            reaction = without_wire(reaction)
        call.reaction = reaction
        return reaction

    def _document(self, environ: Environ, version: ServicesVersion) -> Answer:
        asked = {part.partition("=")[0].lower() for part in environ.get("QUERY_STRING", "").split("&")}
        url = asked_url(environ)
        server = self._server_of(version)
        if asked & {"wsdl", "singlewsdl"}:
            return Answer(200, "OK", {"Content-Type": "text/xml; charset=UTF-8"}, server.wsdl(url))
        if not self._settings.help_page:
            raise Refusal(405, "Method Not Allowed", "the help page is switched off", **_ALLOW)
        page = help_page.page(server.agent_name, version, url, server.operations)
        return Answer(200, "OK", {"Content-Type": "text/html; charset=UTF-8"}, page)


def _answer_of(exchange: Exchange, fault: Fault | None, document: bytes) -> Answer:
    if exchange.instead and exchange.reaction is not None and exchange.reaction.http is not None:
        return _bare(exchange.reaction.http)
    headers = {"Content-Type": _MEDIA_TYPES.get(exchange.soap, _TEXT_XML)}
    if fault is None:
        answer = Answer(200, "OK", headers, document, refused=exchange.refused)
        if exchange.refused is not None and not exchange.instead:
            headers[HINT] = _printable(exchange.refused[:_LONGEST_HINT])
        return answer
    answer = Answer(500, "Internal Server Error", headers, document)
    if exchange.instead:
        return answer
    return _with_hint(answer, getattr(fault, "hint", ""), getattr(fault, "name", answer.reason))


def _bare(http: HttpAnswer) -> Answer:
    return Answer(http.status, _printable(reason_of(http)), headers_of(http), http.body.encode("utf-8", "replace"))


def _told(answer: Answer, reaction: Reaction, *, instead: bool) -> Answer:
    answer.reaction = reaction
    answer.fault = described(reaction, instead=instead)
    if answer.fault:
        answer.notes.add(f"answered by '{reaction.by}': {answer.fault}")
    return answer


def read_body(environ: Environ, limit: int) -> bytes:
    """Read the whole body, at most ``limit`` bytes.  Raises ``Refusal`` (400, 413).

    Without a Content-Length the input is read only if the server says that it ends (``wsgi.input_terminated``):
    elsewhere the reading would wait for ever.
    """
    read: Callable[[int], bytes] = environ["wsgi.input"].read
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdigit()):
        raise Refusal(400, "Bad Request", "Content-Length is no number")
    if not length and not environ.get("wsgi.input_terminated"):
        return b""
    if len(length) > _LONGEST_NUMBER or (length and int(length) > limit):
        raise _too_large(limit)
    wanted = int(length) if length else limit + 1
    body = _read_up_to(read, wanted)
    if len(body) > limit:
        raise _too_large(limit)
    if length and len(body) < wanted:
        raise Refusal(400, "Bad Request", "the body ended before its Content-Length")
    return body


def _read_up_to(read: Callable[[int], bytes], wanted: int) -> bytes:
    chunks = []
    while wanted > 0:
        try:
            chunk = read(wanted)
        except OSError as error:
            raise Refusal(400, "Bad Request", f"the body broke off: {error}") from None
        if not chunk:
            break
        chunks.append(chunk)
        wanted -= len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "Request Entity Too Large", f"the body is over {limit} bytes (setting max-body-bytes)")


def _action(header: str | None, parameter: str | None) -> str | None:
    """Return the SOAPAction without its quotes (WCF strips them), or SOAP 1.2's parameter of that name."""
    if header is None:
        return parameter
    action = header.strip()
    if len(action) > 1 and action[0] == action[-1] == '"':
        action = action[1:-1]
    return action or parameter


def asked_url(environ: Environ) -> str:
    """Return the URL that was asked, without its query: what the WSDL gives as the address."""
    host = environ.get("HTTP_HOST", "")
    if _UNPRINTABLE.search(host):
        raise Refusal(400, "Bad Request", "the Host header has characters that no host has")
    host = host or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1", "replace")
    return f"{environ['wsgi.url_scheme']}://{host}{quote(path)}"


def refused(refusal: Refusal) -> Answer:
    """Return the answer to a request that is refused before it is a call."""
    answer = Answer(refusal.status, _printable(refusal.reason), dict(refusal.headers))
    return _with_hint(answer, refusal.hint, refusal.reason)


def _with_hint(answer: Answer, hint: str, name: str) -> Answer:
    """Say in a header, in the log and in the journal what was found: a refusal is to teach, and WCF's words do not.

    ``name`` is that of the refusal: a fault's, or HTTP's.
    """
    answer.refused = f"{name}: {hint}" if hint else name
    if hint:
        answer.headers[HINT] = _printable(hint[:_LONGEST_HINT])
        answer.notes.add(hint)
    return answer


def _printable(text: str) -> str:
    """Keep what a client sent from writing headers of its own."""
    return _UNPRINTABLE.sub("?", text)
