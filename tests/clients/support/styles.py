"""Requests in the styles of client libraries, byte for byte: one writer, the libraries' habits as its options."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from support.answers import Response
from support.envelopes import ARRAYS, INCOMING, OPERATIONS, OUTGOING, SOAP11, SOAP12, XSD, XSI
from support.sockets import Client

from .place import APPLICATION_TOKEN, TICKET, Answer, Carrier, Place

SOAP = {"1.1": SOAP11, "1.2": SOAP12}
ENCODING = {"1.1": "http://schemas.xmlsoap.org/soap/encoding/", "1.2": "http://www.w3.org/2003/05/soap-encoding"}
MEDIA_TYPES = {"1.1": "text/xml; charset=utf-8", "1.2": "application/soap+xml; charset=utf-8"}
MEMBERS = {"OutgoingMessage": OUTGOING, "IncomingMessage": INCOMING, "StringKeyValuePair": ("Key", "Value")}
ITEMS = {"OutgoingMessages": "OutgoingMessage", "Config": "StringKeyValuePair", "MessagingIds": "int"}
TYPES = {
    "OutgoingMessages": "m:ArrayOfOutgoingMessage",
    "OutgoingMessage": "m:OutgoingMessage",
    "IncomingMessage": "m:IncomingMessage",
    "Config": "m:StringDictionary",
    "MessagingIds": "a:ArrayOfint",
}
_SECONDS = 30


@dataclass(frozen=True)
class Style:
    """The habits of a library: its envelopes, its HTTP, and where it says the operation."""

    soap: str = "1.1"
    prefix: str = "soap"
    """Prefix of the envelope."""
    default_namespace: bool = False
    """The contract's elements without a prefix."""
    beside: bool = False
    """The headers stand beside the Body, not in a Header."""
    header_prefix: str | None = None
    """A prefix of their own, declared on the Header; "" for none, each declaring the contract's as the default."""
    nil_credentials: bool = False
    """No ticket: Credentials are nil."""
    must_understand: str | None = None
    """Value of the attribute on each header."""
    types: str = "none"
    """Which elements below the operation's have an ``xsi:type``: ``all``, ``carriers`` or ``none``."""
    encoding_style: bool = False
    """An ``encodingStyle`` on the envelope."""
    encoded_arrays: bool = False
    """Lists are arrays of SOAP's own encoding: their items have no name of the contract's."""
    nil_members: bool = False
    """What has no value is nil, not left out."""
    base: str = "left out"
    """The members of the base class are ``left out``, ``nil``, or ``empty``."""
    nil_time_zone: bool = False
    """Where there is no TimeZone there is a nil one."""
    long_nil: bool = False
    """An element that is nil has an end tag."""
    nil_wrapper: bool = False
    """The wrapper of an operation without parameters is nil."""
    int_namespace: str | None = ARRAYS
    """Namespace of the ``int`` of MessagingIds; ``None`` for the contract's."""
    pretty: bool = False
    references: bool = False
    """Newlines and tabs in texts are written as references."""
    declaration: str = '<?xml version="1.0" encoding="utf-8"?>'
    charset: str = "utf-8"
    time_zone: Carrier | None = None
    content_type: str = "text/xml; charset=utf-8"
    """``{action}`` in it is the operation's."""
    soap_action: str | None = '"{action}"'
    version: str = "1.1"
    """Of HTTP."""
    absolute: bool = False
    """The whole URL in the request line."""
    expect: bool = False
    """Ask with ``Expect: 100-continue``, and send the body when told to go on."""
    chunked: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of HTTP."""
    strictly: tuple[int, str] | None = None
    """What a strict double answers, if not as it should be: the HTTP status and what is in the body."""


class Writer:
    """Writes the request of one call."""

    def __init__(self, style: Style, namespace: str) -> None:
        self._style = style
        self._contract = namespace
        must = {f"{style.prefix}:mustUnderstand": style.must_understand} if style.must_understand else {}
        self._of_headers = ({"xmlns": namespace} if style.header_prefix == "" else {}) | must

    def request(self, operation: str, parameters: Carrier) -> bytes:
        """Return the whole document."""
        style, prefix = self._style, self._style.prefix
        attributes = {f"xmlns:{prefix}": SOAP[style.soap], "xmlns:xsi": XSI, "xmlns:xsd": XSD}
        attributes |= {"xmlns:m": self._contract, "xmlns:a": ARRAYS}
        if style.encoding_style:
            attributes[f"{prefix}:encodingStyle"] = ENCODING[style.soap]
        headers = list(self._headers())
        if not style.beside:
            declared = {f"xmlns:{style.header_prefix}": self._contract} if style.header_prefix else {}
            headers = [self._parent(f"{prefix}:Header", headers, declared)]
        body = self._parent(f"{prefix}:Body", [self._operation(operation, parameters)])
        document = self._joined([style.declaration, self._parent(f"{prefix}:Envelope", [*headers, body], attributes)])
        return document.encode(style.charset, "xmlcharrefreplace")

    def _headers(self) -> Iterator[str]:
        style, own = self._style, self._of_headers
        prefix = "" if style.header_prefix == "" else f"{style.header_prefix or 'm'}:"
        yield self._text(f"{prefix}ApplicationToken", APPLICATION_TOKEN, own)
        if style.nil_credentials:
            yield self._nil(f"{prefix}Credentials", own)
        else:
            yield self._parent(f"{prefix}Credentials", [self._text(f"{prefix}Ticket", TICKET)], own)
        if style.time_zone is not None:
            members = [self._text(f"{prefix}{each}", str(value)) for each, value in style.time_zone.items()]
            yield self._parent(f"{prefix}TimeZone", members, own)
        elif style.nil_time_zone:
            yield self._nil(f"{prefix}TimeZone", own)

    def _operation(self, operation: str, parameters: Carrier) -> str:
        attributes = {"xmlns": self._contract} if self._style.default_namespace else {}
        if self._style.nil_wrapper and not parameters:
            return self._nil(self._name(operation), attributes)
        members = self._members(OPERATIONS[operation], parameters)
        return self._parent(self._name(operation), members, attributes)

    def _members(self, names: Iterable[str], values: Carrier) -> list[str]:
        members = []
        for name in names:
            if values.get(name) is not None:
                members.append(self._value(name, values[name]))
            elif self._style.nil_members and name not in ("ParentMessagingId", "Status"):
                members.append(self._nil(self._name(name)))
        return members

    def _value(self, name: str, value: Any) -> str:
        tag = self._name(name)
        if value is None:
            return self._nil(tag)
        if isinstance(value, (str, int)):
            return self._text(tag, str(value), self._type(f"xsd:{'int' if isinstance(value, int) else 'string'}"))
        if isinstance(value, list):
            attributes = self._type(TYPES[name])
            if self._style.encoded_arrays:
                attributes = {"xmlns:e": ENCODING[self._style.soap], "xsi:type": "e:Array"}
            return self._parent(tag, [self._value(ITEMS[name], each) for each in value], attributes)
        base = self._base() if name != "StringKeyValuePair" else []
        attributes = self._type(TYPES[name], "carriers") if name in TYPES else {}
        return self._parent(tag, [*base, *self._members(MEMBERS[name], value)], attributes)

    def _base(self) -> list[str]:
        rights, properties = self._name("TableRight"), self._name("FieldProperties")
        empty = [self._parent(rights, [self._nil(self._name("Reason"))]), self._text(properties, "")]
        return {"nil": [self._nil(rights), self._nil(properties)], "empty": empty}.get(self._style.base, [])

    def _name(self, name: str) -> str:
        if self._style.encoded_arrays and name in ITEMS.values():
            return "item"
        if name == "int" and self._style.int_namespace:
            return "a:int"
        return name if self._style.default_namespace else f"m:{name}"

    def _type(self, name: str, of: str = "all") -> dict[str, str]:
        return {"xsi:type": name} if self._style.types in (of, "all") else {}

    def _text(self, tag: str, text: str, attributes: Mapping[str, str] | None = None) -> str:
        references = {"\n": "&#xA;", "\t": "&#x9;"} if self._style.references else {}
        inside = escape(text, {"\r": "&#13;", **references})
        return f"<{tag}{_written(attributes)}>{inside}</{tag}>"

    def _nil(self, tag: str, attributes: Mapping[str, str] | None = None) -> str:
        start = f"<{tag}{_written({**(attributes or {}), 'xsi:nil': 'true'})}"
        return f"{start}></{tag}>" if self._style.long_nil else f"{start}/>"

    def _parent(self, tag: str, children: list[str], attributes: Mapping[str, str] | None = None) -> str:
        return self._joined([f"<{tag}{_written(attributes)}>", *children, f"</{tag}>"])

    def _joined(self, parts: list[str]) -> str:
        return ("\n" if self._style.pretty else "").join(filter(None, parts))


def _written(attributes: Mapping[str, str] | None) -> str:
    return "".join(f' {name}="{value}"' for name, value in (attributes or {}).items())


class Transport(Protocol):
    """What brings a request to the double."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Bring one request, return the answer."""

    def close(self) -> None:
        """Close what is kept."""


class SocketTransport:
    """A socket, kept as long as the double keeps it."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._client: Client | None = None
        self.connections = 0

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Send one request; return the answer to it."""
        if self._client is None:
            self._client = Client(url)
            self.connections += 1
        style, parts = self._style, urlsplit(url)
        framing = {"Transfer-Encoding": "chunked"} if style.chunked else {"Content-Length": str(len(body))}
        expect = {"Expect": "100-continue"} if style.expect else {}
        fields = {"Host": parts.netloc, **style.headers, **headers, **framing, **expect}
        lines = [f"POST {url if style.absolute else parts.path} HTTP/{style.version}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        self._client.send("\r\n".join([*lines, "", ""]).encode("ascii"))
        if style.expect:
            assert self._client.head().status == 100
        if style.chunked:
            pieces = [body[start : start + 100] for start in range(0, len(body), 100)]
            body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
        response = self._client.send(body).response()
        if not response.keeps_open:
            self.close()
        return response

    def close(self) -> None:
        """Close the socket."""
        if self._client is not None:
            self._client.close()
            self._client = None


class CurlTransport:
    """The curl command."""

    def __init__(self, *flags: str) -> None:
        self._flags = flags

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Send one request; return the answer to it."""
        command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", str(_SECONDS), *self._flags]
        for name, value in headers.items():
            command += ["--header", f"{name}: {value}"]
        command += ["--data-binary", "@-", "--write-out", "\n%{http_code} %{content_type}", url]
        answer, _, last = subprocess.run(command, input=body, capture_output=True, check=True).stdout.rpartition(b"\n")
        status, _, content_type = last.decode().partition(" ")
        return Response(int(status), "", {"content-type": content_type}, answer)

    def close(self) -> None:
        """Keep nothing between calls."""


class StyledClient:
    """Calls in a style; it looks at the answers as closely as any library could."""

    def __init__(self, place: Place, style: Style, transport: Transport) -> None:
        self._place, self._style, self._transport = place, style, transport

    def __call__(self, operation: str, parameters: Carrier) -> Answer:
        """Call one operation; whatever is wrong with the answer fails the test."""
        response = self.post(operation, parameters)
        assert (response.status, response.content_type) == (200, MEDIA_TYPES[self._style.soap]), response
        root = etree.fromstring(response.body)
        assert root.tag == f"{{{SOAP[self._style.soap]}}}Envelope"
        exception, extra, succeeded, time_zone = root[0]
        assert _plain(extra) is None
        (wrapper,) = root[1]
        assert wrapper.tag == f"{{{self._place.namespace}}}{operation}Response"
        assert [etree.QName(child).localname for child in wrapper] in ([], ["Response"])
        message = (_plain(exception) or {}).get("Message")
        return Answer(_plain(wrapper[0]) if len(wrapper) else None, _plain(succeeded), message, _plain(time_zone))

    def post(self, operation: str, parameters: Carrier) -> Response:
        """Post a call; return what came back, whatever it is."""
        style, action = self._style, f"{self._place.namespace}/Messaging/{operation}"
        headers = {"Content-Type": style.content_type.format(action=action)}
        if style.soap_action is not None:
            headers["SOAPAction"] = style.soap_action.format(action=action)
        body = Writer(style, self._place.namespace).request(operation, parameters)
        return self._transport.post(self._place.url, headers, body)


@contextmanager
def styled_client(place: Place, style: Style | None = None, transport: Transport | None = None) -> Iterator[Any]:
    """Make a client; without a transport it has a socket of its own."""
    style = style or Style()
    transport = transport or SocketTransport(style)
    try:
        yield StyledClient(place, style, transport)
    finally:
        transport.close()


def _plain(element: Any) -> Any:
    if element.get(f"{{{XSI}}}nil") == "true":
        assert not len(element)
        assert not element.text
        return None
    name = etree.QName(element).localname
    if name in ("Status", "MessagingId", "SoTimeZoneId"):
        return int(element.text)
    if name in ("SupportsConfig", "Succeeded"):
        return {"true": True, "false": False}[element.text]
    if name in ("Response", "SupportedMessagingFormats"):
        return [_plain(child) for child in element]
    if not len(element):
        return element.text or ""
    members = ((etree.QName(child).localname, _plain(child)) for child in element)
    return {name: value for name, value in members if value is not None}
