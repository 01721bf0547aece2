"""Looks through an envelope without building a tree: for what is too much, and for where what is broken breaks."""

from __future__ import annotations

from typing import NamedTuple
from xml.parsers import expat

from messaging_double.server.soap.names import SOAP11, SOAP12

MOST_ELEMENTS = 65_536
"""WCF's quota MaxItemsInObjectGraph has this default; it counts objects, the double every element (ours)."""

_SEPARATOR = " "


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

    Without a bound, 8 MB of empty elements would be seconds of work, in which nobody else is answered.
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

    parser = expat.ParserCreate(encoding)
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _stop
    _parse(parser, data)
    return count > MOST_ELEMENTS


def survey(data: bytes, encoding: str | None) -> Survey:
    """Find out what an envelope that cannot be parsed has before the place where it breaks."""
    names: list[str] = []
    doctypes: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:  # noqa: ARG001
        names.append(name)
        if _is_body(name, names[0]):
            raise _Seen

    def doctype(name: str, *_: object) -> None:
        doctypes.append(name)
        raise _Seen

    parser = expat.ParserCreate(encoding, _SEPARATOR)
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    _parse(parser, data)
    root = names[0] if names else ""
    soap = root.partition(_SEPARATOR)[0]
    return Survey(
        has_dtd=bool(doctypes),
        soap=soap if soap in (SOAP11, SOAP12) else SOAP11,
        reached_body=bool(names) and _is_body(names[-1], root),
    )


def _is_body(name: str, root: str) -> bool:
    return any(root == f"{soap}{_SEPARATOR}Envelope" and name == f"{soap}{_SEPARATOR}Body" for soap in (SOAP11, SOAP12))


def _stop(*_: object) -> None:
    raise _Seen


def _parse(parser: expat.XMLParserType, data: bytes) -> None:
    try:
        parser.Parse(data, True)  # noqa: FBT003 (expat's word for the last piece)
    except (_Seen, expat.ExpatError, LookupError, ValueError):
        pass
    finally:
        # The handlers know the parser's data and the parser its handlers: nobody else would part them soon.
        parser.StartElementHandler = parser.StartDoctypeDeclHandler = None
