"""Looks through an envelope that is not to be parsed whole: for what is too much, and for where it breaks."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple
from xml.parsers import expat

from lxml import etree

from messaging_double.server.soap.faults import too_many_items, too_many_names
from messaging_double.server.soap.names import SOAP11, SOAP12

MOST_ELEMENTS = 65_536
"""WCF's quota MaxItemsInObjectGraph has this default; it counts objects, the double every element (ours)."""

MOST_NAME_CHARACTERS = 16_384
"""WCF's quota MaxNameTableCharCount: of all different names of elements and attributes together."""

_PIECE = 64 * 1024
_SEPARATOR = " "


class Survey(NamedTuple):
    """How far an envelope is good."""

    has_dtd: bool
    soap: str
    """The namespace of its SOAP version; SOAP 1.1's where that cannot be seen."""
    reached_body: bool


class Excess(NamedTuple):
    """A quota that an envelope goes beyond."""

    soap: str
    """The namespace of the envelope's SOAP version; SOAP 1.1's where that cannot be seen."""
    detail: str
    """In WCF's words."""


class _Counter:
    """Expat's handlers: what they count, and the end of the counting."""

    def __init__(self) -> None:
        self.root = ""
        self.elements = 0
        self.name_characters = 0
        self._names: set[str] = set()

    def start(self, name: str, attributes: list[str]) -> None:
        self.root = self.root or name
        self.elements += 1
        self._note(name)
        for attribute in attributes[::2]:
            self._note(attribute)
        if self.elements > MOST_ELEMENTS:
            raise _Seen

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        self._note(f"{prefix} {uri}")

    def doctype(self, *_: object) -> None:
        raise _Seen

    def _note(self, name: str) -> None:
        if name not in self._names:
            self._names.add(name)
            self.name_characters += len(name.rpartition(_SEPARATOR)[2])
            if self.name_characters > MOST_NAME_CHARACTERS:
                raise _Seen


class _Seen(Exception):  # noqa: N818 (ends the counting)
    pass


def excess_of(data: bytes, encoding: str | None) -> Excess | None:
    """Say beyond which quota an envelope goes, if it does; what is no XML is left to who parses it.

    Without a bound, 8 MB of empty elements would be seconds of work, in which nobody else is answered; and the parser
    keeps every name that it ever met.  Expat counts, since it builds no tree.
    """
    if len(data) <= MOST_NAME_CHARACTERS:
        return None  # too short for either
    counter = _Counter()
    parser = expat.ParserCreate(encoding, _SEPARATOR)
    parser.ordered_attributes = True
    parser.StartElementHandler = counter.start
    parser.StartNamespaceDeclHandler = counter.namespace
    parser.StartDoctypeDeclHandler = counter.doctype
    with suppress(_Seen, expat.ExpatError, LookupError, ValueError):
        parser.Parse(data, True)  # noqa: FBT003 (expat's word for the last piece)
    soap = SOAP12 if counter.root == f"{SOAP12}{_SEPARATOR}Envelope" else SOAP11
    if counter.elements > MOST_ELEMENTS:
        return Excess(soap, too_many_items(MOST_ELEMENTS))
    if counter.name_characters > MOST_NAME_CHARACTERS:
        return Excess(soap, too_many_names(MOST_NAME_CHARACTERS))
    return None


def survey(data: bytes, encoding: str | None) -> Survey:
    """Find out what an envelope has before the place where it breaks, or where there is too much of it.

    By libxml2 again, piece by piece: another parser would find it broken at other places.
    """
    soap = ""
    for count, (name, has_dtd) in enumerate(_starts(data, encoding), 1):
        if has_dtd:
            return Survey(has_dtd=True, soap=SOAP11, reached_body=False)
        if count == 1:
            soap = _version(name)
        elif name == f"{{{soap}}}Body":
            return Survey(has_dtd=False, soap=soap, reached_body=True)
        if not soap or count > MOST_ELEMENTS:
            break
    return Survey(has_dtd=False, soap=soap or SOAP11, reached_body=False)


def _version(root: str) -> str:
    return next((soap for soap in (SOAP11, SOAP12) if root == f"{{{soap}}}Envelope"), "")


def _starts(data: bytes, encoding: str | None) -> Any:
    """Yield each element's name as it starts, and whether a DTD stands before it."""
    parser = etree.XMLPullParser(("start",), encoding=encoding, resolve_entities=False, load_dtd=False, no_network=True)
    for begin in range(0, len(data), _PIECE):
        try:
            parser.feed(data[begin : begin + _PIECE])
        except etree.XMLSyntaxError:
            data = b""
        element: Any
        for _, element in parser.read_events():
            yield element.tag, element.getroottree().docinfo.internalDTD is not None
        if not data:
            return
