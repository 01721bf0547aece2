"""Requests of the Messaging agent, as text: the right ones in a line, the wrong ones by hand.

``element`` and what stands on it escape what they are given and keep the contract's order; whatever is ``Xml`` already
goes in as it stands, and that is how a test writes what no client should::

    envelope(operation("SendMessages", Plugin="CM", OutgoingMessages=[outgoing(To="+4790000001", Content="Hei")]))
    envelope(Xml("<SendMessages><Nonsense/></SendMessages>"), soap=SOAP12)
"""

from collections.abc import Iterable, Sequence
from typing import Any

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
VERSIONS = (84, 85, 86, 87, 88)

OPERATIONS = {
    "CreateMessage": ("IncomingMessage",),
    "GetDeliveryStatus": ("MessagingIds",),
    "SetDeliveryStatus": ("Plugin", "ExternalMessageId", "Status", "StatusDescription"),
    "SendMessages": ("Plugin", "OutgoingMessages"),
    "SendMessagesWithConfig": ("Plugin", "OutgoingMessages", "Config"),
    "GetPlugins": (),
}
"""The operations of Messaging and their parameters, both in the contract's order."""

PRINCIPAL = {
    "GetSystemInfo": (),
    "AuthenticateImplicit": (),
    "AuthenticateUsernamePassword": ("UserName", "Password"),
    "AuthenticateGeneric": ("AuthenticationData",),
    "AuthenticateWithAccessToken": ("AccessToken",),
}
"""Those of SoPrincipal; the last one from Services86 on."""

OUTGOING = ("From", "To", "Content", "Format", "ParentMessagingId", "SuggestedSessionKey")
INCOMING = ("To", "From", "Content", "Format", "SessionKey", "Plugin")

_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)


class Xml(str):
    """Text that is XML already."""

    __slots__ = ()


class _Nil:
    def __repr__(self) -> str:
        return "NIL"


NIL: Any = _Nil()
"""The value of an element with ``i:nil="true"``; ``None`` leaves the element out."""


def namespace(services: int = 88) -> str:
    """Return the namespace of a Services version."""
    return f"http://www.superoffice.net/ws/crm/NetServer/Services{services}"


def agent_of(name: str) -> str:
    """Return the agent that an operation is of."""
    return "SoPrincipal" if name in PRINCIPAL else "Messaging"


def action_of(name: str, services: int = 88) -> str:
    """Return the SOAPAction of an operation, without quotes."""
    return f"{namespace(services)}/{agent_of(name)}/{name}"


def escaped(text: str) -> Xml:
    """Return text as it stands in XML; line ends and tabs as references, so that no parser touches them."""
    return Xml(text.translate(_ESCAPES))


def element(name: str, value: Any, attributes: str = "") -> Xml:
    """Return ``<name>value</name>``; a list is what stands in it, NIL is nil, None is no element at all."""
    if value is None:
        return Xml()
    if value is NIL:
        return Xml(f'<{name} i:nil="true"{attributes}/>')
    if isinstance(value, str):
        inside = value if isinstance(value, Xml) else escaped(value)
    elif isinstance(value, Iterable):
        inside = "".join(value)
    else:
        inside = str(value)
    return Xml(f"<{name}{attributes}>{inside}</{name}>")


def outgoing(**members: Any) -> Xml:
    """Return an ``OutgoingMessage``, its members in the contract's order."""
    return _carrier("OutgoingMessage", OUTGOING, members)


def incoming(**members: Any) -> Xml:
    """Return an ``IncomingMessage``, its members in the contract's order."""
    return _carrier("IncomingMessage", INCOMING, members)


def ids(*numbers: Any) -> list[Xml]:
    """Return what stands in ``MessagingIds``."""
    return [element("a:int", number) for number in numbers]


def pairs(*config: Sequence[Any], item: str = "StringKeyValuePair") -> list[Xml]:
    """Return what stands in ``Config``, or in another dictionary."""
    return [element(item, [element("Key", key), element("Value", value)]) for key, value in config]


def operation(name: str, **parameters: Any) -> Xml:
    """Return the wrapper of an operation, its parameters in the contract's order."""
    return _carrier(name, (OPERATIONS | PRINCIPAL)[name], parameters)


def credentials(ticket: Any = "7T:MQA=", application: Any = "an application", time_zone: Any = None) -> Xml:
    """Return the request headers of the contract."""
    ticket_element = element("Credentials", [element("Ticket", ticket)])
    return Xml(element("ApplicationToken", application) + ticket_element + element("TimeZone", time_zone))


def envelope(*body: str, headers: str = "", beside: str = "", soap: str = SOAP11, services: int = 88) -> bytes:
    """Return a whole envelope in UTF-8; no prefix is the Services namespace, ``a`` Arrays, ``i`` XSI, ``s`` SOAP."""
    header = f"<s:Header>{headers}</s:Header>" if headers else ""
    prefixes = f'xmlns:s="{soap}" xmlns="{namespace(services)}" xmlns:i="{XSI}" xmlns:xsd="{XSD}" xmlns:a="{ARRAYS}"'
    return f"<s:Envelope {prefixes}>{header}{beside}<s:Body>{''.join(body)}</s:Body></s:Envelope>".encode()


def _carrier(name: str, order: Sequence[str], members: dict[str, Any]) -> Xml:
    unknown = members.keys() - set(order)
    if unknown:
        problem = f"{name} has no {', '.join(sorted(unknown))}; it has {', '.join(order)}"
        raise TypeError(problem)
    return element(name, [element(each, members.get(each)) for each in order])


def sending(*contents: str, plugin: Any = "CM", ticket: str | None = None, soap: str = SOAP11) -> bytes:
    """Return the envelope of a SendMessages call with these contents."""
    messages = [outgoing(To="1", Content=each) for each in contents]
    headers = credentials(ticket) if ticket else ""
    return envelope(operation("SendMessages", Plugin=plugin, OutgoingMessages=messages), headers=headers, soap=soap)


SENDING = operation("SendMessages", Plugin="CM", OutgoingMessages=[outgoing(To="1", Content="Hei")])
SEND = envelope(SENDING)
ACTION = f'"{action_of("SendMessages")}"'

EVERYTHING = {
    "CreateMessage": operation("CreateMessage", IncomingMessage=Xml("<To>1</To>")),
    "GetDeliveryStatus": operation("GetDeliveryStatus", MessagingIds=ids(1)),
    "SetDeliveryStatus": operation("SetDeliveryStatus", Plugin="CM", ExternalMessageId="x", Status=1),
    "SendMessages": SENDING,
    "SendMessagesWithConfig": operation(
        "SendMessagesWithConfig", Plugin="CM", OutgoingMessages=[outgoing(To="1")], Config=pairs(("a", "b"))
    ),
    "GetPlugins": operation("GetPlugins"),
}
"""Each operation of Messaging, called as the contract says."""
