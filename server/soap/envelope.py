"""Takes a request's bytes apart: which SOAP version, which headers, which element in the Body.

No DTD, no entities but XML's own five, no network, bounded depth (libxml2's 256) and size (the caller's).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree

from messaging_double.models.versions import NETSERVER_NAMESPACE
from messaging_double.server.calls.requests import Refusal
from messaging_double.server.soap import diagnosis
from messaging_double.server.soap.faults import must_understand, unexpected_element
from messaging_double.server.soap.name_memory import NameMemory
from messaging_double.server.soap.names import SOAP11, SOAP12
from messaging_double.server.soap.prescan import MOST_NAME_CHARACTERS, Excess, HasDtd, Prescan, count, is_plain, prescan

if TYPE_CHECKING:
    from collections.abc import Collection

    from messaging_double.server.soap.readers import Reading

_SHOWN = 100
_HUGE = 10_000_000
"""From this many bytes on, libxml2 takes a long text node only with `huge_tree`."""

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


class BrokenBody(Exception):  # noqa: N818 (the client's fault)
    """The XML ends or breaks inside the Body, where WCF has chosen its operation already."""

    def __init__(self, soap: str, detail: str, hint: str = "") -> None:
        """``soap`` is the namespace of the envelope, ``detail`` what was found, ``hint`` that without what it says."""
        super().__init__(detail)
        self.soap = soap
        self.detail = detail
        self.hint = hint


def _new_parser(encoding: str, *, huge: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=huge,
        remove_comments=True,
        remove_pis=True,
    )


_parser = lru_cache(maxsize=64)(_new_parser)
_names = NameMemory()


def parse(data: bytes, encoding: str) -> Any:
    """Parse an envelope and return its root; ``encoding`` is what ``encoding_of`` returns.

    Raises ``Refusal`` (400) for what is no XML or breaks before the Body, as WCF does, and for a DTD, which WCF's
    reader prohibits; ``BrokenBody`` for what breaks inside the Body, or is too much.
    """
    # A body that is shorter is within both quotas.
    if len(data) > MOST_NAME_CHARACTERS and not (encoding == "utf-8" and is_plain(data)):
        _check_quotas(data, encoding)
    return _names.run(_parse, data, encoding)


def _check_quotas(data: bytes, encoding: str) -> None:
    try:
        found = count(data, encoding)
    except HasDtd:
        raise _dtd() from None
    if isinstance(found, Excess):
        raise BrokenBody(found.soap, found.detail, found.hint)
    if found is not None:
        before = _names.run(_survey, data[: found.at], encoding)
        raise _broken(before, found.line, found.column, found.detail)


def _survey(data: bytes, encoding: str, own_parser: bool) -> Prescan:  # noqa: FBT001, ARG001 (NameMemory's callback)
    return prescan(data, encoding)


def _parse(data: bytes, encoding: str, own_parser: bool) -> Any:  # noqa: FBT001 (likewise)
    parser = (_new_parser if own_parser else _parser)(encoding, huge=len(data) > _HUGE)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _broken(prescan(data, encoding), error.lineno, error.offset, error.msg) from None
    except (ValueError, LookupError) as error:
        raise Refusal(400, "Bad Request", f"the body cannot be read: {error}") from None
    if b"!" in data and root.getroottree().docinfo.internalDTD is not None:
        raise _dtd()
    return root


def _broken(before: Prescan, line: int | None, column: int | None, detail: str) -> Exception:
    """Say how WCF takes an envelope that is no XML: by what it had read before the place where it breaks."""
    if before.has_dtd:
        return _dtd()
    # Only where: what the parser says of it may repeat what a client forgot to escape, a password above all.
    where = f"the body is not well-formed XML: it breaks in line {line}, column {column}"
    if before.reached_body:
        return BrokenBody(before.soap, detail, hint=where)
    return Refusal(400, "Bad Request", where)


def _dtd() -> Refusal:
    return Refusal(400, "Bad Request", "the body has a DTD, which is prohibited")


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
