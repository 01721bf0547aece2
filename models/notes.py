"""What was noted while a call was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_NOTES = 10
"""A client that does everything wrong gets no log line of any length."""
_LONGEST = 300


class Notes:
    """What the double accepted and the real service would not, or what it changed: each sentence once, in order."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}
        self._more = False

    def add(self, text: str) -> None:
        """Keep ``text``, cut to 300 characters, unless it is there already or there are 10."""
        if len(self._texts) < MOST_NOTES:
            self._texts[text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"] = None
        else:
            self._more = True

    def __iter__(self) -> Iterator[str]:
        yield from self._texts
        if self._more:
            yield "and more"
