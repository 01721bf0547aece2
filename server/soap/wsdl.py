"""Writes the WSDL of a contract as WCF publishes it: one flat document with a SOAP 1.1 port for each scheme.

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

from messaging_double.models.contract.netserver import ARRAYS_NAMESPACE, CRYPTOGRAPHY_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.contract.netserver import Contract
    from messaging_double.models.versions import FlagValue

XSD = "http://www.w3.org/2001/XMLSchema"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
WSDL_ADDRESSING = "http://www.w3.org/2006/05/addressing/wsdl"
SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/"
"""Microsoft's namespace for the annotations of the DataContractSerializer."""

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

OTHER_NAMESPACES = {
    ARRAYS_NAMESPACE: "arrays",
    CRYPTOGRAPHY_NAMESPACE: "cryptography",
}
"""The prefixes of the namespaces, besides its own, that a contract may have types of."""

_PRIMITIVES = (
    "anyType anyURI base64Binary boolean byte dateTime decimal double float int long QName short string "
    "unsignedByte unsignedInt unsignedLong unsignedShort"
).split()

_SPECIAL: dict[str, tuple[str, dict[str, str]]] = {
    "char": ("int", {}),
    "duration": (
        "duration",
        {
            "pattern": r"\-?P(\d*D)?(T(\d*H)?(\d*M)?(\d*(\.\d*)?S)?)?",
            "minInclusive": "-P10675199DT2H48M5.4775808S",
            "maxInclusive": "P10675199DT2H48M5.4775807S",
        },
    ),
    "guid": ("string", {"pattern": r"[\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}"}),
}
"""The .NET types without an XSD twin: the base and the facets that WCF gives each."""


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


def _xsd(parent: Any, tag: str, /, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{XSD}}}{tag}", attributes)


def serialization_schema(types: Any) -> None:
    """Append the schema of Microsoft's serialization namespace, which WCF publishes with every contract."""
    schema = _schema(types, SERIALIZATION, attributeFormDefault="qualified")
    for name in _PRIMITIVES:
        _xsd(schema, "element", name=name, nillable="true", type=f"xs:{name}")
    for name, (base, facets) in _SPECIAL.items():
        _xsd(schema, "element", name=name, nillable="true", type=f"tns:{name}")
        restriction = _xsd(_xsd(schema, "simpleType", name=name), "restriction", base=f"xs:{base}")
        for facet, value in facets.items():
            _xsd(restriction, facet, value=value)
    for name, kind in (("FactoryType", "QName"), ("Id", "ID"), ("Ref", "IDREF")):
        _xsd(schema, "attribute", name=name, type=f"xs:{kind}")


def _schema(types: Any, namespace: str, **attributes: str) -> Any:
    schema = etree.SubElement(types, f"{{{XSD}}}schema", nsmap={"xs": XSD, "tns": namespace})
    for key, value in {"elementFormDefault": "qualified", **attributes, "targetNamespace": namespace}.items():
        schema.set(key, value)
    return schema


class SchemaWriter:
    """Writes the types of one contract, each schema for one namespace."""

    def __init__(self, types: Any, target_namespace: str) -> None:
        """``types`` is the ``wsdl:types`` element."""
        self._types = types
        self._target = _schema(types, target_namespace)
        self._schemas = {target_namespace: self._target}
        _xsd(self._target, "import", namespace=SERIALIZATION)
        serialization_schema(types)
        self._written: set[str] = set()

    def wrapper(self, message: Any) -> None:
        """Write the element of an operation's request or response: an anonymous type around its parameters."""
        if not self._first(f"element {message.get_type_name()}"):
            return
        element = _xsd(self._target, "element", name=message.get_type_name())
        self._sequence(_xsd(element, "complexType"), message)

    def header(self, cls: Any) -> None:
        """Write the element of a SOAP header, once."""
        base = cls.Attributes.header_type
        if self._first(f"element {cls.get_type_name()}"):
            element = _xsd(self._target, "element", name=cls.get_type_name())
            self._type(element, base)

    def _type(self, element: Any, cls: Any) -> None:
        """Say of which type ``element`` is, and see to it that the type is written."""
        if cls.Attributes.nillable:
            element.set("nillable", "true")
        element.set("type", self._qname(cls))
        if cls.get_namespace() != XSD and self._first(cls.get_type_name()):
            self._define(cls)

    def _qname(self, cls: Any) -> str:
        namespace = cls.get_namespace()
        if namespace == XSD:
            return f"xs:{cls.get_type_name()}"
        self._schema_of(namespace)
        return f"{OTHER_NAMESPACES.get(namespace, 'tns')}:{cls.get_type_name()}"

    def _schema_of(self, namespace: str) -> Any:
        """Return the schema of a namespace; another one than the contract's is imported when it is first met."""
        if namespace not in self._schemas:
            _xsd(self._target, "import", namespace=namespace).getparent().insert(0, self._target[-1])
            self._schemas[namespace] = _schema(self._types, namespace)
        return self._schemas[namespace]

    def _first(self, name: str) -> bool:
        first = name not in self._written
        self._written.add(name)
        return first

    def _define(self, cls: Any) -> None:
        schema = self._schema_of(cls.get_namespace())
        name = cls.get_type_name()
        if hasattr(cls.Attributes, "flag_values"):
            inner = _xsd(_xsd(_xsd(schema, "simpleType", name=name), "list"), "simpleType")
            self._restriction(inner, cls.Attributes.flag_values)
        elif hasattr(cls.Attributes, "enumerated"):
            self._enumeration(_xsd(schema, "simpleType", name=name), cls)
        else:
            self._complex(_xsd(schema, "complexType", name=name), cls)
        _xsd(schema, "element", name=name, nillable="true", type=f"tns:{name}")

    def _enumeration(self, simple_type: Any, cls: Any) -> None:
        if cls.Attributes.enumerated_as:
            _annotate(simple_type, "ActualType", None, Name=cls.Attributes.enumerated_as, Namespace=XSD)
        self._restriction(simple_type, cls.Attributes.enumerated)

    def _restriction(self, simple_type: Any, values: Sequence[FlagValue]) -> None:
        restriction = _xsd(simple_type, "restriction", base="xs:string")
        for name, number in values:
            enumeration = _xsd(restriction, "enumeration", value=name)
            if number is not None:
                _annotate(enumeration, "EnumerationValue", str(number))

    def _complex(self, complex_type: Any, cls: Any) -> None:
        if getattr(cls.Attributes, "is_dictionary", False):
            _annotate(complex_type, "IsDictionary", "true")
        if getattr(cls.Attributes, "is_value_type", False):
            _annotate(complex_type, "IsValueType", "true")
        base = cls.__extends__
        if base is None:
            self._sequence(complex_type, cls)
            return
        content = _xsd(complex_type, "complexContent", mixed="false")
        self._sequence(_xsd(content, "extension", base=self._qname(base)), cls)
        if self._first(base.get_type_name()):
            self._define(base)

    def _sequence(self, parent: Any, cls: Any) -> None:
        sequence = _xsd(parent, "sequence")
        for name, member in cls._type_info.items():
            element = _xsd(sequence, "element")
            if member.Attributes.min_occurs == 0:
                element.set("minOccurs", "0")
            if member.Attributes.max_occurs > 1:
                element.set("maxOccurs", "unbounded")
            element.set("name", name)
            if getattr(member.Attributes, "anonymous", False):
                self._sequence(_xsd(element, "complexType"), member)
            else:
                self._type(element, member)


def _annotate(element: Any, tag: str, text: str | None, /, **attributes: str) -> None:
    appinfo = _xsd(_xsd(element, "annotation"), "appinfo")
    nsmap: dict[Any, str] = {None: SERIALIZATION}
    etree.SubElement(appinfo, f"{{{SERIALIZATION}}}{tag}", attributes, nsmap=nsmap).text = text
