"""The transport's side of a connection: writing, keeping pace, saying goodbye."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import struct
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .refusal import Refusal
    from .service import Service

LINGER_SECONDS = 5.0
"""Seconds for which a client that was refused may go on sending, so that it comes to read the answer."""
LINGER_BYTES = 128 * 1024 * 1024
"""Bytes that it may send meanwhile. They are thrown away."""

# struct linger {on, 0 seconds}: close() then sends RST instead of FIN.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Phase(Enum):
    """What the connection waits for."""

    IDLE = "the first byte of a request"
    HEAD = "the rest of a head"
    BODY = "the rest of a body"
    ANSWER = "the application, or the client to take its answer"
    LINGER = "a refused client to have stopped sending"
    CLOSING = "the last bytes to be sent"


class Wire(asyncio.Protocol):
    """A transport with a deadline; `deadline` is in the loop's time, infinite while nobody is waited for."""

    __slots__ = (
        "_discardable",
        "_half_close",
        "_paused",
        "_phase",
        "_service",
        "_unsent",
        "blocked",
        "deadline",
        "refusal",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, service: Service) -> None:
        self._service = service
        self._phase = Phase.IDLE
        self._half_close = False  # one direction can be closed without the other (not in TLS)
        self._paused = False  # nothing is read from the client
        self._discardable = LINGER_BYTES
        self._unsent = 0
        self.blocked = False
        self.deadline = math.inf
        self.refusal: Refusal | None = None  # why nothing is taken on this connection

    @property
    def is_open(self) -> bool:
        """Whether anything can still be sent."""
        return not self.transport.is_closing()

    @property
    def is_leaving(self) -> bool:
        """Whether goodbye was said already."""
        return self._phase in {Phase.LINGER, Phase.CLOSING}

    @property
    def stopping(self) -> bool:
        """Whether the server is about to stop."""
        return self._service.pool.stopping

    def send(self, data: bytes) -> None:
        """Hand bytes to the transport, which sends what it can at once and keeps the rest."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def soon(self, fn: Callable[[], None]) -> None:
        """Call `fn` after other connections had their turn."""
        self._service.loop.call_soon(fn)

    def pause_writing(self) -> None:
        """The client does not keep up with its answer."""
        self.blocked = True
        self._watch_progress()

    def resume_writing(self) -> None:
        """The client has kept up."""
        self.blocked = False

    def close(self) -> None:
        """Close after what was written already is sent."""
        if self._phase is Phase.CLOSING:
            return  # a TLS transport that is closed twice cannot be aborted any more
        was_idle = self._phase is Phase.IDLE
        self._phase = Phase.CLOSING
        self._service.pool.leave(self)
        self._watch_progress()
        self.transport.close()
        if was_idle and not self._half_close:
            # In TLS close() waits for the client's goodbye; one that is owed no answer need not be waited for.
            self._service.loop.call_soon(self.transport.abort)

    def abort(self) -> None:
        """Drop the connection and whatever is unsent."""
        self._phase = Phase.CLOSING
        self._service.pool.leave(self)
        self.transport.abort()

    def reset(self) -> None:
        """Drop the connection as a crash would: the client gets a RST."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):  # the client was faster
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.abort()

    def expire(self, now: float) -> None:  # noqa: ARG002 - for those that prolong themselves
        """The deadline has passed."""
        if self._phase in {Phase.IDLE, Phase.LINGER}:
            self.close()
        elif self._unsent_bytes() < self._unsent:
            self._watch_progress()  # slow, but alive
        else:
            self.abort()

    def _unsent_bytes(self) -> int:
        try:
            return self.transport.get_write_buffer_size()
        except AttributeError:  # a TLS transport in Python 3.10 that has lost its connection
            return 0

    def _watch_progress(self) -> None:
        self._unsent = self._unsent_bytes()
        self._expect_within(self._service.limits.write_seconds)

    def _expect_within(self, seconds: float) -> None:
        self.deadline = self._service.loop.time() + seconds

    def _pause_reading(self) -> None:
        if not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._paused:
            self._paused = False
            self.transport.resume_reading()

    def _linger(self) -> None:
        """Close in two steps (RFC 9112, 9.6).

        If the whole connection were closed while bytes arrive, the client's system would throw the answer away.
        """
        self._phase = Phase.LINGER
        self._expect_within(LINGER_SECONDS)
        if not self._service.pool.leave(self):
            self.abort()
            return
        if self._half_close:
            with contextlib.suppress(OSError):  # the client has reset the connection
                self.transport.write_eof()
        self._resume_reading()

    def _discard(self, size: int) -> None:
        self._discardable -= size
        if self._discardable < 0:
            self.close()
