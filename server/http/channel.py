"""What an answer needs of its connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Channel(Protocol):
    """A connection, to the answer that is under way on it."""

    @property
    def blocked(self) -> bool:
        """Whether the client does not keep up; the answer is pumped again when it does."""

    @property
    def is_open(self) -> bool:
        """Whether anything can still be sent."""

    @property
    def stopping(self) -> bool:
        """Whether this is to be the connection's last answer."""

    def send(self, data: bytes) -> None:
        """Hand bytes to the transport."""

    def abort(self) -> None:
        """Drop the connection."""

    def soon(self, fn: Callable[[], None]) -> None:
        """Call `fn` after other connections had their turn."""

    def answered(self, *, keep_alive: bool) -> None:
        """The answer was handed over."""
