"""What all agents of NetServer share: the idioms of their contracts, the base of their carriers, the headers of a call.

The idioms are what WCF's DataContractSerializer makes of .NET classes. Source: the published WSDLs; the same in each
agent's.
"""

# ruff: noqa: N806 (the contract's own names)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spyne.model.binary import ByteArray
from spyne.model.complex import Array, ComplexModel, SelfReference
from spyne.model.primitive import Boolean, DateTime, Integer32, Unicode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.versions import FlagValue, ServicesVersion

ARRAYS_NAMESPACE = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
CRYPTOGRAPHY_NAMESPACE = "http://schemas.datacontract.org/2004/07/System.Security.Cryptography"

Text = Unicode
"""``<xs:element minOccurs="0" nillable="true" type="xs:string"/>``"""

Int = Integer32(nillable=False)
"""``<xs:element minOccurs="0" type="xs:int"/>``: a .NET value type, so never nil."""

Bool = Boolean(nillable=False)
"""``<xs:element minOccurs="0" type="xs:boolean"/>``"""

Moment = DateTime(nillable=False)
"""``<xs:element minOccurs="0" type="xs:dateTime"/>``"""

Binary = ByteArray
"""``<xs:element minOccurs="0" nillable="true" type="xs:base64Binary"/>``"""


def array_of(item: Any, *, namespace: str | None = None) -> Any:
    """Declare ``ArrayOfX``, a list of ``X``, in the namespace of ``X``."""
    array = Array(item, type_name=f"ArrayOf{item.get_type_name()}")
    array.__namespace__ = item.get_namespace() if namespace is None else namespace
    return array


def array_of_simple(item: Any) -> Any:
    """Declare a list of a simple type: ``ArrayOfint`` or ``ArrayOfstring`` of Microsoft's Arrays namespace."""
    return array_of(item, namespace=ARRAYS_NAMESPACE)


def dictionary(namespace: str, name: str, *, item: str, value: Any = Text) -> Any:
    """Declare a .NET dictionary: ``item`` elements of an anonymous type {Key, Value}, both always present."""

    class Pair(ComplexModel):
        class Attributes(ComplexModel.Attributes):
            anonymous = True

        __namespace__ = namespace
        __type_name__ = item
        Key = Text(min_occurs=1)
        Value = value.customize(min_occurs=1)

    class Dictionary(Array):
        class Attributes(Array.Attributes):
            is_dictionary = True

    pairs = Dictionary(Pair, type_name=name)
    pairs.__namespace__ = namespace
    return pairs


def flags(namespace: str, name: str, values: Sequence[FlagValue]) -> Any:
    """Declare a .NET flags enumeration: ``xs:list`` of the names, some with their numbers annotated."""

    class Flags(Unicode):
        class Attributes(Unicode.Attributes):
            flag_values = tuple(values)

        __namespace__ = namespace
        __type_name__ = name

    return Flags.customize(nillable=False)


def enumeration(
    namespace: str, name: str, values: Sequence[str | tuple[str, int]], *, actual_type: str | None = None
) -> Any:
    """Declare a .NET enumeration; ``actual_type`` is its number's type where that is not int."""

    class Enumeration(Unicode):
        class Attributes(Unicode.Attributes):
            enumerated = tuple(value if isinstance(value, tuple) else (value, None) for value in values)
            enumerated_as = actual_type

        __namespace__ = namespace
        __type_name__ = name

    return Enumeration.customize(nillable=False)


def value_type(namespace: str, name: str, members: Sequence[tuple[str, Any]]) -> Any:
    """Declare a .NET structure: its members are always present, and it is never nil."""

    class Structure(ComplexModel):
        class Attributes(ComplexModel.Attributes):
            is_value_type = True

        __namespace__ = namespace
        __type_name__ = name
        _type_info = [(member, cls.customize(min_occurs=1)) for member, cls in members]  # noqa: RUF012

    return Structure.customize(nillable=False)


def header(namespace: str, name: str, base: Any) -> Any:
    """Declare a SOAP header: the element ``name``, of the type ``base``.

    Spyne finds a header by its type's name, so the type is named after its element.
    """
    element = base.customize(header_type=base)
    element.__type_name__ = name
    element.__namespace__ = namespace
    return element


@dataclass(frozen=True)
class Contract:
    """One agent in one Services version."""

    version: ServicesVersion
    service: Any
    """The spyne service."""
    carriers: Any
    """The carriers that a response is made of, by their names in the contract."""


@dataclass(frozen=True)
class Headers:
    """The SOAP headers that every operation of every agent carries, in the contract's order."""

    request: tuple[Any, ...]
    response: tuple[Any, ...]
    carriers: dict[str, Any]
    """The types of those that an answer has to fill."""


def carrier_of(version: ServicesVersion) -> Any:
    """Declare ``Carrier``, the base of what travels: rights that clients of other agents use, and these never do."""
    ns = version.namespace

    class TableRight(ComplexModel):
        __namespace__ = ns
        Mask = flags(ns, "ETableRight", version.table_rights)
        Reason = Text

    class FieldRight(ComplexModel):
        __namespace__ = ns
        Mask = flags(ns, "EFieldRight", version.field_rights)
        Reason = Text

    class FieldProperty(ComplexModel):
        __namespace__ = ns
        _type_info = [("FieldRight", FieldRight), ("FieldType", Text), ("FieldLength", Int)]  # noqa: RUF012

    properties = dictionary(
        ns, "FieldPropertyDictionary", item="FieldPropertyDictionaryKeyValuePair", value=FieldProperty
    )

    class Carrier(ComplexModel):
        __namespace__ = ns
        _type_info = [("TableRight", TableRight), ("FieldProperties", properties)]  # noqa: RUF012

    return Carrier


def headers_of(version: ServicesVersion) -> Headers:
    """Declare ApplicationToken, Credentials, TimeZone; ExceptionInfo, ExtraInfo, Succeeded, TimeZone."""
    ns = version.namespace

    class SoCredentials(ComplexModel):
        __namespace__ = ns
        Ticket = Text

    class SoTimeZone(ComplexModel):
        __namespace__ = ns
        SoTimeZoneId = Int
        SoTimeZoneLocationCode = Text

    class SoExceptionInfo(ComplexModel):
        __namespace__ = ns
        Message = Text
        StackTrace = Text
        FriendlyText = Text
        ExceptionType = Text
        Source = Text
        InnerException = SelfReference
        Parameters = dictionary(ns, "SoExceptionInfoParameters", item="SoExceptionInfoParametersKeyValuePair")

    SoExtraInfo = dictionary(ns, "SoExtraInfo", item="ExtraInfoNameValuePair")
    TimeZone = header(ns, "TimeZone", SoTimeZone)
    return Headers(
        request=(header(ns, "ApplicationToken", Text), header(ns, "Credentials", SoCredentials), TimeZone),
        response=(
            header(ns, "ExceptionInfo", SoExceptionInfo),
            header(ns, "ExtraInfo", SoExtraInfo),
            header(ns, "Succeeded", Bool),
            TimeZone,
        ),
        carriers={"SoCredentials": SoCredentials, "SoExceptionInfo": SoExceptionInfo, "SoTimeZone": SoTimeZone},
    )
