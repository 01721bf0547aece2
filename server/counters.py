"""What this process has counted since it started, shown by ``GET /metrics``."""

from __future__ import annotations

import threading
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from messaging_double.models.system_clock import perf_counter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from messaging_double.server.calls.call import Call

HELP = {
    "journal_evicted": "Exchanges that were evicted from journals because of their bounds.",
    "journal_lost": "Exchanges that could not be written to a journal and were dropped.",
    "tenants_forgotten": "Tenants that were deleted because they were not used (forget-tenants-after).",
    "refused_tenants": "What would have made a tenant beyond max-tenants.",
    "refused_messages": "What would have added messages beyond max-messages.",
    "refused_snapshots": "Snapshots beyond max-snapshots.",
    "refused_rules": "Rules beyond max-rules.",
    "refused_tickets": "Tickets beyond max-tickets.",
    "refused_fixture_messages": "Fixtures with more messages than max-fixture-messages.",
}
"""The counters, and what each of them counts."""

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds, in seconds, of the buckets of the latency histogram; there is one more without a bound."""
_BOUNDS = (-1.0, *BUCKETS)
"""The sum of the seconds stands before the buckets."""
_IN_BAND = (200, 500)
"""Statuses of refusals that a client reads as an exception of the operation or as a SOAP fault."""


class Counters:
    """Counts events by their names, and calls by operation, outcome and status with their durations."""

    def __init__(self) -> None:
        """Begin at 0."""
        self.events = dict.fromkeys(HELP, 0)
        self._calls: dict[tuple[str | None, str, int | None], list[Any]] = {}
        self._lock = threading.Lock()  # another WSGI server calls from several threads

    def add(self, name: str, count: int = 1) -> None:
        """Count an event of ``HELP``, so many times."""
        with self._lock:
            self.events[name] += count

    def add_call(self, call: Call, status: int | None) -> None:
        """Count an answered call; ``status`` is ``None`` where no answer is sent."""
        if call.exceeded is not None:
            self.add(f"refused_{call.exceeded}")
        if call.fault:
            outcome = "injected"
        elif call.refused is None:
            outcome = "answered"
        else:
            outcome = "fault" if status in _IN_BAND else "refused"
        self._add(call.operation, outcome, status, perf_counter() - call.began)

    def add_broken(self, status: int | None, seconds: float) -> None:
        """Count a request that was refused before it was a call."""
        self._add(None, "refused", status, seconds)

    def calls(self) -> Iterator[tuple[tuple[str, str, str], Sequence[int], float]]:
        """Yield operation, outcome and status with the number of calls in each bucket and the sum of their seconds."""
        with self._lock:
            counted = [(*key, *counts) for key, counts in self._calls.items()]
        for operation, outcome, status, seconds, *buckets in counted:
            yield (operation or "none", outcome, str(status or "none")), buckets, seconds

    def _add(self, operation: str | None, outcome: str, status: int | None, seconds: float) -> None:
        key = (operation, outcome, status)
        bucket = bisect_left(_BOUNDS, seconds)
        with self._lock:
            counts = self._calls.get(key)
            if counts is None:
                counts = self._calls[key] = [0.0] + [0] * (len(BUCKETS) + 1)
            counts[0] += seconds
            counts[bucket] += 1
