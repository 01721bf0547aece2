"""Requests that are no HTTP, or no HTTP that is to be accepted."""

import contextlib
import ssl
from collections.abc import Iterable, Iterator

from support.envelopes import ACTION, sending

from . import (
    ANY_REFUSAL,
    BAD,
    BROKEN,
    CLOSED,
    HEADERS,
    LARGE,
    METHOD,
    MIB,
    NO_ACTION,
    NOT_FOUND,
    NOT_IMPLEMENTED,
    PAGE,
    PATH,
    TAKEN,
    TYPE,
    VERSION,
    Case,
    case,
    cases,
    post,
)  # fmt: skip

CONTENT = "not to be smuggled"
TEXT = sending(CONTENT)
GOOD = post(TEXT)
CHUNKED = post(b"", "Transfer-Encoding: chunked", length=False)
IN_CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(TEXT), TEXT)


def _with_length(value: object, body: bytes = TEXT) -> bytes:
    return post(b"", f"Content-Length: {value}", length=False) + body


def _get(target: str, *fields: str) -> bytes:
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: a", *fields, "", ""]).encode("latin-1")


def _instead(old: str, new: str) -> bytes:
    return GOOD.replace(old.encode(), new.encode("latin-1"), 1)


# Lengths

NO_LENGTHS = (
    "abc", "-1", "-0", "+5", "0x10", "1e3", "5,5", "5, 5", "5 5", "5;q=1", "5.0", " ", "", "''", '"5"', "true", "NaN",
    "٣", "\xb2", "0b1", "1_0", "5\t5", "5\x0b", "0 0", "-99999999999999999999", "9" * 25, "9" * 5000,
    "18446744073709551616", "18446744073709551615", "9223372036854775808",
)  # fmt: skip
TOO_LONG = (8 * MIB + 1, 60 * MIB, 2**31, 2**32, 2**53, 2**63 - 1)
TWO_LENGTHS = ((5, 6), (len(TEXT), len(TEXT) + 1), (0, len(TEXT)), (len(TEXT), 0), (len(TEXT), "x"), ("", len(TEXT)),
               (-1, len(TEXT)))  # fmt: skip


def lengths() -> Iterator[Case]:
    """Say a Content-Length that is none, too much, too little, two."""
    # RFC 9112, 6.3: 400; one beyond every limit may also be answered 413.
    yield from cases("Content-Length", NO_LENGTHS, _with_length, BAD, LARGE, half_close=True)
    yield from cases("Content-Length", TOO_LONG, _with_length, LARGE, half_close=True)
    expecting = lambda value: post(b"", "Expect: 100-continue", f"Content-Length: {value}", length=False)
    yield from cases("100-continue and Content-Length", TOO_LONG, expecting, LARGE)
    # What is left is no request: the connection ends there.
    short = (0, 1, 7, 100, len(TEXT) - 1)
    yield from cases("Content-Length", short, _with_length, BAD, BROKEN, half_close=True, replies=2)
    long = (len(TEXT) + 1, len(TEXT) + 100, 8 * MIB)
    yield from cases("Content-Length", long, _with_length, BAD, half_close=True)
    for first, second in TWO_LENGTHS:
        two = post(b"", f"Content-Length: {first}", f"content-length: {second}", length=False) + TEXT
        yield case(f"Content-Length {first} and {second}", two, BAD, half_close=True)
    # RFC 9112, 6.1: without any there is no body; what follows is not the next request either.
    without = post(TEXT, length=False)
    yield case("no Content-Length", without, BAD, half_close=True, replies=2)
    yield case("no Content-Length and no body", bytes(post(b"", length=False)), BAD)
    yield case("no length in HTTP/1.0", without.replace(b"HTTP/1.1", b"HTTP/1.0"), BAD, half_close=True)


def big_bodies() -> Iterator[Case]:
    """Send 60 MB, wanted or not."""
    piece = b"a" * MIB

    def with_length() -> Iterable[bytes]:
        yield _with_length(60 * MIB, b"")
        yield from (piece for _ in range(60))

    def chunked(size: int, total: int) -> Iterable[bytes]:
        yield CHUNKED
        one = b"%x\r\n%s\r\n" % (size, b"a" * size)
        together = max(1, MIB // len(one))
        yield from (one * together for _ in range(total // (size * together)))
        yield b"0\r\n\r\n"

    yield case("60 MB", with_length, LARGE)
    yield case("60 MB in chunks of 1 MB", lambda: chunked(MIB, 60 * MIB), LARGE)
    yield case("20 MB in chunks of 1 KB", lambda: chunked(1024, 20 * MIB), LARGE)
    yield case("1 MB in chunks of 1 byte", lambda: chunked(1, MIB), BAD)
    yield case("9 MB in chunks of 1 byte", lambda: chunked(1, 9 * MIB), LARGE)
    for name, content in {"empty lines": b"\r\n\r\n", "ends": b"\r\n0\r\n\r\n"}.items():
        data = content * (8 * MIB // len(content))
        yield case(f"8 MB of {name} in a chunk", CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data), BAD)
    yield case("one endless chunk", lambda: (CHUNKED, b"7fffffff\r\n", *(piece for _ in range(20))), LARGE)
    yield from cases("8 MB of", (b"\0", b" ", b"a", b"<"), lambda each: post(each * 8 * MIB), BAD)


# Chunks

NO_CHUNKS = (
    b"zz\r\n", b"-5\r\nhello\r\n", b"+5\r\nhello\r\n", b"0x5\r\nhello\r\n", b"5 \r\nhello\r\n", b" 5\r\nhello\r\n",
    b"5\nhello\r\n0\r\n\r\n", b"\r\n", b"\r\n\r\n", b";\r\n", b";a=b\r\n", b"5;\x00\r\nhello\r\n", b"5\r\nhello!\r\n",
    b"5\r\nhell\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"5\r\nhello\n0\n\n", b"f" * 16 + b"\r\n", b"f" * 17 + b"\r\n",
    b"f" * 1000 + b"\r\n", b"1" + b"0" * 16 + b"\r\n", b"ffffffff\r\nhello", b"\xff\xff\r\n", b"5\xb2\r\nhello\r\n",
    b"0\r\nX\r\n\r\n", b"0\r\n: x\r\n\r\n", b"0\r\nA B: x\r\n\r\n", b"0\r\nA: \x00\r\n\r\n", b"0\n\n", b"0\r\r\n",
    TEXT, GOOD,
)  # fmt: skip
NO_CODINGS = ("gzip, chunked", "chunked, chunked", "xchunked", "identity", "chunked, gzip", "chunked;q=1", "",
              "chunked\x0b", '"chunked"')  # fmt: skip


def chunks() -> Iterator[Case]:
    """Frame a body by chunks that are none."""
    yield from cases("chunk", NO_CHUNKS, lambda data: CHUNKED + data, BAD, LARGE, half_close=True)
    after = lambda data: CHUNKED + b"3\r\n<a>\r\n" + data
    yield from cases("after a good chunk", NO_CHUNKS, after, BAD, LARGE, half_close=True)
    cuts = range(0, len(IN_CHUNKS) - 2, 37)
    yield from cases("chunks cut at", cuts, lambda cut: CHUNKED + IN_CHUNKS[:cut], BAD, half_close=True)
    coded = lambda coding: post(b"", f"Transfer-Encoding: {coding}", length=False) + IN_CHUNKS
    yield from cases("Transfer-Encoding", NO_CODINGS, coded, NOT_IMPLEMENTED, BAD, half_close=True)
    old = CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + IN_CHUNKS
    yield case("chunked in HTTP/1.0", old, BAD, half_close=True)
    bounded = (TAKEN, BAD, LARGE, HEADERS)
    for extension in (b";" + b"a" * MIB, b";a=" + b"b" * 9 * MIB, b";a" * 100_000):
        data = CHUNKED + b"%x%s\r\n%s\r\n0\r\n\r\n" % (len(TEXT), extension, TEXT)
        yield case(f"{len(extension)} bytes of extension", data, *bounded, stored=(CONTENT,), half_close=True)
    for trailers in (
        b"A: b\r\n" * 1000, b"A: " + b"b" * MIB + b"\r\n", b"A: b\r\n" * 4_000_000,
        b"Content-Length: 5\r\nTransfer-Encoding: x\r\n",
    ):  # fmt: skip
        data = CHUNKED + b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(TEXT), TEXT, trailers)
        yield case(f"{len(trailers)} bytes of trailers", data, *bounded, stored=(CONTENT,), half_close=True)


SMUGGLING = (
    ("Transfer-Encoding: chunked", "Content-Length: 4"), ("Content-Length: 4", "Transfer-Encoding: chunked"),
    (f"Content-Length: {len(GOOD) + 5}", "Transfer-Encoding: chunked"),
    ("Content-Length: 5", "Transfer-Encoding: xchunked"), ("Content-Length: 5", "Transfer-Encoding : chunked"),
    ("Content-Length: 5", "Transfer-Encoding:\x0bchunked"), ("Content-Length: 5", "X: y\nTransfer-Encoding: chunked"),
    ("Content-Length: 5", " Transfer-Encoding: chunked"),
    ("Content-Length: 5", "Transfer-Encoding: cow", "Transfer-Encoding: chunked"),
    ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    ("Transfer-Encoding: identity", "Transfer-Encoding: chunked"),
    ("Transfer-Encoding:\r\n chunked", "Content-Length: 5"), ("Content-Length: 0\r", "Content-Length: 5"),
    ("Content-Length: 5", f"Content-Length: {len(GOOD)}"), (f"Content-Length : {len(GOOD)}",),
    ("Content-Length: 0, 5",), ("Transfer-Encoding: chunked\rContent-Length: 5",), ("Foo\r\nContent-Length: 5",),
    ("Content-Length\x00: 5",), ("Content-Length: 5\x00",),
)  # fmt: skip


def smuggling() -> Iterator[Case]:
    """Hide a request in another one (RFC 9112, 11.2): whatever it is answered, it must not be taken."""
    for lines in SMUGGLING:
        for name, body in (("chunks", b"0\r\n\r\n" + GOOD), ("a request", GOOD), ("both", IN_CHUNKS + GOOD)):
            yield case(f"{lines} {name}", post(b"", *lines, length=False) + body, *ANY_REFUSAL, half_close=True)


# Heads

LONG_LINES = {
    "64 KB value": "X: " + "a" * 65536, "1 MB value": "X: " + "a" * MIB, "1 MB name": "a" * MIB + ": x",
    "5 MB of nothing": "X: " + " " * 5 * MIB, "64 KB cookie": "Cookie: " + "a=b; " * 14000,
    "huge SOAPAction": "SOAPAction: " + "a" * 70_000, "huge Host": "Host: " + "a" * 70_000,
}  # fmt: skip
BROKEN_LINES = (
    "no colon", ": no name", "A B: x", "A\t: x", "A : x", "A\x00: x", "A: \x00", "A: \x01", "A: \x7f", "A: x\ry",
    "A: x\r\ry", "Ä: x", "(A): x", "A: x\r\n y", "\tA: x", " A: x", "A: x\n\nPOST / HTTP/1.1", "A\r\n: x", "\x00",
    "\xff\xfe: x", "{}: x", "A[]: x",
)  # fmt: skip
NO_HOSTS = ("a b", "a/b", "a@b", "[::1", "::1", "a:b", "a:80:80", "http://a", "<a>", "a\x00b", "a#b", "a?b", "\xff")


def heads() -> Iterator[Case]:
    """Burst the head, or break it."""
    for name, line in LONG_LINES.items():
        yield case(name, post(TEXT, line), HEADERS, half_close=True)
    for number in (101, 1000, 10_000, 100_000):
        yield case(f"{number} lines", post(TEXT, *(f"X-{i}: y" for i in range(number))), HEADERS, half_close=True)
        yield case(f"{number} equal lines", post(TEXT, *(["X: y"] * number)), HEADERS, half_close=True)
    for size in (65536, MIB, 5 * MIB):
        yield case(f"{size} bytes of URL", post(TEXT, path="/" + "a" * size), HEADERS, "414", half_close=True)
        yield case(f"{size} bytes of method", b"A" * size + GOOD, HEADERS, BAD, half_close=True)
        yield case(f"{size} empty lines", b"\r\n" * size, BAD, HEADERS, CLOSED, half_close=True)
        yield case(f"{size} letters", b"a" * size, HEADERS, BAD, half_close=True)
    yield from cases("line", BROKEN_LINES, lambda line: post(TEXT, line), BAD, half_close=True)
    yield from cases("Host", NO_HOSTS, lambda host: _instead("localhost", host), BAD, half_close=True)
    for name, data in {
        "no Host": _instead("Host: localhost\r\n", ""), "two Hosts": post(TEXT, "Host: other"),
        "bare LF": GOOD.replace(b"\r\n", b"\n"), "bare CR": GOOD.replace(b"\r\n", b"\r"),
    }.items():  # fmt: skip
        yield case(name, data, BAD, half_close=True)
    yield case("an expectation", post(TEXT, "Expect: the-spanish-inquisition"), "417", half_close=True)


NO_ACTIONS = (
    "nonsense", '"', '""x', "<script>alert(1)</script>", "]]>", "&lol;", "%00", "\xff\xfe", "{}",
    "${jndi:ldap://127.0.0.1/a}", "../../etc/passwd", "a" * 60_000, "SendMessages", '"SendMessages"', "#SendMessages",
    "'x'", "x\tx", "http://www.superoffice.net/ws/crm/NetServer/Services88/Messaging/Nonsense",
    "http://www.superoffice.net/ws/crm/NetServer/Services87/Messaging/SendMessages",
    "http://www.superoffice.net/ws/crm/NetServer/Services88/Messaging/",
)  # fmt: skip
NO_TYPES = (
    "text/plain", "text/html", "application/json", "text", "/", "*/*", "text/*", "text/xml/xml", "xml", "text/xmlx",
    "multipart/related; type=text/xml", "multipart/form-data; boundary=x", "application/octet-stream",
    "application/fastinfoset", "application/soap+msbin1", "text/xml, text/xml", "text /xml", "\xff", "<a>",
    "a" * 60_000, "text/plain; charset=utf-8\tx", ";", "=", ",", "",
)  # fmt: skip
ODD_PARAMETERS = (";" * 900, "; a=b" * 150, "; charset", "; charset=", "; charset*=utf-8''utf-8",
    "; charset=utf-8; charset=utf-16", "; boundary=x", '; charset="utf-8', "; =", "; charset=\xff")  # fmt: skip


def actions_and_types() -> Iterator[Case]:
    """Say nonsense in the two headers that choose the operation and the parser."""
    yield from cases("SOAPAction", NO_ACTIONS, lambda action: _instead(ACTION, action), NO_ACTION)
    of_type = lambda kind: _instead("text/xml; charset=utf-8", kind)
    yield from cases("Content-Type", NO_TYPES, of_type, TYPE)
    yield case("no Content-Type", post(TEXT, content_type=None), TYPE)
    yield case("two Content-Types", bytes(post(TEXT, "Content-Type: text/xml")), TYPE, TAKEN, stored=(CONTENT,))
    odd = lambda parameters: of_type(f"text/xml{parameters}")
    yield from cases("text/xml and", ODD_PARAMETERS, odd, TYPE, TAKEN, BAD, stored=(CONTENT,))


# Protocols and URLs


def _client_hello() -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()


NO_VERSIONS = ("HTTP/1.2", "HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "HTTP/9.9", "HTTP/1.10", "HTTP/11", "HTTP/1", "HTTP",
    "http/1.1", "HTTPS/1.1", "RTSP/1.0", "ICE/1.0", "SIP/2.0", "", "HTTP/1.1 x", "HTTP/-1.1", "HTTP/1,1",
    "HTTP/\xb2.0")  # fmt: skip
OTHER_METHODS = "PUT DELETE PATCH OPTIONS TRACE PROPFIND LOCK MKCOL REPORT PURGE SEARCH".split()
NO_METHODS = ("NONSENSE", "post", "Post", "P", "<", "\x00", "\xff", "PO ST", "POST\t", "GET\x00", "M-POST", "A" * 1000)
OTHER_PROTOCOLS = {
    "TLS": _client_hello(), "SSL 2": b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(37),
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n", "SMTP": b"EHLO localhost\r\n", "SOCKS": b"\x05\x01\x00",
    "PROXY": b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + GOOD,
    "PROXY 2": b"\r\n\r\n\x00\r\nQUIT\n!\x11\x00\x0c" + bytes(12), "Redis": b"*1\r\n$4\r\nPING\r\n",
    "memcached": b"get a\r\n", "MQTT": b"\x10\x0c\x00\x04MQTT\x04\x02\x00<\x00\x00",
    "AMQP": b"AMQP\x00\x00\x09\x01", "FIX": b"8=FIX.4.2\x019=1\x01",
    "LDAP": b"0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\x00\x80\x00", "PostgreSQL": b"\x00\x00\x00\x08\x04\xd2\x16/",
    "SMB": b"\x00\x00\x00\x85\xffSMBr" + bytes(60),
    "RDP": b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00",
    "an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "a page": b"<!DOCTYPE html><html></html>\r\n\r\n",
    "XML": TEXT + b"\r\n\r\n", "NULs": bytes(1000), "a NUL": b"\0",
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
}  # fmt: skip


def protocols() -> Iterator[Case]:
    """Speak something else."""
    yield case("HTTP/0.9", f"GET {PATH}\r\n".encode(), BAD, half_close=True)
    yield case("HTTP/0.9 with a POST", f"POST {PATH}\r\n\r\n".encode() + TEXT, BAD, half_close=True)
    http2 = post(
        TEXT, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"
    )
    yield case("an upgrade to HTTP/2", bytes(http2), TAKEN, stored=(CONTENT,))
    web_socket = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAA")
    yield case("a web socket", _get(PATH, *web_socket), PAGE)
    of_version = lambda version: _instead("HTTP/1.1", version)
    yield from cases("version", NO_VERSIONS, of_version, BAD, VERSION, half_close=True)
    of_method = lambda method: _instead("POST", method)
    yield from cases("method", OTHER_METHODS, of_method, METHOD)
    yield from cases("method", NO_METHODS, of_method, BAD, METHOD, NOT_IMPLEMENTED, half_close=True)
    tunnel = b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n"
    yield case("CONNECT", tunnel, NOT_IMPLEMENTED, BAD, half_close=True)
    yield from cases("protocol", OTHER_PROTOCOLS, OTHER_PROTOCOLS.__getitem__, BAD, VERSION, half_close=True)


SVC = "/Remote/Services88/Messaging.svc"
NOWHERE = (
    "/Remote/Services83/Messaging.svc", "/Remote/Services89/Messaging.svc", "/Remote/Services8/Messaging.svc",
    "/Remote/Services088/Messaging.svc", f"/Remote/Services{'8' * 5000}/Messaging.svc",
    "/Remote/Services-88/Messaging.svc", "/Remote/Services/Messaging.svc", "/Remote/Services88/Contact.svc",
    "/Remote/Services88/.svc", "/Remote/Services88/Messaging.asmx", "/Remote/Services88/Messaging.svc.php", f"{SVC}/..",
    f"{SVC}/../Messaging.svc", f"{SVC}%00", f"{SVC}%0a", f"{SVC};a=b", "/Services88/Messaging.svc",
    "/Remote/Services88/Messaging%2esvc/x", "/Remote/Services%31%30%30/Messaging.svc", "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cwindows", "/.git/config", "/wp-login.php", "/cgi-bin/%%32%65", "/%",
    "/%zz", "/%ff%fe", "/%f0%28%8c%28", "/%c0%af", "/" + "%00" * 1000, "/" + "a/" * 30_000, "/" * 60_000, "/_mock/v1/",
    "/_mock/v1/tenants", "/_mock/v1/tenants/Cust666/nonsense", "/_mock/v1/tenants/Cust666/outbox/-1",
    "/_mock/v1/tenants/Cust666/outbox/99999999999999999999999", "/favicon.ico", "/?wsdl", "/", "/%E2%80%AE", "/\xe6",
    "/<script>", "/{{7*7}}", "/'%20OR%201=1",
)  # fmt: skip
# Slashes that a base URL brought along may be tolerated; these are of the tenant `default`.
DOUBLED = (f"{SVC}//", "/Remote/Services88//Messaging.svc", "/Remote//Services88/Messaging.svc", f"//{SVC}")
NO_TARGETS = ("nonsense", "*", "//", "http://", "http:///a", "http://:80/a", "http://a b/", "http://[::1/a", "ftp://a/a",
    "https:a", "localhost:80", "?a", "#a", f"{SVC}#a", "\\a", "a/b")  # fmt: skip
NO_QUERIES = ("cursor=x", "limit=x", "limit=0", "limit=-1", "limit=99999999999999999999", "limit=1e3", "cursor=-1",
    "nonsense=1", "limit=%00", "limit=" + "9" * 5000, "limit=\xb2", "cursor=" + "9" * 30, "%=%", "limit=;")  # fmt: skip
ODD_TENANTS = ("%00", "%0d%0aX:y", "%ff", "%ed%a0%80", "..", ".", "%2e%2e", "%2f", "a" * 30_000, "'%20OR%201=1", "<b>",
    "%F0%9F%92%A9", "\xe6", "%E2%80%AE", "CON", "null", "default%20")  # fmt: skip


def urls() -> Iterator[Case]:
    """Ask for what is nowhere."""
    at = lambda target: _instead(PATH, target)
    yield from cases("POST", NOWHERE, at, NOT_FOUND, METHOD, BAD, half_close=True)
    yield from cases("POST", DOUBLED, at, TAKEN, NOT_FOUND, BAD)
    yield from cases("target", NO_TARGETS, at, BAD, NOT_FOUND, METHOD, half_close=True)
    search = lambda query: _get(f"/_mock/v1/tenants/Cust666/outbox?{query}")
    yield from cases("GET outbox?", NO_QUERIES, search, BAD, half_close=True)
    # An odd tenant is a tenant; nothing of it is another one's.
    of_tenant = lambda tenant: at(f"/{tenant}{SVC}")
    yield from cases("tenant", ODD_TENANTS, of_tenant, TAKEN, BAD, NOT_FOUND, half_close=True)
