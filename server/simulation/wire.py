"""Sends an answer as a reaction wants it: late, in pieces, not all of it, and how the connection ends."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Protocol

from .faults import OVERSIZE, place_of_padding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from messaging_double.models.reactions import Drip, Reaction

SETTLING_SECONDS = 0.05
"""Between the last bytes and a reset: what a client has not received by then, the reset takes from it."""
GARBAGE = b"\x15\x03\x01\x00\x02\x02\x28 this is no HTTP\r\n"
"""Begins as an alert of TLS does; no client of HTTP understands it."""
_SPACES = b" " * 65536
"""A part of the white space of an oversized answer: one for all answers, so that many at once take no memory."""


class Line(Protocol):
    """What sending needs of a connection; the embedded server's (``messaging_double.connection``) is one."""

    def pause(self, seconds: float, *, forget_on_eof: bool = True) -> None:
        """Let the next part wait so long; without ``forget_on_eof`` also for a client that sends nothing more."""

    def suspend(self) -> Callable[[], None]:
        """Let the next part wait until the result is called."""

    def send_raw(self, data: bytes) -> None:
        """Send bytes that are no part of an answer of HTTP."""

    def hang_up(self) -> None:
        """Close after what was sent."""

    def abort(self) -> None:
        """Reset."""


def parts(reaction: Reaction, body: bytes, line: Line | None) -> Iterator[bytes]:
    """Give the parts of an answer's body, for a WSGI server; an empty part sends nothing, and may have to wait.

    Without a ``line``, under another WSGI server, waiting takes a thread, and the connection ends as usual.
    """
    pause = time.sleep if line is None else line.pause
    if reaction.delay:
        pause(reaction.delay.total_seconds())
        yield b""
    way = _WAYS.get(reaction.wire or "", _WHOLE)
    yield from _pieces(way.share(body), reaction.drip, pause)
    if way.end is not None and line is not None:
        yield from way.end(line)


def is_silent(reaction: Reaction | None, line: Line | None) -> bool:
    """Say whether nothing of HTTP is answered; another WSGI server answers always."""
    return reaction is not None and line is not None and _WAYS.get(reaction.wire or "", _WHOLE).share is _nothing


def _pieces(parts: Iterable[bytes], drip: Drip | None, pause: Callable[[float], None]) -> Iterator[bytes]:
    if drip is None:
        yield from parts
        return
    left = drip.size
    for part in parts:
        start = 0
        while start < len(part):
            if not left:
                pause(drip.every.total_seconds())
                left = drip.size
            piece = part[start : start + left]
            yield piece
            start += len(piece)
            left -= len(piece)


def _all(body: bytes) -> Iterator[bytes]:
    yield body


def _half(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]


def _nothing(_: bytes) -> Iterator[bytes]:
    yield b""


def _padded(body: bytes) -> Iterator[bytes]:
    place = place_of_padding(body)
    if place is None:
        yield body
        return
    yield body[:place]
    yield from repeat(_SPACES, OVERSIZE // len(_SPACES))
    yield body[place:]


def _hang_up(line: Line) -> Iterator[bytes]:
    line.hang_up()
    yield from ()


def _reset(line: Line) -> Iterator[bytes]:
    line.abort()
    yield from ()


def _reset_soon(line: Line) -> Iterator[bytes]:
    line.pause(SETTLING_SECONDS, forget_on_eof=False)
    yield b""
    line.abort()


def _stay_silent(line: Line) -> Iterator[bytes]:
    line.suspend()
    yield b""


def _talk_nonsense(line: Line) -> Iterator[bytes]:
    line.send_raw(GARBAGE)
    line.hang_up()
    yield from ()


@dataclass(frozen=True)
class _Way:
    """How much of the body is sent, and what then becomes of the connection."""

    share: Callable[[bytes], Iterable[bytes]]
    end: Callable[[Line], Iterator[bytes]] | None = None


_WHOLE = _Way(_all)
_WAYS = {
    "oversized": _Way(_padded),
    "truncated": _Way(_half, _hang_up),
    "empty-reply": _Way(_nothing, _hang_up),
    "reset-before": _Way(_nothing, _reset),
    "reset-in-body": _Way(_half, _reset_soon),
    "reset-after": _Way(_all, _reset_soon),
    "reply-lost": _Way(_nothing, _reset),
    "never-answered": _Way(_nothing, _stay_silent),
    "garbage": _Way(_nothing, _talk_nonsense),
}
