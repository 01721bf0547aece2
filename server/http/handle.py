"""The connection as the application sees it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from .response import Answer
    from .sent import Sent


class Line(Protocol):
    """What the handle needs of its connection."""

    @property
    def is_open(self) -> bool:
        """Whether anything can still be sent."""

    @property
    def is_leaving(self) -> bool:
        """Whether goodbye was said already."""

    def answer_under_way(self) -> Answer:
        """The answer to the request that was run last. Raises RuntimeError when it is over."""

    def suspend(self, *, forget_on_eof: bool) -> Callable[[], None]:
        """Keep the answer back until the result is called on the loop's thread."""

    def hang_up(self) -> None:
        """Close the connection after what was sent."""

    def reset(self) -> None:
        """Reset the connection."""


class ConnectionHandle:
    """What an application may do to the connection of a request: `environ["messaging_double.connection"]`.

    To be used on the thread of the server's event loop, which is the one that calls the application. What concerns
    an answer concerns the one under way; without one it raises RuntimeError.
    """

    __slots__ = ("_line", "_loop", "_timers", "peer")

    def __init__(self, loop: asyncio.AbstractEventLoop, line: Line, peer: str) -> None:
        self._loop = loop
        self._line: Line | None = line
        self._timers: set[asyncio.TimerHandle] = set()
        self.peer = peer
        """The client's `address:port`."""

    @property
    def is_open(self) -> bool:
        """Whether anything can still be sent."""
        return self._line is not None and self._line.is_open and not self._line.is_leaving

    def suspend(self, *, forget_on_eof: bool = True) -> Callable[[], None]:
        """Keep the answer back until the result is called: from any thread, and as often as one likes.

        The body's iterator is not asked for its next part, and a part that it is about to give waits too; `write` and
        `send_raw` do not. If the client goes away meanwhile, the iterable is closed. With `forget_on_eof` that it sends
        nothing more counts as going away: a client that waits cannot be told from one that left otherwise. So does
        sending over 64 KiB behind the request. Without it the wait must end by itself.
        """
        release = self._here().suspend(forget_on_eof=forget_on_eof)

        def resume() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(release)

        return resume

    def pause(self, seconds: float, *, forget_on_eof: bool = True) -> None:
        """Keep the answer back for so many seconds, as `suspend` does."""
        self.call_later(seconds, self._here().suspend(forget_on_eof=forget_on_eof))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are, at once: instead of what `start_response` was given, or after it.

        Parts that follow are sent as they are too, and the connection ends with the answer.
        """
        self._here().answer_under_way().send_raw(data)

    def on_sent(self, fn: Callable[[Sent], None], keep: int) -> None:
        """Call `fn` when the answer is over: with the transport to its end, or cut short by whoever.

        It gets the exact bytes, at most the first `keep` of them. Raises RuntimeError if some were sent already.
        """
        self._here().answer_under_way().on_sent(fn, keep)

    def hang_up(self) -> None:
        """Close the connection after what was sent so far. The iterable is asked for nothing more, and closed."""
        if self._line is not None:
            self._line.hang_up()

    def abort(self) -> None:
        """Reset the connection now: the client gets a RST, and nothing of what it was not sent yet."""
        if self._line is not None:
            self._line.reset()

    def call_later(self, seconds: float, fn: Callable[[], object]) -> asyncio.TimerHandle:
        """Call `fn` on the loop in so many seconds, unless the connection is gone by then or the result cancelled."""

        def run() -> None:
            self._timers.discard(timer)
            fn()

        timer = self._loop.call_later(seconds, run)
        self._timers.add(timer)
        if self._line is None:
            timer.cancel()
        return timer

    def soon(self, fn: Callable[[], object], seconds: float = 0.0) -> None:
        """Call `fn` on the loop after what is ready now had its turn, also if the connection is gone by then."""
        if seconds:
            self._loop.call_later(seconds, fn)
        else:
            self._loop.call_soon(fn)

    def detach(self) -> None:
        """For the server: the connection is gone. Its timers never fire."""
        self._line = None
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _here(self) -> Line:
        if self._line is None:
            msg = "The connection is gone"
            raise RuntimeError(msg)
        return self._line
