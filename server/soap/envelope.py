"""Finds the parts of an envelope: which SOAP version, which headers, which element in the Body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree

from messaging_double.models.versions import NETSERVER_NAMESPACE
from messaging_double.server.calls.call import Refusal
from messaging_double.server.soap import SOAP11, SOAP12, diagnosis
from messaging_double.server.soap.faults import must_understand, unexpected_element
from messaging_double.server.soap.parsing import BrokenBody

if TYPE_CHECKING:
    from collections.abc import Collection

    from messaging_double.server.soap.readers import Reading

_SHOWN = 100

_ENVELOPES = {f"{{{soap}}}Envelope": (soap, f"{{{soap}}}Header", f"{{{soap}}}Body") for soap in (SOAP11, SOAP12)}
_ACTORS = {
    SOAP11: ("actor", ("", "http://schemas.xmlsoap.org/soap/actor/next")),
    SOAP12: ("role", ("", f"{SOAP12}/role/next", f"{SOAP12}/role/ultimateReceiver")),
}
"""The attribute that says for whom a header is, and the values that mean the double."""

_OF_NETSERVER = frozenset(("ApplicationToken", "Credentials", "TimeZone"))
"""The headers of all agents; SoPrincipal has only the first."""


class Envelope(NamedTuple):
    """A request's envelope, its version known and its parts found."""

    soap: str
    """The namespace of its SOAP version."""
    headers: list[Any]
    """What stands in soap:Header."""
    beside: list[Any]
    """What stands beside Header and Body, and is leniently read as headers."""
    body: Any
    """The Body."""


def open_envelope(root: Any, call: Reading) -> Envelope:
    """Find version, headers and Body.

    Lenient takes header blocks from beside the Body too, as the documentation's examples have them. Raises
    ``Refusal`` (400) for what is no envelope.
    """
    if root.tag not in _ENVELOPES:
        raise Refusal(400, "Bad Request", diagnosis.other_root(root))
    soap, header_tag, body_tag = _ENVELOPES[root.tag]
    if soap == SOAP12:
        _soap12(call)
    headers: list[Any] = []
    beside: list[Any] = []
    body = None
    for child in root:
        if child.tag == header_tag:
            headers.extend(child)
        elif child.tag == body_tag:
            if body is not None:
                raise Refusal(400, "Bad Request", "the Envelope has more than one Body")
            body = child
        else:
            beside.append(child)
    if body is None:
        has = f", but {diagnosis.misplaced(beside)}" if beside else ""
        raise Refusal(400, "Bad Request", f"the Envelope has no Body{has}")
    if beside:
        _beside(beside, call)
    return Envelope(soap, headers, beside, body)


def _soap12(call: Reading) -> None:
    """Refuse, or note, what the contract's binding does not have."""
    if call.strict:
        raise Refusal(400, "Bad Request", "the envelope is SOAP 1.2, the contract's binding SOAP 1.1")
    call.note("a SOAP 1.2 envelope: answered here, the real service would answer 400 (415 to its Content-Type)")


def _beside(beside: list[Any], call: Reading) -> None:
    if call.strict:
        raise Refusal(400, "Bad Request", f"the Envelope has {diagnosis.misplaced(beside)} beside Header and Body")
    names = ", ".join(etree.QName(child).localname for child in beside)
    call.note(f"{names} stood beside soap:Header: accepted here, the real service would answer 400")


def content_of(envelope: Envelope) -> Any | None:
    """Return the one element in the Body; ``None`` where it is empty. Raises ``BrokenBody`` for more, and for text."""
    body = envelope.body
    for text in (body.text, *(child.tail for child in body)):
        if text and text.strip():
            raise BrokenBody(
                envelope.soap,
                f"End element 'Body' from namespace '{envelope.soap}' expected. Found text '{text.strip()[:_SHOWN]}'.",
                hint="the Body has text where an element belongs",
            )
    if len(body) > 1:
        hint = diagnosis.header_in_body(body[0]) or diagnosis.header_in_body(body[1])
        raise BrokenBody(envelope.soap, unexpected_element(body, body[1]), hint)
    return body[0] if len(body) else None


def check_understood(envelope: Envelope, namespace: str, headers: Collection[str], call: Reading) -> None:
    """Refuse headers that have to be understood and are not (MustUnderstand).

    ``namespace`` and the names of the ``headers`` are the contract's.
    """
    soap = envelope.soap
    attribute, ours = _ACTORS[soap]
    for header in envelope.headers:
        if header.get(f"{{{soap}}}mustUnderstand", "").strip() not in ("1", "true"):
            continue
        if header.get(f"{{{soap}}}{attribute}", "") not in ours:
            continue  # meant for another node
        name = etree.QName(header)
        if name.namespace == namespace and name.localname in headers:
            continue
        of_netserver = (name.namespace or "").startswith(NETSERVER_NAMESPACE) and name.localname in _OF_NETSERVER
        if call.strict or not of_netserver:
            hint = diagnosis.not_understood(header, namespace, headers)
            raise must_understand(name.namespace or "", name.localname, hint)
        whose = "agent's" if name.namespace == namespace else "Services version's"
        call.note(f"{name.localname} is another {whose} header: not read, the real service would refuse it")
