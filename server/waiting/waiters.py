"""Who waits for something to change, and how they are woken: long polls, and streams of events.

A waiter looks at the storage, rests, and looks again when something of its tenant was written in this process, when
something is due, and, where other processes may use the database, when anything was written. Between two looks it is a
suspended response of the embedded server, which costs a connection and no thread; a long poll under another WSGI server
is a thread. A stream has no end: its events say that something has changed and how much there is, and what has changed
is read from the lists.
"""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from messaging_double.models.system_clock import monotonic, thread_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from messaging_double.server.http import Response as HttpResponse
    from messaging_double.server.waiting.workers import Workers
    from messaging_double.storage import Storage, UnitOfWork

LEAST_PAUSE = 0.025
"""Seconds between two looks of one long poll, however much arrives: a hundred of them must not stop the senders."""
_REST = 0.1
"""Seconds between two events of a stream, however much happens: one event then says all of it."""
MOST_AT_ONCE = 0.02
"""Seconds of looks, and of the rests between them, that are not spread over the time."""
LONGEST_BLOCK = 25.0
"""Seconds for which a thread of another WSGI server is held: gunicorn ends a worker after 30."""
_KEEP_ALIVE = 15.0
"""Seconds without an event after which a comment is sent, so that no proxy closes the connection."""
_BEGIN = b"retry: 1000\n\n"
_COMMENT = b": no event\n\n"


class _Look:
    """A look at the storage, and what it found."""

    is_last = False
    due: float | None = None
    """In how many seconds something is due again."""
    changes = 0
    """What ``Storage.changes`` was before."""
    news = b""
    """The events of a stream."""
    work = 0.0
    """Seconds of processor time that it took: not those in which it waited in line for a thread."""

    def __init__(self, look: Callable[[_Look], None]) -> None:
        self._look = look

    def __call__(self) -> None:
        begin = thread_time()
        self._look(self)
        self.work = thread_time() - begin


class _Pause(NamedTuple):
    seconds: float
    can_be_woken: bool = False
    """Whether a change ends it."""


class Waiting:
    """Those who wait for changes in one double."""

    def __init__(
        self,
        storage: Storage,
        refresh: Callable[[str | None], float | None],
        counted: Callable[[UnitOfWork, str], Any] = lambda *_: None,
    ) -> None:
        """Be notified by ``storage`` of what was written.

        ``refresh`` applies what was due in a tenant, ``None`` for all, and returns the seconds until something is due
        again; ``counted`` returns what an event shows of a tenant.
        """
        self._storage = storage
        self._refresh = refresh
        self._counted = counted
        self._waiters: defaultdict[str | None, set[_Waiter]] = defaultdict(set)
        self._lock = threading.Lock()
        self._free = 0.0  # on the monotonic clock: when the next look may be
        storage.on_change(self._notify)

    @property
    def is_used(self) -> bool:
        """Whether a client waits."""
        return bool(self._waiters)

    def count(self, *, streams: bool) -> int:
        """Return how many long polls there are, or how many streams."""
        with self._lock:
            return sum(each.is_stream == streams for waiters in self._waiters.values() for each in waiters)

    def hold(
        self, connection: HttpResponse, workers: Workers, tenant: str, ready: Callable[[], bool], seconds: float
    ) -> Iterator[bytes]:
        """Hold an answer of the embedded server back until it is ``ready``, asked on a worker, or the time is over.

        Each step is an empty part of its body, before which nothing is sent; after it the answer is suspended.
        """
        waiter = _Waiter(tenant)
        yield from _driven(self._steps(waiter, self._poll(tenant, ready), seconds), waiter, connection, workers)

    def stream(self, connection: HttpResponse, workers: Workers, tenant: str | None) -> Iterator[bytes]:
        """Yield the events of a tenant, or of all; at the empty parts that it yields the response is suspended."""
        waiter = _Waiter(tenant, is_stream=True)
        connection.on_stop(waiter.stop)
        yield from _driven(self._steps(waiter, self._news_of(waiter)), waiter, connection, workers)

    def block(self, tenant: str, ready: Callable[[], bool], seconds: float) -> bool:
        """Block this thread until it is ``ready`` or the time is over, at most for ``LONGEST_BLOCK``.

        Return whether it was either, and not cut short.
        """
        waiter = _Waiter(tenant)
        for step in self._steps(waiter, self._poll(tenant, ready), min(seconds, LONGEST_BLOCK)):
            if isinstance(step, _Look):
                step()
            elif isinstance(step, _Pause):
                woken = threading.Event()
                if step.can_be_woken:
                    waiter.sleep(woken.set)
                woken.wait(step.seconds)
        return seconds <= LONGEST_BLOCK or ready()

    def end(self, tenant: str) -> None:
        """Tell that a tenant was deleted."""
        self._notify({tenant}, "deleted")

    def _poll(self, tenant: str, ready: Callable[[], bool]) -> Callable[[_Look], None]:
        def look(found: _Look) -> None:
            found.changes = self._foreign_changes()
            found.due = self._refresh(tenant)
            found.is_last = ready()

        return look

    def _news_of(self, waiter: _Waiter) -> Callable[[_Look], None]:
        def look(found: _Look) -> None:
            found.changes = self._foreign_changes()
            found.due = self._refresh(waiter.tenant)
            changed = waiter.take()
            with self._storage.reading() as work:
                found.news = b"".join(
                    _event(kind, self._counted(work, name) if kind == "tenant" else {"tenant": name or None})
                    for name, kind in changed.items()
                )
            found.is_last = waiter.is_over

        return look

    def _steps(
        self, waiter: _Waiter, look: Callable[[_Look], None], seconds: float = math.inf
    ) -> Iterator[_Look | _Pause | bytes]:
        """Yield what is to be done: looks, pauses between them, and comments of a stream."""
        end = monotonic() + seconds
        rest, keep_alive = (_REST, _KEEP_ALIVE) if waiter.is_stream else (LEAST_PAUSE, math.inf)
        polling = math.inf if self._storage.poll_seconds is None else self._storage.poll_seconds
        work = 0.0
        with self._registered(waiter):
            if waiter.is_stream:
                yield _BEGIN
            while True:
                if work and (turn := min(self._turn(work), end - monotonic())) > 0:
                    yield _Pause(turn)
                waiter.is_woken = False
                found = _Look(look)
                yield found
                if found.is_last or monotonic() >= end:
                    return
                work = found.work
                due = end if found.due is None else min(end, monotonic() + found.due)
                yield _Pause(min(rest, max(0.0, end - monotonic())))
                silence_ends = monotonic() + keep_alive
                while not waiter.is_woken and (left := due - monotonic()) > 0:
                    if self._foreign_changes() != found.changes:
                        waiter.notify_foreign()
                        break
                    if monotonic() >= silence_ends:
                        silence_ends += keep_alive
                        yield _COMMENT
                    yield _Pause(min(left, polling, silence_ends - monotonic()), can_be_woken=True)

    def _turn(self, work: float) -> float:
        """Give the seconds until a waiter may look whose last look took so much: as much again belongs to the senders.

        0 where few wait, or where a look takes hardly any time.
        """
        with self._lock:
            now = monotonic()
            turn = max(now, self._free)
            self._free = turn + 2 * work
        return turn - now if turn - now > MOST_AT_ONCE else 0.0

    @contextmanager
    def _registered(self, waiter: _Waiter) -> Iterator[None]:
        with self._lock:
            self._waiters[waiter.tenant].add(waiter)
        try:
            yield
        finally:
            with self._lock:
                self._waiters[waiter.tenant].discard(waiter)
                if not self._waiters[waiter.tenant]:
                    del self._waiters[waiter.tenant]

    def _foreign_changes(self) -> int:
        return self._storage.changes() if self._storage.is_shared else 0

    def _notify(self, tenants: AbstractSet[str], kind: str = "tenant") -> None:
        if self._waiters:
            with self._lock:
                waiters = [each for tenant in (*tenants, None) for each in self._waiters.get(tenant, ())]
            for each in waiters:
                each.notify(tenants, kind)


class _Waiter:
    """What has changed since the last look of one that waits, and what ends the pause before the next one."""

    is_woken = False
    is_over = False

    def __init__(self, tenant: str | None, *, is_stream: bool = False) -> None:
        """Wait for changes of one tenant, or of all; a stream tells which have changed."""
        self.tenant = tenant
        self.is_stream = is_stream
        self._changed = {} if tenant is None else {tenant: "tenant"}
        self._end_of_pause: Callable[[], None] | None = None
        self._lock = threading.Lock()

    def notify(self, tenants: AbstractSet[str], kind: str) -> None:
        """Remember what has happened to tenants; where much arrives before the next look, only the first wakes."""
        if self.is_stream:
            with self._lock:
                self._changed.update(dict.fromkeys(tenants if self.tenant is None else (self.tenant,), kind))
                self.is_over = self.is_over or (kind == "deleted" and self.tenant is not None)
        self._wake()

    def notify_foreign(self) -> None:
        """Remember that another process has written something."""
        if self.tenant is None:
            self.notify({""}, "other")
        else:
            self.notify({self.tenant}, "tenant")

    def stop(self) -> None:
        """End a stream."""
        self.is_over = True
        self._wake()

    def take(self) -> dict[str, str]:
        """Return the tenants that have changed, and how; forget them."""
        with self._lock:
            self.is_woken = False
            changed, self._changed = self._changed, {}
        return changed

    def sleep(self, end_of_pause: Callable[[], None]) -> None:
        """Let the next notification end the pause."""
        self._end_of_pause = end_of_pause
        if self.is_woken:  # it came meanwhile
            end_of_pause()

    def _wake(self) -> None:
        if not self.is_woken:
            self.is_woken = True
            if self._end_of_pause is not None:
                self._end_of_pause()


def _driven(
    steps: Iterator[_Look | _Pause | bytes], waiter: _Waiter, connection: HttpResponse, workers: Workers
) -> Iterator[bytes]:
    """Do what is to be done for a response of the embedded server: looks on workers, pauses on its loop."""
    for step in steps:
        if isinstance(step, _Look):
            yield from workers.run(connection, step)
            if step.news:
                yield step.news
        elif isinstance(step, _Pause):
            resume = connection.suspend()
            timer = connection.call_later(step.seconds, resume)
            if step.can_be_woken:
                waiter.sleep(resume)
            yield b""
            timer.cancel()
        else:
            yield step


def _event(kind: str, value: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), msgspec.json.encode(value))
