"""Hostile heads: too much of everything, broken lines, nonsense where it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .client import sending
from .hostile import (
    BAD,
    CLOSED,
    HEADERS,
    NO_ACTION,
    TAKEN,
    TYPE,
    Hostile,
    hostile,
    post,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 1024 * 1024
CONTENT = "not to be smuggled"
TEXT = sending(CONTENT)
GOOD = post(TEXT)


def heads() -> Iterator[Hostile]:
    """Burst the head, or break it."""
    for name, line in {
        "64 KB value": "X: " + "a" * 65536, "1 MB value": "X: " + "a" * MIB, "1 MB name": "a" * MIB + ": x",
        "5 MB of nothing": "X: " + " " * 5 * MIB,
        "64 KB cookie": "Cookie: " + "a=b; " * 14000, "huge SOAPAction": "SOAPAction: " + "a" * 70_000,
        "huge Host": "Host: " + "a" * 70_000,
    }.items():  # fmt: skip
        yield hostile(name, post(TEXT, line), HEADERS, half_close=True)
    for number in (101, 1000, 10_000, 100_000):
        yield hostile(f"{number} lines", post(TEXT, *(f"X-{i}: y" for i in range(number))), HEADERS, half_close=True)
        yield hostile(f"{number} equal lines", post(TEXT, *(["X: y"] * number)), HEADERS, half_close=True)
    for size in (65536, MIB, 10 * MIB):
        yield hostile(f"{size} bytes of URL", post(TEXT, path="/" + "a" * size), HEADERS, "414", half_close=True)
        yield hostile(f"{size} bytes of method", b"A" * size + GOOD, HEADERS, BAD, half_close=True)
        yield hostile(f"{size} empty lines", b"\r\n" * size, BAD, CLOSED, half_close=True)
        yield hostile(f"{size} letters", b"a" * size, HEADERS, BAD, half_close=True)
    broken = (
        "no colon", ": no name", "A B: x", "A\t: x", "A : x", "A\x00: x", "A: \x00", "A: \x01", "A: \x7f", "A: x\ry",
        "A: x\r\ry", "Ä: x", "(A): x", "A: x\r\n y", "\tA: x", " A: x",
        "A: x\n\nPOST / HTTP/1.1", "A\r\n: x", "\x00", "\xff\xfe: x", "{}: x", "A[]: x",
    )  # fmt: skip
    for line in broken:
        yield hostile(f"line {line!r}", post(TEXT, line), BAD, half_close=True)
    for host in (
        "a b",
        "a/b",
        "a@b",
        "[::1",
        "::1",
        "a:b",
        "a:80:80",
        "http://a",
        "<a>",
        "a\x00b",
        "a#b",
        "a?b",
        "\xff",
    ):
        yield hostile(
            f"Host {host!r}", GOOD.replace(b"Host: localhost", f"Host: {host}".encode("latin-1")), BAD, half_close=True
        )
    yield hostile("no Host", GOOD.replace(b"Host: localhost\r\n", b""), BAD, half_close=True)
    yield hostile("two Hosts", post(TEXT, "Host: other"), BAD, half_close=True)
    yield hostile("bare LF", GOOD.replace(b"\r\n", b"\n"), BAD, half_close=True)
    yield hostile("bare CR", GOOD.replace(b"\r\n", b"\r"), BAD, half_close=True)
    yield hostile("an expectation", post(TEXT, "Expect: the-spanish-inquisition"), "417", half_close=True)


def actions_and_types() -> Iterator[Hostile]:
    """Say nonsense in the two headers that choose the operation and the parser."""
    actions = (
        "nonsense", '"', '""x', "<script>alert(1)</script>", "]]>", "&lol;", "%00", "\xff\xfe", "{}",
        "${jndi:ldap://127.0.0.1/a}", "../../etc/passwd", "a" * 60_000,
        "http://www.superoffice.net/ws/crm/NetServer/Services88/Messaging/Nonsense",
        "http://www.superoffice.net/ws/crm/NetServer/Services87/Messaging/SendMessages",
        "http://www.superoffice.net/ws/crm/NetServer/Services88/Messaging/", "SendMessages", '"SendMessages"',
        "#SendMessages", "'x'", "x\tx",
    )  # fmt: skip
    for action in actions:
        data = post(TEXT, action=None).replace(
            b"Content-Length", f"SOAPAction: {action}\r\nContent-Length".encode("latin-1"), 1
        )
        yield hostile(f"SOAPAction {action[:40]!r}", data, NO_ACTION)
    for kind in (
        "text/plain", "text/html", "application/json", "text", "/", "*/*", "text/*", "text/xml/xml", "xml",
        "text/xmlx", "multipart/related; type=text/xml", "multipart/form-data; boundary=x",
        "application/octet-stream", "application/fastinfoset", "application/soap+msbin1", "text/xml, text/xml",
        "text /xml", "\xff", "<a>", "a" * 60_000, "text/plain; charset=utf-8\tx", ";", "=", ",",
    ):  # fmt: skip
        yield hostile(
            f"Content-Type {kind[:40]!r}",
            post(TEXT, content_type=kind).replace(kind.encode(), kind.encode("latin-1"), 1),
            TYPE,
        )
    yield hostile("no Content-Type", post(TEXT, content_type=None), TYPE)
    yield hostile("an empty Content-Type", post(TEXT, content_type=""), TYPE)
    yield hostile("two Content-Types", post(TEXT, "Content-Type: text/xml"), TYPE, TAKEN, stored=(CONTENT,))
    for parameters in (
        ";" * 900,
        "; a=b" * 150,
        "; charset",
        "; charset=",
        "; charset*=utf-8''utf-8",
        "; charset=utf-8; charset=utf-16",
        "; boundary=x",
        '; charset="utf-8',
        "; =",
        "; charset=\xff",
    ):
        kind = f"text/xml{parameters}"
        data = post(TEXT, content_type=kind).replace(kind.encode(), kind.encode("latin-1"), 1)
        yield hostile(f"Content-Type {kind[:40]!r}", data, TYPE, TAKEN, BAD, stored=(CONTENT,))
