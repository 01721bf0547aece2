"""Hostile framing: lengths that lie, bodies without end, chunks that are none, requests in requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .client import sending
from .hostile import (
    ANY_REFUSAL,
    BAD,
    BROKEN,
    HEADERS,
    LARGE,
    NOT_IMPLEMENTED,
    TAKEN,
    Hostile,
    hostile,
    post,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MIB = 1024 * 1024
CONTENT = "not to be smuggled"
TEXT = sending(CONTENT)
GOOD = post(TEXT)
_CHUNKED = post(b"", "Transfer-Encoding: chunked", length=False)


def _with_length(value: str, body: bytes = TEXT) -> bytes:
    return post(b"", f"Content-Length: {value}", length=False) + body


def lengths() -> Iterator[Hostile]:
    """Say a Content-Length that is none, too much, too little, two."""
    junk = (
        "abc", "-1", "-0", "+5", "0x10", "1e3", "5,5", "5, 5", "5 5", "5;q=1", "5.0", " ", "", "''", '"5"', "true",
        "NaN", "٣", "\xb2", "0b1", "1_0",
        "5\t5", "5\x0b", "0 0", "-99999999999999999999", "9" * 25, "9" * 5000, "18446744073709551616",
        "18446744073709551615", "9223372036854775808",
    )  # fmt: skip
    for value in junk:
        # RFC 9112, 6.3: 400; one beyond every limit may also be told so.
        yield hostile(f"Content-Length {value[:30]!r}", _with_length(value), BAD, LARGE, half_close=True)
    for value in (8 * MIB + 1, 60 * MIB, 2**31, 2**32, 2**53, 2**63 - 1):
        yield hostile(f"Content-Length {value}", _with_length(str(value)), LARGE, half_close=True)
        yield hostile(
            f"Content-Length {value} and 100-continue",
            post(b"", "Expect: 100-continue", f"Content-Length: {value}", length=False),
            LARGE,
        )
    for value in (0, 1, 7, 100, len(TEXT) - 1):
        # What is left is no request: the connection ends there.
        yield hostile(f"Content-Length {value}", _with_length(str(value)), BAD, BROKEN, half_close=True, replies=2)
    for value in (len(TEXT) + 1, len(TEXT) + 100, 8 * MIB):
        yield hostile(f"Content-Length {value}", _with_length(str(value)), BAD, half_close=True)
    for first, second in (
        (5, 6),
        (len(TEXT), len(TEXT) + 1),
        (0, len(TEXT)),
        (len(TEXT), 0),
        (len(TEXT), "x"),
        ("", len(TEXT)),
        (-1, len(TEXT)),
    ):
        two = post(b"", f"Content-Length: {first}", f"content-length: {second}", length=False) + TEXT
        yield hostile(f"Content-Length {first} and {second}", two, BAD, half_close=True)
    # RFC 9112, 6.1: without any there is no body; what follows is not the next request either.
    yield hostile("no Content-Length", post(TEXT, length=False), BAD, half_close=True, replies=2)
    yield hostile("no Content-Length and no body", post(b"", length=False), BAD)
    yield hostile(
        "no Content-Length in HTTP/1.0",
        post(TEXT, length=False).replace(b"HTTP/1.1", b"HTTP/1.0"),
        BAD,
        half_close=True,
    )


def big_bodies() -> Iterator[Hostile]:
    """Send 60 MB, wanted or not."""
    piece = b"a" * MIB

    def with_length() -> Iterable[bytes]:
        yield _with_length(str(60 * MIB), b"")
        yield from (piece for _ in range(60))

    def chunked(size: int, total: int) -> Iterable[bytes]:
        yield _CHUNKED
        one = b"%x\r\n%s\r\n" % (size, b"a" * size)
        together = max(1, MIB // len(one))
        yield from (one * together for _ in range(total // (size * together)))
        yield b"0\r\n\r\n"

    for number in range(3):
        yield hostile(f"60 MB {number}", with_length, LARGE)
        yield hostile(f"60 MB in chunks of 1 MB {number}", lambda: chunked(MIB, 60 * MIB), LARGE)
    yield hostile("60 MB in chunks of 1 KB", lambda: chunked(1024, 60 * MIB), LARGE)
    yield hostile("2 MB in chunks of 1 byte", lambda: chunked(1, 2 * MIB), BAD)
    yield hostile("12 MB in chunks of 1 byte", lambda: chunked(1, 12 * MIB), LARGE)
    for name, content in {"empty lines": b"\r\n\r\n", "ends": b"\r\n0\r\n\r\n"}.items():
        data = content * (8 * MIB // len(content))
        yield hostile(f"8 MB of {name} in a chunk", _CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data), BAD)
    yield hostile("one endless chunk", lambda: (_CHUNKED, b"7fffffff\r\n", *(piece for _ in range(20))), LARGE)
    yield hostile("8 MB of nothing", post(b"\0" * 8 * MIB), BAD)
    yield hostile("8 MB of blanks", post(b" " * 8 * MIB), BAD)
    yield hostile("8 MB of letters", post(b"a" * 8 * MIB), BAD)
    yield hostile("8 MB of <", post(b"<" * 8 * MIB), BAD)


def chunks() -> Iterator[Hostile]:
    """Frame a body by chunks that are none."""
    junk = (
        b"zz\r\n", b"-5\r\nhello\r\n", b"+5\r\nhello\r\n", b"0x5\r\nhello\r\n", b"5 \r\nhello\r\n", b" 5\r\nhello\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"\r\n", b"\r\n\r\n", b";\r\n", b";a=b\r\n", b"5;\x00\r\nhello\r\n", b"5\r\nhello!\r\n",
        b"5\r\nhell\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"5\r\nhello\n0\n\n",
        b"f" * 16 + b"\r\n", b"f" * 17 + b"\r\n", b"f" * 1000 + b"\r\n", b"1" + b"0" * 16 + b"\r\n",
        b"ffffffff\r\nhello", b"\xff\xff\r\n", b"5\xb2\r\nhello\r\n",
        b"0\r\nX\r\n\r\n", b"0\r\n: x\r\n\r\n", b"0\r\nA B: x\r\n\r\n", b"0\r\nA: \x00\r\n\r\n", b"0\n\n", b"0\r\r\n",
        TEXT, GOOD,
    )  # fmt: skip
    for data in junk:
        yield hostile(f"chunk {data[:30]!r}", _CHUNKED + data, BAD, LARGE, half_close=True)
        yield hostile(
            f"chunk {data[:30]!r} after a good one", _CHUNKED + b"3\r\n<a>\r\n" + data, BAD, LARGE, half_close=True
        )
    whole = b"%x\r\n%s\r\n0\r\n\r\n" % (len(TEXT), TEXT)
    for cut in range(0, len(whole) - 2, 37):
        yield hostile(f"chunks cut at {cut}", _CHUNKED + whole[:cut], BAD, half_close=True)
    for coding, expected in {
        "gzip, chunked": (NOT_IMPLEMENTED, BAD), "chunked, chunked": (NOT_IMPLEMENTED, BAD),
        "xchunked": (NOT_IMPLEMENTED, BAD), "identity": (NOT_IMPLEMENTED, BAD),
        "chunked, gzip": (NOT_IMPLEMENTED, BAD), "chunked;q=1": (NOT_IMPLEMENTED, BAD), "": (NOT_IMPLEMENTED, BAD),
        "chunked\x0b": (NOT_IMPLEMENTED, BAD), '"chunked"': (NOT_IMPLEMENTED, BAD),
    }.items():  # fmt: skip
        yield hostile(
            f"Transfer-Encoding {coding!r}",
            post(b"", f"Transfer-Encoding: {coding}", length=False) + whole,
            *expected,
            half_close=True,
        )
    yield hostile("chunked in HTTP/1.0", _CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + whole, BAD, half_close=True)
    for extension in (b";" + b"a" * MIB, b";a=" + b"b" * 9 * MIB, b";a" * 100_000):
        data = b"%x%s\r\n%s\r\n0\r\n\r\n" % (len(TEXT), extension, TEXT)
        yield hostile(
            f"{len(extension)} bytes of extension",
            _CHUNKED + data,
            TAKEN,
            BAD,
            LARGE,
            HEADERS,
            stored=(CONTENT,),
            half_close=True,
        )
    for trailers in (
        b"A: b\r\n" * 1000,
        b"A: " + b"b" * MIB + b"\r\n",
        b"A: b\r\n" * 4_000_000,
        b"Content-Length: 5\r\nTransfer-Encoding: x\r\n",
    ):
        data = b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(TEXT), TEXT, trailers)
        yield hostile(
            f"{len(trailers)} bytes of trailers",
            _CHUNKED + data,
            TAKEN,
            BAD,
            LARGE,
            HEADERS,
            stored=(CONTENT,),
            half_close=True,
        )


def smuggling() -> Iterator[Hostile]:
    """Hide a request in another one (RFC 9112, 11.2): whatever it is answered, it must not be taken."""
    inner = len(GOOD)
    whole = b"%x\r\n%s\r\n0\r\n\r\n" % (len(TEXT), TEXT)
    for lines in (
        ("Transfer-Encoding: chunked", "Content-Length: 4"), ("Content-Length: 4", "Transfer-Encoding: chunked"),
        (f"Content-Length: {inner + 5}", "Transfer-Encoding: chunked"),
        ("Content-Length: 5", "Transfer-Encoding: xchunked"), ("Content-Length: 5", "Transfer-Encoding : chunked"),
        ("Content-Length: 5", "Transfer-Encoding:\x0bchunked"),
        ("Content-Length: 5", "X: y\nTransfer-Encoding: chunked"),
        ("Content-Length: 5", " Transfer-Encoding: chunked"),
        ("Content-Length: 5", "Transfer-Encoding: cow", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding: identity", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding:\r\n chunked", "Content-Length: 5"),
        ("Content-Length: 0\r", "Content-Length: 5"), ("Content-Length: 5", f"Content-Length: {inner}"),
        (f"Content-Length : {inner}",), ("Content-Length: 0, 5",),
        ("Transfer-Encoding: chunked\rContent-Length: 5",), ("Foo\r\nContent-Length: 5",), ("Content-Length\x00: 5",),
        ("Content-Length: 5\x00",),
    ):  # fmt: skip
        for name, body in (("chunks", b"0\r\n\r\n" + GOOD), ("a request", GOOD), ("both", whole + GOOD)):
            yield hostile(f"{lines} {name}", post(b"", *lines, length=False) + body, *ANY_REFUSAL, half_close=True)
