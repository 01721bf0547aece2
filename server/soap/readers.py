"""Readers of SOAP messages, compiled from the spyne declaration at an operation's first use.

They read elements as WCF's DataContractSerializer does, and note where a lenient reading differs. The serializer goes
forward only: a member out of the contract's order, in another namespace or given twice is skipped without a word and
stays null. Lenient parsing reads it and notes it. Both refuse a number that is none, and elements where text belongs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from lxml import etree

from messaging_double.models.contract.members import (
    Kind,
    Member,
    attribute_of,
    fields_of,
    item_of,
    members_of,
    record_of,
)
from messaging_double.server.soap import XSI
from messaging_double.server.soap.faults import bad_body, bad_parameter, internal_service_fault, unexpected_element

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Reader = Callable[[Any, "Reading"], Any]

_NIL = f"{{{XSI}}}nil"
_INT = re.compile(r"[ \t\r\n]*[+-]?[0-9]+[ \t\r\n]*")
_LEAST, _MOST = -(2**31), 2**31 - 1
_SHORT = 10
"""Digits of which no number is beyond 32 bits, plus one."""
_INT_DIGITS = 64
"""Longer texts than this are no Int32 whatever they say, and Python's int() is spared them."""
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_SPACE = " \t\r\n"
_SHOWN = 1000
"""Characters of a bad value that a fault repeats."""
_CLR = {Kind.TEXT: "System.String", Kind.INT: "System.Int32", Kind.BOOL: "System.Boolean"}
_CLR_NAMESPACE = "SuperOffice.CRM.Services."
"""Inferred: the namespace of the vendor's public proxies."""


_HAS_MORE_THAN_TEXTS = etree.XPath("boolean(text()[normalize-space()] | */node()[not(self::text())])")
"""Whether an element has text beside its children, or these have more than text."""


class Reading(Protocol):
    """What a reader needs of the call that it reads."""

    strict: bool
    may_have_nil: bool
    """Whether an attribute ``nil`` can stand anywhere in the envelope."""

    def note(self, text: str) -> None:
        """Keep what was tolerated."""


class BadValue(Exception):  # noqa: N818 (the client's fault)
    """A value that its type does not have; becomes DeserializationFailed with the parameter's name."""


class ParameterReader:
    """Reads an operation's wrapper into its parameters."""

    def __init__(self, message: Any, namespace: str) -> None:
        """Compile the readers of the parameters of a spyne ``message``."""
        members = members_of(message, namespace)
        self._nothing = [None] * len(members)
        self._read = _members_reader(members, [parameter_reader(each) for each in members])

    def read(self, element: Any | None, call: Reading) -> Sequence[Any]:
        """Return the parameters in the contract's order; absent ones are ``None``.

        An empty Body is a call without parameters, as for WCF.  Raises a ``WireFault`` (DeserializationFailed) that
        names the parameter.
        """
        if element is None:
            return self._nothing
        try:
            values: list[Any] = self._read(element, call)
        except BadValue as error:  # of the wrapper itself; its parameters have faults of their own
            raise bad_body(etree.QName(element).localname, str(error)) from None
        return values


def parameter_reader(member: Member) -> Reader:
    """Return what reads a parameter; it raises a ``WireFault`` (DeserializationFailed) that names it."""
    read = _reader(member)

    def read_parameter(element: Any, call: Reading) -> Any:
        try:
            return read(element, call)
        except BadValue as error:
            name = etree.QName(member.tag)
            raise bad_parameter(name.namespace or "", name.localname, _clr_type(member), str(error)) from None

    return read_parameter


def header_reader(member: Member) -> Reader:
    """Return what reads a header; of a bad value WCF says no more than that it failed (InternalServiceFault)."""
    read = _reader(member)

    def read_header(element: Any, call: Reading) -> Any:
        try:
            return read(element, call)
        except BadValue:
            hint = f"the header {member.name} cannot be read as {_clr_type(member)}"
            raise internal_service_fault(hint) from None

    return read_header


def is_nil(element: Any) -> bool:
    """Say whether an element is nil."""
    return element.get(_NIL, "").strip() in ("true", "1")


def _reader(member: Member) -> Reader:
    """Return what reads a value that may be nil."""
    read = _READERS[member.kind](member)

    def read_or_nil(element: Any, call: Reading) -> Any:
        if call.may_have_nil and is_nil(element):
            return _nil(member, call)
        return read(element, call)

    return read_or_nil


def _nil(member: Member, call: Reading) -> None:
    if not member.nillable:
        if call.strict:
            raise _cannot_parse("", member.kind)
        call.note(f"{member.name} is nil: accepted here, the real service cannot read a nil number")


def _carrier_reader(member: Member) -> Reader:
    members = members_of(member.type)
    read = _members_reader(members, [_reader(each) for each in members])
    record = record_of(member.type)
    if record is None:
        return read
    attributes = [attribute_of(each.name) for each in members]
    places = [attributes.index(name) for name in fields_of(record)]
    first, last = places[0], places[-1] + 1
    if places != list(range(first, last)):
        raise TypeError(f"{record.__name__} does not have the members of the contract in their order")

    def read_record(element: Any, call: Reading) -> Any:
        return record(*read(element, call)[first:last])

    return read_record


def _members_reader(members: Sequence[Member], readers: Sequence[Reader]) -> Reader:
    """Return what reads the children of an element into a list, in the contract's order; absent ones are ``None``."""
    nothing = [None] * len(members)
    by_tag = {member.tag: position for position, member in enumerate(members)}
    by_name = {member.name: position for position, member in enumerate(members)}
    plain_text = [member.kind is Kind.TEXT for member in members]

    def read(element: Any, call: Reading) -> list[Any]:
        values: list[Any] = nothing[:]
        done: list[int] = []
        latest = -1
        may_have_nil = call.may_have_nil
        text = element.text
        try:
            if text is not None and text.strip(_SPACE):
                raise _text_among_elements()
            for child in element:
                position = by_tag.get(child.tag, -1)
                if position > latest:
                    latest = position
                else:
                    position = misplaced(child, done, call)
                if position >= 0:
                    done.append(position)
                    if plain_text[position] and not may_have_nil and not len(child):
                        values[position] = child.text or ""
                    else:
                        values[position] = readers[position](child, call)
                text = child.tail
                if text is not None and text.strip(_SPACE):
                    raise _text_among_elements()
        except BadValue:
            _refuse_text(element)  # WCF's reader would have met it first
            raise
        return values

    def misplaced(child: Any, done: Sequence[int], call: Reading) -> int:
        """Return the position at which a child counts that WCF would skip: -1 if strict, or if it is unknown."""
        name = etree.QName(child).localname
        position = by_tag.get(child.tag)
        why = "out of the contract's order"
        if position is None:
            position = by_name.get(name)
            why = "in another namespace than the contract's"
        if position is None:
            call.note(f"{name} is not in the contract: skipped, as the real service does")
            return -1
        if position in done:
            call.note(f"{name} is given more than once: the first one counts")
            return -1
        if call.strict:
            call.note(f"{name} is {why}: skipped, as the real service does")
            return -1
        call.note(f"{name} is {why}: read here, the real service would skip it")
        return position

    return read


def _list_reader(member: Member) -> Reader:
    item = item_of(member.type)
    read_item = _reader(item)
    tag = item.tag
    is_number = item.kind is Kind.INT

    def read(element: Any, call: Reading) -> list[Any]:
        if is_number and not call.may_have_nil and not _HAS_MORE_THAN_TEXTS(element):
            texts = [child.text or "" for child in element.iterchildren(tag)]
            if len(texts) == len(element):
                return [int_of(each) for each in texts]
        text = element.text
        values: list[Any] = []
        try:
            if text is not None and text.strip(_SPACE):
                raise _text_among_elements()
            for child in element:
                if child.tag == tag or _takes_item(item, child, call):
                    values.append(read_item(child, call))
                text = child.tail
                if text is not None and text.strip(_SPACE):
                    raise _text_among_elements()
        except BadValue:
            _refuse_text(element)
            raise
        return values

    return read


def _takes_item(item: Member, child: Any, call: Reading) -> bool:
    """Say whether an element counts that is not the item of a list: in one of carriers WCF skips it."""
    name = etree.QName(child).localname
    if not call.strict:
        if name == item.name:
            call.note(f"{name} is in another namespace than the contract's: read here, not by the real service")
            return True
        # SOAP's own encoding gives the items of an array any name, in no namespace; libraries like "item" in any.
        if etree.QName(child).namespace is None or name == "item":
            call.note(f"{name} is not named {item.name}: read here, not by the real service")
            return True
    if item.kind is not Kind.CARRIER:
        raise BadValue(unexpected_element(child.getparent(), child))
    call.note(f"{name} is no item of this list: skipped, as the real service does")
    return False


def _text_among_elements() -> BadValue:
    return BadValue("Expecting state 'Element'.. Encountered 'Text'  with name '', namespace ''. ")


def _refuse_text(element: Any) -> None:
    """Refuse text where elements belong, in WCF's words: what a client wrote there would be lost."""
    for text in (element.text, *(child.tail for child in element)):
        if text and text.strip(_SPACE):
            raise _text_among_elements()


def _text(element: Any, _call: Reading | None = None) -> str:
    if len(element):
        raise BadValue(unexpected_element(element, element[0]))
    text: str = element.text or ""
    return text


def _int(element: Any, _call: Reading) -> int:
    return int_of(_text(element) if len(element) else element.text or "")


def int_of(text: str) -> int:
    """Return the number that a text says. Raises BadValue for one that is none, and for one that is beyond 32 bits."""
    if len(text) < _SHORT and text.isdigit() and text.isascii():  # the usual case, without a pattern
        return int(text)
    if len(text) <= _INT_DIGITS and _INT.fullmatch(text):
        value = int(text)
        if _LEAST <= value <= _MOST:
            return value
    raise _cannot_parse(text, Kind.INT)


def _bool(element: Any, _call: Reading) -> bool:
    text = _text(element)
    try:
        return _BOOLEANS[text.strip(_SPACE)]
    except KeyError:
        raise _cannot_parse(text, Kind.BOOL) from None


_READERS: dict[Kind, Callable[[Member], Reader]] = {
    Kind.TEXT: lambda _: _text,
    Kind.INT: lambda _: _int,
    Kind.BOOL: lambda _: _bool,
    Kind.LIST: _list_reader,
    Kind.CARRIER: _carrier_reader,
}
"""Which reader each kind has; no request of the contract has a moment."""


def _cannot_parse(text: str, kind: Kind) -> BadValue:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return BadValue(f"The value '{shown}' cannot be parsed as the type '{_CLR[kind].removeprefix('System.')}'.")


def _clr_type(member: Member) -> str:
    if member.kind is Kind.LIST and not getattr(member.type.Attributes, "is_dictionary", False):
        return f"{_clr_type(item_of(member.type))}[]"
    return _CLR.get(member.kind) or _CLR_NAMESPACE + member.type.get_type_name()
