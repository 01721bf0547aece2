"""Looks through an envelope that is not to be parsed whole: for what is too much, and for where it breaks."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from xml.parsers import expat

from lxml import etree

from messaging_double.server.soap.faults import too_many_items, too_many_names
from messaging_double.server.soap.names import SOAP11, SOAP12

MOST_ELEMENTS = 65_536
"""WCF's quota MaxItemsInObjectGraph has this default; it counts objects, the double every element (ours)."""

MOST_NAME_CHARACTERS = 16_384
"""WCF's quota MaxNameTableCharCount: of all different names of elements and attributes together."""

_START_TAG = re.compile(rb"<[^/?][^>]*>")
_NAME = rb"[A-Za-z_][\w.:-]*"
_PLAIN_TAG = re.compile(rb"<%b(?:\s+%b\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*/?>" % (_NAME, _NAME), re.ASCII)
_PIECE = 64 * 1024
_SEPARATOR = " "


class Prescan(NamedTuple):
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
    hint: str
    """In the double's."""


class Break(NamedTuple):
    """Where an envelope ends to be XML."""

    line: int
    column: int
    at: int
    """The number of bytes before it."""
    detail: str
    """In the parser's words, which repeat nothing that the client wrote."""


class HasDtd(Exception):  # noqa: N818 (the client's fault)
    """A DTD stands before the root."""


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
        self._note(name, name.rpartition(_SEPARATOR)[2])
        for attribute in attributes[::2]:
            self._note(attribute, attribute.rpartition(_SEPARATOR)[2])
        if self.elements > MOST_ELEMENTS:
            raise _Seen

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        for each in (prefix, uri):
            if each:
                self._note(f"xmlns {each}", each)

    def doctype(self, *_: object) -> None:
        raise HasDtd

    def _note(self, key: str, name: str) -> None:
        if key not in self._names:
            self._names.add(key)
            self.name_characters += len(name)
            if self.name_characters > MOST_NAME_CHARACTERS:
                raise _Seen


class _Seen(Exception):  # noqa: N818 (ends the counting)
    pass


def is_plain(data: bytes) -> bool:
    """Say whether a body in UTF-8 is certainly within the quotas; at less cost than ``count`` for tags that repeat.

    A name is in a start tag. All start tags are found here: what is between ``<`` and ``>`` has neither of them in it,
    and is no comment, no CDATA section and no DTD.  Each name may be in each of the namespaces that are declared.
    """
    if data.count(b"<") > 2 * MOST_ELEMENTS or b"<!" in data:
        return False
    tags = _START_TAG.findall(data)
    different = set(tags)
    return (
        len(tags) <= MOST_ELEMENTS
        and sum(map(len, different)) * (1 + sum(tag.count(b"xmlns") for tag in different)) <= MOST_NAME_CHARACTERS
        and all(map(_PLAIN_TAG.fullmatch, different))
    )


def count(data: bytes, encoding: str) -> Excess | Break | None:
    """Say beyond which quota an envelope goes, if it does, or where expat finds it broken. Raises ``HasDtd``.

    Without a bound, 8 MB of empty elements would be seconds of work, in which no other call is answered. Expat counts,
    since it builds no tree. What it cannot read it cannot count either, and is refused: the names of
    XML 1.0's fifth edition, for example, which libxml2 takes and WCF does not.
    """
    counter = _Counter()
    parser = expat.ParserCreate(encoding, _SEPARATOR)
    parser.ordered_attributes = True
    parser.StartElementHandler = counter.start
    parser.StartNamespaceDeclHandler = counter.namespace
    parser.StartDoctypeDeclHandler = counter.doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 (expat's word for the last piece)
    except _Seen:
        soap = SOAP12 if counter.root == f"{SOAP12}{_SEPARATOR}Envelope" else SOAP11
        if counter.elements > MOST_ELEMENTS:
            return Excess(soap, too_many_items(MOST_ELEMENTS), f"there are more than {MOST_ELEMENTS} elements")
        hint = f"there are more than {MOST_NAME_CHARACTERS} characters of different names and namespaces"
        return Excess(soap, too_many_names(MOST_NAME_CHARACTERS), hint)
    except expat.ExpatError as error:
        return Break(error.lineno, error.offset + 1, parser.ErrorByteIndex, expat.ErrorString(error.code))
    return None


def prescan(data: bytes, encoding: str) -> Prescan:
    """Find out what an envelope has before the place where it breaks, or where there is too much of it.

    By libxml2 again, piece by piece: another parser would find it broken at other places.
    """
    soap = ""
    for number, (name, has_dtd) in enumerate(_starts(data, encoding), 1):
        if has_dtd:
            return Prescan(has_dtd=True, soap=SOAP11, reached_body=False)
        if number == 1:
            soap = _version(name)
        elif name == f"{{{soap}}}Body":
            return Prescan(has_dtd=False, soap=soap, reached_body=True)
        if not soap or number > MOST_ELEMENTS:
            break
    return Prescan(has_dtd=False, soap=soap or SOAP11, reached_body=False)


def _version(root: str) -> str:
    return next((soap for soap in (SOAP11, SOAP12) if root == f"{{{soap}}}Envelope"), "")


def _starts(data: bytes, encoding: str) -> Any:
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
