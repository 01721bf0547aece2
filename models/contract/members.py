"""What the readers and writers use of a spyne type: how its values stand in XML, and its members in order."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, NamedTuple

from spyne.model.complex import Array, ComplexModelBase
from spyne.model.primitive import Boolean, DateTime, Integer32

from messaging_double.models.records import (
    IncomingMessage,
    MessageDeliveryStatus,
    OutgoingMessage,
    ProviderInfo,
    SoCredentials,
    SoTimeZone,
)

_RECORDS: dict[str, type] = {
    "IncomingMessage": IncomingMessage,
    "MessageDeliveryStatus": MessageDeliveryStatus,
    "OutgoingMessage": OutgoingMessage,
    "ProviderInfo": ProviderInfo,
    "SoCredentials": SoCredentials,
    "SoTimeZone": SoTimeZone,
}
"""The records that stand for carriers of the contract, by the names of these."""


class Kind(Enum):
    """How a type's value stands in XML."""

    TEXT = auto()
    INT = auto()
    BOOL = auto()
    MOMENT = auto()
    LIST = auto()
    CARRIER = auto()


class Member(NamedTuple):
    """A member of a carrier, the item of a list, a parameter of an operation, or a SOAP header."""

    name: str
    tag: str
    """The name with its namespace, as lxml writes it."""
    type: Any
    kind: Kind
    nillable: bool

    @classmethod
    def of(cls, name: str, namespace: str, spyne_type: Any) -> Member:
        """Describe an element of this name and type."""
        return cls(name, f"{{{namespace}}}{name}", spyne_type, kind_of(spyne_type), spyne_type.Attributes.nillable)


def kind_of(spyne_type: Any) -> Kind:
    """Return how values of a type stand in XML."""
    if issubclass(spyne_type, Array):
        return Kind.LIST
    if issubclass(spyne_type, ComplexModelBase):
        return Kind.CARRIER
    if issubclass(spyne_type, Boolean):
        return Kind.BOOL
    if issubclass(spyne_type, DateTime):
        return Kind.MOMENT
    # Customised numbers descend from Decimal only: their name has their width.
    return Kind.INT if spyne_type.get_type_name() == Integer32.get_type_name() else Kind.TEXT


def members_of(spyne_type: Any, namespace: str | None = None) -> list[Member]:
    """Return the members of a type, those of its base class first, as WCF writes and expects them.

    ``namespace`` is that of a message's wrapper, which spyne sets only once it is part of an application.
    """
    bases: list[Any] = []
    base = spyne_type
    while base is not None:
        bases.insert(0, base)
        base = base.__extends__
    return [
        Member.of(name, namespace or owner.get_namespace(), member)
        for owner in bases
        for name, member in owner._type_info.items()  # noqa: SLF001 - spyne's public declaration, oddly named
    ]


def header_of(spyne_type: Any) -> Member:
    """Describe a SOAP header: it is named after its type."""
    return Member.of(spyne_type.get_type_name(), spyne_type.get_namespace(), spyne_type)


def item_of(spyne_type: Any) -> Member:
    """Return what a list has as its items."""
    (item,) = members_of(spyne_type)
    return item


def record_of(spyne_type: Any) -> type | None:
    """Return the record that stands for a carrier, if there is one; a header is named after its element."""
    carrier = getattr(spyne_type.Attributes, "header_type", spyne_type)
    return _RECORDS.get(carrier.get_type_name())


def fields_of(record: type) -> tuple[str, ...]:
    """Return the attributes of a record, in their order."""
    names: tuple[str, ...] = record.__match_args__  # type: ignore[attr-defined]  # of dataclasses and structs
    return names


def attribute_of(name: str) -> str:
    """Return the attribute of a record that has a member of the contract: ``from_`` for ``From``."""
    snake = "".join(f"_{each.lower()}" if each.isupper() else each for each in name).lstrip("_")
    return f"{snake}_" if snake == "from" else snake
