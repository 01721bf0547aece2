"""The connections of a server: how many, which are idle, which have waited too long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from .refusal import Refusal

if TYPE_CHECKING:
    from .limits import Limits

LEAVING_AT_ONCE = 128
"""Connections that are being refused or closed at one time; more are dropped without an answer."""


class Member(Protocol):
    """A connection, to the pool."""

    deadline: float
    refusal: Refusal | None
    """Why it is to be refused once it is made."""

    def expire(self, now: float) -> None:
        """The deadline has passed."""

    def close(self) -> None:
        """Say goodbye and close."""

    def abort(self) -> None:
        """Drop the connection."""


class Pool:
    """All connections of a server.

    Timeouts cost one timer for all of them: a sweep looks at each deadline, at most once a second.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, limits: Limits, max_connections: int) -> None:
        self._loop = loop
        self._max = max_connections
        self._open: set[Member] = set()
        self._leaving: set[Member] = set()
        self._idle: set[Member] = set()
        self._interval = min(1.0, max(0.02, limits.shortest_seconds / 4))
        self._empty: asyncio.Event | None = None
        self._timer = loop.call_later(self._interval, self._sweep)
        self.stopping = False

    def __len__(self) -> int:
        return len(self._open) + len(self._leaving)

    def admit(self, member: Member) -> bool:
        """Take a new connection in.

        When full it is to be refused; False when so many are that not even that can be done.
        """
        if len(self._open) < self._max:
            self._open.add(member)
            return True
        if len(self._leaving) >= LEAVING_AT_ONCE:
            return False
        member.refusal = Refusal(503, "All connections of this server are in use")
        self._leaving.add(member)
        return True

    def idle(self, member: Member) -> None:
        """The connection waits for a request, from now on."""
        self._idle.add(member)

    def busy(self, member: Member) -> None:
        """The connection is in the middle of a request."""
        self._idle.discard(member)

    def leave(self, member: Member) -> bool:
        """The connection is about to be closed, and makes room already. False when too many are."""
        self._idle.discard(member)
        self._open.discard(member)
        self._leaving.add(member)
        return len(self._leaving) <= LEAVING_AT_ONCE

    def forget(self, member: Member) -> None:
        """The connection is gone."""
        self._idle.discard(member)
        self._open.discard(member)
        self._leaving.discard(member)
        if self._empty is not None and not len(self):
            self._empty.set()

    async def stop(self, seconds: float) -> None:
        """Close what is idle, give the others so many seconds for what they are at, then drop them."""
        self.stopping = True
        self._timer.cancel()
        self._empty = asyncio.Event()
        for member in (*self._idle, *self._leaving):
            member.close()
        await self._emptied(seconds)
        for member in (*self._open, *self._leaving):
            member.abort()
        await self._emptied(0.1)

    async def _emptied(self, seconds: float) -> None:
        if self._empty is None or not len(self):
            return
        try:
            await asyncio.wait_for(self._empty.wait(), seconds)
        except asyncio.TimeoutError:  # in Python 3.10 it is no TimeoutError
            return

    def _sweep(self) -> None:
        now = self._loop.time()
        for member in (*self._open, *self._leaving):
            if member.deadline < now:
                member.expire(now)
        self._timer = self._loop.call_later(self._interval, self._sweep)
