"""``/metrics``: what this process has counted and what it holds, in Prometheus' text format.

The format is written here: prometheus_client would take 60 ms to import and 3 microseconds for each call.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import os
import time
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from werkzeug.wrappers import Response

from messaging_double.server.control.about import own_version
from messaging_double.server.control.operation import ControlRequest, Media, operation
from messaging_double.server.counters import BUCKETS, HELP
from messaging_double.storage import StorageError, totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from messaging_double.server.counters import Counters
    from messaging_double.server.waiting.waiters import Waiting
    from messaging_double.storage import Storage

_PREFIX = "messaging_double_"
_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_TEXT = Media("text/plain", "Metrics in Prometheus' text format, version 0.0.4.")
_STATM = Path("/proc/self/statm")


class Metric(NamedTuple):
    """One metric: its samples by what its name ends in and by their labels."""

    name: str
    type: str
    help: str
    samples: Iterable[tuple[str, Mapping[str, str], float]]


class MetricsResources:
    """The metrics of this process and of its database."""

    def __init__(self, storage: Storage, counters: Counters, waiting: Waiting, started: datetime) -> None:
        """Show what these have; ``started`` is when the double was."""
        self._storage = storage
        self._counters = counters
        self._waiting = waiting
        self._started = started.timestamp()

    @operation(
        "GET /metrics",
        "metrics",
        "Show metrics for Prometheus: of this process, and of its database.",
        _TEXT,
        needs_journal=True,
    )
    def _metrics(self, request: ControlRequest) -> Response:
        connection = request.request.environ.get("messaging_double.connection")
        metrics = [*self._of_calls(), *self._of_process(), *self._of_storage()]
        if connection is not None:
            metrics.append(
                _gauge("connections", "Open connections, those of probes and metrics included.", connection.connections)
            )
        return Response("".join(map(_text, metrics)), content_type=_MEDIA_TYPE)

    def _of_calls(self) -> Iterator[Metric]:
        calls = sorted(self._counters.calls())
        names = ("operation", "outcome", "status")
        counted = [("", dict(zip(names, key, strict=True)), sum(buckets)) for key, buckets, _ in calls]
        text = "Calls and refused requests: answered, fault (SOAP fault or exception), refused, injected (by a rule)."
        yield Metric(f"{_PREFIX}calls_total", "counter", text, counted)
        histogram: dict[str, tuple[list[int], float]] = {}
        for (name, *_), buckets, seconds in calls:
            former, total = histogram.get(name, ([0] * len(buckets), 0.0))
            histogram[name] = ([a + b for a, b in zip(former, buckets, strict=True)], total + seconds)
        text = "Time from the arrival of a request to its response."
        yield Metric(f"{_PREFIX}call_duration_seconds", "histogram", text, _histogram(histogram))
        for event, help_text in HELP.items():
            count = self._counters.events[event]
            yield Metric(f"{_PREFIX}{event}_total", "counter", help_text, [("", {}, count)])

    def _of_process(self) -> Iterator[Metric]:
        yield _gauge("long_polls", "Requests that wait for something to arrive.", self._waiting.count(streams=False))
        yield _gauge("event_streams", "Open streams of events.", self._waiting.count(streams=True))
        version = {"version": own_version()}
        yield Metric(f"{_PREFIX}info", "gauge", "The version of messaging-double.", [("", version, 1)])
        name, text = "process_start_time_seconds", "When the double was started, in seconds since 1970."
        yield Metric(name, "gauge", text, [("", {}, self._started)])
        text = "CPU time that the process has used."
        yield Metric("process_cpu_seconds_total", "counter", text, [("", {}, time.process_time())])
        if _STATM.exists():  # on Linux
            pages = int(_STATM.read_text("ascii").split()[1])
            text = "Memory that the process has in RAM."
            yield Metric("process_resident_memory_bytes", "gauge", text, [("", {}, pages * os.sysconf("SC_PAGE_SIZE"))])

    def _of_storage(self) -> Iterator[Metric]:
        """Yield what the database has; of one that cannot be read only that."""
        try:
            with self._storage.reading() as work:
                found = totals(work)
            size = self._storage.size()
        except StorageError:
            yield _gauge("database_readable", "Whether the database can be read.", 0)
            return
        yield _gauge("database_readable", "Whether the database can be read.", 1)
        yield _gauge("database_bytes", "Space that the database takes on the disk.", size)
        messages = [("", {"list": "outbox"}, found.outgoing), ("", {"list": "inbox"}, found.incoming)]
        yield Metric(f"{_PREFIX}messages", "gauge", "Messages of all tenants, without those of snapshots.", messages)
        yield _gauge("journal_exchanges", "Exchanges in the journals of all tenants.", found.exchanges)
        yield _gauge("journal_bytes", "Raw bytes of these exchanges.", found.exchange_bytes)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return Metric(f"{_PREFIX}{name}", "gauge", help_text, [("", {}, value)])


def _histogram(operations: Mapping[str, tuple[list[int], float]]) -> Iterator[tuple[str, Mapping[str, str], float]]:
    for name, (buckets, seconds) in operations.items():
        bounds = (*map(repr, BUCKETS), "+Inf")
        counts = list(accumulate(buckets))
        for bound, count in zip(bounds, counts, strict=True):
            yield "_bucket", {"operation": name, "le": bound}, count
        yield "_sum", {"operation": name}, seconds
        yield "_count", {"operation": name}, counts[-1]


def _text(metric: Metric) -> str:
    """Write a metric; no value of a label has a character that would have to be escaped."""
    lines = [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.type}"]
    for ending, labels, value in metric.samples:
        shown = ",".join(f'{name}="{text}"' for name, text in labels.items())
        lines.append(f"{metric.name}{ending}{{{shown}}} {value!r}" if shown else f"{metric.name}{ending} {value!r}")
    return "".join(f"{line}\n" for line in lines)
