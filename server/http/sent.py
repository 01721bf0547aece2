"""What was sent of an answer, for those who asked to be told."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .channel import Channel

log = logging.getLogger("messaging_double.http")


@dataclass(frozen=True, slots=True)
class Sent:
    """What was handed to the transport of one answer."""

    raw: bytes
    """Its bytes, those of an interim answer before it included: the first ones, as many as were asked for."""
    size: int
    """How many bytes there were."""
    interim: int
    """How many of them were an interim answer, before the answer itself: `100 Continue`."""
    complete: bool
    """Whether the answer reached its end; the server's own 500 is a whole answer too."""


class Recording:
    """Passes an answer's bytes on to its connection, and keeps those that somebody wants to see."""

    __slots__ = ("_channel", "_interim", "_listeners", "_parts", "_room", "_size")

    def __init__(self, channel: Channel, interim: bytes) -> None:
        self._channel = channel
        self._interim = interim  # was sent before
        self._listeners: list[tuple[Callable[[Sent], None], int]] = []
        self._parts: list[bytes] = [interim]
        self._room = -len(interim)
        self._size = len(interim)

    def tell(self, fn: Callable[[Sent], None], keep: int) -> None:
        """Call `fn` at the end, with at most the first `keep` bytes. To be asked before the first byte."""
        self._listeners.append((fn, keep))
        self._room = max(self._room, keep - len(self._interim))

    def send(self, data: bytes) -> None:
        """Hand bytes to the connection; what it does not take any more is not counted."""
        if not self._channel.is_open:
            return
        self._size += len(data)
        if self._room > 0:
            self._parts.append(data if len(data) <= self._room else data[: self._room])
            self._room -= len(data)
        self._channel.send(data)

    def end(self, *, complete: bool) -> None:
        """The answer is over: tell everybody."""
        raw = b"".join(self._parts)
        for fn, keep in self._listeners:
            _call(fn, Sent(raw[:keep], self._size, len(self._interim), complete))


def _call(fn: Callable[[Sent], None], sent: Sent) -> None:
    try:
        fn(sent)
    except Exception:  # an observer's error is not the client's
        log.exception("on_sent failed")
