"""How many elements an envelope may have: without a bound, 8 MB of empty elements are seconds of work for all."""

from __future__ import annotations

from xml.parsers import expat

from messaging_double.server.soap.faults import deserialization_failed

MOST_ELEMENTS = 65_536
"""WCF's quota MaxItemsInObjectGraph has this default; it counts objects, this one every element (ours)."""


class _TooMany(Exception):  # noqa: N818 (ends the counting)
    pass


def check_elements(data: bytes, encoding: str | None) -> None:
    """Raise a ``WireFault`` (DeserializationFailed) for an envelope with more than ``MOST_ELEMENTS`` elements."""
    # Each element has one "<" at least, so that only few bodies have to be looked at more closely.
    if data.count(b"<") > MOST_ELEMENTS and _has_more_than(MOST_ELEMENTS, data, encoding):
        raise deserialization_failed(
            f"Maximum number of items that can be serialized or deserialized in an object graph is '{MOST_ELEMENTS}'. "
            "Change the object graph or increase the MaxItemsInObjectGraph quota. "
        )


def _has_more_than(most: int, data: bytes, encoding: str | None) -> bool:
    """Count without building a tree; what is no XML ends the counting, and is refused when it is parsed."""
    count = 0

    def start(name: str, attributes: list[str]) -> None:  # noqa: ARG001 (expat's callback)
        nonlocal count
        count += 1
        if count > most:
            raise _TooMany

    def doctype(*_: object) -> None:
        raise expat.ExpatError  # no DTD is read here either

    parser = expat.ParserCreate(encoding)
    parser.ordered_attributes = True
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 (expat's word for the last piece)
    except _TooMany:
        return True
    except (expat.ExpatError, LookupError, ValueError):
        return False
    return False
