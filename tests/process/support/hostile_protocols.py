"""Hostile protocols and URLs: another language, another place."""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING

from .client import sending
from .hostile import (
    BAD,
    METHOD,
    NOT_FOUND,
    NOT_IMPLEMENTED,
    PAGE,
    PATH,
    TAKEN,
    VERSION,
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


def _request(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def protocols() -> Iterator[Hostile]:
    """Speak something else."""
    yield hostile("HTTP/0.9", f"GET {PATH}\r\n".encode(), BAD, half_close=True)
    yield hostile("HTTP/0.9 with a POST", f"POST {PATH}\r\n\r\n".encode() + TEXT, BAD, half_close=True)
    yield hostile("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), BAD, VERSION, half_close=True)
    yield hostile(
        "an upgrade to HTTP/2",
        post(TEXT, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"),
        TAKEN,
        stored=(CONTENT,),
    )
    yield hostile(
        "a web socket",
        _request(
            f"GET {PATH} HTTP/1.1",
            "Host: a",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAA",
        ),
        PAGE,
    )
    for version in (
        "HTTP/1.2",
        "HTTP/2.0",
        "HTTP/3.0",
        "HTTP/0.9",
        "HTTP/9.9",
        "HTTP/1.10",
        "HTTP/11",
        "HTTP/1",
        "HTTP",
        "http/1.1",
        "HTTPS/1.1",
        "RTSP/1.0",
        "ICE/1.0",
        "SIP/2.0",
        "",
        "HTTP/1.1 x",
        "HTTP/-1.1",
        "HTTP/1,1",
        "HTTP/\xb2.0",
    ):
        yield hostile(
            f"version {version!r}",
            GOOD.replace(b"HTTP/1.1", version.encode("latin-1"), 1),
            BAD,
            VERSION,
            half_close=True,
        )
    for method in (
        "PUT",
        "DELETE",
        "PATCH",
        "OPTIONS",
        "TRACE",
        "PROPFIND",
        "LOCK",
        "MKCOL",
        "REPORT",
        "PURGE",
        "SEARCH",
    ):
        yield hostile(method, GOOD.replace(b"POST", method.encode(), 1), METHOD)
    for method in (
        "NONSENSE",
        "post",
        "Post",
        "P",
        "<",
        "\x00",
        "\xff",
        "PO ST",
        "POST\t",
        "GET\x00",
        "M-POST",
        "A" * 1000,
    ):
        yield hostile(
            f"method {method[:20]!r}",
            GOOD.replace(b"POST", method.encode("latin-1"), 1),
            BAD,
            METHOD,
            NOT_IMPLEMENTED,
            half_close=True,
        )
    yield hostile(
        "CONNECT",
        _request("CONNECT localhost:443 HTTP/1.1", "Host: localhost:443"),
        NOT_IMPLEMENTED,
        BAD,
        half_close=True,
    )
    for name, data in {
        "TLS": _client_hello(), "SSL 2": b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(37),
        "SSH": b"SSH-2.0-OpenSSH_9.6\r\n", "SMTP": b"EHLO localhost\r\n", "SOCKS": b"\x05\x01\x00",
        "PROXY": b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + GOOD,
        "PROXY 2": b"\r\n\r\n\x00\r\nQUIT\n!\x11\x00\x0c" + bytes(12), "Redis": b"*1\r\n$4\r\nPING\r\n",
        "memcached": b"get a\r\n", "MQTT": b"\x10\x0c\x00\x04MQTT\x04\x02\x00<\x00\x00",
        "AMQP": b"AMQP\x00\x00\x09\x01", "FIX": b"8=FIX.4.2\x019=1\x01",
        "LDAP": b"0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\x00\x80\x00", "PostgreSQL": b"\x00\x00\x00\x08\x04\xd2\x16/",
        "SMB": b"\x00\x00\x00\x85\xffSMBr" + bytes(60),
        "RDP": b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00",
        "an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "a page": b"<!DOCTYPE html><html></html>\r\n\r\n", "XML": TEXT + b"\r\n\r\n", "NULs": bytes(1000),
        "a NUL": b"\0",
    }.items():  # fmt: skip
        yield hostile(name, data, BAD, VERSION, half_close=True)


def _client_hello() -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()


def urls() -> Iterator[Hostile]:
    """Ask for what is nowhere."""
    svc = "/Remote/Services88/Messaging.svc"
    for path in (
        "/Remote/Services83/Messaging.svc", "/Remote/Services89/Messaging.svc", "/Remote/Services8/Messaging.svc",
        "/Remote/Services088/Messaging.svc", f"/Remote/Services{'8' * 5000}/Messaging.svc",
        "/Remote/Services-88/Messaging.svc", "/Remote/Services/Messaging.svc", "/Remote/Services88/Contact.svc",
        "/Remote/Services88/.svc", "/Remote/Services88/Messaging.asmx", "/Remote/Services88/Messaging.svc.php",
        f"{svc}/..", f"{svc}/../Messaging.svc",  f"{svc}%00", f"{svc}%0a", f"{svc};a=b",  "/Services88/Messaging.svc",
        "/Remote/Services88/Messaging%2esvc/x", "/Remote/Services%31%30%30/Messaging.svc", "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cwindows", "/.git/config", "/wp-login.php", "/cgi-bin/%%32%65",
        "/%", "/%zz", "/%ff%fe", "/%f0%28%8c%28", "/%c0%af", "/" + "%00" * 1000, "/" + "a/" * 30_000, "/" * 60_000,
        "/_mock/v1/", "/_mock/v1/tenants", "/_mock/v1/tenants/Cust666/nonsense",
        "/_mock/v1/tenants/Cust666/outbox/99999999999999999999999", "/_mock/v1/tenants/Cust666/outbox/-1",
        "/favicon.ico", "/?wsdl", "/", "/%E2%80%AE", "/\xe6", "/<script>", "/{{7*7}}", "/' OR 1=1",
    ):  # fmt: skip
        target = path.replace(" ", "%20").encode("latin-1")
        data = GOOD.replace(PATH.encode(), target, 1)
        yield hostile(f"POST {path[:60]}", data, NOT_FOUND, METHOD, BAD, half_close=True, replies=1)
    for path in (f"{svc}//", "/Remote/Services88//Messaging.svc", "/Remote//Services88/Messaging.svc", f"//{svc}"):
        # Slashes that a base URL brought along may be forgiven; these are of the tenant `default`.
        yield hostile(f"POST {path}", GOOD.replace(PATH.encode(), path.encode(), 1), TAKEN, NOT_FOUND, BAD)
    for target in (
        "nonsense",
        "*",
        "//",
        "http://",
        "http:///a",
        "http://:80/a",
        "http://a b/",
        "http://[::1/a",
        "ftp://a/a",
        "https:a",
        "localhost:80",
        "?a",
        "#a",
        f"{svc}#a",
        "\\a",
        "a/b",
    ):
        yield hostile(
            f"target {target}", GOOD.replace(PATH.encode(), target.encode(), 1), BAD, NOT_FOUND, METHOD, half_close=True
        )
    for query in (
        "cursor=x",
        "limit=x",
        "limit=0",
        "limit=-1",
        "limit=99999999999999999999",
        "limit=1e3",
        "cursor=-1",
        "nonsense=1",
        "limit=%00",
        "limit=" + "9" * 5000,
        "limit=\xb2",
        "cursor=" + "9" * 30,
        "%=%",
        "limit=;",
    ):
        data = _request(f"GET /_mock/v1/tenants/Cust666/outbox?{query} HTTP/1.1", "Host: a")
        yield hostile(f"GET outbox?{query[:40]}", data, BAD, half_close=True)
    for tenant in (
        "%00",
        "%0d%0aX:y",
        "%ff",
        "%ed%a0%80",
        "..",
        ".",
        "%2e%2e",
        "%2f",
        "a" * 30_000,
        "' OR 1=1",
        "<b>",
        "%F0%9F%92%A9",
        "\xe6",
        "%E2%80%AE",
        "CON",
        "null",
        "default%20",
    ):
        path = f"/{tenant}{svc}".replace(" ", "%20").encode("latin-1")
        # An odd tenant is a tenant; nothing of it is another one's.
        yield hostile(
            f"tenant {tenant[:40]!r}",
            GOOD.replace(PATH.encode(), path, 1),
            TAKEN,
            BAD,
            NOT_FOUND,
            stored=(),
            half_close=True,
        )
