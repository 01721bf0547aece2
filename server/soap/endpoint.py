"""A ``.svc`` URL over HTTP: POST is a SOAP call, GET the WSDL or the help page."""

from __future__ import annotations

import logging
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from messaging_double.models.errors import AccessDenied
from messaging_double.server.agents.access import Credentials
from messaging_double.server.agents.calling import http_response, is_on_purpose
from messaging_double.server.calls.call import Call, Refusal, Response, asked_url, printable, read_body
from messaging_double.server.rules.faults import tamper
from messaging_double.server.rules.reactions import CallFacts
from messaging_double.server.soap import SOAP11, SOAP12, diagnosis, faults
from messaging_double.server.soap.content_type import content_type_of, encoding_of
from messaging_double.server.soap.envelope import (
    BrokenBody,
    check_addressing,
    check_understood,
    content_of,
    open_envelope,
    parse,
)
from messaging_double.server.soap.faults import WireFault
from messaging_double.server.soap.services import service_of
from messaging_double.storage import StorageBusyError, StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from messaging_double.models.errors import MessagingError
    from messaging_double.models.rules import Reaction
    from messaging_double.server.agents.calling import Agent, Caller
    from messaging_double.server.settings import Settings
    from messaging_double.server.soap.services import Operation, Service

_log = logging.getLogger("messaging_double.soap")

_HELP_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{agent} {version}</title></head>
<body>
<h1>{agent}, {version}</h1>
<p>This is messaging-double, a test double of SuperOffice NetServer's <code>{agent}.svc</code>. It sends nothing.</p>
<p>Contract: <a href="{url}?wsdl">{url}?wsdl</a>. POST SOAP 1.1 or 1.2 envelopes to this address.</p>
<p>Operations:</p>
<ul>
{operations}
</ul>
</body>
</html>
"""
"""What a browser gets at a ``.svc`` URL: administrators look at it to see that a service is up."""
_MEDIA_TYPES = {SOAP11: "text/xml; charset=utf-8", SOAP12: "application/soap+xml; charset=utf-8"}
_ALLOW = {"Allow": "GET, HEAD, POST"}
_SOURCE = "SuperOffice.Services.Implementation"
"""Documented for the REST twin's ErrorSource."""


class Endpoint:
    """One agent of a double, ``Messaging.svc`` or ``SoPrincipal.svc``: for any tenant, in any Services version."""

    def __init__(self, agent: Agent, caller: Caller, settings: Settings) -> None:
        """Let ``agent`` carry operations out, by ``caller``."""
        self._agent = agent
        self._caller = caller
        self._settings = settings

    def respond(self, call: Call) -> Response:
        """Answer one request; whatever it is, the response is one that the real service could give.

        Raises StorageBusyError where the call may not wait for other writers; nothing was done then.
        """
        call.strict = self._settings.strict
        try:
            if call.method == "POST":
                response = self._call(call)
            elif call.method in ("GET", "HEAD"):
                response = self._document(call)
            else:
                raise Refusal(405, "Method Not Allowed", "POST a SOAP envelope, or GET ?wsdl", **_ALLOW)
        except Refusal as refusal:
            return refused(call, refusal)
        if call.reaction is not None:
            tamper(call.reaction, response)
        return response

    def facts_of(self, call: Call) -> CallFacts | None:
        """Read a call without carrying it out; return None where it is refused."""
        call.strict = self._settings.strict
        try:
            operation, _, parameters = _read(call, service_of(call.agent, call.version), self._settings.max_body_bytes)
        except (Refusal, WireFault):
            return None
        return CallFacts(call, operation.name, parameters, parse)

    def _call(self, call: Call) -> Response:
        """Read the request, carry the operation out, write the response."""
        service = service_of(call.agent, call.version)
        try:
            operation, headers, parameters = _read(call, service, self._settings.max_body_bytes)
            if call.failure is not None:
                raise call.failure.with_traceback(None)  # which would grow with each call that fails so
            return self._carried_out(call, operation, headers, parameters)
        except WireFault as fault:
            return _fault(call, fault)
        except Refusal:
            raise
        except Exception as error:
            if isinstance(error, StorageBusyError) and call.patience is not None:
                raise
            if isinstance(error, StorageUnavailableError):
                _log.error("%s failed; the client gets 503: %s", call.operation, error)
                hint = "the database cannot be reached for now: try again"
                headers = {"Retry-After": str(error.retry_seconds)}
                raise Refusal(503, "Service Unavailable", hint, **headers) from None
            _log.exception("%s failed; the client gets an InternalServiceFault", call.operation)
            return _fault(call, faults.internal_service_fault("the double failed; its log says how"))

    def _carried_out(
        self, call: Call, operation: Operation, headers: dict[str, Any], parameters: Sequence[Any]
    ) -> Response:
        time_zone = self._agent.time_zone(headers)
        results, refusal, instead = self._caller.carry_out(
            call,
            CallFacts(call, operation.name, parameters, parse),
            partial(self._agent.admit, call, credentials_of(headers)),
            partial(self._agent.handlers[operation.name], call, *parameters),
        )
        if refusal is not None:
            _refuse(call, refusal)
            headers_out = (_exception_info(refusal), None, False, time_zone)
            response = written(call, operation, headers_out, operation.no_results)
            return response if is_on_purpose(refusal) else response.with_hint(call.refused or "")
        if instead is not None:
            return instead_response(call, instead)
        results = operation.no_results if results is None else results
        return written(call, operation, (None, None, True, time_zone), results)

    def _document(self, call: Call) -> Response:
        environ = call.environ
        asked = {part.partition("=")[0].lower() for part in environ.get("QUERY_STRING", "").split("&")}
        url = asked_url(environ)
        service = service_of(call.agent, call.version)
        if asked & {"wsdl", "singlewsdl"}:
            return Response(200, "OK", {"Content-Type": "text/xml; charset=UTF-8"}, service.wsdl(url))
        if not self._settings.help_page:
            raise Refusal(405, "Method Not Allowed", "the help page is switched off", **_ALLOW)
        items = "\n".join(f"<li><code>{escape(name)}</code></li>" for name in service.operations)
        page = _HELP_PAGE.format(agent=service.agent, version=service.version.name, url=escape(url), operations=items)
        return Response(200, "OK", {"Content-Type": "text/html; charset=UTF-8"}, page.encode())


def _read(call: Call, service: Service, limit: int) -> tuple[Operation, dict[str, Any], Sequence[Any]]:
    """Read a request: which operation, with which headers and parameters. Raises ``Refusal`` or ``WireFault``."""
    call.soap = SOAP11
    call.body = body = read_body(call.environ, limit)
    if not body:  # WCF looks at no Content-Type then
        raise Refusal(400, "Bad Request", "the body is empty")
    kind = content_type_of(call.environ.get("CONTENT_TYPE"), call)
    header = call.environ.get("HTTP_SOAPACTION", "")
    action = service.quoted_actions.get(header) or _action(header, kind.action)
    name = service.actions.get(action)
    text = _text(body, kind.charset)
    if name is None or text is None:
        return _parsed(call, service, kind.charset, action)
    operation = service.operation(name)
    templates = operation.templates[call.strict]
    values = templates.read(text)
    if values is not None:
        call.operation = name
        return operation, *values
    operation, *values = _parsed(call, service, kind.charset, action)
    if not call.notes:
        templates.learn(text, values, partial(_read_copy, call, service, action))
    return operation, *values


def _text(body: bytes, charset: str | None) -> str | None:
    """Return the text of a body that templates may read."""
    try:
        return body.decode() if charset in (None, "utf-8") else None
    except UnicodeDecodeError:
        return None


def _read_copy(call: Call, service: Service, action: str, copy: str) -> list[Any] | None:
    """Read what a call could have been, for a template; ``None`` where it is no request."""
    other = Call(call.environ, call.tenant, call.agent, call.version)
    other.soap, other.strict, other.body = SOAP11, call.strict, copy.encode()
    try:
        return [*_parsed(other, service, None, action)[1:]]
    except (Refusal, WireFault):
        return None


def _parsed(
    call: Call, service: Service, charset: str | None, action: str
) -> tuple[Operation, dict[str, Any], Sequence[Any]]:
    """Parse a request. Raises ``Refusal`` or ``WireFault``.

    In WCF's order: the action chooses the operation before the headers and the Body are looked at, and whether all
    headers were understood is seen when they were read.
    """
    body = call.body
    try:
        encoding = encoding_of(body, charset, call)
        is_wide = encoding.startswith("utf-16")
        call.may_have_nil = is_wide or (b"XMLSchema-instance" in body and b"nil" in body)
        call.document = parse(body, encoding)
        envelope = open_envelope(call.document, call)
        call.soap = envelope.soap
        if is_wide or b"addressing/none" in body:
            check_addressing(envelope, call)
        name = _operation_of_action(call, service, action, envelope.body)
        element = content_of(envelope)
    except BrokenBody as broken:
        call.soap = broken.soap
        name = _operation_of_action(call, service, action)
        raise faults.bad_body(name or "", broken.detail, broken.hint) from None
    except Refusal as refusal:
        refusal.hint = diagnosis.not_xml(body, call.environ.get("HTTP_CONTENT_ENCODING", "")) or refusal.hint
        raise
    operation = service.operation(name or _operation_of_body(call, service, element))
    if element is not None and element.tag != operation.tag:
        hint = diagnosis.other_body(operation.name, operation.tag, element.tag, service.place)
        raise faults.internal_service_fault(hint)
    call.operation = operation.name
    headers = service.read_headers(envelope, call)
    parameters = operation.read(element, call)
    if is_wide or b"mustUnderstand" in body:
        check_understood(envelope, service.namespace, service.headers, call)
    service.note_unread(envelope, headers, call)
    return operation, headers, parameters


def _operation_of_action(call: Call, service: Service, action: str, body: Any = ()) -> str | None:
    """Return the operation that the SOAPAction names, or ``None`` if there is no action.

    Raises ActionNotSupported for an unknown one and, where strict, for a missing one.
    """
    operation = service.actions.get(action)
    if operation is not None:
        return operation
    if not call.strict:
        operation = service.actions_of_any_case.get(action.lower())
    if operation is not None:
        call.note("SOAPAction in another letter case: the real service would answer ActionNotSupported")
    elif action or call.strict:
        hint = diagnosis.unknown_action(action, body[0].tag if len(body) else "", service.place)
        raise faults.action_not_supported(action, hint)
    return operation


def _operation_of_body(call: Call, service: Service, element: Any) -> str:
    tag = "" if element is None else element.tag
    name = service.tags.get(tag)
    if name is None:
        raise faults.action_not_supported("", diagnosis.unknown_body(tag, service.place))
    call.note("no SOAPAction: accepted here, the real service would answer ActionNotSupported")
    return name


def written(call: Call, operation: Operation, headers: tuple[Any, ...], results: Sequence[Any]) -> Response:
    """Return the response with these headers and results of an operation."""
    body = operation.write(call.soap, headers, results)
    return Response(200, "OK", {"Content-Type": _MEDIA_TYPES[call.soap]}, body)


def _fault(call: Call, fault: WireFault) -> Response:
    """Answer a fault, with what was found in a header and in the log: WCF's words do not explain it."""
    return _explained(call, _fault_response(call, fault), fault.hint, fault.name)


def _fault_response(call: Call, fault: WireFault) -> Response:
    body = faults.fault_envelope(fault, call.soap)
    return Response(500, "Internal Server Error", {"Content-Type": _MEDIA_TYPES[call.soap]}, body)


def instead_response(call: Call, reaction: Reaction) -> Response:
    """Answer as a reaction says, in the place of the operation."""
    if reaction.fault is not None:
        return _fault_response(call, faults.made_up(reaction.fault))
    http: Any = reaction.http
    return http_response(http)


def refused(call: Call, refusal: Refusal) -> Response:
    """Respond to a request that is refused before it is a call."""
    response = Response(refusal.status, printable(refusal.reason), dict(refusal.headers))
    return _explained(call, response, refusal.hint, refusal.reason)


def _explained(call: Call, response: Response, hint: str, name: str) -> Response:
    """Say in a header, in the log and in the journal what was found: a refusal explains itself, and WCF's words do not.

    ``name`` is that of the refusal: a fault's, or HTTP's.
    """
    call.refused = f"{name}: {hint}" if hint else name
    if hint:
        call.note(hint)
    return response.with_hint(hint)


def _refuse(call: Call, error: MessagingError) -> None:
    """Keep why a call is refused in-band, and what of its credentials was not read."""
    call.refused = f"refused in-band: {error.message}"
    call.note(call.refused)
    if isinstance(error, AccessDenied):
        in_http = diagnosis.http_credentials(call.environ)
        for each in in_http:
            call.note(each)
        call.refused = " ".join([call.refused, *(f"{each}." for each in (*call.unread, *in_http))])


def _exception_info(error: MessagingError) -> dict[str, str]:
    return {
        "Message": error.message,
        "FriendlyText": error.friendly_text,
        "ExceptionType": error.exception_type,
        "Source": _SOURCE,
    }


def credentials_of(headers: Mapping[str, Any]) -> Credentials:
    """Return what the headers say of the caller."""
    carrier = headers.get("Credentials")
    return Credentials(headers.get("ApplicationToken"), None if carrier is None else carrier.ticket)


def _action(header: str, parameter: str | None) -> str:
    """Return the SOAPAction, decoded and without its quotes as WCF reads it, or SOAP 1.2's parameter of that name."""
    action = unquote_plus(header.strip())
    if len(action) > 1 and action[0] == action[-1] == '"':
        action = action[1:-1]
    return action or parameter or ""
