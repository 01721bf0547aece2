"""Writes XML schemas as WCF publishes them, from the types that spyne has gathered for a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from messaging_double.models.contract.netserver import ARRAYS_NAMESPACE, CRYPTOGRAPHY_NAMESPACE
from messaging_double.server.soap.names import SERIALIZATION, XSD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.versions import FlagValue

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


def xsd(parent: Any, tag: str, /, **attributes: str) -> Any:
    """Append an element of XML Schema."""
    return etree.SubElement(parent, f"{{{XSD}}}{tag}", attributes)


def serialization_schema(types: Any) -> None:
    """Append the schema of Microsoft's serialization namespace, which WCF publishes with every contract."""
    schema = _schema(types, SERIALIZATION, attributeFormDefault="qualified")
    for name in _PRIMITIVES:
        xsd(schema, "element", name=name, nillable="true", type=f"xs:{name}")
    for name, (base, facets) in _SPECIAL.items():
        xsd(schema, "element", name=name, nillable="true", type=f"tns:{name}")
        restriction = xsd(xsd(schema, "simpleType", name=name), "restriction", base=f"xs:{base}")
        for facet, value in facets.items():
            xsd(restriction, facet, value=value)
    for name, kind in (("FactoryType", "QName"), ("Id", "ID"), ("Ref", "IDREF")):
        xsd(schema, "attribute", name=name, type=f"xs:{kind}")


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
        xsd(self._target, "import", namespace=SERIALIZATION)
        serialization_schema(types)
        self._written: set[str] = set()

    def wrapper(self, message: Any) -> None:
        """Write the element of an operation's request or response: an anonymous type around its parameters."""
        if not self._first(f"element {message.get_type_name()}"):
            return
        element = xsd(self._target, "element", name=message.get_type_name())
        self._sequence(xsd(element, "complexType"), message)

    def header(self, cls: Any) -> None:
        """Write the element of a SOAP header, once."""
        base = cls.Attributes.header_type
        if self._first(f"element {cls.get_type_name()}"):
            element = xsd(self._target, "element", name=cls.get_type_name())
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
            xsd(self._target, "import", namespace=namespace).getparent().insert(0, self._target[-1])
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
            inner = xsd(xsd(xsd(schema, "simpleType", name=name), "list"), "simpleType")
            self._restriction(inner, cls.Attributes.flag_values)
        elif hasattr(cls.Attributes, "enumerated"):
            self._enumeration(xsd(schema, "simpleType", name=name), cls)
        else:
            self._complex(xsd(schema, "complexType", name=name), cls)
        xsd(schema, "element", name=name, nillable="true", type=f"tns:{name}")

    def _enumeration(self, simple_type: Any, cls: Any) -> None:
        if cls.Attributes.enumerated_as:
            _annotate(simple_type, "ActualType", None, Name=cls.Attributes.enumerated_as, Namespace=XSD)
        self._restriction(simple_type, cls.Attributes.enumerated)

    def _restriction(self, simple_type: Any, values: Sequence[FlagValue]) -> None:
        restriction = xsd(simple_type, "restriction", base="xs:string")
        for name, number in values:
            enumeration = xsd(restriction, "enumeration", value=name)
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
        content = xsd(complex_type, "complexContent", mixed="false")
        self._sequence(xsd(content, "extension", base=self._qname(base)), cls)
        if self._first(base.get_type_name()):
            self._define(base)

    def _sequence(self, parent: Any, cls: Any) -> None:
        sequence = xsd(parent, "sequence")
        for name, member in cls._type_info.items():
            element = xsd(sequence, "element")
            if member.Attributes.min_occurs == 0:
                element.set("minOccurs", "0")
            if member.Attributes.max_occurs > 1:
                element.set("maxOccurs", "unbounded")
            element.set("name", name)
            if getattr(member.Attributes, "anonymous", False):
                self._sequence(xsd(element, "complexType"), member)
            else:
                self._type(element, member)


def _annotate(element: Any, tag: str, text: str | None, /, **attributes: str) -> None:
    appinfo = xsd(xsd(element, "annotation"), "appinfo")
    nsmap: dict[Any, str] = {None: SERIALIZATION}
    etree.SubElement(appinfo, f"{{{SERIALIZATION}}}{tag}", attributes, nsmap=nsmap).text = text
