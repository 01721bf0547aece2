"""Who waits for something to arrive, and how they are woken.

A long poll reads the storage again when something of the tenant was written in this process, and, where other
processes may use the database, when anything was.  A waiter is a held-back answer of the embedded server; under another
WSGI server it is a thread.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from messaging_double.models.system_clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from messaging_double.server.http import Response as HttpResponse
    from messaging_double.server.waiting.workers import Workers
    from messaging_double.storage import Storage

LEAST_PAUSE = 0.025
"""Seconds between two looks of one waiter, however much arrives: a hundred of them must not stop the senders."""
MOST_AT_ONCE = 0.02
"""Seconds of looks, and of the rests between them, that are not spread over the time."""
LONGEST_BLOCK = 25.0
"""Seconds for which a thread of another WSGI server is held: gunicorn ends a worker after 30."""


class _Look:
    """A look at whether what is waited for is there, and what it found."""

    is_ready = False
    due: float | None = None
    """In how many seconds something is due again."""
    changes = 0
    """What ``Storage.changes`` was before."""

    def __init__(self, look: Callable[[_Look], None]) -> None:
        self._look = look

    def __call__(self) -> None:
        self._look(self)


class _Pause(NamedTuple):
    seconds: float
    can_be_woken: bool
    """Whether an arrival ends it."""


class Waiting:
    """The waiters of one double."""

    def __init__(self, storage: Storage, refresh: Callable[[str], float | None]) -> None:
        """Be notified by ``storage`` of what was written.

        ``refresh`` applies what was due in a tenant, and returns the seconds until something is due again.
        """
        self._storage = storage
        self._refresh = refresh
        self._waiters: defaultdict[str, set[_Waiter]] = defaultdict(set)
        self._lock = threading.Lock()
        self._free = 0.0  # on the monotonic clock: when the next look may be
        storage.on_change(self._changed)

    @property
    def is_used(self) -> bool:
        """Whether anybody waits."""
        return bool(self._waiters)

    def hold(
        self,
        connection: HttpResponse,
        workers: Workers,
        tenant: str,
        ready: Callable[[], bool],
        seconds: float,
    ) -> Iterator[bytes]:
        """Hold an answer of the embedded server back until it is ``ready``, asked on a worker, or the time is over.

        Each step is an empty part of its body, before which nothing is sent; after it the answer is suspended.
        """
        waiter = _Waiter()
        for step in self._steps(waiter, tenant, ready, seconds):
            if isinstance(step, _Look):
                yield from workers.run(connection, step)
                continue
            resume = connection.suspend()
            timer = connection.call_later(step.seconds, resume)
            if step.can_be_woken:
                waiter.sleep(resume)
            yield b""
            timer.cancel()

    @property
    def count(self) -> int:
        """How many wait."""
        with self._lock:
            return sum(map(len, self._waiters.values()))

    def block(self, tenant: str, ready: Callable[[], bool], seconds: float) -> bool:
        """Block this thread until it is ``ready`` or the time is over, at most for ``LONGEST_BLOCK``.

        Return whether it was either, and not cut short.
        """
        waiter = _Waiter()
        for step in self._steps(waiter, tenant, ready, min(seconds, LONGEST_BLOCK)):
            if isinstance(step, _Look):
                step()
                continue
            woken = threading.Event()
            if step.can_be_woken:
                waiter.sleep(woken.set)
            woken.wait(step.seconds)
        return seconds <= LONGEST_BLOCK or ready()

    def _steps(
        self, waiter: _Waiter, tenant: str, ready: Callable[[], bool], seconds: float
    ) -> Iterator[_Look | _Pause]:
        """Yield what is to be done: looks, and pauses between them."""

        def look(found: _Look) -> None:
            found.changes = self._foreign_changes()
            found.due = self._refresh(tenant)
            found.is_ready = ready()

        end = monotonic() + seconds
        took = 0.0
        polling = self._storage.poll_seconds
        with self._registered(waiter, tenant):
            while True:
                if took and (turn := min(self._turn(took), end - monotonic())) > 0:
                    yield _Pause(turn, can_be_woken=False)
                waiter.woken = False
                begin = monotonic()
                found = _Look(look)
                yield found
                if found.is_ready or monotonic() >= end:
                    return
                took = monotonic() - begin
                due = end if found.due is None else min(end, monotonic() + found.due)
                yield _Pause(min(LEAST_PAUSE, max(0.0, end - monotonic())), can_be_woken=False)
                while not waiter.woken and self._foreign_changes() == found.changes:
                    left = due - monotonic()
                    if left <= 0:
                        break
                    pause = left if polling is None else min(left, polling)
                    yield _Pause(pause, can_be_woken=True)

    def _turn(self, took: float) -> float:
        """Give the seconds until a waiter may look whose last look took so long: as long again belongs to the senders.

        0 where few wait, or where a look takes hardly any time.
        """
        with self._lock:
            now = monotonic()
            turn = max(now, self._free)
            self._free = turn + 2 * took
        return turn - now if turn - now > MOST_AT_ONCE else 0.0

    @contextmanager
    def _registered(self, waiter: _Waiter, tenant: str) -> Iterator[None]:
        with self._lock:
            self._waiters[tenant].add(waiter)
        try:
            yield
        finally:
            with self._lock:
                self._waiters[tenant].discard(waiter)
                if not self._waiters[tenant]:
                    del self._waiters[tenant]

    def _foreign_changes(self) -> int:
        return self._storage.changes() if self._storage.is_shared else 0

    def _changed(self, tenants: AbstractSet[str]) -> None:
        with self._lock:
            waiters = [waiter for tenant in tenants for waiter in self._waiters.get(tenant, ())]
        for waiter in waiters:
            waiter.wake()


class _Waiter:
    """Whether something has arrived since the last look, and what ends the pause before the next one."""

    def __init__(self) -> None:
        self.woken = False
        self._end_of_pause: Callable[[], None] | None = None

    def sleep(self, end_of_pause: Callable[[], None]) -> None:
        self._end_of_pause = end_of_pause
        if self.woken:  # it came meanwhile
            end_of_pause()

    def wake(self) -> None:
        """Remember; where much arrives before the next look, only the first of it costs anything."""
        if not self.woken:
            self.woken = True
            if self._end_of_pause is not None:
                self._end_of_pause()
