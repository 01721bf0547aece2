"""A client without a library: what it sends is a style, and it looks at the answers as closely as anybody can."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from lxml import etree

from .client import Answer, Carrier
from .style import ARRAYS, SOAP, XSI, Style, Writer
from .transport import Http, SocketTransport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .place import Place
    from .transport import HttpAnswer

MEDIA_TYPES = {"1.1": "text/xml; charset=utf-8", "1.2": "application/soap+xml; charset=utf-8"}
_NUMBERS = ("Status", "MessagingId", "SoTimeZoneId")
_TRUTHS = ("SupportsConfig", "Succeeded")
_CARRIERS = ("ProviderInfo", "MessageDeliveryStatus")
_LISTS = ("Response", "SupportedMessagingFormats")


@dataclass(frozen=True)
class Manner:
    """How a library asks: its envelopes, its HTTP, and where it tells the operation."""

    style: Style = field(default_factory=Style)
    http: Http = field(default_factory=Http)
    content_type: str = "text/xml; charset=utf-8"
    """``{action}`` in it is the operation's."""
    soap_action: str | None = '"{action}"'
    charset: str = "utf-8"
    time_zone: Carrier | None = None
    strictly: tuple[int, str] | None = None
    """What a strict double answers, if not as it should be: the HTTP status and what is in the body."""


class Transport(Protocol):
    """What brings a request to the double."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Bring one request, return the answer."""

    def close(self) -> None:
        """Let go of what is kept."""


class RawClient:
    """Asks in a manner."""

    def __init__(self, place: Place, manner: Manner, transport: Transport) -> None:
        self._place = place
        self._manner = manner
        self._transport = transport

    def __call__(self, operation: str, parameters: Carrier) -> Answer:
        """Call one operation; whatever is wrong with the answer fails the test."""
        answer = self.post(operation, parameters)
        assert (answer.status, answer.content_type) == (200, MEDIA_TYPES[self._manner.style.soap]), answer
        root = etree.fromstring(answer.body)
        _check(root, self._manner.style.soap)
        headers, body = root
        exception, extra, succeeded, time_zone = headers
        assert _plain(extra) is None
        (wrapper,) = body
        assert wrapper.tag == f"{{{self._place.namespace}}}{operation}Response"
        assert [etree.QName(child).localname for child in wrapper] in ([], ["Response"])
        return Answer(
            _plain(wrapper[0]) if len(wrapper) else None,
            _plain(succeeded),
            (_plain(exception) or {}).get("Message"),
            _plain(time_zone),
        )

    def post(self, operation: str, parameters: Carrier) -> HttpAnswer:
        """Post a call; return what came back, whatever it is."""
        manner = self._manner
        action = f"{self._place.namespace}/Messaging/{operation}"
        document = Writer(manner.style, self._place.namespace).request(operation, parameters, manner.time_zone)
        headers = {"Content-Type": manner.content_type.format(action=action)}
        if manner.soap_action is not None:
            headers["SOAPAction"] = manner.soap_action.format(action=action)
        return self._transport.post(self._place.url, headers, document.encode(manner.charset, "xmlcharrefreplace"))


@contextmanager
def raw_client(place: Place, manner: Manner, transport: Transport | None = None) -> Iterator[RawClient]:
    """Make a client; without a transport it has a socket of its own."""
    transport = transport or SocketTransport(manner.http)
    try:
        yield RawClient(place, manner, transport)
    finally:
        transport.close()


def _check(root: Any, soap: str) -> None:
    """Look for what some library would choke on."""
    names = [etree.QName(each) for each in root.iter()]
    assert all(name.namespace for name in names), "an element is in no namespace"
    assert names[0].text == f"{{{SOAP[soap]}}}Envelope"
    assert [name.text for name in map(etree.QName, root)] == [f"{{{SOAP[soap]}}}{part}" for part in ("Header", "Body")]
    assert [etree.QName(each).localname for each in root[0]] == ["ExceptionInfo", "ExtraInfo", "Succeeded", "TimeZone"]
    for each in root.iter():
        assert f"{{{XSI}}}type" not in each.attrib
        if etree.QName(each).localname in _CARRIERS:
            assert [etree.QName(child).localname for child in each][:2] == ["TableRight", "FieldProperties"]
        if etree.QName(each).localname in ("int", "string"):
            assert etree.QName(each).namespace == ARRAYS


def _plain(element: Any) -> Any:
    if element.get(f"{{{XSI}}}nil") == "true":
        assert not len(element)
        assert not element.text
        return None
    name = etree.QName(element).localname
    if name in _NUMBERS:
        return int(element.text)
    if name in _TRUTHS:
        return {"true": True, "false": False}[element.text]
    if name in _LISTS:
        return [_plain(child) for child in element]
    if not len(element):
        return element.text or ""
    members = ((etree.QName(child).localname, _plain(child)) for child in element)
    return {name: value for name, value in members if value is not None}
