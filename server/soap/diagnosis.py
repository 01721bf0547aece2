"""Says what a client probably got wrong: for the hint, the log and the journal (ours).

Fault texts are WCF's and stay so; these sentences stand beside them. Nothing here runs for a call that is right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree

from messaging_double.models.control.values import CUSTOMER_SERVICE, MESSAGING, PRINCIPAL, SYSTEM_USER
from messaging_double.models.tickets import without_secrets
from messaging_double.models.versions import NETSERVER_NAMESPACE, VERSIONS
from messaging_double.server.did_you_mean import did_you_mean, most_similar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from messaging_double.models.versions import ServicesVersion

_AGENTS = {
    "Messaging": MESSAGING,
    "SoPrincipal": PRINCIPAL,
    "CustomerService": CUSTOMER_SERVICE,
    "IPartnerSystemUserService": SYSTEM_USER,
}
_NAMESPACES = {each.namespace: each for each in VERSIONS.values()}
_ACTION = re.compile(rf"({re.escape(NETSERVER_NAMESPACE)}[^/]*)/([^/]+)/([^/]+)")
_WORD = re.compile(r"\w+", re.ASCII)
_SHOWN = 100
_MAGIC_BYTES = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\x78\x9c": "zlib", b"\x78\xda": "zlib"}
_NEAR_HEADERS = {"socredentials": "Credentials", "ticket": "Credentials", "sotimezone": "TimeZone"}
"""What clients write for the names of headers: those of their types, and of what belongs in them."""
_HEADERS = ("ApplicationToken", "Credentials", "TimeZone")
_HTTP_HEADERS = {"Authorization": "Credentials/Ticket", "SO-AppToken": "ApplicationToken"}
"""Where the REST APIs have what this contract has in soap:Header."""


class Place(NamedTuple):
    """The agent and version of a URL."""

    agent: str
    """``Messaging``."""
    version: ServicesVersion

    @property
    def url(self) -> str:
        """The end of its URL."""
        return f".../Remote/{self.version.name}/{self.agent}.svc"

    @property
    def operations(self) -> list[str]:
        """The names of its operations."""
        later = () if self.version.access_tokens else ("AuthenticateWithAccessToken",)
        return [each for each in _AGENTS[self.agent] if each not in later]

    def action(self, operation: str) -> str:
        """Return the SOAPAction of one of its operations."""
        return f"{self.version.namespace}/{self.agent}/{operation}"


class _Operation(NamedTuple):
    name: str
    place: Place


# what is called


def unknown_action(action: str, body: str, place: Place) -> str:
    """Say why the URL has no operation of this SOAPAction, if there is one.

    ``body`` is the tag of the Body's element, empty where it is unknown.
    """
    in_body = _named_by_body(body)
    if not action:
        if in_body is not None and in_body.place == place:
            return f'there is no SOAPAction: that of {in_body.name} is "{place.action(in_body.name)}"'
        return unknown_body(body, place) if body else "there is no SOAPAction"
    called = _named_by_action(action)
    if called is None:
        return _no_such_action(action, place)
    subject = "SOAPAction and Body are" if in_body == called else "the SOAPAction is"
    return _elsewhere(subject, called, place)


def unknown_body(body: str, place: Place) -> str:
    """Say why the URL has no operation of this Body, where there is no SOAPAction to choose one."""
    if not body:
        return "there is no SOAPAction, and the Body is empty"
    called = _named_by_body(body)
    if called is not None:
        return f"there is no SOAPAction, and {_elsewhere('the Body is', called, place)}"
    name = etree.QName(body).localname
    if name in place.operations:
        return f"there is no SOAPAction, and {_wrong_namespace(body, place)}"
    return f"there is no SOAPAction, and the Body has {_shown(name)}: {_possible(name, place)}"


def other_body(operation: str, element: str, body: str, place: Place) -> str:
    """Say why the Body is none of the operation that the SOAPAction names, which has ``element`` there."""
    name, expected = etree.QName(body).localname, etree.QName(element).localname
    if name == operation != expected:
        return f"the SOAPAction names {operation}, and the Body of {operation} has the element {expected}"
    if name == expected:
        return f"the SOAPAction is right, but {_wrong_namespace(body, place)}"
    return f"the SOAPAction names {operation}, the Body has {_shown(name)}: both have to name the same operation"


def _named_by_action(action: str) -> _Operation | None:
    found = _ACTION.fullmatch(action)
    return _operation(found[1], found[3], [found[2]]) if found else None


def _named_by_body(tag: str) -> _Operation | None:
    name = etree.QName(tag) if tag else None
    return _operation(name.namespace, name.localname, _AGENTS) if name is not None else None


def _operation(namespace: str | None, name: str, agents: Iterable[str]) -> _Operation | None:
    """Return an operation of the contract, whatever the version and whichever of the agents has it."""
    version = _NAMESPACES.get(namespace or "")
    places = [Place(each, version) for each in agents if version is not None and each in _AGENTS]
    return next((_Operation(name, place) for place in places if name in place.operations), None)


def _elsewhere(subject: str, called: _Operation, place: Place) -> str:
    agent, version = called.place
    if agent == place.agent:
        what, here = f"of {version.name}", place.version.name
    elif version == place.version:
        what, here = f"of the agent {agent}", f"{place.agent}.svc"
    else:
        what, here = f"of the agent {agent} in {version.name}", f"{place.agent}.svc of {place.version.name}"
    sentence = f"{subject} {called.name} {what}, the URL is {here}: send it to {called.place.url}"
    return f"{sentence} or change the namespace to {place.version.namespace}" if agent == place.agent else sentence


def _no_such_action(action: str, place: Place) -> str:
    said = f'no operation has the SOAPAction "{_shown(action)}"'
    found = _ACTION.fullmatch(action)
    if found and found[1] not in _NAMESPACES:
        return f"{said}: there are Services{min(VERSIONS)} to Services{max(VERSIONS)}"
    if found and found[2].lower() not in map(str.lower, _AGENTS):
        return f"{said}: there are the agents {' and '.join(_AGENTS)}"
    words = _WORD.findall(action[-_SHOWN:])
    for agent in sorted(_AGENTS, key=lambda each: each != place.agent):
        at = Place(agent, place.version)
        near = most_similar(words[-1], at.operations) if words else None
        if near is not None:
            wanted = f'{said}: did you mean "{at.action(near)}"?'
            return wanted if at == place else f"{wanted} Its URL is {at.url}"
    return f"{said}: {_possible('', place)}"


def _possible(name: str, place: Place) -> str:
    return f"{did_you_mean(name[:_SHOWN], place.operations)}{place.agent}.svc has {', '.join(place.operations)}"


def _wrong_namespace(body: str, place: Place) -> str:
    name = etree.QName(body)
    where = _namespace_of(name)
    return f'{name.localname} in the Body is {where}: write <{name.localname} xmlns="{place.version.namespace}">'


# headers


def not_understood(header: Any, namespace: str, names: Collection[str]) -> str:
    """Say why a header is refused for its mustUnderstand; ``namespace`` and ``names`` are those of the contract's."""
    name = etree.QName(header)
    instead = f"its namespace has to be {namespace}" if name.localname in names else "the contract has no such header"
    return f"the header {_shown(name.localname)} {_namespace_of(name)} has mustUnderstand: {instead}"


def unread_headers(elements: Iterable[Any], namespace: str, names: Collection[str]) -> list[str]:
    """Say of each header that looks like one of the contract's why it was not read, each sentence once.

    ``namespace`` and ``names`` are those of the contract's headers.
    """
    known = {near: name for near, name in _NEAR_HEADERS.items() if name in names}
    known |= {each.lower(): each for each in names}
    sentences = []
    for element in elements:
        found = etree.QName(element)
        name = known.get(found.localname.lower())
        if found.localname == "Header":
            why = f"a Header {_namespace_of(found)} was not read: its namespace has to be the Envelope's"
        elif name is None or (found.localname == name and found.namespace == namespace):
            continue
        elif found.localname == name:
            why = f"{name} is {_namespace_of(found)} and was not read: its namespace has to be {namespace}"
        elif found.localname.lower() == "ticket":
            why = "Ticket stands by itself and was not read: it belongs in Credentials"
        else:
            why = f"{found.localname} was not read: the contract's header is {name}"
        sentences.append(why)
    return [*dict.fromkeys(sentences)]


def http_credentials(environ: Mapping[str, str]) -> list[str]:
    """Say which headers of HTTP carry what belongs in soap:Header."""
    return [
        f"the HTTP header {name} is not read: send {element} in soap:Header"
        for name, element in _HTTP_HEADERS.items()
        if environ.get(f"HTTP_{name.upper().replace('-', '_')}")
    ]


def _namespace_of(name: etree.QName) -> str:
    namespace = name.namespace or ""
    if namespace in _NAMESPACES:
        return f"of {_NAMESPACES[namespace].name}"
    return f"in the namespace {_shown(namespace)}" if namespace else "in no namespace"


# the envelope and its bytes


def other_root(root: Any) -> str:
    """Say that the root is no Envelope of SOAP."""
    name = etree.QName(root)
    return f"the root is {_shown(name.localname)} {_namespace_of(name)}, not an Envelope of SOAP 1.1 or 1.2"


def misplaced(elements: Iterable[Any]) -> str:
    """Name what stands beside Header and Body, each once."""
    named = []
    for element in elements:
        name = etree.QName(element)
        if name.namespace == etree.QName(element.getparent()).namespace:
            named.append(f"another {name.localname}")
        elif name.localname in ("Header", "Body"):
            named.append(f"a {name.localname} {_namespace_of(name)} (not SOAP's)")
        else:
            named.append(name.localname)
    return ", ".join(dict.fromkeys(named))


def header_in_body(element: Any) -> str:
    """Say of the first of several elements in the Body that it belongs in soap:Header; nothing if it does not."""
    name = etree.QName(element).localname
    return f"{name} stands in the Body, and belongs in soap:Header" if name in _HEADERS else ""


def not_xml(body: bytes, content_encoding: str) -> str:
    """Say why a body that cannot be read is no XML; nothing where its bytes do not show it."""
    start = body.lstrip()
    coding = content_encoding.strip().lower()
    found = next((name for magic, name in _MAGIC_BYTES.items() if body.startswith(magic)), "")
    if found or (coding not in ("", "identity") and not start.startswith(b"<")):
        how = f"Content-Encoding {_shown(coding)}" if coding else f"{found}, without a Content-Encoding"
        return f"the body is compressed ({how}): the real service does not decompress requests, send it as it is"
    if start.startswith(b"<?xml") and start != body:
        return "there is white space before the XML declaration, which has to come first"
    return "the body is JSON, not XML" if start.startswith((b"{", b"[")) else ""


def _shown(text: str) -> str:
    return without_secrets(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
