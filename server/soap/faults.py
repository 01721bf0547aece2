"""How the wire refuses: SOAP faults and bare HTTP answers, as WCF words them.

Source: the table "HTTP outcomes" of WCF's and CoreWCF's source; texts are the ones that a WCF service sends, so that
a client that looks at them sees the same here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from messaging_double.models.texts import xml_text
from messaging_double.server.soap import SOAP12

if TYPE_CHECKING:
    from messaging_double.models.rules import SoapFault

_XML = "http://www.w3.org/XML/1998/namespace"
ADDRESSING_NONE = "http://schemas.microsoft.com/ws/2005/05/addressing/none"
_DISPATCHER = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
_ACTION_NOT_SUPPORTED = "ActionNotSupported"
_IN_SOAP11 = {"Sender": "Client", "Receiver": "Server"}
"""What SOAP 1.1 calls the sides."""


class WireFault(Exception):  # noqa: N818 (not an error of ours: an answer)
    """A SOAP fault in WCF's words.

    ``subcode`` is the code that a SOAP 1.1 fault carries as its faultcode and a SOAP 1.2 fault as the Subcode of
    ``Sender`` or ``Receiver``; without one, ``side`` is itself a code of the SOAP namespace. ``hint`` says what the
    double found, which WCF's text hardly does ("ours", as that of a ``Refusal``).
    """

    def __init__(self, side: str, text: str, subcode: tuple[str, str] | None = None, *, hint: str = "") -> None:
        """``side`` is Sender, Receiver or a code without a subcode; ``subcode`` is a namespace and a name."""
        super().__init__(text)
        self.side = side
        self.subcode = subcode
        self.text = xml_text(text)
        self.hint = hint
        self.name = side if subcode is None else subcode[1]


def action_not_supported(action: str, hint: str) -> WireFault:
    """Refuse a SOAPAction (or, where there is none, an element in the Body) that no operation has."""
    return WireFault(
        "Sender",
        f"The message with Action '{action}' cannot be processed at the receiver, due to a ContractFilter mismatch at "
        "the EndpointDispatcher. This may be because of either a contract mismatch (mismatched Actions between sender "
        "and receiver) or a binding/security mismatch between the sender and the receiver.  Check that sender and "
        "receiver have the same contract and the same binding (including security requirements, e.g. Message, "
        "Transport, None).",
        (ADDRESSING_NONE, _ACTION_NOT_SUPPORTED),
        hint=hint,
    )


def deserialization_failed(detail: str, hint: str) -> WireFault:
    """Refuse what cannot be read in the Body. The hint, which is logged, repeats nothing that a message may say."""
    return WireFault(
        "Sender",
        f"The formatter threw an exception while trying to deserialize the message: {detail}",
        (_DISPATCHER, "DeserializationFailed"),
        hint=hint,
    )


def bad_parameter(namespace: str, name: str, clr_type: str, detail: str) -> WireFault:
    """Refuse a parameter whose type does not have the value given."""
    inner = f"There was an error deserializing the object of type {clr_type}. {detail}"
    return deserialization_failed(
        f"There was an error while trying to deserialize parameter {namespace}:{name}. "
        f"The InnerException message was '{inner}'.  Please see InnerException for more details.",
        hint=f"{name} cannot be read as {clr_type}",
    )


def unexpected_element(expected: Any, found: Any) -> str:
    """Say in WCF's words that the element ``found`` stands where ``expected`` should end."""
    end, start = etree.QName(expected), etree.QName(found)
    return (
        f"End element '{end.localname}' from namespace '{end.namespace or ''}' expected. "
        f"Found element '{start.localname}' from namespace '{start.namespace or ''}'."
    )


def too_many_items(most: int) -> str:
    """Say in WCF's words that a request has more than its quota allows."""
    return (
        f"Maximum number of items that can be serialized or deserialized in an object graph is '{most}'. "
        "Change the object graph or increase the MaxItemsInObjectGraph quota. "
    )


def too_deep(most: str) -> str:
    """Say in WCF's words that a request has more elements in each other than its quota allows."""
    return (
        f"The maximum read depth ({most}) has been exceeded because XML data being read has more levels of nesting "
        "than is allowed by the quota. This quota may be increased by changing the MaxDepth property on the "
        "XmlDictionaryReaderQuotas object used when creating the XML reader."
    )


def too_many_names(most: int) -> str:
    """Say in WCF's words that a request has more different names than its quota allows."""
    return (
        f"The maximum nametable character count quota ({most}) has been exceeded while reading XML data. The nametable "
        "is a data structure used to store strings encountered during XML processing - long XML documents with "
        "non-repeating element names, attribute names and attribute values may trigger this quota. This quota may be "
        "increased by changing the MaxNameTableCharCount property on the XmlDictionaryReaderQuotas object used when "
        "creating the XML reader."
    )


def bad_body(operation: str, detail: str, hint: str = "") -> WireFault:
    """Refuse XML that breaks inside the Body (which WCF reads only after it has chosen the operation)."""
    return deserialization_failed(
        f"Error in deserializing body of request message for operation '{operation}'. {detail}",
        hint=hint or detail,
    )


def internal_service_fault(hint: str = "") -> WireFault:
    """Refuse without a reason: the service failed, or was given another operation's wrapper."""
    return WireFault(
        "Receiver",
        "The server was unable to process the request due to an internal error.  For more information about the "
        "error, either turn on IncludeExceptionDetailInFaults (either from ServiceBehaviorAttribute or from the "
        "<serviceDebug> configuration behavior) on the server in order to send the exception information back to the "
        "client, or turn on tracing as per the Microsoft .NET Framework SDK documentation and inspect the server "
        "trace logs.",
        (_DISPATCHER, "InternalServiceFault"),
        hint=hint,
    )


def must_understand(namespace: str, name: str, hint: str) -> WireFault:
    """Refuse a header that has to be understood and is not."""
    return WireFault(
        "MustUnderstand",
        f"The header '{name}' from the namespace '{namespace}' was not understood by the recipient of this message, "
        "causing the message to not be processed.  This error typically indicates that the sender of this message has "
        "enabled a communication protocol that the receiver cannot process.  Please ensure that the configuration of "
        "the client's binding is consistent with the service's binding. ",
        hint=hint,
    )


def made_up(fault: SoapFault) -> WireFault:
    """Return the fault that a reaction asks for; the subcodes of WCF's own are in their namespaces."""
    namespace = ADDRESSING_NONE if fault.subcode == _ACTION_NOT_SUPPORTED else _DISPATCHER
    return WireFault(fault.side, fault.text, (namespace, fault.subcode) if fault.subcode else None)


def fault_envelope(fault: WireFault, soap: str) -> bytes:
    """Return an envelope of the namespace ``soap`` with a fault in its Body."""
    envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"s": soap})
    body = etree.SubElement(envelope, f"{{{soap}}}Body")
    element = etree.SubElement(body, f"{{{soap}}}Fault")
    if soap == SOAP12:
        _write_soap12(fault, element)
    else:
        _write_soap11(fault, element)
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=False)


def _write_soap11(fault: WireFault, element: Any) -> None:
    # SOAP 1.1 has one code: WCF sends the subcode in it.
    if fault.subcode is not None:
        namespace, code = fault.subcode
        etree.SubElement(element, "faultcode", nsmap={"a": namespace}).text = f"a:{code}"
    else:
        etree.SubElement(element, "faultcode").text = f"s:{_IN_SOAP11.get(fault.side, fault.side)}"
    text = etree.SubElement(element, "faultstring", {f"{{{_XML}}}lang": "en-US"})
    text.text = fault.text


def _write_soap12(fault: WireFault, element: Any) -> None:
    code = etree.SubElement(element, f"{{{SOAP12}}}Code")
    etree.SubElement(code, f"{{{SOAP12}}}Value").text = f"s:{fault.side}"
    if fault.subcode is not None:
        namespace, name = fault.subcode
        subcode = etree.SubElement(code, f"{{{SOAP12}}}Subcode")
        etree.SubElement(subcode, f"{{{SOAP12}}}Value", nsmap={"a": namespace}).text = f"a:{name}"
    reason = etree.SubElement(element, f"{{{SOAP12}}}Reason")
    text = etree.SubElement(reason, f"{{{SOAP12}}}Text", {f"{{{_XML}}}lang": "en-US"})
    text.text = fault.text
