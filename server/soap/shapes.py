"""What reading and writing need to know of a carrier: its members in order, with tags and kinds."""

from __future__ import annotations

from enum import Enum, auto
from functools import cache
from typing import Any, NamedTuple

from spyne.model.complex import Array, ComplexModelBase
from spyne.model.primitive import Boolean, DateTime, Integer32


class Kind(Enum):
    """How a type's value stands in XML."""

    TEXT = auto()
    INT = auto()
    BOOL = auto()
    MOMENT = auto()
    LIST = auto()
    CARRIER = auto()


class Member(NamedTuple):
    """One member of a carrier, or the item of a list."""

    name: str
    tag: str
    """The name with its namespace, as lxml writes it."""
    type: Any
    kind: Kind


class Shape(NamedTuple):
    """The members of a carrier in the contract's order, base class first."""

    members: tuple[Member, ...]
    by_tag: dict[str, int]
    by_name: dict[str, int]


@cache
def kind_of(cls: Any) -> Kind:
    """Say how values of ``cls`` stand in XML."""
    if issubclass(cls, Array):
        return Kind.LIST
    if issubclass(cls, ComplexModelBase):
        return Kind.CARRIER
    if issubclass(cls, Boolean):
        return Kind.BOOL
    if issubclass(cls, DateTime):
        return Kind.MOMENT
    # Customised numbers descend from Decimal only: their name tells how wide they are.
    return Kind.INT if cls.get_type_name() == Integer32.get_type_name() else Kind.TEXT


@cache
def header_of(cls: Any) -> Member:
    """Return a header as if it were a member: named, and tagged, after its element."""
    name = cls.get_type_name()
    return Member(name, f"{{{cls.get_namespace()}}}{name}", cls, kind_of(cls))


@cache
def shape_of(cls: Any) -> Shape:
    """Return the members of ``cls``, those of its base class first (as WCF writes and expects them)."""
    bases: list[Any] = []
    base = cls
    while base is not None:
        bases.insert(0, base)
        base = base.__extends__
    members = tuple(
        Member(name, f"{{{owner.get_namespace()}}}{name}", member, kind_of(member))
        for owner in bases
        for name, member in owner._type_info.items()  # noqa: SLF001 (spyne's public declaration, oddly named)
    )
    return Shape(
        members,
        {member.tag: position for position, member in enumerate(members)},
        {member.name: position for position, member in enumerate(members)},
    )
