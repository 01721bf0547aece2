"""Writers of SOAP messages, compiled from the spyne declaration at an operation's first use.

They write records as WCF does: every member, in the contract's order, nil where there is nothing; UTF-8 without an XML
declaration. What is the same in every answer is made once.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from messaging_double.models.contract.members import (
    Kind,
    Member,
    attribute_of,
    fields_of,
    header_of,
    item_of,
    members_of,
    record_of,
)
from messaging_double.models.contract.netserver import ARRAYS_NAMESPACE
from messaging_double.server.soap import XSI

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Writer = Callable[[Any], str]

_SPECIAL = re.compile("[&<>\r]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_SUCCESS = (None, None, True, None)
"""The values of the headers of most answers: ExceptionInfo, ExtraInfo, Succeeded, TimeZone."""


def escaped(text: str) -> str:
    """Return a text as it stands between two tags; a carriage return would else be read as a line feed."""
    return text.translate(_ESCAPES)


class ResponseWriter:
    """Writes the answers of one operation."""

    def __init__(self, headers: Sequence[Any], message: Any, namespace: str) -> None:
        """Compile the writers of the spyne types ``headers`` and ``message``, whose wrapper is in ``namespace``."""
        # WCF's prefixes: h for the header, i for nil ones.
        declared = f' xmlns:h="{namespace}" xmlns:i="{XSI}"'
        self._headers = [_writer(header_of(each), "h:", declared) for each in headers]
        members = members_of(message, namespace)
        name = message.get_type_name()
        wrapper = f'<{name} xmlns="{namespace}" xmlns:i="{XSI}"'
        self._wrapper, end = (f"{wrapper}>", f"</{name}>") if members else (f"{wrapper}/>", "")
        self._end = f"{end}</s:Body></s:Envelope>"
        code = _Code()
        results = [(member, f"value[{position}]") for position, member in enumerate(members)]
        self._write_results = code.compiled(code.elements(results))
        self._starts: dict[str, str] = {}
        self.no_results = [None] * len(members)

    def write(self, soap: str, headers: tuple[Any, ...], results: Sequence[Any]) -> bytes:
        """Return an envelope of the version whose namespace is ``soap``.

        ``headers`` are the values of all of the contract's, ``None`` for a nil one; ``results`` those of the members of
        the response's wrapper.
        """
        return f"{self._start(soap, headers)}{self._write_results(results)}{self._end}".encode()

    def _start(self, soap: str, headers: tuple[Any, ...]) -> str:
        """Return the envelope up to the results; that of a success is always the same."""
        is_usual = headers == _SUCCESS
        if is_usual and soap in self._starts:
            return self._starts[soap]
        written = "".join([write(value) for write, value in zip(self._headers, headers, strict=True)])
        header = f"<s:Header>{written}</s:Header>" if written else ""
        start = f'<s:Envelope xmlns:s="{soap}">{header}<s:Body>{self._wrapper}'
        if is_usual:
            self._starts[soap] = start
        return start


def _writer(member: Member, prefix: str, declared: str = "") -> Writer:
    """Return what writes a value as an element of a name, or nil; ``declared`` are the namespaces that it declares."""
    code = _Code()
    return code.compiled(code.element(member, "value", prefix, declared))


class _Code:
    """Python that writes values as elements: formats, and the expressions of what stands in them."""

    def __init__(self) -> None:
        """Begin with the names that expressions refer to."""
        self._names: dict[str, Any] = {"escaped": escaped, "moment": _moment, "special": _SPECIAL.search}
        self._open: list[Any] = []  # the carriers that are being written

    def compiled(self, expression: str) -> Writer:
        """Return the function of ``value`` that evaluates an expression: of names of the contract alone."""
        return eval(f"lambda value: {expression}", self._names)  # type: ignore[no-any-return]  # noqa: S307

    def elements(self, members: Sequence[tuple[Member, str]], prefix: str = "", around: str = "%s") -> str:
        """Return the expression of the elements of members, with the expressions of their values."""
        formats, values = [], []
        for member, value in members:
            text, expression = self._format(member, value, prefix)
            formats.append(text)
            values.append(f"{expression}, ")
        return f"{around % ''.join(formats)!r} % ({''.join(values)})"

    def element(self, member: Member, value: str, prefix: str, declared: str = "") -> str:
        """Return the expression of an element."""
        text, expression = self._format(member, value, prefix, declared)
        return f"{text!r} % ({expression},)"

    def _format(self, member: Member, value: str, prefix: str, declared: str = "") -> tuple[str, str]:
        """Return the format of an element, and the expression of what stands in it: all of it where it may be nil."""
        name = prefix + member.name
        start, end, nil = f"<{name}{declared}>", f"</{name}>", f'<{name}{declared} i:nil="true"/>'
        if member.kind in _SIMPLE:
            text, zero = _SIMPLE[member.kind]
            content = text.format(value)
            if not member.nillable:
                return f"{start}%s{end}", f"{zero!r} if {value} is None else {content}"
            written = f"{f'{start}%s{end}'!r} % {content}"
        elif member.kind is Kind.CARRIER:
            written = self._carrier(member, value, prefix, f"{start}%s{end}")
        else:
            if member.type.get_namespace() == ARRAYS_NAMESPACE:
                prefix, declared = "b:", f' xmlns:b="{ARRAYS_NAMESPACE}"'  # WCF's prefix for the items of such lists
            item = self.element(item_of(member.type), "each", prefix)
            # One join, since each further step copies an answer of 20 MB while nothing else runs.
            items = f"''.join([{f'<{name}{declared}>'!r}, *[{item} for each in {value}], {end!r}])"
            written = f"{items} if {value} else {f'<{name}{declared}/>'!r}"
        return "%s", f"({nil!r} if {value} is None else {written})"

    def _carrier(self, member: Member, value: str, prefix: str, around: str) -> str:
        """Return the expression of a record, or of a mapping where no record stands for the carrier.

        A member that the record does not have is nil in every answer.
        """
        if member.type in self._open:  # in one of its own type, and how deep is not known
            again = f"again{len(self._names)}"
            self._names[again] = lambda value: _cached_writer(member, prefix)(value)  # noqa: PLW0108 - at its first use
            return f"{again}({value})"
        self._open.append(member.type)
        record = record_of(member.type)
        values = []
        for each in members_of(member.type):
            attribute = attribute_of(each.name)
            if record is None:
                values.append((each, f"{value}.get({each.name!r})"))
            else:
                values.append((each, f"{value}.{attribute}" if attribute in fields_of(record) else "None"))
        written = self.elements(values, prefix, around)
        self._open.pop()
        return written


_cached_writer = cache(_writer)


def _moment(value: datetime) -> str:
    """Write as .NET does: ``Z`` for UTC, no zeroes at the end of a fraction."""
    text = value.replace(tzinfo=None).isoformat()
    whole, dot, fraction = text.partition(".")
    return whole + dot + fraction.rstrip("0") + ("" if value.tzinfo is None else "Z")


_SIMPLE = {
    Kind.TEXT: ("(escaped({0}) if special({0}) else {0})", ""),
    Kind.INT: ("{}", "0"),
    Kind.BOOL: ("('true' if {} else 'false')", "false"),
    Kind.MOMENT: ("moment({})", _moment(datetime(1, 1, 1))),  # noqa: DTZ001 - .NET's DateTime.MinValue has no zone
}
"""The expression of a value's text; and the text of nothing, where that cannot be nil: .NET's zero."""
