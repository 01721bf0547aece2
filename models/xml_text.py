"""Which characters a text of a message can have."""

from __future__ import annotations

import re

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that XML 1.0 has no way to write (its production ``Char``): no message ever holds one."""


def xml_text(text: str) -> str:
    """Return the text as XML can hold it."""
    return NOT_XML.sub("\ufffd", text)
