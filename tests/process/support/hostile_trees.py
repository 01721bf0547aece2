"""Hostile trees: grown out of a DTD, too deep, too wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.envelopes import Xml, envelope, operation

from .client import sending
from .hostile import ANY_REFUSAL, BAD, BROKEN, LARGE, TAKEN, Hostile, hostile, post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MIB = 1024 * 1024
CONTENT = "Blåbær 10 €"
TEXT = sending(CONTENT)
MARK = CONTENT.encode()
MOST_ELEMENTS = 65_536
"""With more the quota is what a request is refused for, wherever they stand."""


def _laughs(depth: int, width: int) -> str:
    entities = "".join(f"<!ENTITY z{each} '" + f"&z{each - 1};" * width + "'>" for each in range(1, depth))
    last = f"&z{depth - 1};" * width
    return f"<!DOCTYPE x [<!ENTITY z0 'ha'>{entities}<!ENTITY z '{last}'>]>"


_BOMBS = {
    "plain entity": "<!DOCTYPE x [<!ENTITY z 'z'>]>",
    "billion laughs": _laughs(10, 10),
    "2 to the 60": _laughs(60, 2),
    "loop": "<!DOCTYPE x [<!ENTITY z '&y;'><!ENTITY y '&z;'>]>",
    "loop of parameters": "<!DOCTYPE x [<!ENTITY % z '&#37;y;'><!ENTITY % y '&#37;z;'>%z;]>",
    "markup": "<!DOCTYPE x [<!ENTITY z '<a><b/></a>'>]>",
    "defaulted attributes": f"<!DOCTYPE x [<!ATTLIST To a CDATA '{'a' * 50_000}' b CDATA 'b'>]>",
    "empty": "<!DOCTYPE x>",
    "empty set": "<!DOCTYPE x []>",
}


def dtds(file: str, url: str) -> Iterator[Hostile]:
    """Bring a DTD, which WCF's reader prohibits: external files, addresses, entities that grow."""
    inside = (
        "<!ENTITY % x SYSTEM '{0}'>%x;",
        "<!ENTITY x SYSTEM '{0}'>",
        "<!ENTITY x PUBLIC 'p' '{0}'>",
        "<!NOTATION n SYSTEM '{0}'>",
    )
    for where in (
        file,
        url,
        url.replace("http", "ftp"),
        "file:///dev/zero",
        "/dev/stdin",
        "php://filter/x",
        "\\\\127.0.0.1\\x",
    ):
        doctypes = [f"<!DOCTYPE x [{each.format(where)}]>" for each in inside]
        for doctype in (*doctypes, f"<!DOCTYPE x SYSTEM '{where}'>", f"<!DOCTYPE x PUBLIC 'p' '{where}'>"):
            yield hostile(doctype, post(doctype.encode() + TEXT.replace(MARK, b"&x;")), BAD)
            yield hostile(f"{doctype} unused", post(doctype.encode() + TEXT), BAD)
    for name, doctype in _BOMBS.items():
        for place, use in (
            ("Content", (MARK, b"&z;")),
            ("an attribute", (b"<To>", b"<To z='&z;'>")),
            ("nothing", (b"", b"")),
        ):
            yield hostile(f"{name} in {place}", post(doctype.encode() + TEXT.replace(*use, 1)), BAD)
    wide = TEXT.decode().replace(CONTENT, "&z;")
    for name, doctype in _BOMBS.items():
        body = (doctype + wide).encode("utf-16")
        yield hostile(f"{name} in utf-16", post(body, content_type="text/xml; charset=utf-16"), BAD)
    for number in (10, 1000, 50_000):
        long = f"<!DOCTYPE x [<!ENTITY z '{'z' * 100_000}'>]>".encode()
        yield hostile(f"quadratic {number}", post(long + TEXT.replace(MARK, b"&z;" * number)), BAD)
        attribute = TEXT.replace(b"<To>", b"<To z='%s'>" % (b"&z;" * number))
        yield hostile(f"quadratic {number} in an attribute", post(long + attribute), BAD)
    entities = _numbered("<!ENTITY z%d 'z'>", 100_000)
    yield hostile("100,000 entities", post(f"<!DOCTYPE x [{entities}]>".encode() + TEXT), BAD)


def deep() -> Iterator[Hostile]:
    """Nest too deep for anybody's stack."""
    for depth in (300, 1000, 10_000, 100_000, 1_000_000):
        too_many = {BROKEN} if depth > MOST_ELEMENTS else set()
        opened, closed = b"<a>" * depth, b"</a>" * depth
        for name, nested in (("open", opened), ("closed", opened + closed)):
            inside = TEXT.replace(MARK, nested)
            yield hostile(f"{depth} {name} in Content", post(inside), BROKEN, LARGE)
            yield hostile(f"{depth} {name} in Body", post(envelope(nested.decode())), BROKEN, LARGE)
            yield hostile(
                f"{depth} {name} in a header", post(envelope("", headers=nested.decode())), BAD, LARGE, *too_many
            )
            yield hostile(f"{depth} {name} alone", post(nested), BAD, LARGE, *too_many)


def _in_message(inside: str) -> bytes:
    message = Xml(f"<OutgoingMessage>{inside}<Content>{CONTENT}</Content></OutgoingMessage>")
    return envelope(operation("SendMessages", OutgoingMessages=[message]))


def _in_list(inside: str) -> bytes:
    return envelope(operation("SendMessages", OutgoingMessages=[inside]))


def _in_front_of(what: bytes, inside: str | bytes) -> bytes:
    return TEXT.replace(what, (inside if isinstance(inside, bytes) else inside.encode()) + what, 1)


def _as_content(inside: bytes) -> bytes:
    return TEXT.replace(MARK, inside)


def _numbered(pattern: str, many: int) -> str:
    return "".join(pattern % number for number in range(many))


_SIBLINGS = "<a/>" * 2_000_000


_BODY = b"<s:Body>"
# name, envelope, contents if it is taken; where none are, it has to be refused.
# name: the envelope, and the contents if it is taken; where those are None, it has to be refused.
_WIDE: dict[str, tuple[Callable[[], bytes], tuple[str, ...] | None]] = {
    "siblings in Body": (lambda: envelope(_SIBLINGS), None),
    "siblings in the list": (lambda: _in_list(_SIBLINGS), ()),
    "siblings in a message": (lambda: _in_message(_SIBLINGS), (CONTENT,)),
    "siblings in Header": (lambda: _in_front_of(_BODY, f"<s:Header>{_SIBLINGS}</s:Header>"), (CONTENT,)),
    "siblings beside Body": (lambda: _in_front_of(_BODY, _SIBLINGS), (CONTENT,)),
    "siblings in front of a cut": (lambda: _in_message(_SIBLINGS)[:-20], None),
    "siblings in front of nothing": (lambda: b"<a>" + _SIBLINGS.encode(), None),
    "siblings in no envelope": (lambda: b"<a>" + _SIBLINGS.encode() + b"</a>", None),
    "comments": (lambda: _in_front_of(_BODY, b"<!---->" * 1_000_000), (CONTENT,)),
    "comments in Content": (lambda: _as_content(b"a<!---->" * 900_000), ("a" * 900_000,)),
    "instructions": (lambda: _in_front_of(_BODY, b"<?a?>" * 1_500_000), (CONTENT,)),
    "references": (lambda: _as_content(b"&#65;" * 1_500_000), ("A" * 1_500_000,)),
    "sections": (lambda: _as_content(b"<![CDATA[a]]>" * 500_000), ("a" * 500_000,)),
    "unknown members": (lambda: _in_message(_numbered("<a%d/>", 500_000)), (CONTENT,)),
    "unknown items": (lambda: _in_list(_numbered("<a%d/>", 500_000)), ()),
    "unknown parameters": (lambda: _in_front_of(b"<Plugin>", _numbered("<a%d/>", 500_000)), (CONTENT,)),
    "unknown blocks": (lambda: _in_front_of(_BODY, _numbered("<a%d/>", 500_000)), (CONTENT,)),
    "fewer unknown members": (lambda: _in_message(_numbered("<a%d/>", 20_000)), (CONTENT,)),
    "fewer unknown blocks": (lambda: _in_front_of(_BODY, _numbered("<a%d/>", 20_000)), (CONTENT,)),
    "attributes": (lambda: TEXT.replace(b"<To>", b"<To %s>" % _numbered(" a%d=''", 100_000).encode()), (CONTENT,)),
    "namespaces": (
        lambda: TEXT.replace(b"<To>", b"<To %s>" % _numbered(" xmlns:a%d='u'", 100_000).encode()),
        (CONTENT,),
    ),
    "namespaces of Body": (
        lambda: TEXT.replace(_BODY, b"<s:Body %s>" % _numbered(" xmlns:a%d='u'", 100_000).encode()),
        (CONTENT,),
    ),
    "a long name": (lambda: _in_message(f"<{'a' * 2 * MIB}/>"), (CONTENT,)),
    "a long prefix": (lambda: _in_message(f"<{'a' * MIB}:a xmlns:{'a' * MIB}='u'/>"), (CONTENT,)),
    "a long attribute": (lambda: _in_message(f"<a a='{'a' * 7 * MIB}'/>"), (CONTENT,)),
    "a long namespace": (lambda: _in_message(f"<a xmlns='{'a' * 7 * MIB}'/>"), (CONTENT,)),
    "blanks": (lambda: _in_front_of(_BODY, b" " * 7 * MIB), (CONTENT,)),
    "a long text": (lambda: _as_content(b"a" * 7 * MIB), ("a" * 7 * MIB,)),
}


def wide() -> Iterator[Hostile]:
    """Give more of everything than anybody needs, up to max-body-bytes."""
    for name, (make, stored) in _WIDE.items():
        expected = ANY_REFUSAL if stored is None else ANY_REFUSAL | {TAKEN}
        yield hostile(name, lambda make=make: (post(make()),), *expected, stored=stored or ())
