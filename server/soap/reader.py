"""Reads a Body into carriers as WCF's DataContractSerializer does, and says where a lenient reading differs.

The serializer goes forward only: a member out of the contract's order, in another namespace or given twice is
skipped without a word and stays null.  Lenient takes it and notes it.  What both refuse: a number that is none, and
elements where text belongs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree

from messaging_double.server.soap.faults import bad_body, bad_parameter, unexpected_element
from messaging_double.server.soap.names import XSI_NIL
from messaging_double.server.soap.shapes import Kind, Member, Shape, kind_of, shape_of

if TYPE_CHECKING:
    from messaging_double.server.soap.manner import Manner

_INT = re.compile(r"[ \t\r\n]*[+-]?[0-9]+[ \t\r\n]*")
_INT_RANGE = range(-(2**31), 2**31)
_INT_DIGITS = 64
"""Longer texts than this are no Int32 whatever they say, and Python's int() is spared them."""
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_SPACE = " \t\r\n"
_SHOWN = 1000
"""Characters of a bad value that a fault repeats."""


class _BadValue(Exception):  # noqa: N818 (the client's fault)
    """A value that its type does not have; becomes DeserializationFailed with the parameter's name."""


class Reader:
    """Reads the elements of one request."""

    def __init__(self, manner: Manner) -> None:
        """Read by ``manner``, and note in it what is forgiven."""
        self._manner = manner

    def parameters(self, message: Any, element: Any | None) -> list[Any]:
        """Read the operation's wrapper into its parameters, in the contract's order; absent ones are ``None``.

        An empty Body is a call without parameters, as for WCF.

        Raises a ``WireFault`` (DeserializationFailed) that names the parameter.
        """
        if element is None or _is_nil(element):
            return [None] * len(shape_of(message).members)
        try:
            return self._members(message, element, self.parameter)
        except _BadValue as error:  # of the wrapper itself; its parameters have faults of their own
            raise bad_body(etree.QName(element).localname, str(error)) from None

    def parameter(self, member: Member, element: Any) -> Any:
        """Read one parameter or header.  Raises a ``WireFault`` (DeserializationFailed) that names it."""
        try:
            return self._value(member, element)
        except _BadValue as error:
            name = etree.QName(member.tag)
            raise bad_parameter(name.namespace or "", name.localname, _clr_type(member.type), str(error)) from None

    def _value(self, member: Member, element: Any) -> Any:
        kind = member.kind
        if _is_nil(element):
            return self._nil(member)
        if kind is Kind.TEXT:
            return _text(element)
        if kind is Kind.CARRIER:
            return self._carrier(member.type, element)
        if kind is Kind.LIST:
            return self._list(member.type, element)
        return _int(element) if kind is Kind.INT else _bool(element)

    def _nil(self, member: Member) -> None:
        if not member.type.Attributes.nillable:
            if self._manner.strict:
                raise _cannot_parse("", member.kind)
            self._manner.note(f"{member.name} is nil: accepted here, the real service cannot read a nil number")

    def _carrier(self, cls: Any, element: Any) -> Any:
        carrier = (cls.__orig__ or cls)()  # spyne warns, with a stack trace, of instances of a customised class
        values = self._members(cls, element, self._value)
        for member, value in zip(shape_of(cls).members, values, strict=True):
            setattr(carrier, member.name, value)
        return carrier

    def _members(self, cls: Any, element: Any, read: Any) -> list[Any]:
        _refuse_text(element)
        shape = shape_of(cls)
        values: list[Any] = [None] * len(shape.members)
        right: set[int] = set()
        forgiven: set[int] = set()
        latest = -1
        for child in element:
            position = shape.by_tag.get(child.tag)
            if position is None or position <= latest:
                position = self._out_of_line(shape, child, right, forgiven)
                if position is None:
                    continue
                forgiven.add(position)
            else:
                right.add(position)
                latest = position
            values[position] = read(shape.members[position], child)
        return values

    def _out_of_line(self, shape: Shape, child: Any, right: set[int], forgiven: set[int]) -> int | None:
        """Say at which position a child counts that WCF would skip: none if strict, or if it is unknown."""
        name = etree.QName(child).localname
        position = shape.by_tag.get(child.tag)
        why = "out of the contract's order"
        if position is None:
            position = shape.by_name.get(name)
            why = "in another namespace than the contract's"
        if position is None:
            self._manner.note(f"{name} is not in the contract: skipped, as the real service does")
            return None
        if position in right or position in forgiven:
            self._manner.note(f"{name} is given more than once: the first one counts")
            return None
        if self._manner.strict:
            self._manner.note(f"{name} is {why}: skipped, as the real service does")
            return None
        self._manner.note(f"{name} is {why}: read here, the real service would skip it")
        return position

    def _list(self, cls: Any, element: Any) -> list[Any]:
        _refuse_text(element)
        (item,) = shape_of(cls).members
        values = []
        for child in element:
            if child.tag != item.tag and not self._takes_item(item, child):
                continue
            values.append(self._value(item, child))
        return values

    def _takes_item(self, item: Member, child: Any) -> bool:
        """Say whether an element counts that is not the item of a list: in one of carriers WCF skips it."""
        name = etree.QName(child).localname
        if self._manner.strict:
            if item.kind is not Kind.CARRIER:
                raise _BadValue(unexpected_element(child.getparent(), child))
            self._manner.note(f"{name} is no item of this list: skipped, as the real service does")
            return False
        if name == item.name:
            self._manner.note(f"{name} is in another namespace than the contract's: read here, not by the real service")
            return True
        # SOAP's own encoding gives the items of an array any name, in no namespace; libraries like "item" in any.
        if etree.QName(child).namespace is None or name == "item":
            self._manner.note(f"{name} is not named {item.name}: read here, not by the real service")
            return True
        self._manner.note(f"{name} is no item of this list: skipped")
        return False


def _refuse_text(element: Any) -> None:
    """Refuse text where elements belong, in WCF's words: what a client wrote there would be lost."""
    for text in (element.text, *(child.tail for child in element)):
        if text and text.strip(_SPACE):
            raise _BadValue("Expecting state 'Element'.. Encountered 'Text'  with name '', namespace ''. ")


def _is_nil(element: Any) -> bool:
    return element.get(XSI_NIL, "").strip() in ("true", "1")


def _text(element: Any) -> str:
    if len(element):
        raise _BadValue(unexpected_element(element, element[0]))
    return element.text or ""


def _int(element: Any) -> int:
    text = _text(element)
    if len(text) <= _INT_DIGITS and _INT.fullmatch(text):
        value = int(text)
        if value in _INT_RANGE:
            return value
    raise _cannot_parse(text, Kind.INT)


def _bool(element: Any) -> bool:
    text = _text(element)
    try:
        return _BOOLEANS[text.strip(_SPACE)]
    except KeyError:
        raise _cannot_parse(text, Kind.BOOL) from None


def _cannot_parse(text: str, kind: Kind) -> _BadValue:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return _BadValue(f"The value '{shown}' cannot be parsed as the type '{_CLR[kind].removeprefix('System.')}'.")


_CLR = {Kind.TEXT: "System.String", Kind.INT: "System.Int32", Kind.BOOL: "System.Boolean"}
_CLR_NAMESPACE = "SuperOffice.CRM.Services."
"""Inferred: the namespace of the vendor's public proxies."""


def _clr_type(cls: Any) -> str:
    kind = kind_of(cls)
    if kind is Kind.LIST and not getattr(cls.Attributes, "is_dictionary", False):
        (item,) = shape_of(cls).members
        return f"{_clr_type(item.type)}[]"
    return _CLR.get(kind) or _CLR_NAMESPACE + cls.get_type_name()
