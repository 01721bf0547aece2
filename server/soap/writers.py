"""Writers of SOAP messages, compiled from the spyne declaration at an operation's first use.

They write records as WCF does: every member, in the contract's order, nil where there is nothing; UTF-8 without an XML
declaration.  What is the same in every answer is made once.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, partial
from operator import attrgetter
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
from messaging_double.server.soap.names import XSI

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Writer = Callable[[Sequence[Any]], list[str]]
    """Writes a text for each value."""

_SPECIAL = re.compile("[&<>\r]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_SUCCESS = (None, None, True, None)
"""The values of the headers of most answers: ExceptionInfo, ExtraInfo, Succeeded, TimeZone."""


def escaped(text: str) -> str:
    """Return a text as it stands between two tags; a carriage return would else be read as a line feed."""
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text


class ResponseWriter:
    """Writes the answers of one operation."""

    def __init__(self, headers: Sequence[Any], message: Any, namespace: str) -> None:
        """Compile the writers of the spyne types ``headers`` and ``message``, whose wrapper is in ``namespace``."""
        # WCF's prefixes: h for the header, i for nil ones.
        declared = f' xmlns:h="{namespace}" xmlns:i="{XSI}"'
        self._headers = [_element_writer(header_of(each), "h:", declared) for each in headers]
        self._results = [_element_writer(each) for each in members_of(message, namespace)]
        name = message.get_type_name()
        self._empty = f'<{name} xmlns="{namespace}" xmlns:i="{XSI}"/>'
        self._wrapper = self._empty.replace("/>", ">"), f"</{name}>"
        self._starts: dict[str, str] = {}
        self.no_results = [None] * len(self._results)

    def write(self, soap: str, headers: tuple[Any, ...], results: Sequence[Any]) -> bytes:
        """Return an envelope of the version whose namespace is ``soap``.

        ``headers`` are the values of all of the contract's, ``None`` for a nil one; ``results`` those of the members of
        the response's wrapper.
        """
        inner = "".join([write([value])[0] for write, value in zip(self._results, results, strict=True)])
        start, end = self._wrapper
        body = f"{start}{inner}{end}" if self._results else self._empty
        return f"{self._start(soap, headers)}{body}</s:Body></s:Envelope>".encode()

    def _start(self, soap: str, headers: tuple[Any, ...]) -> str:
        """Return the envelope up to its Body's element; that of a success is always the same."""
        is_usual = headers == _SUCCESS
        if is_usual and soap in self._starts:
            return self._starts[soap]
        written = "".join([write([value])[0] for write, value in zip(self._headers, headers, strict=True)])
        header = f"<s:Header>{written}</s:Header>" if written else ""
        start = f'<s:Envelope xmlns:s="{soap}">{header}<s:Body>'
        if is_usual:
            self._starts[soap] = start
        return start


def _element_writer(member: Member, prefix: str = "", declared: str = "") -> Writer:
    """Return what writes values as elements of a name, or nil; ``declared`` are the namespaces that each declares."""
    name = prefix + member.name
    nil = f'<{name}{declared} i:nil="true"/>'
    start, end, empty = f"<{name}{declared}>", f"</{name}>", f"<{name}{declared}/>"
    if member.kind in _SIMPLE:
        text_of, zero = _SIMPLE[member.kind]
        absent = nil if member.nillable else f"{start}{zero}{end}"
        if member.kind is Kind.INT:
            return lambda values: [absent if value is None else f"{start}{value}{end}" for value in values]
        return lambda values: [absent if value is None else f"{start}{text_of(value)}{end}" for value in values]
    if member.kind is Kind.CARRIER:
        writer = cache(partial(_carrier_writer, member.type, prefix))  # a carrier may have one of its own type in it

        def write_carriers(values: Sequence[Any]) -> list[str]:
            if None not in values:
                return [f"{start}{text}{end}" for text in writer()(values)]
            return [nil if value is None else write_carriers([value])[0] for value in values]

        return write_carriers
    if member.type.get_namespace() == ARRAYS_NAMESPACE:
        prefix, declared = "b:", f' xmlns:b="{ARRAYS_NAMESPACE}"'  # WCF's prefix for the items of such lists
        start, empty = f"<{name}{declared}>", f"<{name}{declared}/>"
    write_items = _element_writer(item_of(member.type), prefix)

    def write_list(items: Any) -> str:
        if not items:
            return nil if items is None else empty
        return f"{start}{''.join(write_items(items))}{end}"

    return lambda values: [write_list(items) for items in values]


@cache
def _carrier_writer(carrier: Any, prefix: str) -> Writer:
    """Return what writes the members of records, or of mappings where no record stands for the carrier.

    A member that the record does not have is nil in every answer. All values of one member are written before those of
    the next: most carriers come in lists, and that takes half the time.
    """
    members = members_of(carrier)
    record = record_of(carrier)
    ours = [each for each in members if record is None or attribute_of(each.name) in fields_of(record)]
    template = "".join("%s" if each in ours else _element_writer(each, prefix)([None])[0] for each in members)
    getters = [attrgetter(attribute_of(each.name)) if record else partial(_item, each.name) for each in ours]
    writers = [_element_writer(each, prefix) for each in ours]
    columns = list(zip(getters, writers, strict=True))
    return lambda records: [
        template % row for row in zip(*[write([get(each) for each in records]) for get, write in columns], strict=True)
    ]


def _item(name: str, mapping: Any) -> Any:
    return mapping.get(name)


def _moment(value: datetime) -> str:
    """Write as .NET does: ``Z`` for UTC, no zeroes at the end of a fraction."""
    text = value.replace(tzinfo=None).isoformat()
    whole, dot, fraction = text.partition(".")
    return whole + dot + fraction.rstrip("0") + ("" if value.tzinfo is None else "Z")


_SIMPLE: dict[Kind, tuple[Callable[[Any], str], str]] = {
    Kind.TEXT: (escaped, ""),
    Kind.INT: (str, "0"),
    Kind.BOOL: ({True: "true", False: "false"}.__getitem__, "false"),
    Kind.MOMENT: (_moment, _moment(datetime(1, 1, 1))),  # noqa: DTZ001 - .NET's DateTime.MinValue has no zone
}
"""What makes a text of a value; and of nothing, where that cannot be nil: .NET's zero."""
