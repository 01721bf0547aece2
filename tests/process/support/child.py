"""A server in a process of its own, and what the system says of that process."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 30
"""Seconds in which anything has to happen; nothing comes near it unless it is broken."""
_NOTHING = threading.Event()
SERVE = (sys.executable, "-W", "error", "-m", "messaging_double.server", "serve")


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Return this process's environment without settings of the double, with a temporary folder of its own."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    former = {name: value for name, value in os.environ.items() if not name.startswith("MESSAGING_DOUBLE_")}
    return {**former, "PYTHONUNBUFFERED": "1", "TMPDIR": str(temporary), **variables}


def run(folder: Path, *flags: object) -> subprocess.CompletedProcess[str]:
    """Run ``serve`` where it is expected to end by itself."""
    return subprocess.run(
        [*SERVE, *map(str, flags)],
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Ask until it is so, or until the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        _NOTHING.wait(0.005)
    return True


class Child:
    """A process that says where it serves, on standard output or on standard error, in a line that ``where`` finds."""

    def __init__(self, folder: Path, command: list[str], *, where: str, on_stderr: bool = False) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.temporary = folder / "tmp"
        self._where = re.compile(where)
        self._log = folder / f"stderr-{time.monotonic_ns()}.log"
        self._spoken = self._log if on_stderr else folder / f"stdout-{time.monotonic_ns()}.log"
        self.url = ""
        with self._log.open("wb") as err, self._spoken.open("ab") as out:
            # A group of its own: a server with workers can be ended with all of them.
            self.process = subprocess.Popen(
                command,
                env=environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def wait_until_it_serves(self) -> None:
        """Return once it has said where."""
        eventually(lambda: self._where.search(self.spoken) or self.process.poll() is not None)
        found = self._where.search(self.spoken)
        assert found, (self.process.poll(), self.spoken, self.stderr)
        self.url = found[1]

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    @property
    def spoken(self) -> str:
        """What it has said on the stream where it tells its address."""
        return self._spoken.read_text("utf-8", "replace")

    @property
    def stderr(self) -> str:
        """Its log."""
        return self._log.read_text("utf-8", "replace")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Send the signal, and wait for the end."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE)

    def close(self) -> None:
        """End it, whatever happened."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)


class Double(Child):
    """``messaging-double serve`` on a free port."""

    def __init__(self, folder: Path, *flags: object) -> None:
        self.port_file = folder / "port.txt"
        command = [*SERVE, "--port", "0", "--port-file", str(self.port_file), *map(str, flags)]
        super().__init__(folder, command, where=r"^READY url=(\S+)\n")
        self.wait_until_it_serves()

    @property
    def cpu_seconds(self) -> float:
        """What it has worked so far; waiting does not count, nor what other processes do meanwhile."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime: proc(5)

    @property
    def resident_mib(self) -> float:
        """Its resident memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2

    @property
    def sockets(self) -> int:
        """How many sockets it holds: those of its connections, and its own."""
        targets = []
        for each in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                targets.append(str(each.readlink()))
        return sum(target.startswith("socket:") for target in targets)

    @property
    def open_files(self) -> int:
        """How many files and sockets it holds."""
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())
