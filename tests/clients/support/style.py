"""Writes requests in the styles that client libraries have: one generator, the libraries' habits as its options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from .client import APPLICATION_TOKEN, TICKET

if TYPE_CHECKING:
    from .client import Carrier

SOAP = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
ENCODING = {
    "1.1": "http://schemas.xmlsoap.org/soap/encoding/",
    "1.2": "http://www.w3.org/2003/05/soap-encoding",
}
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"

PARAMETERS = {
    "CreateMessage": ("IncomingMessage",),
    "GetDeliveryStatus": ("MessagingIds",),
    "SetDeliveryStatus": ("Plugin", "ExternalMessageId", "Status", "StatusDescription"),
    "SendMessages": ("Plugin", "OutgoingMessages"),
    "SendMessagesWithConfig": ("Plugin", "OutgoingMessages", "Config"),
    "GetPlugins": (),
}
MEMBERS = {
    "OutgoingMessage": ("From", "To", "Content", "Format", "ParentMessagingId", "SuggestedSessionKey"),
    "IncomingMessage": ("To", "From", "Content", "Format", "SessionKey", "Plugin"),
    "StringKeyValuePair": ("Key", "Value"),
}
ITEMS = {"OutgoingMessages": "OutgoingMessage", "Config": "StringKeyValuePair", "MessagingIds": "int"}
CARRIERS = ("OutgoingMessage", "IncomingMessage")
NUMBERS = ("ParentMessagingId", "Status")
TYPES = {
    "OutgoingMessages": "m:ArrayOfOutgoingMessage",
    "OutgoingMessage": "m:OutgoingMessage",
    "IncomingMessage": "m:IncomingMessage",
    "Config": "m:StringDictionary",
    "MessagingIds": "a:ArrayOfint",
}


@dataclass(frozen=True)
class Style:
    """The habits of a library, so far as they show in the envelope."""

    soap: str = "1.1"
    prefix: str = "soap"
    """Prefix of the envelope."""
    default_namespace: bool = False
    """The contract's elements without a prefix."""
    headers: str = "Header"
    """Where the headers stand: ``Header``, or ``beside`` the Body."""
    header_prefix: str | None = None
    """A prefix of their own, declared on the Header; "" for none, each declaring the contract's as the default."""
    credentials: str = "ticket"
    """What is in Credentials: a ``ticket``, a ``nil ticket``, ``nothing``; or they are ``nil``, or ``left out``."""
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
    cdata: bool = False
    """Texts stand in CDATA sections."""
    declaration: str | None = '<?xml version="1.0" encoding="utf-8"?>'


class Writer:
    """Writes the request of one call."""

    def __init__(self, style: Style, namespace: str) -> None:
        self._style = style
        self._namespace = namespace
        self._lines: list[str] = []
        self._depth = 0

    def request(self, operation: str, parameters: Carrier, time_zone: Carrier | None = None) -> str:
        """Return the whole document."""
        style = self._style
        if style.declaration:
            self._line(style.declaration)
        attributes = {
            f"xmlns:{style.prefix}": SOAP[style.soap],
            "xmlns:xsi": XSI,
            "xmlns:xsd": XSD,
            "xmlns:m": self._namespace,
            "xmlns:a": ARRAYS,
        }
        if style.encoding_style:
            attributes[f"{style.prefix}:encodingStyle"] = ENCODING[style.soap]
        self._open(f"{style.prefix}:Envelope", attributes)
        self._headers(time_zone)
        self._open(f"{style.prefix}:Body")
        self._operation(operation, parameters)
        self._close(f"{style.prefix}:Body")
        self._close(f"{style.prefix}:Envelope")
        return ("\n" if style.pretty else "").join(self._lines)

    def _headers(self, time_zone: Carrier | None) -> None:
        style = self._style
        own = f"{style.prefix}:Header"
        if style.headers == "Header":
            declared = {f"xmlns:{style.header_prefix}": self._namespace} if style.header_prefix else {}
            self._open(own, declared)
        self._text(self._header("ApplicationToken"), APPLICATION_TOKEN, self._header_attributes())
        self._credentials()
        if time_zone is not None:
            self._open(self._header("TimeZone"), self._header_attributes())
            for name, value in time_zone.items():
                self._text(self._header(name), str(value))
            self._close(self._header("TimeZone"))
        elif style.nil_time_zone:
            self._nil(self._header("TimeZone"), self._header_attributes())
        if style.headers == "Header":
            self._close(own)

    def _credentials(self) -> None:
        style = self._style
        name = self._header("Credentials")
        if style.credentials == "nil":
            self._nil(name, self._header_attributes())
        elif style.credentials != "left out":
            self._open(name, self._header_attributes())
            if style.credentials == "ticket":
                self._text(self._header("Ticket"), TICKET)
            elif style.credentials == "nil ticket":
                self._nil(self._header("Ticket"))
            self._close(name)

    def _header(self, name: str) -> str:
        prefix = self._style.header_prefix
        return name if prefix == "" else f"{prefix or 'm'}:{name}"

    def _header_attributes(self) -> dict[str, str]:
        style = self._style
        attributes = {"xmlns": self._namespace} if style.header_prefix == "" else {}
        if style.must_understand:
            attributes[f"{style.prefix}:mustUnderstand"] = style.must_understand
        return attributes

    def _operation(self, operation: str, parameters: Carrier) -> None:
        style = self._style
        name = self._name(operation)
        attributes = {"xmlns": self._namespace} if style.default_namespace else {}
        if style.nil_wrapper and not parameters:
            self._nil(name, attributes)
            return
        self._open(name, attributes)
        self._members(PARAMETERS[operation], parameters)
        self._close(name)

    def _members(self, names: tuple[str, ...], values: Carrier) -> None:
        for name in names:
            value = values.get(name)
            if value is not None:
                self._value(name, value)
            elif self._style.nil_members and name not in NUMBERS:
                self._nil(self._name(name))

    def _value(self, name: str, value: Any) -> None:
        tag = self._name(name)
        if value is None:
            self._nil(tag)
        elif isinstance(value, (str, int)):
            self._text(tag, str(value), self._type(f"xsd:{'int' if isinstance(value, int) else 'string'}"))
        elif isinstance(value, list):
            self._list(name, tag, value)
        else:
            self._open(tag, self._type(TYPES[name], "carriers") if name in TYPES else {})
            if name in CARRIERS:
                self._base()
            self._members(MEMBERS[name], value)
            self._close(tag)

    def _list(self, name: str, tag: str, items: list[Any]) -> None:
        if self._style.encoded_arrays:
            self._open(tag, {"xmlns:e": ENCODING[self._style.soap], "xsi:type": "e:Array"})
        else:
            self._open(tag, self._type(TYPES[name]))
        for each in items:
            self._value(ITEMS[name], each)
        self._close(tag)

    def _base(self) -> None:
        if self._style.base == "nil":
            self._nil(self._name("TableRight"))
            self._nil(self._name("FieldProperties"))
        elif self._style.base == "empty":
            self._open(self._name("TableRight"))
            self._nil(self._name("Reason"))
            self._close(self._name("TableRight"))
            self._text(self._name("FieldProperties"), "")

    def _name(self, name: str) -> str:
        if self._style.encoded_arrays and name in ITEMS.values():
            return "item"
        if name == "int" and self._style.int_namespace:
            return "a:int"
        return name if self._style.default_namespace else f"m:{name}"

    def _type(self, name: str, of: str = "all") -> dict[str, str]:
        return {"xsi:type": name} if self._style.types in (of, "all") else {}

    def _text(self, tag: str, text: str, attributes: dict[str, str] | None = None) -> None:
        self._line(f"<{tag}{_attributes(attributes)}>{self._escaped(text)}</{tag}>")

    def _escaped(self, text: str) -> str:
        if self._style.cdata:
            inner = text.replace("]]>", "]]]]><![CDATA[>").replace("\r", "]]>&#13;<![CDATA[")
            return f"<![CDATA[{inner}]]>"
        references = {"\n": "&#xA;", "\t": "&#x9;"} if self._style.references else {}
        return escape(text, {"\r": "&#13;", **references})

    def _nil(self, tag: str, attributes: dict[str, str] | None = None) -> None:
        start = f"<{tag}{_attributes({**(attributes or {}), 'xsi:nil': 'true'})}"
        self._line(f"{start}></{tag}>" if self._style.long_nil else f"{start}/>")

    def _open(self, tag: str, attributes: dict[str, str] | None = None) -> None:
        self._line(f"<{tag}{_attributes(attributes)}>")
        self._depth += 1

    def _close(self, tag: str) -> None:
        self._depth -= 1
        self._line(f"</{tag}>")

    def _line(self, line: str) -> None:
        self._lines.append("  " * self._depth + line if self._style.pretty else line)


def _attributes(attributes: dict[str, str] | None) -> str:
    return "".join(f' {name}="{value}"' for name, value in (attributes or {}).items())
