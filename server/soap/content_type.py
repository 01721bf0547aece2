"""Which Content-Types the wire takes, and how each is read."""

from __future__ import annotations

from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from messaging_double.server.calls.requests import Refusal

if TYPE_CHECKING:
    from messaging_double.server.soap.readers import Reading

_LONGEST = 1000
"""Longest Content-Type that is read, in characters; no client sends a longer one."""

WCF_CHARSETS = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-16le": "utf-16le", "utf-16be": "utf-16be"}
"""By the names that they go by, the parsers' names."""
FORGIVEN_CHARSETS = {
    "utf8": "utf-8",
    "us-ascii": "us-ascii",
    "ascii": "us-ascii",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "windows-1252",
}
"""Likewise, those that WCF does not have."""
_FORGIVEN_TYPES = {
    "application/soap+xml": "SOAP 1.2's",
    "application/xml": "any XML's",
    "application/x-www-form-urlencoded": "curl's own",
}


class ContentType(NamedTuple):
    """What a Content-Type says."""

    media_type: str
    charset: str | None
    action: str | None
    """SOAP 1.2's place for the SOAPAction."""


def check(header: str | None, call: Reading) -> ContentType:
    """Return what the header says, its charset as libxml2 names it. Raises ``Refusal`` (415) in WCF's words."""
    if not header:
        raise Refusal(415, "Missing Content Type", "the request has no Content-Type")
    if len(header) > _LONGEST:
        raise _unexpected(header)
    content_type, notes = _read(header)
    if content_type is None or (notes and call.strict):
        raise _unexpected(header)
    for note in notes:
        call.note(f"{note}: accepted here, the real service would answer 415")
    return content_type


@lru_cache(maxsize=256)
def _read(header: str) -> tuple[ContentType | None, list[str]]:
    """Return what a header says, and what of it is tolerated only; ``None``: nothing that is."""
    message = Message()
    message["Content-Type"] = header
    media_type = header.partition(";")[0].strip().lower()
    parameters = [message.get_param(name) for name in ("charset", "action")]
    charset, action = (each if isinstance(each, str) else None for each in parameters)
    notes = []
    if media_type != "text/xml":
        notes.append(f"Content-Type {media_type}")
    charset = (charset or "").lower()
    if charset and charset not in WCF_CHARSETS:
        notes.append(f"charset {charset}")
    if media_type not in ("text/xml", *_FORGIVEN_TYPES) or charset not in ("", *WCF_CHARSETS, *FORGIVEN_CHARSETS):
        return None, notes
    return ContentType(media_type, {**WCF_CHARSETS, **FORGIVEN_CHARSETS}.get(charset), action), notes


def _unexpected(header: str) -> Refusal:
    shown = header if len(header) <= _LONGEST else f"{header[:_LONGEST]}…"
    return Refusal(
        415,
        f"Cannot process the message because the content type '{shown}' was not the expected type "
        "'text/xml; charset=utf-8'.",
        "send text/xml; charset=utf-8",
    )
