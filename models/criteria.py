"""What messages are asked for: criteria over their members, the same for a query, an expectation and a rule.

The storage answers them in SQL, the reports and the rules in Python; both mean the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from messaging_double.models.records import ConfigPairs

How = Literal["is", "pattern", "contains", "any", "since", "after"]
"""In which way a member is to meet a value.

``is``: exactly it, ``None`` being what the client left out or sent as nil.  ``pattern``: the whole text, where ``*``
stands for any characters and ``?`` for one; a backslash takes either literally.  ``contains``: the text is somewhere
in it.  ``any``: ``True`` for anything but nil, ``False`` for nil.  ``since``: at this moment or later.  ``after``: a
higher number.  Texts are compared character by character, letter case included.
"""

_ESCAPED = re.compile(r"\\([*?\\])|([\[*?])", re.DOTALL)


@dataclass(frozen=True)
class Criterion:
    """One thing that a message has to meet."""

    field: str
    """The member, by its name in the control API: ``to``."""
    how: How
    value: str | int | bool | datetime | ConfigPairs | None
    key: str | None = None
    """Of ``config``: the key whose value is meant; some pair with this key has to meet it."""

    def met_by(self, actual: Any) -> bool:  # noqa: ANN401 (whatever the member is)
        """Say whether a member of this value meets the criterion; of several texts one has to."""
        if isinstance(self.value, str) and isinstance(actual, tuple) and self.key is None:
            return any(_meets(self.how, self.value, each) for each in actual if isinstance(each, str))
        if self.key is None:
            return _meets(self.how, self.value, actual)
        values = [value for key, value in actual or () if key == self.key]
        if self.how == "any" and not self.value:
            return all(value is None for value in values)
        return any(_meets(self.how, self.value, value) for value in values)


def glob_of(pattern: str) -> str:
    r"""Return a pattern in the words of SQLite's GLOB and of Python's ``fnmatch``, where ``[`` begins a set.

    ``\*`` is ``[*]`` there, and ``[`` is ``[[]``.
    """
    return _ESCAPED.sub(lambda found: _literal(found[1]) if found[1] else _wild(found[2]), pattern)


def pattern_matches(text: str | None, pattern: str) -> bool:
    """Say whether a text meets a ``pattern``; SQLite's connections know it by a name of their own."""
    return text is not None and fnmatchcase(text, glob_of(pattern))


def _literal(character: str) -> str:
    return character if character == "\\" else f"[{character}]"


def _wild(character: str) -> str:
    return "[[]" if character == "[" else character


def _meets(how: How, value: Any, actual: Any) -> bool:  # noqa: ANN401
    if how == "is":
        return type(actual) is type(value) and bool(actual == value)
    if how == "any":
        return (actual is not None) is bool(value)
    if actual is None:
        return False
    if how == "pattern":
        return pattern_matches(actual, value)
    if how == "contains":
        return value in actual
    return bool(actual > value) if how == "after" else bool(actual >= value)
