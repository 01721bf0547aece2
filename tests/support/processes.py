"""Servers in processes of their own: start them, find their URL, measure them, end them."""

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
    from collections.abc import Callable, Sequence

    from typing_extensions import Self

PATIENCE = 30
"""Seconds after which a test has failed that waits for something."""
COMMAND = (sys.executable, "-W", "error", "-m", "messaging_double.server")
READY = r"^READY url=(\S+)\n"
_NOTHING = threading.Event()


def environment(temporary: Path | None = None, **variables: str) -> dict[str, str]:
    """Return this process's environment without settings of the double."""
    former = {name: value for name, value in os.environ.items() if not name.startswith("MESSAGING_DOUBLE_")}
    if temporary is not None:
        temporary.mkdir(parents=True, exist_ok=True)
        variables["TMPDIR"] = str(temporary)
    return {**former, "PYTHONUNBUFFERED": "1", **variables}


def run(folder: Path, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the double that ends by itself."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=environment(folder / "tmp", **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Ask until it holds, or until the time is over; say whether it does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        _NOTHING.wait(0.005)
    return True


class Server:
    """A process that prints where it listens, in a line of standard output or standard error that ``where`` finds."""

    def __init__(
        self, folder: Path, command: Sequence[str], *, where: str = READY, on_stderr: bool = False, **variables: str
    ) -> None:
        """Start it; return once it listens."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.temporary = folder, folder / "tmp"
        self._log = folder / f"stderr-{time.monotonic_ns()}.log"
        self._out = self._log if on_stderr else self._log.with_suffix(".out")
        with self._log.open("wb") as err, self._out.open("ab") as out:
            # A process group of its own: a server with workers can be ended with all of them.
            self.process = subprocess.Popen(
                command,
                env=environment(self.temporary, **variables),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        eventually(lambda: re.search(where, self.stdout) or self.process.poll() is not None)
        found = re.search(where, self.stdout)
        if not found:
            self.close()
        assert found, (self.process.returncode, self.stdout, self.stderr)
        self.url = found[1]

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    @property
    def stdout(self) -> str:
        """What it has printed on the stream that has its URL."""
        return self._out.read_text("utf-8", "replace")

    @property
    def stderr(self) -> str:
        """Its log."""
        return self._log.read_text("utf-8", "replace")

    @property
    def cpu_seconds(self) -> float:
        """Processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime: proc(5)

    @property
    def resident_mib(self) -> float:
        """Its resident memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2

    @property
    def sockets(self) -> int:
        """How many sockets it has open: those of its connections, and its own."""
        targets = []
        for each in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                targets.append(str(each.readlink()))
        return sum(target.startswith("socket:") for target in targets)

    @property
    def open_files(self) -> int:
        """How many files and sockets it has open."""
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Send a signal, and wait for the end."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE)

    def close(self) -> None:
        """End it, whatever happened."""
        if "COVERAGE_PROCESS_CONFIG" in os.environ and self.process.poll() is None:  # killed, it would leave none
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class ServedDouble(Server):
    """``messaging-double serve`` on a free port."""

    def __init__(self, folder: Path, *flags: object, **variables: str) -> None:
        """Start it with these flags and environment variables."""
        self.port_file = folder / "port.txt"
        command = [*COMMAND, "serve", "--port", "0", "--port-file", str(self.port_file), *map(str, flags)]
        super().__init__(folder, command, **variables)
