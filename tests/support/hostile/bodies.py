"""Bodies that are no envelope, or an envelope that is to be refused."""

import gzip
import random
import zlib
from collections.abc import Callable, Iterator
from functools import cache, partial

from support.envelopes import (
    NIL,
    SOAP11,
    SOAP12,
    Xml,
    element,
    envelope,
    ids,
    namespace,
    operation,
    outgoing,
    sending,
)  # fmt: skip

from . import (
    ANY_REFUSAL,
    BAD,
    BROKEN,
    HEADERS,
    LARGE,
    MIB,
    NO_ACTION,
    TAKEN,
    TYPE,
    UNDERSTAND,
    WRAPPER,
    Case,
    case,
    cases,
    post,
)  # fmt: skip

CONTENT = "Blåbær 10 €"
TEXT = sending(CONTENT)
MARK = CONTENT.encode()
SOAPS = (SOAP11, SOAP12)


def send(*messages: str) -> bytes:
    """Return an envelope with any XML in the place of the messages."""
    return envelope(operation("SendMessages", Plugin="CM", OutgoingMessages=[Xml(each) for each in messages]))


def with_content(content: bytes) -> bytes:
    """Return an envelope with any bytes in the place of the content."""
    return TEXT.replace(MARK, content)


# Texts

_WHOLE = """<?xml version="1.0" encoding="utf-8"?>
<!-- before --><?target data?>
<s:Envelope xmlns:s="%s" xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>
<s:Header><h:TimeZone xmlns:h="http://www.superoffice.net/ws/crm/NetServer/Services88"><h:SoTimeZoneId>1</h:SoTimeZoneId>\
</h:TimeZone></s:Header>
<s:Body><SendMessages xmlns="http://www.superoffice.net/ws/crm/NetServer/Services88">\
<Plugin i:type="string">CM</Plugin>\
<OutgoingMessages><OutgoingMessage><To>&#43;47&amp;</To><Content><![CDATA[<Blåbær>]]> &lt;€<!-- in --><?a b?></Content>\
<Format i:nil="true"/></OutgoingMessage></OutgoingMessages></SendMessages></s:Body></s:Envelope>"""


def truncated() -> Iterator[Case]:
    """Cut an envelope everywhere: before the end of <s:Body> it is no envelope, after it a body that breaks."""
    for soap in SOAPS:
        whole = (_WHOLE % soap).encode()
        body_begins = whole.index(b"<s:Body>") + len(b"<s:Body>")
        for cut in range(0, len(whole) - 1, 9):
            expected, of = (BAD, SOAP11) if cut < body_begins else (BROKEN, soap)
            yield case(f"{cut}: …{whole[:cut][-20:]!r}", post(whole[:cut]), expected, soap=of)


def cut_in_transit() -> Iterator[Case]:
    """Close before everything has come."""
    whole = post(TEXT)
    yield from cases("cut at", range(1, len(whole), 31), lambda cut: whole[:cut], BAD, half_close=True)


NO_CHARSETS = (
    *"klingon utf-7 utf-32 utf-8x utf 8 utf-8,utf-8 rot13 base64 hex zlib idna punycode unicode_escape mbcs".split(),
    *"ucs-4 raw_unicode_escape undefined ebcdic-cp-us cp037 shift_jis gb18030 ../../etc/passwd %s%n".split(),
    '"utf-8', "utf-8\t.", "x" * 900, "x" * 60000,
)  # fmt: skip
UTF_16 = (("utf-16", "utf-16"), ("utf-16le", "utf-16-le"), ("utf-16be", "utf-16-be"), ("UTF-16", "utf-16"))
DECLARED = ("utf-16", "iso-8859-1", "klingon", "utf-32", "ucs-4", "ebcdic", "utf-7", "us-ascii", "UTF-8", "x" * 5000)


def charsets() -> Iterator[Case]:
    """Say a charset that is none, or another than that of the bytes."""
    of = lambda charset, body=TEXT: post(body, content_type=f"text/xml; charset={charset}")
    yield from cases("charset", NO_CHARSETS, of, TYPE)
    for name, codec in UTF_16:
        encoded = TEXT.decode().encode(codec)
        yield case(f"{name} rightly", of(name, encoded), TAKEN, stored=(CONTENT,))
        yield case(f"{name} for utf-8", of(name), BAD)
        yield case(f"utf-8 for {name}", post(encoded), BAD)
    for name, codec in dict.fromkeys(("iso-8859-1", "latin1", "ISO-8859-1"), "latin-1").items():
        yield case(f"{name} for utf-8", of(name), TAKEN, stored=(MARK.decode(codec),))
    yield case("iso-8859-15 for utf-8", of("iso-8859-15"), TAKEN, stored=(MARK.decode("iso-8859-15"),))
    yield case("windows-1252 for utf-8", of("windows-1252"), TAKEN, BROKEN, BAD, stored=(MARK.decode("cp1252"),))
    yield case("us-ascii for utf-8", of("us-ascii"), BAD, BROKEN)
    for name in DECLARED:
        body = f'<?xml version="1.0" encoding="{name}"?>'.encode() + TEXT
        # RFC 7303, 3.2: the charset of the Content-Type counts, whatever the prolog says.
        yield case(f"prolog {name:.20} with charset", post(body), TAKEN, BAD, stored=(CONTENT,))
        as_said = MARK.decode("latin-1") if name == "iso-8859-1" else CONTENT
        alone = post(body, content_type="text/xml")
        yield case(f"prolog {name:.20} alone", alone, TAKEN, BAD, BROKEN, stored=(as_said,))
    of_version = lambda version: post(f'<?xml version="{version}"?>'.encode() + TEXT)
    yield from cases("XML", ("1.1", "2.0", "", "x"), of_version, TAKEN, BAD, stored=(CONTENT,))


NO_CHARACTERS = (
    b"\xff", b"\xfe", b"\x80", b"\xbf", b"\xc0\x80", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xed\xa0\x80",
    b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80", b"\xf0\x80\x80\xaf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80",
    b"\xf8\x88\x80\x80\x80", b"\xe2\x82", b"\xc3", b"\xf0\x9f\x98", b"\0", b"\x01", b"\x0b", b"\x1f", b"\xef\xbf\xbf",
    b"\xef\xbf\xbe", b"&#0;", b"&#1;", b"&#xB;", b"&#x1F;", b"&#xD800;", b"&#xDFFF;", b"&#xFFFE;", b"&#xFFFF;",
    b"&#x110000;", b"&#x99999999999999999999;", b"&#;", b"&#x;", b"&#-1;", b"&nope;", b"&;", b"& ", b"<", b"]]>",
    b"<!--", b"<![CDATA[", b"</Content></s:Body>", b"<a b>", b"<a b=c>", b"<a b='1' b='2'/>", b"<p:a/>", b"<1/>",
    b"<?xml version='1.0'?>", b"<!ENTITY a 'b'>", b"<!DOCTYPE a>",
)  # fmt: skip


def bad_characters() -> Iterator[Case]:
    """Put what is no character, or no XML, into a text."""
    headers = envelope(operation("SendMessages", Plugin="CM"), headers="<x>here</x>")
    yield from cases("in Content", NO_CHARACTERS, lambda bad: post(with_content(bad)), BROKEN)
    for bad in NO_CHARACTERS:
        # An undeclared prefix is found at the end of everything only.
        before_body = (BAD, BROKEN) if bad == b"<p:a/>" else (BAD,)
        yield case(f"{bad!r} in a header", post(headers.replace(b"here", bad)), *before_body)
    yield from cases("in front", NO_CHARACTERS[:20], lambda bad: post(bad + TEXT), BAD)
    yield from cases("behind", NO_CHARACTERS[:20], lambda bad: post(TEXT + bad), BAD, BROKEN)


def compressed() -> Iterator[Case]:
    """Compress, or say so."""
    bomb = gzip.compress(b"a" * 50 * MIB)
    for name, body in {
        "gzip": gzip.compress(TEXT), "deflate": zlib.compress(TEXT), "bomb": bomb, "bomb of a bomb": gzip.compress(bomb)
    }.items():  # fmt: skip
        codings = ("gzip", "x-gzip", "deflate", "br", "zstd", "identity", "gzip, gzip", "*", "")
        coded = partial(lambda body, coding: post(body, f"Content-Encoding: {coding}"), body)
        yield from cases(f"{name} as", codings, coded, BAD, TYPE)
        yield case(f"{name} as nothing", post(body), BAD)
    plain = lambda coding: post(TEXT, f"Content-Encoding: {coding}")
    yield from cases("plain as", ("gzip", "br", "identity", "nonsense"), plain, TAKEN, BAD, TYPE, stored=(CONTENT,))


_SOUP = [*b"< > / a = ' \" & ; ! - [ ] ? s:Body xmlns".split(), b" ", b"\n"]


def noise() -> Iterator[Case]:
    """Send what a random generator says, as a body, as a request, and as damage to a good one."""
    dice = random.Random(20261121)  # noqa: S311 (the same bytes each time)
    for size in (1, 2, 3, 10, 100, 1000, 10_000, 100_000):
        for number in range(5):
            yield case(f"{size} bytes {number} as a body", post(dice.randbytes(size)), BAD)
            yield case(f"{size} bytes {number} as a request", dice.randbytes(size), BAD, HEADERS, half_close=True)
    for number in range(60):
        damaged = bytearray(TEXT)
        for _ in range(dice.randint(1, 6)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        yield case(f"damaged body {number}", post(bytes(damaged)), TAKEN, *ANY_REFUSAL, stored=None)
    for number in range(75):
        request = bytearray(post(TEXT))
        head = request.index(b"\r\n\r\n") + 4
        for _ in range(dice.randint(1, 4)):
            request[dice.randrange(head)] = dice.choice(b'\r\n\0 :\t\xff\x80;,/%?#aA09<>"{}\x7f')
        how = {"stored": None, "half_close": True, "replies": 9}
        yield case(f"damaged head {number}", bytes(request), TAKEN, *ANY_REFUSAL, **how)
    for number in range(30):
        soup = b"".join(dice.choice(_SOUP) for _ in range(dice.randint(1, 400)))
        yield case(f"soup {number}", post(soup), BAD)
        yield case(f"soup {number} in Body", post(envelope(soup.decode())), TAKEN, *ANY_REFUSAL, stored=None)


# Trees


def _laughs(depth: int, width: int) -> str:
    entities = "".join(f"<!ENTITY z{each} '" + f"&z{each - 1};" * width + "'>" for each in range(1, depth))
    return f"<!DOCTYPE x [<!ENTITY z0 'ha'>{entities}<!ENTITY z '" + f"&z{depth - 1};" * width + "'>]>"


BOMBS = {
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
EXTERNAL = (
    "[<!ENTITY % x SYSTEM '{0}'>%x;]", "[<!ENTITY x SYSTEM '{0}'>]", "[<!ENTITY x PUBLIC 'p' '{0}'>]",
    "[<!NOTATION n SYSTEM '{0}'>]", "SYSTEM '{0}'", "PUBLIC 'p' '{0}'",
)  # fmt: skip


def dtds(file: str, url: str) -> Iterator[Case]:
    """Bring a DTD, which WCF's reader prohibits: external files, addresses, entities that grow."""
    elsewhere = ("file:///dev/zero", "/dev/stdin", "php://filter/x", "\\\\127.0.0.1\\x")
    for where in (file, url, url.replace("http", "ftp"), *elsewhere):
        for doctype in (f"<!DOCTYPE x {each.format(where)}>" for each in EXTERNAL):
            yield case(doctype, post(doctype.encode() + with_content(b"&x;")), BAD)
            yield case(f"{doctype} unused", post(doctype.encode() + TEXT), BAD)
    in_attribute = TEXT.replace(b"<To>", b"<To z='&z;'>")
    for name, doctype in BOMBS.items():
        for place, body in {"Content": with_content(b"&z;"), "an attribute": in_attribute, "nothing": TEXT}.items():
            yield case(f"{name} in {place}", post(doctype.encode() + body), BAD)
        wide = (doctype + TEXT.decode().replace(CONTENT, "&z;")).encode("utf-16")
        yield case(f"{name} in utf-16", post(wide, content_type="text/xml; charset=utf-16"), BAD)
    long = f"<!DOCTYPE x [<!ENTITY z '{'z' * 100_000}'>]>".encode()
    for number in (10, 1000, 50_000):
        yield case(f"quadratic {number}", post(long + with_content(b"&z;" * number)), BAD)
        attribute = in_attribute.replace(b"&z;", b"&z;" * number)
        yield case(f"quadratic {number} in an attribute", post(long + attribute), BAD)
    entities = _numbered("<!ENTITY z%d 'z'>", 100_000)
    yield case("100,000 entities", post(f"<!DOCTYPE x [{entities}]>".encode() + TEXT), BAD)


MOST_ELEMENTS = 65_536
"""With more the quota is what a request is refused for, wherever they stand."""


def deep() -> Iterator[Case]:
    """Nest too deep for any stack."""
    for depth in (300, 10_000, 1_000_000):
        before_body = (BAD, LARGE, BROKEN) if depth > MOST_ELEMENTS else (BAD, LARGE)
        for name, nested in (("open", b"<a>" * depth), ("closed", b"<a>" * depth + b"</a>" * depth)):
            yield case(f"{depth} {name} in Content", post(with_content(nested)), BROKEN, LARGE)
            yield case(f"{depth} {name} in Body", post(envelope(nested.decode())), BROKEN, LARGE)
            yield case(f"{depth} {name} in a header", post(envelope("", headers=nested.decode())), *before_body)
            yield case(f"{depth} {name} alone", post(nested), *before_body)


@cache
def _numbered(pattern: str, many: int) -> str:
    return "".join(pattern % number for number in range(many))


def _in_message(inside: str) -> bytes:
    return send(f"<OutgoingMessage>{inside}<Content>{CONTENT}</Content></OutgoingMessage>")


def _before(what: bytes, inside: str) -> bytes:
    return TEXT.replace(what, inside.encode() + what, 1)


def _in_to(attributes: str) -> bytes:
    return TEXT.replace(b"<To>", b"<To %s>" % attributes.encode())


_SIBLINGS = "<a/>" * 2_000_000
_LOGGED = "<s:Header xmlns:n='http://schemas.microsoft.com/ws/2005/05/addressing/none'>%s</s:Header>"
_BODY = b"<s:Body>"
REFUSED: dict[str, Callable[[], bytes]] = {
    "siblings in Body": lambda: envelope(_SIBLINGS),
    "siblings in front of a cut": lambda: _in_message(_SIBLINGS)[:-20],
    "siblings in front of nothing": lambda: b"<a>" + _SIBLINGS.encode(),
    "siblings in no envelope": lambda: b"<a>" + _SIBLINGS.encode() + b"</a>",
}
WITHOUT_MESSAGES: dict[str, Callable[[], bytes]] = {
    "siblings in the list": lambda: send(_SIBLINGS),
    "unknown items": lambda: send(_numbered("<a%d/>", 500_000)),
}
WIDE: dict[str, Callable[[], bytes]] = {
    "siblings in a message": lambda: _in_message(_SIBLINGS),
    "siblings in Header": lambda: _before(_BODY, f"<s:Header>{_SIBLINGS}</s:Header>"),
    "siblings beside Body": lambda: _before(_BODY, _SIBLINGS),
    "headers of a message log": lambda: _before(_BODY, _LOGGED % ("<n:To/>" * 60_000)),
    "comments": lambda: _before(_BODY, "<!---->" * 1_000_000),
    "instructions": lambda: _before(_BODY, "<?a?>" * 1_500_000),
    "unknown members": lambda: _in_message(_numbered("<a%d/>", 500_000)),
    "unknown parameters": lambda: _before(b"<Plugin>", _numbered("<a%d/>", 500_000)),
    "unknown blocks": lambda: _before(_BODY, _numbered("<a%d/>", 500_000)),
    "fewer unknown members": lambda: _in_message(_numbered("<a%d/>", 20_000)),
    "fewer unknown blocks": lambda: _before(_BODY, _numbered("<a%d/>", 20_000)),
    "attributes": lambda: _in_to(_numbered(" a%d=''", 100_000)),
    "namespaces": lambda: _in_to(_numbered(" xmlns:a%d='u'", 100_000)),
    "namespaces of Body": lambda: TEXT.replace(b"<s:Body", b"<s:Body" + _numbered(" xmlns:a%d='u'", 100_000).encode()),
    "a long name": lambda: _in_message(f"<{'a' * 2 * MIB}/>"),
    "a long prefix": lambda: _in_message(f"<{'a' * MIB}:a xmlns:{'a' * MIB}='u'/>"),
    "a long attribute": lambda: _in_message(f"<a a='{'a' * 7 * MIB}'/>"),
    "a long namespace": lambda: _in_message(f"<a xmlns='{'a' * 7 * MIB}'/>"),
    "blanks": lambda: _before(_BODY, " " * 7 * MIB),
}
LONG_CONTENTS: dict[str, tuple[bytes, str, int]] = {
    "comments in Content": (b"a<!---->", "a", 900_000),
    "references": (b"&#65;", "A", 1_500_000),
    "sections": (b"<![CDATA[a]]>", "a", 500_000),
    "a long text": (b"a", "a", 7 * MIB),
}


def wide() -> Iterator[Case]:
    """Give more of everything than a client needs, up to max-body-bytes."""
    later = lambda make: lambda: (post(make()),)
    for table, stored in ((REFUSED, ()), (WITHOUT_MESSAGES, ()), (WIDE, (CONTENT,))):
        allowed = ANY_REFUSAL if table is REFUSED else ANY_REFUSAL | {TAKEN}
        for name, make in table.items():
            yield case(name, later(make), *allowed, stored=stored)
    for name, (piece, text, many) in LONG_CONTENTS.items():
        make = partial(lambda piece, many: with_content(piece * many), piece, many)
        yield case(name, later(make), TAKEN, *ANY_REFUSAL, stored=(text * many,))


# SOAP

NO_NUMBERS = (
    "", " ", "abc", "1.5", "1.0", "1e3", "0x10", "1 2", "--1", "+", "-", "+-1", "NaN", "INF", "-INF", "true", "nil",
    "null", "1;", "1,000", "1_000", "¹", "٣", "\uff11", "²", "1\u00a0", "\u00a01", "\u20031", "1\u200b", "一", "$1",
    "1|", "';--", str(2**31), str(-(2**31) - 1), str(2**32), str(2**63), str(2**64),
)  # fmt: skip
"""What is no Int32, for each place of one; the tests of values have the words of its refusal."""
ODD_NUMBERS = (
    "<a/>", "<a>1</a>", "1<a/>", "9" * 63, "9" * 64, "9" * 65, "9" * 4300, "9" * 4301, "9" * 1_000_000,
    "-" + "9" * 1_000_000, "0" * 1_000_000 + "1", " " * 1_000_000, "1" + " " * 1_000_000 + "1",
)  # fmt: skip


def numbers() -> Iterator[Case]:
    """Give elements, and more digits than any number has, where an Int32 belongs."""
    for value in map(Xml, ODD_NUMBERS):
        parent = operation("SendMessages", OutgoingMessages=[outgoing(Content="x", ParentMessagingId=value)])
        among = operation("GetDeliveryStatus", MessagingIds=[*ids(1), *ids(value)])
        status = operation("SetDeliveryStatus", Plugin="CM", ExternalMessageId="x", Status=value)
        for name, body in {"SendMessages": parent, "GetDeliveryStatus": among, "SetDeliveryStatus": status}.items():
            for soap in SOAPS:
                what = f"{name} {value[:20]!r} ({len(value)})"
                yield case(what, post(envelope(body, soap=soap), action=name), BROKEN, soap=soap)


NO_TEXTS = ("<a/>", "x<a/>", "<a><b/></a>", "<Content>x</Content>", "<i:nil/>",
    "<x:include xmlns:x='http://www.w3.org/2001/XInclude' href='file:///etc/passwd' parse='text'/>")  # fmt: skip
XSI_TYPES = (
    "xsd:int", "xsd:anyType", "nope:nope", "nope", "", ":", "::", "xsd:", ":string", "a b", "xsd:string xsd:int",
    "&#9;", "x" * 1_000_000, "xsd:" + "x" * 3_500_000, "System.IO.FileInfo", "a:ArrayOfanyType", "OutgoingMessage",
    "IncomingMessage", "{http://x}y", "-1", "http://x:y", "xsd:QName", "xsd:base64Binary", "Ω", "xml:lang", "xmlns:x",
)  # fmt: skip


def texts() -> Iterator[Case]:
    """Give elements where text belongs, and types that the contract does not have."""
    for member in ("From", "To", "Content", "Format", "SuggestedSessionKey"):
        inside = partial(lambda member, value: post(send(outgoing(**{member: Xml(value)}))), member)
        yield from cases(f"in {member}", NO_TEXTS, inside, BROKEN)
    for kind in XSI_TYPES:  # xsi:type is honoured or ignored, never a reason to fail
        attribute = f' i:type="{kind}"'
        message = element("OutgoingMessage", [element("Content", CONTENT, attribute)], attribute)
        yield case(f"xsi:type {kind:.20} ({len(kind)})", post(send(message)), TAKEN, stored=(CONTENT,))
    content = f"<OutgoingMessage><Content i:type='t%d:x' xmlns:t%d='u%d'>{CONTENT}</Content></OutgoingMessage>"
    many = [content % (each, each, each) for each in range(500)]
    yield case("500 types", post(send(*many)), TAKEN, stored=(CONTENT,) * 500)
    for nil in ("true", "1", "TRUE", "yes", "", "x" * 100_000, "0", "false", " true "):
        message = f"<OutgoingMessage i:nil='{nil}'><Content>{CONTENT}</Content></OutgoingMessage>"
        is_nil = nil.strip() in ("true", "1")  # a nil message is refused in-band: nothing is stored
        yield case(f"nil {nil:.20}", post(send(message)), TAKEN, stored=() if is_nil else (CONTENT,))
    nothing = envelope(operation("SendMessages", OutgoingMessages=NIL))
    yield case("nil OutgoingMessages", post(nothing), TAKEN)
    among = post(send("text", outgoing(Content=CONTENT), "text"))
    yield case("text among messages", among, TAKEN, BROKEN, stored=(CONTENT,))


def _empty(inside: str) -> bytes:
    return f"<s:Envelope xmlns:s='{SOAP11}'{inside}".encode()


NO_ENVELOPES = {
    "another root": b"<a/>", "no namespace": b"<Envelope><Body/></Envelope>", "HTML": b"<html><body/></html>",
    "a fault": b"<s:Fault xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'/>",
    "SOAP 1.3": TEXT.replace(SOAP11.encode(), b"http://www.w3.org/2030/05/soap-envelope"),
    "no Body": _empty("/>"), "only a Header": _empty("><s:Header/></s:Envelope>"),
    "Body of the other version": TEXT.replace(b"<s:Body>", f"<s:Body xmlns:s='{SOAP12}'>".encode()),
    "body": TEXT.replace(b"s:Body", b"s:body"), "JSON": b'{"a": 1}', "a form": b"a=b&c=d",
    "MTOM": b"--x\r\n\r\n" + TEXT, "text": b"hello", "only a prolog": b"<?xml version='1.0'?>",
    "only a comment": b"<!-- -->", "only blanks": b" \n ", "a byte order mark": b"\xef\xbb\xbf",
    "nothing": b"", "zeros": b"\0" * 100, "bad UTF-8": b"<a>\xff\xfe\xfd</a>", "text in front": b"x" + TEXT,
    "no end of the Header": _empty("><s:Header>"), "another case": TEXT.replace(b"Envelope", b"envelope"),
    "the beginning of the root": TEXT[:40],
    "two byte order marks": b"\xef\xbb\xbf" * 2 + TEXT, "blanks before the prolog": b" <?xml version='1.0'?>" + TEXT,
}  # fmt: skip
# An empty Body is an operation without parameters, to WCF.
BODIES = {
    "an empty Body": ("", TAKEN), "text in Body": ("text", BROKEN), "another element": ("<a/>", WRAPPER),
    "no namespace": ('<SendMessages xmlns=""/>', WRAPPER), "another operation": ("<GetPlugins/>", WRAPPER),
    "Services87": (f'<SendMessages xmlns="{namespace(87)}"/>', WRAPPER), "a fault": ("<s:Fault/>", WRAPPER),
    "its response": ("<SendMessagesResponse/>", WRAPPER),
}  # fmt: skip


def envelopes() -> Iterator[Case]:
    """Send XML that is no envelope, or an odd one."""
    yield from cases("no envelope:", NO_ENVELOPES, lambda name: post(NO_ENVELOPES[name]), BAD)
    yield case("two roots", post(TEXT + TEXT), BAD, BROKEN)
    yield case("text behind", post(TEXT + b"x"), BAD, BROKEN)
    yield case("an envelope in an envelope", post(envelope(TEXT.decode())), WRAPPER)
    for soap in SOAPS:
        good = partial(envelope, operation("SendMessages", OutgoingMessages=[outgoing(Content=CONTENT)]), soap=soap)
        yield from (case(f"{found.name}, {soap[-9:]}", found.pieces, *found.expected, stored=found.stored, soap=soap)
                    for found in _odd(soap, good))  # fmt: skip


def _odd(soap: str, good: Callable[..., bytes]) -> Iterator[Case]:
    for name, (body, expected) in BODIES.items():
        yield case(name, post(envelope(body, soap=soap)), expected)
        without = post(envelope(body, soap=soap), action=None)
        yield case(f"{name} without SOAPAction", without, NO_ACTION, TAKEN, WRAPPER, BROKEN)
    whole = operation("SendMessages", OutgoingMessages=[outgoing(Content=CONTENT)])
    yield case("two elements in Body", post(envelope(whole, whole, soap=soap)), BROKEN)
    yield case("two Bodies", post(good().replace(b"</s:Body>", b"</s:Body><s:Body/>")), BROKEN)
    security = '<x:Security xmlns:x="urn:x" s:mustUnderstand="{}"/>'
    must = lambda value: post(good(headers=security.format(value)))
    yield from cases("mustUnderstand", ("1", "true"), must, UNDERSTAND)
    odd = ("yes", "", "2", "x" * 100_000, "TRUE")
    yield from cases("mustUnderstand", odd, must, TAKEN, *ANY_REFUSAL, stored=(CONTENT,))
    nested = f"<Credentials>{'<Ticket>' * 100}x{'</Ticket>' * 100}</Credentials>"
    yield case("tickets in tickets", post(good(headers=nested)), WRAPPER)
    long = f"<Credentials><Ticket>7T:{'A' * 5_000_000}</Ticket></Credentials>"
    yield case("a long ticket", post(good(headers=long)), TAKEN, stored=(CONTENT,))
    zone = "<TimeZone><SoTimeZoneId>x</SoTimeZoneId></TimeZone>"
    yield case("a time zone that is none", post(good(headers=zone)), WRAPPER)
