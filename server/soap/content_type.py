"""Which Content-Types are accepted, and which encoding a body is read in: WCF's rules, and what is tolerated.

WCF reads UTF-8 and UTF-16 only. It compares the charset of the Content-Type, the byte order mark (or the first ``<``)
and the XML declaration, and answers 400 where two of them differ (.NET's ``EncodingStreamWrapper``). The parsers are
given the encoding that ``encoding_of`` returns and look for none themselves: libxml2 has encodings that expat, which
counts for the quotas, does not have.
"""

from __future__ import annotations

import codecs
import re
from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from messaging_double.server.calls.call import Refusal

if TYPE_CHECKING:
    from messaging_double.server.soap.readers import Reading

_LONGEST = 1000
"""Longest Content-Type that is read, in characters; no client sends a longer one."""

_WCF_CHARSETS = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-16le": "utf-16le", "utf-16be": "utf-16be"}
"""By the names that they go by, the parsers' names."""
_FORGIVEN_CHARSETS = {
    "utf8": "utf-8",
    "us-ascii": "us-ascii",
    "ascii": "us-ascii",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "windows-1252",
}
"""Likewise, those that WCF does not have."""
_FORGIVEN_TYPES = ("application/soap+xml", "application/xml", "application/x-www-form-urlencoded")
"""SOAP 1.2's, any XML's, curl's own."""


class ContentType(NamedTuple):
    """What a Content-Type says."""

    charset: str | None
    action: str | None
    """SOAP 1.2's place for the SOAPAction."""


def content_type_of(header: str | None, call: Reading) -> ContentType:
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
    if charset and charset not in _WCF_CHARSETS:
        notes.append(f"charset {charset}")
    known = {**_WCF_CHARSETS, **_FORGIVEN_CHARSETS}
    if media_type not in ("text/xml", *_FORGIVEN_TYPES) or (charset and charset not in known):
        return None, notes
    return ContentType(known.get(charset), action if media_type == "application/soap+xml" else None), notes


def _unexpected(header: str) -> Refusal:
    shown = header if len(header) <= _LONGEST else f"{header[:_LONGEST]}…"
    return Refusal(
        415,
        f"Cannot process the message because the content type '{shown}' was not the expected type "
        "'text/xml; charset=utf-8'.",
        "send text/xml; charset=utf-8",
    )


_UTF8, _UTF16, _UTF16_LE, _UTF16_BE = "utf-8", "utf-16", "utf-16le", "utf-16be"
_BEGINNINGS = {
    codecs.BOM_UTF16_LE: _UTF16_LE,
    codecs.BOM_UTF16_BE: _UTF16_BE,
    b"<\0": _UTF16_LE,
    b"\0<": _UTF16_BE,
}
_FORGIVEN = frozenset(_FORGIVEN_CHARSETS.values()) - {_UTF8}
_LOOKED_AT = 128
"""Characters in which WCF looks for the declaration."""
_DECLARATION = re.compile(
    r"""[\ufeff]?<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])(?P<version>[^"'<>]*)\1"""
    r"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])(?P<encoding>[^"'<>]*)\3)?"""
)


class _Declaration(NamedTuple):
    version: str
    encoding: str | None
    """As it is written."""


def encoding_of(body: bytes, charset: str | None, call: Reading) -> str:
    """Return the encoding to read ``body`` in, by its name for both parsers.

    ``charset`` is that of the Content-Type, as ``content_type_of`` returns it. Raises ``Refusal`` (400).
    """
    found = _BEGINNINGS.get(body[:2], _UTF8)
    if not _can_be(charset, found):
        raise _refused(f"the Content-Type names {charset}, the bytes of the body are {found}")
    named = None if charset == _UTF16 else charset  # it does not say which of the two, the bytes do
    encoding = named or found
    if found == _UTF8 and not body.startswith((b"<?", codecs.BOM_UTF8)):
        return encoding
    declared = _declaration(body[: 2 * _LOOKED_AT].partition(b"?>")[0], found)
    if declared is None:
        return encoding
    if declared.version != "1.0":
        _tolerate(call, f"the XML declaration names version {declared.version}", "1.0")
    if declared.encoding is None or _agree(declared.encoding.lower(), encoding):
        return encoding
    return _contradicted(declared.encoding, found, named, call)


def _can_be(charset: str | None, found: str) -> bool:
    """Say whether bytes that begin as those of ``found`` do can be in the charset of the Content-Type."""
    if found == _UTF8:
        return charset in (None, _UTF8) or charset in _FORGIVEN
    return charset in (None, _UTF16, found)


def _agree(declared: str, encoding: str) -> bool:
    """Say whether a declaration names the encoding, by a name that WCF accepts or by a charset tolerated before."""
    if declared == _UTF16:
        return encoding in (_UTF16_LE, _UTF16_BE)
    known = _FORGIVEN_CHARSETS if encoding in _FORGIVEN else _WCF_CHARSETS
    return known.get(declared) == encoding


def _contradicted(declared: str, found: str, named: str | None, call: Reading) -> str:
    """Choose where the declaration names another encoding than WCF would take."""
    said = f"the XML declaration names {declared}"
    known = _FORGIVEN_CHARSETS.get(declared.lower())
    if named is not None:
        said, encoding = f"{said}, the Content-Type {named}", named
    elif known is not None and found == _UTF8:
        encoding = known
    elif known is not None or declared.lower() in _WCF_CHARSETS:
        said, encoding = f"{said}, the bytes of the body are {found}", found
    else:
        raise _refused(f"{said}; only UTF-8 and UTF-16 are read")
    _tolerate(call, said, encoding)
    return encoding


@lru_cache(maxsize=256)
def _declaration(head: bytes, encoding: str) -> _Declaration | None:
    text = head.decode("utf-8-sig" if encoding == _UTF8 else encoding, "replace")
    found = _DECLARATION.match(text[:_LOOKED_AT])
    return None if found is None else _Declaration(found["version"], found["encoding"])


def _tolerate(call: Reading, what: str, taken: str) -> None:
    """Refuse, or note, what WCF refuses."""
    if call.strict:
        raise _refused(what)
    call.note(f"{what}: read as {taken}, the real service would answer 400")


def _refused(what: str) -> Refusal:
    return Refusal(400, "Bad Request", f"{what}: send XML 1.0 in UTF-8")
