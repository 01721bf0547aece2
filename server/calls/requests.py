"""What any API reads of a WSGI request, and a request that is refused before it is a call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    Environ = dict[str, Any]

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_LONGEST_NUMBER = 18
"""Digits of a Content-Length; no body has more bytes, and Python refuses to read numbers of thousands of digits."""


class Refusal(Exception):  # noqa: N818 (not an error of ours: an answer)
    """A request that gets a bare HTTP answer: WCF sends these with an empty body.

    ``reason`` is the reason phrase; ``hint`` says what the double found, for the log and the reader of the answer's
    ``X-Messaging-Double-Hint`` header ("ours").
    """

    def __init__(self, status: int, reason: str, hint: str = "", **headers: str) -> None:
        """``headers`` go into the answer as they are."""
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.hint = hint
        self.headers = headers


def read_body(environ: Environ, limit: int) -> bytes:
    """Read the whole body, at most ``limit`` bytes. Raises ``Refusal`` (400, 413).

    Without a Content-Length the input is read only if the server says that it ends (``wsgi.input_terminated``):
    elsewhere the reading would wait for ever.
    """
    length = environ.get("CONTENT_LENGTH")
    if not length:
        body = _read_up_to(environ, limit + 1) if environ.get("wsgi.input_terminated") else b""
        if len(body) > limit:
            raise _too_large(limit)
        return body
    if not (length.isascii() and length.isdigit()):
        raise Refusal(400, "Bad Request", "Content-Length is no number")
    if len(length) > _LONGEST_NUMBER or int(length) > limit:
        raise _too_large(limit)
    wanted = int(length)
    body = _read_up_to(environ, wanted)
    if len(body) < wanted:
        raise Refusal(400, "Bad Request", "the body ended before its Content-Length")
    return body


def _read_up_to(environ: Environ, wanted: int) -> bytes:
    read: Callable[[int], bytes] = environ["wsgi.input"].read
    chunks = []
    try:
        while wanted > 0 and (chunk := read(wanted)):
            chunks.append(chunk)
            wanted -= len(chunk)
    except OSError as error:
        raise Refusal(400, "Bad Request", f"the body broke off: {error}") from None
    return b"".join(chunks)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "Request Entity Too Large", f"the body is over {limit} bytes (setting max-body-bytes)")


def asked_url(environ: Environ) -> str:
    """Return the URL that was asked, without its query: what the WSDL gives as the address."""
    host = environ.get("HTTP_HOST", "")
    if _UNPRINTABLE.search(host):
        raise Refusal(400, "Bad Request", "the Host header has characters that no host has")
    host = host or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1", "replace")
    return f"{environ['wsgi.url_scheme']}://{host}{quote(path)}"
