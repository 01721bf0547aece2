"""The idioms of the published contracts, as spyne types: what WCF's DataContractSerializer makes of .NET classes.

Every service of NetServer is declared with these few.  The contract's own words stand in ``contract.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spyne.model.binary import ByteArray
from spyne.model.complex import Array, ComplexModel
from spyne.model.primitive import Boolean, DateTime, Integer32, Unicode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.versions import FlagValue

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
