"""Measure the double against a stock spyne service, interleaved in one run, as ratios of medians.

    python bench/compare.py                          # some three minutes
    python bench/compare.py --only load --connections 4 --rounds 9

What is measured and how to read it: bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import operator
import os
import platform
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from disturbances import DISTURBANCES, worst_calls
from service import Service, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCH = Path(__file__).resolve().parent
STOCK_SPYNE_ENDS_BEFORE = (3, 12)
SETTLE = 0.3
"""Seconds left out at the beginning of each load, and before memory is read."""
LOAD_LIMIT = 30.0
"""Seconds that a load may take longer than asked for."""
LOADED_REQUESTS = 2000
"""So many calls come before 'loaded' memory is read: the same for both, though one answers more in the same time."""
TARGET_AT = 4
"""The number of connections that the target of requests/s is for."""
UNSTEADY = 1.5
"""Highest by lowest requests/s of one side, above which the run says little."""
CLIENT_BUSY_LIMIT = 0.8
"""Above this share of a processor the client might be what is measured."""
STOCK, DOUBLE = "stock", "double"

Samples = dict[str, dict[str, list[float]]]
"""Metric -> side -> what was measured, in order."""


@dataclass(frozen=True)
class Metric:
    """A row of the table."""

    key: str
    label: str
    digits: int
    higher_is_better: bool = False
    target: float | None = None
    """What the ratio double/stock shall reach, or not exceed."""
    limit: float | None = None
    """What the double's median shall not exceed."""

    def is_met(self, of: dict[str, list[float]]) -> bool:
        """Say whether the samples of both sides reach the target, and keep to the limit."""
        reaches = operator.ge if self.higher_is_better else operator.le
        is_reached = self.target is None or reaches(ratio(of), self.target)
        return is_reached and (self.limit is None or median(of[DOUBLE]) <= self.limit)


def metrics(connections: list[int]) -> list[Metric]:
    """Give the rows in the order of the table."""
    rows = [
        Metric(f"rps_{n}", f"requests/s, {n} conn.", 0, higher_is_better=True, target=16 if n == TARGET_AT else None)
        for n in connections
    ]
    for n in connections:
        rows += [Metric(f"p50_{n}", f"p50 ms, {n} conn.", 2), Metric(f"p99_{n}", f"p99 ms, {n} conn.", 2)]
    rows += [Metric(f"cpu_{n}", f"processor ms/call, {n} conn.", 2) for n in connections]
    return [
        *rows,
        Metric("rps_send1000", "requests/s, 1,000 messages each", 1, higher_is_better=True),
        Metric("rps_status1000", "requests/s, 1,000 statuses each", 1, higher_is_better=True),
        Metric("start", "cold start s", 3, target=0.5),
        Metric("stop", "SIGTERM s", 3, limit=0.2),
        Metric("unused", "memory MiB, nothing asked yet", 1),
        Metric("idle", "memory MiB, idle after a call", 1, limit=50),
        Metric("loaded", f"memory MiB, after {LOADED_REQUESTS} calls", 1),
        *[
            Metric(f"{name}: {call}", f"worst {call} ms, {words}", 1, limit=50)
            for name, (words, calls, _) in DISTURBANCES.items()
            for call in calls
        ],
    ]


class Comparison:
    """Starts both services in turns and collects what is measured."""

    def __init__(self, commands: dict[str, list[str]], folder: Path) -> None:
        """Take the command of each side; databases and logs go into the folder."""
        self._commands = commands
        self._folder = folder
        # Bytecode is kept, as it is of what is installed: else each start would hold a second of compiling.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        self._environment = {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
        self._started = 0
        self.samples: Samples = defaultdict(lambda: defaultdict(list))
        self.client_busy = 0.0

    def starts(self, rounds: int) -> None:
        """Measure cold start and idle memory.

        The first start of each side does not count: it may compile bytecode and reads the files into the page cache.
        """
        for number in range(rounds + 1):
            for side in turns(number):
                with self._service(side) as service:
                    seconds = service.await_answer()
                    time.sleep(SETTLE)
                    if number:
                        self._note("start", side, seconds)
                        self._note("idle", side, service.memory())
                        self._note("stop", side, service.seconds_to_stop())

    def loads(self, rounds: int, connections: list[int], seconds: float) -> None:
        """Measure both under load, in turns; both run all the time, the one not measured has nothing to do."""
        with ExitStack() as stack:
            services = {side: stack.enter_context(self._service(side)) for side in turns(0)}
            time.sleep(SETTLE)
            for side, service in services.items():
                self._note("unused", side, service.memory())
            for side, service in services.items():
                service.await_answer()
                self._load(service, TARGET_AT, LOAD_LIMIT, LOADED_REQUESTS - 1)
                self._note("loaded", side, service.memory())
            for number in range(rounds):
                for n in connections:
                    for side in turns(number):
                        self._measure(side, services[side], n, seconds)
                for kind in ("send1000", "status1000"):
                    for side in turns(number):
                        result = self._load(services[side], 1, seconds, kind=kind)
                        self._note(f"rps_{kind}", side, result["requests_per_second"])
                progress(f"round {number + 1} of {rounds}")

    def disturbed(self) -> None:
        """Measure the double only: the stock service has no tenants, and nothing to search by."""
        for name in DISTURBANCES:
            with self._service(DOUBLE) as service:
                service.await_answer()
                for call, worst in worst_calls(service.port, service.database, name).items():
                    self._note(f"{name}: {call}", DOUBLE, worst)

    def _measure(self, side: str, service: Service, connections: int, seconds: float) -> None:
        busy = service.processor_seconds()
        result = self._load(service, connections, seconds)
        busy = service.processor_seconds() - busy
        self.client_busy = max(self.client_busy, result["client_busy"])
        self._note(f"rps_{connections}", side, result["requests_per_second"])
        self._note(f"p50_{connections}", side, result["p50_ms"])
        self._note(f"p99_{connections}", side, result["p99_ms"])
        self._note(f"cpu_{connections}", side, 1000 * busy / result["answers"])

    def _load(
        self, service: Service, connections: int, seconds: float, requests: int | None = None, kind: str = "send"
    ) -> dict[str, float]:
        command = [sys.executable, str(BENCH / "load.py"), f"--port={service.port}", f"--connections={connections}"]
        command += [f"--kind={kind}", f"--seconds={seconds}", f"--settle={SETTLE}"]
        command += [f"--requests={requests}"] if requests else []
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds + LOAD_LIMIT)
        if done.returncode:
            raise ServiceError(f"{service.name} under load at {connections} connections: {done.stderr.strip()}")
        result: dict[str, float] = json.loads(done.stdout)
        return result

    def _service(self, side: str) -> Service:
        self._started += 1
        folder = self._folder / f"{self._started:03}-{side}"
        folder.mkdir()
        return Service(side, self._commands[side], folder, self._environment)

    def _note(self, key: str, side: str, value: float) -> None:
        self.samples[key][side].append(value)


def turns(number: int) -> Iterator[str]:
    """Give both sides, the other one first each time, so that a drift of the machine favours neither."""
    yield from (STOCK, DOUBLE) if number % 2 == 0 else (DOUBLE, STOCK)


def is_unsteady(samples: Samples) -> bool:
    """Say whether a side's requests/s differ from round to round by more than a quiet machine's do."""
    return any(
        max(values) > UNSTEADY * min(values)
        for key, sides in samples.items()
        if key.startswith("rps_")
        for values in sides.values()
    )


def progress(text: str) -> None:
    """Tell who waits how far it is."""
    print(text, file=sys.stderr, flush=True)


# -- the report
def describe(values: list[float], digits: int) -> str:
    """Give the median and the range."""
    text = f"{median(values):.{digits}f}"
    return text if len(values) == 1 else f"{text} ({min(values):.{digits}f} - {max(values):.{digits}f})"


def ratio(of: dict[str, list[float]]) -> float:
    """Give double/stock of the medians."""
    return median(of[DOUBLE]) / median(of[STOCK])


def verdict(metric: Metric, of: dict[str, list[float]]) -> str:
    """Give the target and whether it is met; empty where there is none."""
    sign = ">=" if metric.higher_is_better else "<="
    targets = [f"{sign} {metric.target:g} x"] if metric.target is not None else []
    targets += [f"double <= {metric.limit:g}"] if metric.limit is not None else []
    return f"{', '.join(targets)} {'met' if metric.is_met(of) else 'MISSED'}" if targets else ""


def table(samples: Samples, measured: list[Metric]) -> str:
    """Give the table."""
    rows = [("median (lowest - highest)", STOCK, DOUBLE, "double/stock", "target")]
    for metric in measured:
        of = samples[metric.key]
        stock, double = (describe(of[side], metric.digits) if of[side] else "-" for side in (STOCK, DOUBLE))
        rows.append((metric.label, stock, double, f"{ratio(of):.2f} x" if of[STOCK] else "-", verdict(metric, of)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def version_of(package: str) -> str | None:
    """Give a package's version, if it is installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def circumstances() -> dict[str, object]:
    """Say on what was measured."""
    packages = ("spyne", "lxml", "SQLAlchemy", "waitress", "httptools", "messaging-double")
    return {
        "python": platform.python_version(),
        "machine": platform.platform(),
        "processors": os.cpu_count(),
        "load_average_before": os.getloadavg()[0],
        "packages": {name: version_of(name) for name in packages},
    }


def as_json(samples: Samples, measured: list[Metric], around: dict[str, object]) -> str:
    """Give everything measured, sample by sample."""
    results = {
        metric.key: {
            **samples[metric.key],
            "ratio": ratio(samples[metric.key]) if samples[metric.key][STOCK] else None,
            "target": metric.target,
            "limit": metric.limit,
            "met": metric.is_met(samples[metric.key]),
        }
        for metric in measured
    }
    return json.dumps({"circumstances": around, "results": results}, indent=2)


# -- the command
def arguments_of(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    double = f"{Path(sys.executable).with_name('messaging-double')} serve --port 0 --database {{database}}"
    parser.add_argument("--rounds", type=int, default=5, help="load measurements of each kind and side (%(default)s)")
    parser.add_argument("--starts", type=int, default=7, help="cold starts of each side (%(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of one load measurement (%(default)s)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 4, 16], metavar="N", help="(1 4 16)")
    parser.add_argument("--only", choices=("start", "load", "disturbed"), help="one of the three parts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to a file")
    parser.add_argument("--check", action="store_true", help="exit with status 1 if a target is missed")
    parser.add_argument("--double", default=double, metavar="COMMAND", help="how to start the double (%(default)s)")
    parser.add_argument("--stock-wal", action="store_true", help="the stock service with SQLite's write-ahead log")
    arguments = parser.parse_args(words)
    if min(arguments.rounds, arguments.starts, arguments.seconds, *arguments.connections) <= 0:
        parser.error("--rounds, --starts, --seconds and --connections take numbers above zero")
    return arguments


def commands_of(arguments: argparse.Namespace) -> dict[str, list[str]]:
    """Give the command of each side."""
    # By -c, since Python keeps no bytecode of a script that is started by its name: the double's is kept.
    start = f"import sys; sys.path.insert(0, {str(BENCH)!r}); import stock_service; stock_service.main()"
    stock = [sys.executable, "-c", start, "--port=0", "--database={database}"]
    return {STOCK: [*stock, *(["--wal"] if arguments.stock_wal else [])], DOUBLE: shlex.split(arguments.double)}


def compare(arguments: argparse.Namespace) -> tuple[Samples, list[Metric]]:
    """Measure what was asked for."""
    with tempfile.TemporaryDirectory(prefix="messaging-double-bench-") as folder:
        comparison = Comparison(commands_of(arguments), Path(folder))
        if arguments.only in (None, "start"):
            progress("cold starts")
            comparison.starts(arguments.starts)
        if arguments.only in (None, "load"):
            progress("load")
            comparison.loads(arguments.rounds, arguments.connections, arguments.seconds)
        if arguments.only in (None, "disturbed"):
            progress("calls of one client while another disturbs them")
            comparison.disturbed()
    if comparison.client_busy > CLIENT_BUSY_LIMIT:
        progress(f"Caution: the client was busy {comparison.client_busy:.0%} of the time and may be what was measured.")
    samples = comparison.samples
    if is_unsteady(samples):
        progress("Caution: requests/s vary a lot; something else uses this machine, or its disk. See bench/README.md.")
    return samples, [metric for metric in metrics(arguments.connections) if metric.key in samples]


def main() -> None:
    """Compare and report."""
    if sys.version_info >= STOCK_SPYNE_ENDS_BEFORE:
        sys.exit("Stock spyne 2.14 does not import on Python 3.12 and newer: run the comparison on 3.10 or 3.11.")
    if not Path("/proc/self/status").exists():
        sys.exit("Memory and processor time are read from /proc: run the comparison on Linux.")
    arguments = arguments_of()
    # As Ctrl-C: leave by an exception, so that both services are ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    around = circumstances()
    try:
        samples, measured = compare(arguments)
    except (OSError, ServiceError, subprocess.TimeoutExpired) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    print(table(samples, measured))
    if arguments.json:
        arguments.json.write_text(as_json(samples, measured, around) + "\n")
    if arguments.check and not all(metric.is_met(samples[metric.key]) for metric in measured):
        sys.exit(1)


if __name__ == "__main__":
    main()
