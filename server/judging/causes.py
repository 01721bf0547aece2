"""Why two texts that a person takes for the same are not: the common causes, and the names of what cannot be seen."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

from messaging_double.models.criteria import Criterion

if TYPE_CHECKING:
    from collections.abc import Callable

    from messaging_double.models.criteria import How

_LINE_END = re.compile(r"\r\n?")
_FIRST_PLUS = re.compile(r"^[+ ]")
_CONTROLS = {"\t": "TAB", "\n": "LINE FEED", "\r": "CARRIAGE RETURN"}
_INVISIBLE = {"M", "Z", "C"}
"""Of Unicode's general categories: marks that combine, separators, others (controls, formats, unassigned)."""
_STRAIGHT = str.maketrans("\u201c\u201d\u201e\u201f\xab\xbb\u2018\u2019\u201a\u201b\u2039\u203a", "\"\"\"\"\"\"''''''")
_NAMED = 8
_LONGEST = 20_000
"""In longer texts nobody looks for where a pattern should have matched: that takes too long to be tried eight times."""


def cause(how: How, expected: str, actual: str) -> str | None:
    """Return what explains the whole of why ``actual`` does not meet ``expected``, if a common cause does."""
    if how == "pattern" and len(actual) > _LONGEST:
        return None
    for why, same in _ONLY_DIFFERS:
        if Criterion("", how, same(expected)).met_by(same(actual)):
            return why
    for why, undone in _HAPPENED:
        if Criterion("", how, expected).met_by(undone(actual)):
            return why
    return None


def names(part: str) -> list[str]:
    """Return the names of those characters of a part that a reader cannot tell: ``U+00A0 NO-BREAK SPACE``."""
    unclear = [each for each in dict.fromkeys(part) if _is_unclear(each, part)]
    return [_name(each) for each in unclear[:_NAMED]]


def _is_unclear(character: str, part: str) -> bool:
    if character == " " or character in _CONTROLS:
        return part.isspace()  # between words they speak for themselves
    alone = len(part) == 1 and not character.isascii()
    return alone or unicodedata.category(character)[0] in _INVISIBLE


def _name(character: str) -> str:
    name = _CONTROLS.get(character) or unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()


def _lines(text: str) -> str:
    return _LINE_END.sub("\n", text)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _without_plus(text: str) -> str:
    return _FIRST_PLUS.sub("", text).replace("+", " ")


def _with_straight_marks(text: str) -> str:
    return text.translate(_STRAIGHT)


def _decoded(text: str) -> str:
    """Return the text whose UTF-8 was taken for one of the two old character sets; itself if that cannot be."""
    for charset in ("latin-1", "cp1252"):
        with suppress(UnicodeError):
            return text.encode(charset).decode()
    return text


_ONLY_DIFFERS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("only the line ends differ (CRLF, LF)", _lines),
    ("only white space at the beginning or the end differs", str.strip),
    ("only the letter case differs", str.casefold),
    ("only the Unicode form differs: the same characters composed (NFC) and decomposed (NFD)", _composed),
    ("only the quotation marks differ: typographic and straight ones", _with_straight_marks),
    ('only a "+" differs: in URLs and forms it means a space unless it is written as %2B', _without_plus),
)
_HAPPENED: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("its UTF-8 was read as Latin-1 or Windows-1252", _decoded),
    ("it was escaped for XML twice", unescape),
    ("it is still percent-encoded", unquote),
)
