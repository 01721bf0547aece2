"""A service under measurement: its process, from spawn to end, and what ``/proc`` says of it."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

from load import HOST, WrongAnswerError, ask_once

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.processes import Server

START_LIMIT = 30.0
RETRY_PAUSE = 0.001
READY = rf"(?m)^READY url=(http://{re.escape(HOST)}:\d+)\s*$"
RSS = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


class ServiceError(Exception):
    """The service did not start, or ended by itself."""


class Service(Server):
    """A process on a fresh database that ends with its ``with`` block, whatever happens.

    ``{database}`` in the command becomes the path. The service prints ``READY url=http://127.0.0.1:PORT`` when it
    listens.
    """

    def __init__(self, name: str, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        """Spawn, and wait for the line that says the port; ``folder`` is empty and takes the database and the log."""
        self.name = name
        self.database = folder / "database.sqlite"
        self._command = [part.replace("{database}", str(self.database)) for part in command]
        self.spawned = time.perf_counter()
        try:
            super().__init__(folder, self._command, where=READY, **environment)
        except (AssertionError, FileNotFoundError) as error:
            raise ServiceError(f"{name} did not start: {error}\ncommand: {' '.join(self._command)}") from error
        self.port = self.address[1]

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
                raise self._error(f"no answer in {START_LIMIT:.0f} s: {refusal}")
            time.sleep(RETRY_PAUSE)

    def memory(self) -> float:
        """Give the resident memory (RSS) in MiB of the process and all its descendants."""
        sizes = [RSS.search(read(pid, "status")) for pid in family(self.process.pid)]
        return sum(int(size[1]) for size in sizes if size) / 1024

    def seconds_to_stop(self) -> float:
        """End the process as a supervisor does; give the seconds until it is gone."""
        began = time.perf_counter()
        self.stop()
        return time.perf_counter() - began

    def processor_seconds(self) -> float:
        """Give the processor time, of user and system, that the process and all its descendants have used."""
        ticks = 0
        for pid in family(self.process.pid):
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
            raise self._error(str(error)) from error
        return None

    def _error(self, what: str) -> ServiceError:
        command = " ".join(self._command)
        return ServiceError(f"{self.name}: {what}\ncommand: {command}\nstandard error: {self.stderr[-2000:]}")


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
