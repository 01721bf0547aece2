"""Records requests and responses, as they were on the wire, off the path of the responses.

An exchange is put aside when its response has been sent, and written together with those that follow: within the turn
of the embedded server's loop where other processes may look at the journal, within some milliseconds where a client
waits for changes, else when a client looks. Under another WSGI server each is written when its response was taken.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, defaultdict, deque
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from messaging_double.models import system_clock
from messaging_double.models.records import Exchange, Wire
from messaging_double.server.calls.paths import tenant_of_target
from messaging_double.server.journal.raw_messages import FORWARDED, Closing, InputRecorder, peer_of, target_of
from messaging_double.storage import StorageBusyError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from messaging_double.models.records import TenantState
    from messaging_double.server.calls.call import Call, Response
    from messaging_double.server.counters import Counters
    from messaging_double.server.http import BrokenRequest, Sent
    from messaging_double.server.retention import Retention
    from messaging_double.server.settings import Settings
    from messaging_double.server.waiting.workers import Workers
    from messaging_double.storage import Storage

    _Key = tuple[str, int]  # a tenant, and how many resets there had been

_log = logging.getLogger("messaging_double.journal")

_DELAY = 0.02
"""Seconds for which exchanges are gathered where a client waits for them."""
_BATCH = 64
"""Exchanges that are written in one transaction."""
_MOST_PENDING, _MOST_PENDING_BYTES = 20_000, 16 * 1024**2
"""Exchanges that wait until a client looks at them, of all tenants; each tenant also has its journal's bounds."""
_PATIENCE = 0.25
"""Seconds that a write waits for others: the call has waited already, and what is not written now is written later."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.25, 8.0
"""Seconds until a write that failed is tried again, twice as many each time."""
_SHARE = 4
"""Of the journal's bytes, one direction of one exchange may have the fourth part."""
_KEPT_OF_PADDED = 64 * 1024
"""Bytes that are kept of a response with padding: white space is no evidence, and would evict the rest."""


class _Pending:
    """Exchanges of a tenant, all since the same reset, that are to be written."""

    def __init__(self) -> None:
        self.exchanges: deque[Exchange] = deque()
        self.bytes = 0
        self.evicted = 0
        """How many came before these, and would have been evicted."""

    def extend(self, later: _Pending) -> None:
        self.exchanges.extend(later.exchanges)
        self.bytes += later.bytes
        self.evicted += later.evicted

    def drop(self) -> int:
        """Drop the first one; return how many bytes it had."""
        first = self.exchanges.popleft()
        size = first.request.kept + first.response.kept
        self.bytes -= size
        return size


class Journal:
    """Keeps exchanges; nothing that goes wrong here reaches a client."""

    def __init__(  # noqa: PLR0913 (what it needs of a double)
        self,
        storage: Storage,
        settings: Settings,
        arrival: Callable[[str], tuple[TenantState, datetime, datetime | None]],
        workers: Workers,
        *,
        counters: Counters,
        is_watched: Callable[[], bool],
        retention: Retention,
    ) -> None:
        """Keep them in ``storage``, within the bounds of ``settings``.

        ``arrival`` returns a tenant's state, its time, and the machine's where it is another. What has to wait for
        other writers waits on ``workers``. ``counters`` count what is evicted or lost. ``retention`` is notified of how
        much was written. ``is_watched`` says whether a client waits for changes.
        """
        self._storage = storage
        self._workers = workers
        self._counters = counters
        self._retention = retention
        self._arrival = arrival
        self._most_entries = settings.journal_entries
        self._most_bytes = settings.journal_bytes
        self._keep = settings.journal_bytes // _SHARE
        self._is_watched = is_watched
        self._pending: defaultdict[_Key, _Pending] = defaultdict(_Pending)
        self._count = self._bytes = 0
        self._is_due = False
        self._pause = 0.0
        self._try_again = 0.0  # on the monotonic clock
        self._resets = 0
        self._lost: Counter[_Key] = Counter()
        self._lock = threading.Lock()
        self._flushing = threading.Lock()  # exchanges are written in the order in which they ended

    def listen(self, environ: dict[str, Any]) -> None:
        """Begin with a request, before its body is read: another server than the embedded one keeps no bytes of it."""
        if self._most_entries and "messaging_double.raw_request" not in environ:
            environ["wsgi.input"] = InputRecorder(environ)

    def record(self, call: Call, response: Response, parts: Iterable[bytes]) -> Iterable[bytes]:
        """Keep a call once its response is sent; return the parts of its body, to be handed to the WSGI server."""
        self.see(call)
        if not self._most_entries or call.is_unseen:
            return parts
        self._resets = call.state.resets
        keep = min(self._keep, _KEPT_OF_PADDED) if response.padding else self._keep
        if call.connection is None:
            return Closing(response, parts, keep, partial(self._taken, call, response))
        call.connection.on_sent(partial(self._sent, call, response), keep)
        return parts

    def see(self, call: Call) -> None:
        """Let a call that was refused early have its tenant's state and time, by which it is kept."""
        if self._most_entries and not call.is_unseen and not hasattr(call, "now"):
            seen = self._begun(call.tenant)
            if seen is None:
                call.is_unseen = True
            else:
                call.state, call.now, call.received = seen

    def lost(self, tenant: str, since: int) -> int:
        """Return how many exchanges of the tenant this process could not write since this reset, its last one."""
        with self._lock:
            return sum(count for (name, resets), count in self._lost.items() if name == tenant and resets >= since)

    def abandoned(self, call: Call) -> None:
        """Keep a call whose client was gone before it was answered."""
        self.see(call)
        if not self._most_entries or call.is_unseen:
            return
        exchange = _exchange(call, None, self._wire(call.environ["messaging_double.raw_request"]), Wire(b"", 0))
        self._put_aside(call.tenant, call.state.resets, exchange)
        if call.connection is not None:
            call.connection.wake(partial(self._flush_soon, call))  # others may wait for this thread

    def close(self) -> None:
        """Write what is still to be written; a temporary database cannot be read any more."""
        if self._storage.is_shared:
            self.flush()
            if self._pending:
                _log.warning("%d exchanges are missing in the journal", self._count)

    def broken(self, request: BrokenRequest, request_id: str) -> None:
        """Keep a request that never reached the application."""
        if not self._most_entries:
            return
        if self._storage.may_block:
            self._workers.submit(partial(self._add_broken, request, request_id))
        else:
            self._add_broken(request, request_id)

    def _add_broken(self, request: BrokenRequest, request_id: str) -> None:
        method, target = request.request_line
        tenant = tenant_of_target(target)
        seen = self._begun(tenant)
        if seen is None:
            return
        state, now, received = seen
        exchange = Exchange(
            id=0,
            at=now,
            method=method or None,
            target=target or None,
            status=request.status,
            duration=request.seconds,
            peer=request.peer,
            refused=request.reason,
            request=self._wire(request.raw),
            response=self._wire(request.answer),
            request_id=request_id,
            received=received,
        )
        self._put_aside(tenant, state.resets, exchange)
        if self._is_looked_at() and not self._seconds_to_wait():
            self.flush()

    def flush(self, *, patience: float = _PATIENCE) -> None:
        """Write what was put aside. Call this before reading the journal.

        Without ``patience`` (seconds) it waits for no other writer: what is not written then is written by a worker.
        """
        # What another thread is writing is not pending any more, and not to be read yet: hence the lock comes first.
        while self._flushing.acquire(blocking=patience > 0):
            try:
                is_written = self._write_pending(patience)
            finally:
                self._flushing.release()
            # Again for those that came meanwhile, when no thread without patience could write; servers need patience.
            if not self._pending or not is_written or self._storage.may_block:
                break

    def _write_pending(self, patience: float) -> bool:
        with self._lock:
            pending, self._pending = self._pending, defaultdict(_Pending)
            self._count = self._bytes = 0
        try:
            while pending:
                self._write_some(pending, patience)
        except StorageError as error:  # the clients have their responses already
            if not patience and isinstance(error, StorageBusyError):
                self._put_back(pending)
                self._workers.submit(self.flush)
                return False
            self._pause = min(2 * self._pause or _SHORTEST_PAUSE, _LONGEST_PAUSE)
            self._try_again = system_clock.monotonic() + self._pause
            lost = self._put_back(pending)
            _log.warning("the journal has %d exchanges to write, and has lost %d: %s", self._count, lost, error)
            return False
        self._pause = self._try_again = 0.0
        return True

    def _write_some(self, pending: dict[_Key, _Pending], patience: float) -> None:
        """Write the first exchanges, but for those of calls that came before their tenant's last reset."""
        batch: dict[_Key, list[Exchange]] = {}
        room = _BATCH
        for key, waiting in pending.items():
            batch[key] = list(islice(waiting.exchanges, room))
            room -= len(batch[key])
            if not room:
                break
        evicted = 0
        with self._storage.recording(*{tenant for tenant, _ in batch}, patience=patience) as work:
            work.begin()
            for key, exchanges in batch.items():
                tenant, resets = key
                if resets >= work.tenants.last_reset(tenant):
                    evicted += work.journal.add(
                        tenant,
                        exchanges,
                        evicted=pending[key].evicted,
                        most_entries=self._most_entries,
                        most_bytes=self._most_bytes,
                    )
        if evicted:
            self._counters.add("journal_evicted", evicted)
        written = 0
        for key, exchanges in batch.items():
            pending[key].evicted = 0
            written += sum(pending[key].drop() for _ in exchanges)
            if not pending[key].exchanges:
                del pending[key]
        if self._retention.journal_written(written):
            with suppress(RuntimeError):  # the double is being closed
                self._workers.submit(self._retention.trim_journals)

    def _seconds_to_wait(self) -> float:
        """Return in how many seconds a write may be tried again after one failed."""
        return max(0.0, self._try_again - system_clock.monotonic()) if self._try_again else 0.0

    def _flush_due(self) -> None:
        if self._storage.may_block:
            self._workers.submit(self._flush_on_worker)
        else:
            self._is_due = False
            self.flush(patience=0.0)

    def _flush_on_worker(self) -> None:
        self._is_due = False  # not before: one worker that writes and one that waits for it are enough
        self.flush()

    def _put_back(self, pending: defaultdict[_Key, _Pending]) -> int:
        """Let what could not be written wait for the next time; return how many exchanges are lost."""
        with self._lock:
            for key, later in self._pending.items():
                pending[key].extend(later)
            self._pending = pending
            self._count = sum(len(each.exchanges) for each in pending.values())
            self._bytes = sum(each.bytes for each in pending.values())
            return sum(self._keep_bounds(key) for key in tuple(pending))

    def _keep_bounds(self, key: _Key) -> int:
        """Drop the oldest ones of a tenant that would be evicted.

        Where nothing can be written, the oldest ones of all tenants are lost: return how many.
        """
        waiting, lost = self._pending[key], 0
        while not self._try_again and (len(waiting.exchanges) > self._most_entries or waiting.bytes > self._most_bytes):
            self._drop(key)
            waiting.evicted += 1
        while self._try_again and (self._count > self._most_entries or self._bytes > self._most_bytes):
            oldest = next(iter(self._pending))
            self._drop(oldest)
            self._lost[oldest] += 1
            lost += 1
        if lost:
            self._counters.add("journal_lost", lost)
        return lost

    def _drop(self, key: _Key) -> None:
        self._count -= 1
        self._bytes -= self._pending[key].drop()
        if not self._pending[key].exchanges:
            del self._pending[key]

    def _begun(self, tenant: str) -> tuple[TenantState, datetime, datetime | None] | None:
        """Return the tenant's state and times; without them an exchange is lost."""
        try:
            return self._arrival(tenant)
        except StorageError as error:
            with self._lock:
                self._lost[tenant, self._resets] += 1
            self._counters.add("journal_lost", 1)
            _log.warning("an exchange is missing in the journal: %s", error)
            return None

    def _sent(self, call: Call, response: Response, sent: Sent) -> None:
        """Put aside what the embedded server has sent, or what it got rid of."""
        raw, size, interim, _ = sent
        was_http = size > interim and b"HTTP/".startswith(raw[interim : interim + 5])
        request = self._wire(call.environ["messaging_double.raw_request"])
        exchange = _exchange(call, response.status if was_http else None, request, Wire(raw, size))
        self._put_aside(call.tenant, call.state.resets, exchange)
        self._flush_soon(call)

    def _flush_soon(self, call: Call) -> None:
        """Let what was put aside be written, together with what follows soon. Call this on the loop."""
        if self._is_due or call.connection is None:
            return
        if self._is_looked_at():
            delay = _DELAY if self._storage.may_block or not self._storage.is_shared else 0.0
            self._is_due = True
            call.connection.soon(self._flush_due, self._seconds_to_wait() or delay)
        elif self._count > _MOST_PENDING or self._bytes > _MOST_PENDING_BYTES:
            self._is_due = True
            self._workers.submit(self._flush_on_worker)

    def _is_looked_at(self) -> bool:
        """Say whether the journal may be read without a call of ``flush`` before."""
        return self._storage.is_shared or self._is_watched()

    def _taken(self, call: Call, response: Response, wire: Wire) -> None:
        """Keep what another server has taken to be sent."""
        recorder: InputRecorder = call.environ["wsgi.input"]
        exchange = _exchange(call, response.status, self._wire(recorder.request()), wire)
        self._put_aside(call.tenant, call.state.resets, exchange)
        if not self._seconds_to_wait():
            self.flush()

    def _put_aside(self, tenant: str, resets: int, exchange: Exchange) -> None:
        key, size = (tenant, resets), exchange.request.kept + exchange.response.kept
        with self._lock:
            waiting = self._pending[key]
            waiting.exchanges.append(exchange)
            waiting.bytes += size
            self._count += 1
            self._bytes += size
            if self._try_again or waiting.bytes > self._most_bytes or len(waiting.exchanges) > self._most_entries:
                self._keep_bounds(key)

    def _wire(self, raw: bytes) -> Wire:
        return Wire(raw[: self._keep], len(raw))


def _exchange(call: Call, status: int | None, request: Wire, response: Wire) -> Exchange:
    return Exchange(
        0,
        call.now,
        call.method,
        target_of(call.environ),
        status,
        system_clock.perf_counter() - call.began,
        peer_of(call.environ) if call.connection is None or FORWARDED in call.environ else call.connection.peer,
        call.services,
        call.operation,
        call.messages,
        call.notes,
        call.refused,
        None if call.reaction is None else call.reaction.by,
        call.fault,
        request,
        response,
        call.request_id,
        call.received,
    )
