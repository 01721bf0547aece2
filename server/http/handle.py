"""The connection as the application sees it."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

# struct linger {on, 0 seconds}: close() then sends RST instead of FIN.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ConnectionHandle:
    """What an application may do to the connection of a request: `environ["messaging_double.connection"]`.

    To be used on the thread of the server's event loop, which is the one that calls the application.
    """

    __slots__ = ("_loop", "_timers", "_transport", "peer")

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, peer: str) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = transport
        self._timers: set[asyncio.TimerHandle] = set()
        self.peer = peer
        """The client's `address:port`."""

    @property
    def is_open(self) -> bool:
        """Whether anything can still be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def abort(self) -> None:
        """Reset the connection now: the client gets a RST, and nothing of what it was not sent yet."""
        if self._transport is None:
            return
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):  # the client was faster
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def call_later(self, seconds: float, fn: Callable[[], object]) -> asyncio.TimerHandle:
        """Call `fn` on the loop in so many seconds, unless the connection is gone by then or the result cancelled."""

        def run() -> None:
            self._timers.discard(timer)
            fn()

        timer = self._loop.call_later(seconds, run)
        self._timers.add(timer)
        return timer

    def detach(self) -> None:
        """For the server: the connection is gone. Its timers never fire."""
        self._transport = None
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
