"""The SOAP protocol: one spyne protocol for SOAP 1.1 and 1.2, reading and writing as WCF does.

Spyne asks it in this order: ``create_in_document`` (bytes to XML), ``decompose_incoming_envelope`` (version, headers,
operation), ``get_call_handles`` (which method), ``deserialize`` (XML to carriers), then, after the operation,
``serialize`` (carriers to XML) and ``create_out_string`` (bytes).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lxml import etree
from spyne.descriptor import BODY_STYLE_WRAPPED
from spyne.protocol import ProtocolBase

from messaging_double.server.soap import diagnosis, faults
from messaging_double.server.soap.envelope import BrokenBody, check_understood, content_of, open_envelope, parse
from messaging_double.server.soap.names import SOAP11
from messaging_double.server.soap.reader import Reader
from messaging_double.server.soap.shapes import header_of, shape_of
from messaging_double.server.soap.writer import write_headers, write_response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from messaging_double.models.reactions import Reaction
    from messaging_double.server.simulation.asked import Asked
    from messaging_double.server.soap.manner import Manner


@dataclass
class Exchange:
    """One request on its way through spyne, which carries it as ``ctx.udc``."""

    body: bytes
    encoding: str
    """What the body is read in."""
    action: str | None
    """The SOAPAction without its quotes; ``None`` or empty if there is none."""
    manner: Manner
    agent: Any = None
    """What answers the operations; made by ``new_agent`` once the operation is known."""
    new_agent: Any = None
    soap: str = SOAP11
    """The namespace of the request's SOAP version, and so of the answer's."""
    operation: str | None = None
    """Which operation it turned out to be, for the log."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those of HTTP, by their names in small letters."""
    decide: Callable[[Asked], Reaction | None] | None = None
    """Tells whether the call is to be answered otherwise than usual."""
    reaction: Reaction | None = None
    """What it told."""
    instead: bool = False
    """Whether the reaction's answer takes the place of the operation's."""
    unread: Sequence[str] = ()
    """Why headers were not read that look like the contract's."""
    refused: str | None = None
    """Why it was refused in-band."""


class NetServerProtocol(ProtocolBase):
    """SOAP as NetServer speaks it, for requests of either version."""

    def create_in_document(self, ctx: Any, charset: str | None = None) -> None:  # noqa: ARG002 (spyne's signature)
        """Parse the bytes.  Raises ``Refusal`` or a ``WireFault``."""
        exchange: Exchange = ctx.udc
        try:
            ctx.in_document = parse(exchange.body, exchange.encoding)
        except BrokenBody as broken:
            exchange.soap = broken.soap
            raise self._bad_body(exchange, broken) from None

    def decompose_incoming_envelope(self, ctx: Any, message: Any = ProtocolBase.REQUEST) -> None:  # noqa: ARG002
        """Find version, headers and operation: the one of the SOAPAction, leniently that of the Body's element.

        In WCF's order: the action chooses the operation before anybody looks at headers or into the Body.
        """
        exchange: Exchange = ctx.udc
        envelope = open_envelope(ctx.in_document, exchange.manner)
        exchange.soap = envelope.soap
        operation = self._operation_of_action(exchange, envelope.body)
        check_understood(envelope, self.app.tns, self.app.headers, exchange.manner)
        ctx.in_header_doc = envelope.headers + envelope.beside
        try:
            ctx.in_body_doc = content_of(envelope)
        except BrokenBody as broken:
            raise self._bad_body(exchange, broken) from None
        ctx.method_request_string = (
            f"{{{self.app.tns}}}{operation}" if operation else self._operation_of_body(exchange, ctx.in_body_doc)
        )

    def _bad_body(self, exchange: Exchange, broken: BrokenBody) -> faults.WireFault:
        return faults.bad_body(self._operation_of_action(exchange) or "", broken.detail, broken.hint)

    def _operation_of_action(self, exchange: Exchange, body: Any = ()) -> str | None:
        """Return the operation that the SOAPAction names, or ``None`` if there is no action.

        Raises ActionNotSupported for an unknown one and, where strict, for a missing one.
        """
        action = exchange.action or ""
        actions: dict[str, str] = self.app.actions
        if action in actions:
            return actions[action]
        operation = None if exchange.manner.strict else self.app.actions_of_any_case.get(action.lower())
        if operation is not None:
            exchange.manner.note("SOAPAction in another letter case: the real service would answer ActionNotSupported")
        elif action or exchange.manner.strict:
            hint = diagnosis.unknown_action(action, body[0].tag if len(body) else "", self.app.place)
            raise faults.action_not_supported(action, hint)
        return operation

    def _operation_of_body(self, exchange: Exchange, body: Any) -> str:
        tag = "" if body is None else body.tag
        if tag not in self.app.interface.service_method_map:
            raise faults.action_not_supported("", diagnosis.unknown_body(tag, self.app.place))
        exchange.manner.note("no SOAPAction: accepted here, the real service would answer ActionNotSupported")
        return tag

    def get_call_handles(self, ctx: Any) -> Any:
        """Return the operation's descriptor.  Raises InternalServiceFault for another operation's wrapper."""
        handles = self.app.interface.service_method_map[ctx.method_request_string]
        if ctx.in_body_doc is not None and ctx.in_body_doc.tag != ctx.method_request_string:
            hint = diagnosis.other_body(handles[0].name, ctx.in_body_doc.tag, self.app.place)
            raise faults.internal_service_fault(hint)
        ctx.udc.operation = handles[0].name
        return handles

    def deserialize(self, ctx: Any, message: Any) -> None:  # noqa: ARG002
        """Read headers and parameters into ``ctx.in_header`` and ``ctx.in_object``."""
        exchange: Exchange = ctx.udc
        reader = Reader(exchange.manner)
        ctx.in_header = [_header(reader, cls, ctx.in_header_doc) for cls in ctx.descriptor.in_header]
        if len(ctx.in_header_doc) > sum(value is not None for value in ctx.in_header):
            exchange.unread = diagnosis.unread_headers(ctx.in_header_doc, self.app.tns, self.app.headers)
            for sentence in exchange.unread:
                exchange.manner.note(sentence)
        ctx.in_object = reader.parameters(ctx.descriptor.in_message, ctx.in_body_doc)

    def serialize(self, ctx: Any, message: Any) -> None:  # noqa: ARG002
        """Write the answer or the fault into ``ctx.out_document``."""
        exchange: Exchange = ctx.udc
        envelope = etree.Element(f"{{{exchange.soap}}}Envelope", nsmap={"s": exchange.soap})
        if ctx.out_error is None:
            headers = etree.SubElement(envelope, f"{{{exchange.soap}}}Header")
            write_headers(headers, ctx.descriptor.out_header, ctx.out_header)
        body = etree.SubElement(envelope, f"{{{exchange.soap}}}Body")
        if ctx.out_error is None:
            write_response(body, ctx.descriptor.out_message, _results(ctx))
        else:
            faults.write_fault(ctx.out_error, body, exchange.soap)
        ctx.out_document = envelope

    def create_out_string(self, ctx: Any, charset: str | None = None) -> None:  # noqa: ARG002
        """Make bytes of the answer: UTF-8 without an XML declaration, as WCF."""
        ctx.out_string = [etree.tostring(ctx.out_document, encoding="utf-8", xml_declaration=False)]


def _results(ctx: Any) -> list[Any]:
    """Return what stands in the response's wrapper, in the contract's order."""
    members = shape_of(ctx.descriptor.out_message).members
    if ctx.descriptor.body_style is BODY_STYLE_WRAPPED:
        return ctx.out_object[: len(members)]
    (wrapper,) = ctx.out_object  # an operation whose response element is declared as a carrier
    return [getattr(wrapper, member.name, None) for member in members]


def _header(reader: Reader, cls: Any, elements: list[Any]) -> Any:
    header = header_of(cls)
    for element in elements:
        if element.tag == header.tag:
            value = reader.parameter(header, element)
            if value is not None:  # a nil one in soap:Header does not hide one beside it
                return value
    return None
