"""How messages are asked for: by keyword arguments named after the contract's members, ``session_key``, ``from_``.

A value is exactly this; ``None`` is what the client left out or sent as nil.  Other ways are ``contains("1234")``,
``pattern("+44*")``, ``given()``, ``absent()``, ``after(17)`` and ``since(moment)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .names import camel, written

if TYPE_CHECKING:
    from .names import Json

__tracebackhide__ = True

Criterion = Any
"""A text, a number, None, a ``Match``; of ``config`` a mapping of these, or pairs in their order."""

_NAMES_ARE_DATA = ("config", "header")


@dataclass(frozen=True)
class Match:
    """A way of matching one member."""

    how: str
    """As the control API says it: ``contains``, ``pattern``, ``any``, ``after``, ``since``."""
    value: str | bool | int | datetime

    def __repr__(self) -> str:
        """Return it as it was said."""
        return f"<{self.how} {self.value!r}>"


def contains(text: str) -> Match:
    """Match a text that has this somewhere in it."""
    return Match("contains", text)


def pattern(text: str) -> Match:
    """Match the whole text: ``*`` stands for any characters, ``?`` for one; a backslash takes either literally."""
    return Match("pattern", text)


def given() -> Match:
    """Match anything but nil."""
    return Match("any", True)  # noqa: FBT003 (the API's value)


def absent() -> Match:
    """Match what the client left out or sent as nil."""
    return Match("any", False)  # noqa: FBT003


def after(number: int) -> Match:
    """Match a higher number than this."""
    return Match("after", number)


def since(moment: datetime) -> Match:
    """Match this moment or a later one."""
    return Match("since", moment)


def match_of(filters: Mapping[str, Criterion]) -> Json:
    """Return the ``match`` of an expectation, or the ``when`` of a rule."""
    return {camel(name): _json_of(name, value) for name, value in filters.items()}


def pairs_of(config: Any) -> Json:  # noqa: ANN401
    """Return a ``Config`` as the API writes it: of a mapping, or of pairs in their order."""
    pairs = config.items() if isinstance(config, Mapping) else config
    return [{"key": key, "value": value} for key, value in pairs]


def _json_of(name: str, value: Criterion) -> Json:
    if isinstance(value, Match):
        return {value.how: written(value.value) if isinstance(value.value, datetime) else value.value}
    if isinstance(value, Mapping):
        return {key if name in _NAMES_ARE_DATA else camel(key): _json_of("", each) for key, each in value.items()}
    if name == "config" and value is not None:
        return pairs_of(value)
    return written(value) if isinstance(value, datetime) else value
