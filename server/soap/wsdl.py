"""Writes the WSDL of a contract as it is published: one flat document with a SOAP 1.1 port for each scheme.

Spyne's own WSDL differs from the published one in 185 places; this writer makes the document from what spyne has
gathered (services, method descriptors, types), through spyne's own extension point. One flat document and no
SOAP 1.2 port, since generators choke on anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from lxml import etree
from spyne.application import Application
from spyne.interface import InterfaceDocumentsBase
from spyne.interface.wsdl import Wsdl11
from spyne.protocol import ProtocolBase
from spyne.util.appreg import unregister_application

from messaging_double.server.soap.names import WSDL, WSDL_ADDRESSING, WSDL_SOAP, XSD
from messaging_double.server.soap.schema import OTHER_NAMESPACES, SchemaWriter

if TYPE_CHECKING:
    from messaging_double.models.contract.netserver import Contract

_ADDRESS = "messaging-double:address"
"""Stands for the address in the document that is kept: each reader gets the URL that it asked at."""

BINDING_PREFIX = "BasicHttpBinding_"
_POLICY = "http://schemas.xmlsoap.org/ws/2004/09/policy"
_UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_HTTPS_POLICY = f"""\
<wsp:Policy xmlns:wsp="{_POLICY}" xmlns:wsu="{_UTILITY}"><wsp:ExactlyOne><wsp:All>\
<sp:TransportBinding xmlns:sp="http://schemas.xmlsoap.org/ws/2005/07/securitypolicy"><wsp:Policy>\
<sp:TransportToken><wsp:Policy><sp:HttpsToken RequireClientCertificate="false"/></wsp:Policy></sp:TransportToken>\
<sp:AlgorithmSuite><wsp:Policy><sp:Basic256/></wsp:Policy></sp:AlgorithmSuite>\
<sp:Layout><wsp:Policy><sp:Strict/></wsp:Policy></sp:Layout>\
</wsp:Policy></sp:TransportBinding></wsp:All></wsp:ExactlyOne></wsp:Policy>"""
"""What WCF publishes of a port that is https only."""


def documents_of(contract: Contract) -> Any:
    """Gather the types of a contract, as spyne does for an application, and return its documents."""
    application = Application(
        [contract.service],
        tns=contract.version.namespace,
        name=contract.service.get_service_name(),
        in_protocol=ProtocolBase(),
        out_protocol=ProtocolBase(),
        documents_container=Documents,
    )
    unregister_application(application)  # spyne would list it for the whole process, and warn of a second one
    return application.interface.docs


class Documents(InterfaceDocumentsBase):
    """What spyne's interface asks for its documents."""

    def __init__(self, interface: Any) -> None:
        """Write what ``interface`` has gathered."""
        super().__init__(interface, wsdl11=ContractWsdl(interface))


class ContractWsdl(Wsdl11):
    """The contract's WSDL 1.1, built once and handed out with the address that was asked."""

    def document(self, url: str) -> bytes:
        """Return the WSDL whose ``soap:address`` is ``url``."""
        if self.get_interface_document() is None:
            self.build_interface_document(_ADDRESS)
        escaped = escape(url, {'"': "&quot;"}).encode("ascii", "xmlcharrefreplace")
        return self.get_interface_document().replace(_ADDRESS.encode(), escaped)

    def get_interface_document(self) -> Any:
        """Return the document with the placeholder for its address; ``None`` before it is built."""
        return getattr(self, "_document", None)

    def build_interface_document(self, url: str) -> None:
        """Write the document (called by spyne, or at the first reading)."""
        tns = self.interface.tns
        root = etree.Element(
            f"{{{WSDL}}}definitions",
            nsmap={
                "wsdl": WSDL,
                "soap": WSDL_SOAP,
                "wsaw": WSDL_ADDRESSING,
                "xs": XSD,
                **{prefix: namespace for namespace, prefix in OTHER_NAMESPACES.items()},
                "tns": tns,
            },
        )
        root.set("name", self.interface.get_name())
        root.set("targetNamespace", tns)
        (service,) = self.interface.services
        methods = list(service.public_methods.values())
        self._types(root, methods)
        self._messages(root, methods)
        (port_type,) = service.get_port_types()
        self._port_type(root, port_type, methods)
        bindings = [BINDING_PREFIX + port_type]
        if getattr(service, "has_https_port", False):
            bindings.append(f"{bindings[0]}1")
            policy = etree.fromstring(_HTTPS_POLICY)
            policy.set(f"{{{_UTILITY}}}Id", f"{bindings[1]}_policy")
            root.insert(0, policy)
        for binding in bindings:
            self._binding(root, binding, port_type, methods)
        self._service(root, service.get_service_name(), bindings, url)
        self._document = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)

    def _types(self, root: Any, methods: list[Any]) -> None:
        writer = SchemaWriter(_wsdl(root, "types"), self.interface.tns)
        for method in methods:
            writer.wrapper(method.in_message)
            for header in (*method.in_header, *method.out_header):
                writer.header(header)
            writer.wrapper(method.out_message)

    def _messages(self, root: Any, methods: list[Any]) -> None:
        written: set[str] = set()
        for method in methods:
            for name, body, headers in (
                (_request(method), method.in_message, method.in_header),
                (_response(method), method.out_message, method.out_header),
            ):
                if name in written:
                    continue
                written.add(name)
                message = _wsdl(root, "message", name=name)
                _wsdl(message, "part", name="parameters", element=f"tns:{body.get_type_name()}")
                if not headers:
                    continue
                message = _wsdl(root, "message", name=f"{name}_Headers")
                for header in headers:
                    element = header.get_type_name()
                    _wsdl(message, "part", name=element, element=f"tns:{element}")

    def _port_type(self, root: Any, name: str, methods: list[Any]) -> None:
        port_type = _wsdl(root, "portType", name=name)
        for method in methods:
            operation = _wsdl(port_type, "operation", name=method.operation_name)
            for direction, message, action_suffix in (
                ("input", _request(method), ""),
                ("output", _response(method), "Response"),
            ):
                part = _wsdl(operation, direction, name=message, message=f"tns:{message}")
                part.set(f"{{{WSDL_ADDRESSING}}}Action", self._action(name, method) + action_suffix)

    def _binding(self, root: Any, name: str, port_type: str, methods: list[Any]) -> None:
        binding = _wsdl(root, "binding", name=name, type=f"tns:{port_type}")
        if name != BINDING_PREFIX + port_type:
            etree.SubElement(binding, f"{{{_POLICY}}}PolicyReference", {"URI": f"#{name}_policy"})
        _soap(binding, "binding", transport="http://schemas.xmlsoap.org/soap/http")
        for method in methods:
            operation = _wsdl(binding, "operation", name=method.operation_name)
            _soap(operation, "operation", soapAction=self._action(port_type, method), style="document")
            for direction, message, headers in (
                ("input", _request(method), method.in_header),
                ("output", _response(method), method.out_header),
            ):
                part = _wsdl(operation, direction, name=message)
                for header in headers:
                    _soap(part, "header", message=f"tns:{message}_Headers", part=header.get_type_name(), use="literal")
                _soap(part, "body", use="literal")

    def _service(self, root: Any, name: str, bindings: list[str], url: str) -> None:
        service = _wsdl(root, "service", name=name)
        for binding in bindings:
            port = _wsdl(service, "port", name=binding, binding=f"tns:{binding}")
            _soap(port, "address", location=url)

    def _action(self, port_type: str, method: Any) -> str:
        return f"{self.interface.tns}/{port_type}/{method.operation_name}"


def _request(method: Any) -> str:
    """Return the name of the request's message: that of its element, which mostly is the operation's own name."""
    name: str = method.in_message.get_type_name()
    return f"{name}Request" if name == method.operation_name else name


def _response(method: Any) -> str:
    """Return the name of the response's message: that of its element, which several operations may share."""
    return method.out_message.get_type_name()


def _wsdl(parent: Any, tag: str, /, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{WSDL}}}{tag}", attributes)


def _soap(parent: Any, tag: str, /, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{WSDL_SOAP}}}{tag}", attributes)
