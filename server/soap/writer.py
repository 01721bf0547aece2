"""Writes carriers as WCF writes them: every member, in the contract's order, nil where there is nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from lxml import etree

from messaging_double.models.contract.carriers import ARRAYS_NAMESPACE
from messaging_double.server.soap.names import XSI, XSI_NIL
from messaging_double.server.soap.shapes import Kind, Member, header_of, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NIL = {XSI_NIL: "true"}
_NO_MOMENT = datetime(1, 1, 1)  # noqa: DTZ001 (.NET's DateTime.MinValue has no zone)
_SIMPLE: dict[Kind, Callable[[Any], str]] = {
    # What cannot be nil is .NET's zero where there is nothing.
    Kind.TEXT: str,
    Kind.INT: lambda value: str(value or 0),
    Kind.BOOL: lambda value: "true" if value else "false",
    Kind.MOMENT: lambda value: _moment(value or _NO_MOMENT),
}
_LISTS = {ARRAYS_NAMESPACE: {"b": ARRAYS_NAMESPACE}}
"""What lists of another namespace declare: WCF's prefix ``b`` for their items."""


def write_headers(parent: Any, headers: Sequence[Any], values: Sequence[Any]) -> None:
    """Append each header, those without a value as nil, as WCF does (prefix ``h``, prefix ``i`` for the nil)."""
    for cls, value in zip(headers, values, strict=True):
        _write(parent, header_of(cls), value, {"h": cls.get_namespace(), "i": XSI})


def write_response(parent: Any, message: Any, values: Sequence[Any]) -> None:
    """Append the response's wrapper with the operation's results in it."""
    namespace = message.get_namespace()
    nsmap: dict[Any, str] = {None: namespace, "i": XSI}
    wrapper = etree.SubElement(parent, f"{{{namespace}}}{message.get_type_name()}", nsmap=nsmap)
    for member, value in zip(shape_of(message).members, values, strict=True):
        _write(wrapper, member, value)


def _write(parent: Any, member: Member, value: Any, nsmap: dict[str, str] | None = None) -> None:
    if value is None and member.type.Attributes.nillable:
        etree.SubElement(parent, member.tag, _NIL, nsmap=nsmap)
        return
    kind = member.kind
    if kind is Kind.LIST:
        nsmap = _LISTS.get(member.type.get_namespace(), nsmap)
    element = etree.SubElement(parent, member.tag, nsmap=nsmap)
    if kind in _SIMPLE:
        element.text = _SIMPLE[kind](value)
    elif kind is Kind.LIST:
        (item,) = shape_of(member.type).members
        for each in value:
            _write(element, item, each)
    else:
        for each in shape_of(member.type).members:
            _write(element, each, getattr(value, each.name))


def _moment(value: datetime) -> str:
    """Write as .NET does: ``Z`` for UTC, no zeroes at the end of a fraction."""
    text = value.replace(tzinfo=None).isoformat()
    whole, dot, fraction = text.partition(".")
    return whole + dot + fraction.rstrip("0") + ("" if value.tzinfo is None else "Z")
