"""Looks through an envelope that is not to be parsed whole: for what is too much, and for where it breaks."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple
from xml.parsers import expat

from lxml import etree

from messaging_double.server.soap.names import SOAP11, SOAP12

MOST_ELEMENTS = 65_536
"""WCF's quota MaxItemsInObjectGraph has this default; it counts objects, the double every element (ours)."""

_PIECE = 64 * 1024


class Survey(NamedTuple):
    """How far an envelope is good."""

    has_dtd: bool
    soap: str
    """The namespace of its SOAP version; SOAP 1.1's where that cannot be seen."""
    reached_body: bool


class _Seen(Exception):  # noqa: N818 (ends the looking)
    pass


def has_too_many_elements(data: bytes, encoding: str | None) -> bool:
    """Say whether there are more than ``MOST_ELEMENTS``; what is no XML is left to who parses it.

    Without a bound, 8 MB of empty elements would be seconds of work, in which nobody else is answered.  Expat counts,
    since it builds no tree.
    """
    # Each element has one "<" at least, so that only few bodies have to be looked at more closely.
    if data.count(b"<") <= MOST_ELEMENTS:
        return False
    count = 0

    def start(name: str, attributes: list[str]) -> None:  # noqa: ARG001 (expat's callback)
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS:
            raise _Seen

    def stop(*_: object) -> None:
        raise _Seen

    parser = expat.ParserCreate(encoding)
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = stop
    with suppress(_Seen, expat.ExpatError, LookupError, ValueError):
        parser.Parse(data, True)  # noqa: FBT003 (expat's word for the last piece)
    return count > MOST_ELEMENTS


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
