"""A service under measurement: its process, from spawn to end, and what ``/proc`` says of it."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from load import HOST, WrongAnswerError, ask_once

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

START_LIMIT = 30.0
STOP_LIMIT = 5.0
RETRY_PAUSE = 0.001
READY = re.compile(rb"^READY url=http://" + re.escape(HOST.encode()) + rb":(\d+)\s*$", re.MULTILINE)
RSS = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


class ServiceError(Exception):
    """The service did not start, or ended by itself."""


class Service:
    """A context manager that spawns the service on a fresh database and ends it, whatever happens.

    ``{database}`` in the command becomes the path. The service prints ``READY url=http://127.0.0.1:PORT`` when it
    listens.
    """

    def __init__(self, name: str, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        """Note what to start; ``folder`` is empty and takes the database and the log."""
        self.name = name
        self.database = folder / "database.sqlite"
        self._command = [part.replace("{database}", str(self.database)) for part in command]
        self._environment = environment
        self._log = folder / "stderr.log"
        self.port = 0

    def __enter__(self) -> Self:
        """Spawn, and wait for the line that says the port."""
        self.spawned = time.perf_counter()
        with self._log.open("wb") as log:
            # A session of its own: Ctrl-C reaches only the script, which then ends the service itself.
            try:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=self._environment,
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                raise ServiceError(self._complaint("there is no such command; is it installed?")) from error
        try:
            self.port = self._await_port()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._end()

    def await_answer(self) -> float:
        """Ask until the service answers; give the seconds since the spawn.

        A service that is ready and then answers wrongly is broken, and is not asked again.
        """
        while True:
            refusal = self._ask()
            taken = time.perf_counter() - self.spawned
            if not refusal:
                return taken
            if taken > START_LIMIT:
                raise ServiceError(self._complaint(f"no answer in {START_LIMIT:.0f} s: {refusal}"))
            time.sleep(RETRY_PAUSE)

    def memory(self) -> float:
        """Give the resident memory (RSS) in MiB of the process and all its descendants."""
        sizes = [RSS.search(read(pid, "status")) for pid in family(self._process.pid)]
        return sum(int(size[1]) for size in sizes if size) / 1024

    def stop(self) -> float:
        """End the process as a supervisor does; give the seconds until it is gone."""
        began = time.perf_counter()
        self._end()
        return time.perf_counter() - began

    def processor_seconds(self) -> float:
        """Give the processor time, of user and system, that the process and all its descendants have used."""
        ticks = 0
        for pid in family(self._process.pid):
            # The name, in parentheses, may hold blanks: count the fields from its end.
            fields = read(pid, "stat").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if fields else 0
        return ticks / os.sysconf("SC_CLK_TCK")

    def _ask(self) -> OSError | None:
        try:
            ask_once(self.port)
        except OSError as error:
            return error
        except WrongAnswerError as error:
            raise ServiceError(self._complaint(str(error))) from error
        return None

    def _await_port(self) -> int:
        output = self._process.stdout
        if output is None:
            raise ServiceError(self._complaint("has no standard output"))
        seen = b""
        while not (ready := READY.search(seen)):
            left = self.spawned + START_LIMIT - time.perf_counter()
            if left <= 0 or not select.select([output], [], [], left)[0]:
                raise ServiceError(self._complaint(f"no READY line in {START_LIMIT:.0f} s"))
            part = os.read(output.fileno(), 4096)
            if not part:
                raise ServiceError(self._complaint(f"ended without a READY line; its output: {seen!r}"))
            seen += part
        return int(ready[1])

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                # Our own session only: the service, and what a wrapper around it may have spawned.
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(STOP_LIMIT)
        if self._process.stdout:
            self._process.stdout.close()

    def _complaint(self, what: str) -> str:
        log = self._log.read_text(errors="replace")[-2000:]
        return f"{self.name}: {what}\ncommand: {' '.join(self._command)}\nstandard error: {log}"


def read(pid: int, name: str) -> str:
    """Read a file of a process; empty if that has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def family(pid: int) -> list[int]:
    """Give the process and all its descendants."""
    children = [
        int(child) for tasks in Path(f"/proc/{pid}/task").glob("*/children") for child in tasks.read_text().split()
    ]
    return [pid, *(descendant for child in children for descendant in family(child))]
