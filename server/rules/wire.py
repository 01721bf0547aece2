"""Send a response as a reaction says: later, in pieces, in part; and end the connection as it says."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Protocol

from .faults import OVERSIZE, place_of_padding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from messaging_double.models.rules import Drip, Reaction

SETTLING_SECONDS = 0.05
"""Between the last bytes and a reset, which discards what the client has not received by then."""
GARBAGE = b"\x15\x03\x01\x00\x02\x02\x28 this is no HTTP\r\n"
"""It begins like a TLS alert; no HTTP client understands it."""
_SPACES = b" " * 65536
"""A part of the white space of an oversized response, shared so that many responses take no memory."""


class Connection(Protocol):
    """What sending needs of a connection: that of the embedded server, ``messaging_double.connection``."""

    def pause(self, seconds: float, *, forget_on_eof: bool = True) -> None:
        """Delay the next part; without ``forget_on_eof`` also for a client that has closed its sending side."""

    def suspend(self) -> Callable[[], None]:
        """Hold back the next part until the result is called."""

    def send_raw(self, data: bytes) -> None:
        """Send bytes that are not part of an HTTP response."""

    def hang_up(self) -> None:
        """Close after what was sent."""

    def abort(self) -> None:
        """Reset."""


def parts(reaction: Reaction, body: bytes, connection: Connection | None) -> Iterator[bytes]:
    """Yield the parts of a response's body, for a WSGI server; an empty part sends nothing, but may be delayed.

    Without a ``connection``, under another WSGI server, a delay blocks a thread and the connection ends as usual.
    """
    pause = time.sleep if connection is None else connection.pause
    if reaction.delay:
        pause(reaction.delay.total_seconds())
        yield b""
    injection = _INJECTIONS.get(reaction.wire or "", _WHOLE)
    yield from _pieces(injection.share(body), reaction.drip, pause)
    if injection.end is not None and connection is not None:
        yield from injection.end(connection)


def is_silent(reaction: Reaction, connection: Connection | None) -> bool:
    """Return whether no HTTP response is sent; another WSGI server always sends one."""
    return connection is not None and _INJECTIONS.get(reaction.wire or "", _WHOLE).share is _nothing


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


def _hang_up(connection: Connection) -> Iterator[bytes]:
    connection.hang_up()
    yield from ()


def _reset(connection: Connection) -> Iterator[bytes]:
    connection.abort()
    yield from ()


def _reset_soon(connection: Connection) -> Iterator[bytes]:
    connection.pause(SETTLING_SECONDS, forget_on_eof=False)
    yield b""
    connection.abort()


def _never_answer(connection: Connection) -> Iterator[bytes]:
    connection.suspend()
    yield b""


def _send_garbage(connection: Connection) -> Iterator[bytes]:
    connection.send_raw(GARBAGE)
    connection.hang_up()
    yield from ()


@dataclass(frozen=True)
class _Injection:
    """How much of the body is sent, and how the connection ends then."""

    share: Callable[[bytes], Iterable[bytes]]
    end: Callable[[Connection], Iterator[bytes]] | None = None


_WHOLE = _Injection(_all)
_INJECTIONS = {
    "oversized": _Injection(_padded),
    "truncated": _Injection(_half, _hang_up),
    "empty-reply": _Injection(_nothing, _hang_up),
    "reset-before": _Injection(_nothing, _reset),
    "reset-in-body": _Injection(_half, _reset_soon),
    "reset-after": _Injection(_all, _reset_soon),
    "reply-lost": _Injection(_nothing, _reset),
    "never-answered": _Injection(_nothing, _never_answer),
    "garbage": _Injection(_nothing, _send_garbage),
}
