"""Streams of events: which tenants have changed, as it happens.

A stream is a response of the embedded server that has no end. Between two events it is suspended on the event loop, so
that it costs a connection and no thread. An event says that something has changed and how much there is; what has
changed is read from the lists.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from messaging_double.models.system_clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from messaging_double.server.http import Response as HttpResponse
    from messaging_double.server.waiting.workers import Workers
    from messaging_double.storage import Storage, UnitOfWork

_REST = 0.1
"""Seconds between two events of a stream, however much happens: one event then says all of it."""
_KEEP_ALIVE = 15.0
"""Seconds without an event after which a comment is sent, so that no proxy closes the connection."""
_FOREIGN_INTERVAL = 0.1
"""Seconds between two looks at whether another process has written something."""
_BEGIN = b"retry: 1000\n\n"
_COMMENT = b": no event\n\n"


class EventStreams:
    """The streams of one double."""

    def __init__(
        self,
        storage: Storage,
        refresh: Callable[[str | None], float | None],
        workers: Workers,
        counted: Callable[[UnitOfWork, str], Any],
    ) -> None:
        """Be notified by ``storage`` of what is written.

        ``refresh`` applies what was due in a tenant, ``None`` for all, and returns the seconds until something is due
        again; ``counted`` returns what an event shows of a tenant. Both are called on ``workers``.
        """
        self._storage = storage
        self._refresh = refresh
        self._workers = workers
        self._counted = counted
        self._watchers: set[_Watcher] = set()
        self._lock = threading.Lock()
        storage.on_change(self._changed)

    @property
    def count(self) -> int:
        """How many streams there are."""
        return len(self._watchers)

    @property
    def is_used(self) -> bool:
        """Whether there is a stream."""
        return bool(self._watchers)

    def end(self, tenant: str) -> None:
        """Tell that a tenant was deleted."""
        for watcher in self._all_watchers():
            watcher.notify({tenant}, "deleted")

    def stream(self, connection: HttpResponse, tenant: str | None) -> Iterator[bytes]:
        """Yield the events of a tenant, or of all; at the empty parts that it yields the response is suspended."""
        watcher = _Watcher(tenant)
        connection.on_stop(watcher.stop)
        with self._watching(watcher):
            yield _BEGIN
            while True:
                due = yield from self._workers.run(connection, partial(self._look, watcher))
                yield watcher.news
                if watcher.is_over:
                    return
                yield from _pause(connection, _REST)
                yield from self._wait(connection, watcher, due)

    def _wait(self, connection: HttpResponse, watcher: _Watcher, due: float | None) -> Iterator[bytes]:
        """Suspend the response until there is something to look at; give a comment from time to time."""
        due_at = None if due is None else monotonic() + due
        comment_at = monotonic() + _KEEP_ALIVE
        while not watcher.is_woken:
            now = monotonic()
            if due_at is not None and now >= due_at:
                return
            if now >= comment_at:
                comment_at = now + _KEEP_ALIVE
                yield _COMMENT
            if self._storage.is_shared and self._storage.changes() != watcher.changes:
                watcher.notify_foreign()
                return
            left = min(comment_at, comment_at if due_at is None else due_at) - now
            yield from _pause(connection, min(left, _FOREIGN_INTERVAL) if self._storage.is_shared else left, watcher)

    def _look(self, watcher: _Watcher) -> float | None:
        """Put together what is to be sent; return in how many seconds something is due."""
        if self._storage.is_shared:
            watcher.changes = self._storage.changes()
        due = self._refresh(watcher.tenant)
        changed = watcher.take()
        with self._storage.reading() as work:
            events = [
                _event(kind, self._counted(work, name) if kind == "tenant" else {"tenant": name or None})
                for name, kind in changed.items()
            ]
        watcher.news = b"".join(events)
        return due

    @contextmanager
    def _watching(self, watcher: _Watcher) -> Iterator[None]:
        with self._lock:
            self._watchers.add(watcher)
        try:
            yield
        finally:
            with self._lock:
                self._watchers.discard(watcher)

    def _changed(self, tenants: AbstractSet[str]) -> None:
        if self._watchers:
            for watcher in self._all_watchers():
                watcher.notify(tenants, "tenant")

    def _all_watchers(self) -> tuple[_Watcher, ...]:
        with self._lock:
            return tuple(self._watchers)


class _Watcher:
    """What has changed since the last look of one stream, and what ends the pause before the next one."""

    changes = 0
    """What ``Storage.changes`` was at the last look."""
    news = b""
    """The events of that look."""
    is_woken = False
    is_over = False

    def __init__(self, tenant: str | None) -> None:
        """Watch one tenant, or all of them."""
        self.tenant = tenant
        self._changed = {} if tenant is None else {tenant: "tenant"}
        self._end_of_pause: Callable[[], None] | None = None
        self._lock = threading.Lock()

    def notify(self, tenants: AbstractSet[str], kind: str) -> None:
        """Remember what has happened to tenants; only the first time before a look costs anything."""
        mine = tenants if self.tenant is None else tenants & {self.tenant}
        if mine:
            with self._lock:
                self._changed.update(dict.fromkeys(mine, kind))
                self.is_over = self.is_over or (kind == "deleted" and self.tenant is not None)
            self._wake()

    def notify_foreign(self) -> None:
        """Remember that another process has written something."""
        if self.tenant is None:
            self.notify({""}, "other")
        else:
            self.notify({self.tenant}, "tenant")

    def stop(self) -> None:
        """End the stream."""
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


def _pause(connection: HttpResponse, seconds: float, watcher: _Watcher | None = None) -> Iterator[bytes]:
    """Suspend the response for so many seconds, or until the watcher is notified."""
    resume = connection.suspend()
    timer = connection.call_later(seconds, resume)
    if watcher is not None:
        watcher.sleep(resume)
    yield b""
    timer.cancel()


def _event(kind: str, value: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), msgspec.json.encode(value))
