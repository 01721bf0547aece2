"""Hostile texts: cut off, in the wrong charset, compressed, noise."""

from __future__ import annotations

import gzip
import random
import zlib
from typing import TYPE_CHECKING

from support.envelopes import SOAP11, Xml, envelope, operation

from .client import sending
from .hostile import ANY_REFUSAL, BAD, BROKEN, HEADERS, TAKEN, TYPE, Hostile, hostile, post

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 1024 * 1024
CONTENT = "Blåbær 10 €"
TEXT = sending(CONTENT)
MARK = CONTENT.encode()
_WHOLE = """<?xml version="1.0" encoding="utf-8"?>
<!-- before --><?target data?>
<s:Envelope xmlns:s="%s" xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>
<s:Header><h:TimeZone xmlns:h="http://www.superoffice.net/ws/crm/NetServer/Services88"><h:SoTimeZoneId>1</h:SoTimeZoneId>\
</h:TimeZone></s:Header>
<s:Body><SendMessages xmlns="http://www.superoffice.net/ws/crm/NetServer/Services88">\
<Plugin i:type="string">CM</Plugin>\
<OutgoingMessages><OutgoingMessage><To>&#43;47&amp;</To><Content><![CDATA[<Blåbær>]]> &lt;€<!-- in --><?a b?></Content>\
<Format i:nil="true"/></OutgoingMessage></OutgoingMessages></SendMessages></s:Body></s:Envelope>"""


def truncated(soap: str) -> Iterator[Hostile]:
    """Cut an envelope everywhere: before the end of <s:Body> it is no envelope, after it a body that breaks."""
    whole = (_WHOLE % soap).encode()
    body_begins = whole.index(b"<s:Body>") + len(b"<s:Body>")
    for cut in range(0, len(whole) - 1, 9):
        expected = BAD if cut < body_begins else BROKEN
        yield hostile(
            f"{cut}: …{whole[:cut][-20:]!r}", post(whole[:cut]), expected, soap=SOAP11 if expected == BAD else soap
        )


def cut_in_transit() -> Iterator[Hostile]:
    """Hang up before everything has come."""
    whole = post(TEXT)
    for cut in range(1, len(whole), 31):
        yield hostile(f"{cut}: …{whole[:cut][-20:]!r}", whole[:cut], BAD, half_close=True)


_BOGUS = (
    "klingon", "utf-7", "utf-32", "utf-8x", "utf", "8", "utf-8,utf-8", "rot13", "base64", "hex", "zlib", "idna",
    "punycode",
    "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "ucs-4", "ebcdic-cp-us", "cp037", "shift_jis",
    "gb18030",
    "x" * 900, "x" * 60000, '"utf-8', "../../etc/passwd", "%s%n", "utf-8\x01".replace("\x01", "\t.")
)  # fmt: skip


def charsets() -> Iterator[Hostile]:
    """Say a charset that is none, or another than that of the bytes."""
    for name in _BOGUS:
        yield hostile(f"charset {name[:40]}", post(TEXT, content_type=f"text/xml; charset={name}"), TYPE)
    text = TEXT.decode()
    for name, stored in (
        ("utf-16", "utf-16"),
        ("utf-16le", "utf-16-le"),
        ("utf-16be", "utf-16-be"),
        ("UTF-16", "utf-16"),
    ):
        right = post(text.encode(stored), content_type=f"text/xml; charset={name}")
        yield hostile(f"{name} rightly", right, TAKEN, stored=(CONTENT,))
        yield hostile(f"{name} for utf-8", post(TEXT, content_type=f"text/xml; charset={name}"), BAD)
        yield hostile(f"utf-8 for {name}", post(text.encode(stored)), BAD)
    for name in ("iso-8859-1", "windows-1252", "iso-8859-15", "latin1", "ISO-8859-1"):
        taken = MARK.decode({"iso-8859-15": "iso-8859-15"}.get(name.lower(), "latin-1"))
        expected = (TAKEN,) if name != "windows-1252" else (TAKEN, BROKEN, BAD)
        stored = (taken,) if name != "windows-1252" else (MARK.decode("cp1252"),)
        yield hostile(
            f"{name} for utf-8", post(TEXT, content_type=f"text/xml; charset={name}"), *expected, stored=stored
        )
    yield hostile("us-ascii for utf-8", post(TEXT, content_type="text/xml; charset=us-ascii"), BAD, BROKEN)
    for name in (
        "utf-16",
        "iso-8859-1",
        "klingon",
        "utf-32",
        "ucs-4",
        "ebcdic",
        "utf-7",
        "us-ascii",
        "UTF-8",
        "x" * 5000,
    ):
        prolog = f'<?xml version="1.0" encoding="{name}"?>'.encode()
        # RFC 7303, 3.2: the charset of the Content-Type counts, whatever the prolog says.
        yield hostile(f"prolog {name[:20]} with charset", post(prolog + TEXT), TAKEN, BAD, stored=(CONTENT,))
        as_said = {"iso-8859-1": MARK.decode("latin-1")}.get(name, CONTENT)
        alone = post(prolog + TEXT, content_type="text/xml")
        yield hostile(f"prolog {name[:20]} alone", alone, TAKEN, BAD, BROKEN, stored=(as_said,))
    for version in ("1.1", "2.0", "", "x"):
        yield hostile(
            f"XML {version}", post(f'<?xml version="{version}"?>'.encode() + TEXT), TAKEN, BAD, stored=(CONTENT,)
        )


_BAD_BYTES = (
    b"\xff", b"\xfe", b"\x80", b"\xbf", b"\xc0\x80", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\xbd\xed\xb8\x80", b"\xf0\x80\x80\xaf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80",
    b"\xf8\x88\x80\x80\x80", b"\xe2\x82", b"\xc3",
    b"\xf0\x9f\x98", b"\0", b"\x01", b"\x0b", b"\x1f", b"\xef\xbf\xbf", b"\xef\xbf\xbe", b"&#0;", b"&#1;", b"&#xB;",
    b"&#x1F;", b"&#xD800;", b"&#xDFFF;",
    b"&#xFFFE;", b"&#xFFFF;", b"&#x110000;", b"&#x99999999999999999999;", b"&#;", b"&#x;", b"&#-1;", b"&nope;", b"&;",
    b"& ", b"<", b"]]>", b"<!--", b"<![CDATA[",
    b"</Content></s:Body>", b"<a b>", b"<a b=c>", b"<a b='1' b='2'/>", b"<p:a/>", b"<1/>", b"<?xml version='1.0'?>",
    b"<!ENTITY a 'b'>", b"<!DOCTYPE a>",
)  # fmt: skip


def bad_characters() -> Iterator[Hostile]:
    """Put what is no character, or no XML, into a text."""
    headers = envelope(operation("SendMessages", Plugin="CM"), headers="<x>here</x>")
    for bad in _BAD_BYTES:
        yield hostile(f"{bad!r} in Content", post(TEXT.replace(MARK, bad)), BROKEN)
        # An undeclared prefix is found at the end of everything only.
        before_body = (BAD, BROKEN) if bad == b"<p:a/>" else (BAD,)
        yield hostile(f"{bad!r} in a header", post(headers.replace(b"here", bad)), *before_body)
    for bad in _BAD_BYTES[:20]:
        yield hostile(f"{bad!r} in front", post(bad + TEXT), BAD)
        yield hostile(f"{bad!r} behind", post(TEXT + bad), BAD, BROKEN)


def compressed() -> Iterator[Hostile]:
    """Compress, or say so."""
    bomb = gzip.compress(b"a" * 50 * MIB)
    bodies = {
        "gzip": gzip.compress(TEXT),
        "deflate": zlib.compress(TEXT),
        "a bomb": bomb,
        "a bomb of a bomb": gzip.compress(bomb),
    }
    for name, body in bodies.items():
        for coding in ("gzip", "x-gzip", "deflate", "br", "zstd", "identity", "gzip, gzip", "*", ""):
            yield hostile(f"{name} as {coding}", post(body, f"Content-Encoding: {coding}"), BAD, TYPE)
        yield hostile(f"{name} as nothing", post(body), BAD)
    for coding in ("gzip", "br", "identity", "nonsense"):
        yield hostile(
            f"plain as {coding}", post(TEXT, f"Content-Encoding: {coding}"), TAKEN, BAD, TYPE, stored=(CONTENT,)
        )


def noise() -> Iterator[Hostile]:
    """Send what a random generator says, as a body, as a request, and as damage to a good one."""
    dice = random.Random(20261121)  # noqa: S311 (the same bytes each time)
    for size in (1, 2, 3, 10, 100, 1000, 10_000, 100_000):
        for number in range(5):
            yield hostile(f"{size} bytes {number} as a body", post(dice.randbytes(size)), BAD)
            yield hostile(f"{size} bytes {number} as a request", dice.randbytes(size), BAD, HEADERS, half_close=True)
    for number in range(120):
        damaged = bytearray(TEXT)
        for _ in range(dice.randint(1, 6)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        yield hostile(f"damaged body {number}", post(bytes(damaged)), TAKEN, *ANY_REFUSAL, stored=None)
    for number in range(150):
        request = bytearray(post(TEXT))
        head = request.index(b"\r\n\r\n") + 4
        for _ in range(dice.randint(1, 4)):
            request[dice.randrange(head)] = dice.choice(b'\r\n\0 :\t\xff\x80;,/%?#aA09<>"{}\x7f')
        yield hostile(
            f"damaged head {number}", bytes(request), TAKEN, *ANY_REFUSAL, stored=None, half_close=True, replies=9
        )
    elements = (
        b"<",
        b">",
        b"/",
        b"a",
        b" ",
        b"=",
        b"'",
        b'"',
        b"&",
        b";",
        b"!",
        b"-",
        b"[",
        b"]",
        b"?",
        b"s:Body",
        b"xmlns",
        b"\n",
    )
    for number in range(60):
        soup = b"".join(dice.choice(elements) for _ in range(dice.randint(1, 400)))
        yield hostile(f"soup {number}", post(soup), BAD)
        yield hostile(
            f"soup {number} in Body", post(envelope(Xml(soup.decode()))), TAKEN, BAD, *ANY_REFUSAL, stored=None
        )
