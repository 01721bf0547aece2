"""Texts of messages: the characters that they can have, and regular expressions that search them, RE2's.

RE2 takes a time linear in the text; it is loaded where there is one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that XML 1.0 has no way to write (its production ``Char``): no message ever holds one."""


def xml_text(text: str) -> str:
    """Return the text as XML can hold it."""
    return NOT_XML.sub("\ufffd", text)


LONGEST_REGEX = 200
"""Characters of an expression."""
MOST_INSTRUCTIONS = 5_000
"""RE2 takes at most 50 µs for a character with so many; ``.{1,160}`` has 1,441."""


class RegexError(ValueError):
    """An expression that cannot be used; the text says why."""


def regex_found(text: str, expression: str) -> bool:
    """Return whether the expression is found somewhere in the text. Raise ``RegexError``."""
    return compiled_regex(expression).search(text.encode("utf-8", "replace")) is not None


@lru_cache(maxsize=256)
def compiled_regex(expression: str) -> Any:  # noqa: ANN401 (re2 is untyped)
    """Return an expression that can be searched for. Raise ``RegexError``."""
    try:
        import re2  # noqa: PLC0415 - an extra, and 14 ms
    except ImportError:
        raise RegexError(
            "google-re2 is not installed where the double runs; pip install 'messaging-double[regex]' does it"
        ) from None
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        made = re2.compile(expression, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        raise RegexError(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) from None
    if made.programsize > MOST_INSTRUCTIONS:
        raise RegexError(f"it compiles to {made.programsize} instructions, and at most {MOST_INSTRUCTIONS} are allowed")
    return made
