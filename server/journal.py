"""Writes the journal: what was on the wire, kept off the way of the answers.

An exchange is put by when its answer has been sent, and written together with those that follow: within the turn of the
embedded server's loop where other processes may look at the journal, else within some milliseconds.  Under another WSGI
server each is written when its answer was taken.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, defaultdict, deque
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from messaging_double.models import system_clock
from messaging_double.models.exchanges import Exchange, Wire
from messaging_double.server.tenants import DEFAULT_TENANT, tenant_of_target
from messaging_double.server.watch import Closing, Watch
from messaging_double.storage import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from messaging_double.models.tenant_state import TenantState
    from messaging_double.server.http import BrokenRequest, Sent
    from messaging_double.server.logs import CallRecord
    from messaging_double.server.settings import Settings
    from messaging_double.server.soap.endpoint import Answer, Settled
    from messaging_double.storage import Storage

    _Pending = tuple[str, int, Exchange]  # with its tenant, and how many resets there had been


_log = logging.getLogger("messaging_double.journal")

_DELAY = 0.02
"""Seconds for which exchanges are gathered where nobody but this process can look at them; who looks flushes first."""
_MOST_PENDING = 64
_LARGE = 256 * 1024
"""Bytes of an exchange that does not wait for others."""
_PATIENCE = 0.25
"""Seconds that a write waits for others: the call has waited already, and what is not written now is written later."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.25, 8.0
"""Seconds until a write that failed is tried again, twice as many each time."""
_SHARE = 4
"""Of the journal's bytes, one direction of one exchange may have the fourth part."""
_KEPT_OF_PADDED = 64 * 1024
"""Bytes that are kept of an answer with padding: white space is no evidence, and would make the rest leave."""


class Journal:
    """Keeps exchanges; nothing that goes wrong here reaches a client."""

    def __init__(self, storage: Storage, settings: Settings, settled: Settled) -> None:
        """Keep them in ``storage``, within the bounds of ``settings``; ``settled`` gives a tenant's state and time."""
        self._storage = storage
        self._settled = settled
        self._most_entries = settings.journal_entries
        self._most_bytes = settings.journal_bytes
        self._keep = settings.journal_bytes // _SHARE
        self._pending: deque[_Pending] = deque()
        self._pending_bytes = 0
        self._is_due = False
        self._pause = 0.0
        self._try_again = 0.0  # on the monotonic clock
        self._resets = 0
        self._lost: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()

    def watch(self, environ: dict[str, Any]) -> Watch | None:
        """Begin with a request, before anybody reads its body; ``None`` if nothing is kept."""
        return Watch(environ) if self._most_entries else None

    def answered(self, watch: Watch, call: CallRecord, answer: Answer, parts: Iterable[bytes]) -> Iterable[bytes]:
        """Keep a call once its answer is sent; return the parts of its body, to be handed to the WSGI server."""
        tenant = call.tenant or DEFAULT_TENANT
        begun = answer.begun or self._begun(tenant)
        if begun is None:
            return parts
        state, now = begun
        self._resets = state.resets
        exchange = Exchange(
            id=0,
            at=now,
            method=call.method,
            target=watch.target,
            status=answer.status,
            duration=0,
            peer=watch.peer,
            services=call.services,
            operation=call.operation,
            messages=call.messages,
            notes=call.notes,
            refused=answer.refused,
            rule=None if answer.reaction is None else answer.reaction.by,
            fault=answer.fault,
        )
        connection = watch.connection
        keep = min(self._keep, _KEPT_OF_PADDED) if answer.padding else self._keep
        if connection is None:
            head = _head_of_answer(answer)
            return Closing(head, parts, keep, partial(self._taken, watch, tenant, state.resets, exchange))
        connection.on_sent(partial(self._sent, watch, tenant, state.resets, exchange), keep)
        return parts

    def lost(self, tenant: str, since: int) -> int:
        """Return how many exchanges of the tenant this process could not write since this reset, its last one."""
        with self._lock:
            return sum(count for (name, resets), count in self._lost.items() if name == tenant and resets >= since)

    def close(self) -> None:
        """Write what is still to be written."""
        self.flush()
        if self._pending:
            _log.warning("%d exchanges are missing in the journal", len(self._pending))

    def broken(self, request: BrokenRequest) -> None:
        """Keep a request that never reached the application."""
        if not self._most_entries:
            return
        method, target = request.request_line
        tenant = tenant_of_target(target)
        begun = self._begun(tenant)
        if begun is None:
            return
        state, now = begun
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
        )
        self._put_by(tenant, state.resets, exchange)
        if not self._left():
            self.flush()

    def flush(self) -> None:
        """Write what was put by.  Whoever reads the journal calls this before."""
        with self._lock:
            pending = list(self._pending)
            self._pending.clear()
            self._pending_bytes = 0
        try:
            while pending:
                self._write(pending[:_MOST_PENDING])
                del pending[:_MOST_PENDING]
        except StorageError as error:  # the clients have their answers already
            self._pause = min(2 * self._pause or _SHORTEST_PAUSE, _LONGEST_PAUSE)
            self._try_again = system_clock.monotonic() + self._pause
            self._put_back(pending, error)
        else:
            self._pause = self._try_again = 0.0

    def _left(self) -> float:
        """Return the seconds until a write may be tried again after one failed."""
        return max(0.0, self._try_again - system_clock.monotonic()) if self._try_again else 0.0

    def _write(self, pending: list[_Pending]) -> None:
        """Write exchanges, but for those of calls that came before their tenant's last reset."""
        by_tenant = defaultdict(list)
        for tenant, resets, exchange in pending:
            by_tenant[tenant].append((resets, exchange))
        with self._storage.writing(patience=_PATIENCE) as work:
            for tenant, waiting in by_tenant.items():
                last_reset = work.tenants.last_reset(tenant)
                exchanges = [exchange for resets, exchange in waiting if resets >= last_reset]
                if exchanges:
                    work.journal.add(tenant, exchanges, most_entries=self._most_entries, most_bytes=self._most_bytes)

    def _flush_due(self) -> None:
        self._is_due = False
        self.flush()

    def _put_back(self, pending: list[_Pending], error: StorageError) -> None:
        """Let what could not be written wait for the next time."""
        with self._lock:
            self._pending.extendleft(reversed(pending))
            self._pending_bytes += sum(_size(exchange) for *_, exchange in pending)
            lost = self._lose_the_oldest()
            waiting = len(self._pending)
        _log.warning("the journal has %d exchanges to write, and has lost %d: %s", waiting, lost, error)

    def _lose_the_oldest(self) -> int:
        """Let what waits keep the journal's bounds; return how many exchanges are lost."""
        lost = 0
        while len(self._pending) > self._most_entries or self._pending_bytes > self._most_bytes:
            tenant, resets, exchange = self._pending.popleft()
            self._pending_bytes -= _size(exchange)
            self._lost[tenant, resets] += 1
            lost += 1
        return lost

    def _begun(self, tenant: str) -> tuple[TenantState, datetime] | None:
        """Return the tenant's state and time; without them an exchange is lost."""
        try:
            return self._settled(tenant)
        except StorageError as error:
            with self._lock:
                self._lost[tenant, self._resets] += 1
            _log.warning("an exchange is missing in the journal: %s", error)
            return None

    def _sent(self, watch: Watch, tenant: str, resets: int, exchange: Exchange, sent: Sent) -> None:
        """Put by what the embedded server has sent, or what it got rid of."""
        was_http = sent.size > sent.interim and b"HTTP/".startswith(sent.raw[sent.interim :][:5])
        whole = replace(
            exchange,
            duration=system_clock.perf_counter() - watch.begin,
            status=exchange.status if was_http else None,
            request=self._wire(watch.raw_request()),
            response=Wire(sent.raw, sent.size),
        )
        waiting = self._put_by(tenant, resets, whole)
        is_much = waiting >= _MOST_PENDING or _size(whole) > _LARGE
        left = self._left()
        if is_much and not left:
            self.flush()
        elif not self._is_due and watch.connection is not None:
            self._is_due = True
            delay = 0.0 if self._storage.is_shared else _DELAY
            watch.connection.soon(self._flush_due, left or delay)

    def _taken(self, watch: Watch, tenant: str, resets: int, exchange: Exchange, response: Wire) -> None:
        """Keep what another server has taken to be sent."""
        duration = system_clock.perf_counter() - watch.begin
        request = self._wire(watch.raw_request())
        self._put_by(tenant, resets, replace(exchange, duration=duration, request=request, response=response))
        if not self._left():
            self.flush()

    def _put_by(self, tenant: str, resets: int, exchange: Exchange) -> int:
        """Return how many exchanges wait to be written."""
        with self._lock:
            self._pending.append((tenant, resets, exchange))
            self._pending_bytes += _size(exchange)
            if self._try_again:
                self._lose_the_oldest()
            return len(self._pending)

    def _wire(self, raw: bytes) -> Wire:
        return Wire(raw[: self._keep], len(raw))


def _size(exchange: Exchange) -> int:
    return exchange.request.kept + exchange.response.kept


def _head_of_answer(answer: Answer) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {answer.reason}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
        f"Content-Length: {answer.length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
