"""Which Content-Types the wire takes, and how each is read."""

from __future__ import annotations

from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from messaging_double.server.soap.faults import Refusal

if TYPE_CHECKING:
    from messaging_double.server.soap.manner import Manner

_LONGEST = 1000
"""Characters of a Content-Type that is looked at; nobody's is longer."""

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
"""Likewise, those that WCF does not know."""
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


def check(header: str | None, manner: Manner) -> ContentType:
    """Return what the header says, its charset as libxml2 names it.  Raises ``Refusal`` (415) in WCF's words."""
    if not header:
        raise Refusal(415, "Missing Content Type", "the request has no Content-Type")
    if len(header) > _LONGEST:
        raise _unexpected(header)
    content_type = _parse(header)
    charset = (content_type.charset or "").lower()
    if content_type.media_type != "text/xml":
        if manner.strict or content_type.media_type not in _FORGIVEN_TYPES:
            raise _unexpected(header)
        manner.note(f"Content-Type {content_type.media_type}: accepted here, the real service would answer 415")
    if not charset or charset in WCF_CHARSETS:
        return content_type._replace(charset=WCF_CHARSETS.get(charset))
    if manner.strict or charset not in FORGIVEN_CHARSETS:
        raise _unexpected(header)
    manner.note(f"charset {charset}: accepted here, the real service would answer 415")
    return content_type._replace(charset=FORGIVEN_CHARSETS[charset])


@lru_cache(maxsize=256)
def _parse(header: str) -> ContentType:
    message = Message()
    message["Content-Type"] = header
    media_type = header.partition(";")[0].strip().lower()
    charset = message.get_param("charset")
    action = message.get_param("action")
    return ContentType(
        media_type,
        charset if isinstance(charset, str) else None,
        action if isinstance(action, str) else None,
    )


def _unexpected(header: str) -> Refusal:
    shown = header if len(header) <= _LONGEST else f"{header[:_LONGEST]}…"
    return Refusal(
        415,
        f"Cannot process the message because the content type '{shown}' was not the expected type "
        "'text/xml; charset=utf-8'.",
        "send text/xml; charset=utf-8",
    )
