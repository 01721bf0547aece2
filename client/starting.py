"""Starts doubles: in a thread of this process, or the command in a process of its own."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from .errors import StartFailed
from .values import written

if TYPE_CHECKING:
    from collections.abc import Mapping

__tracebackhide__ = True

_READY = "READY url="
_LAST_LINES = 20
_STOP_SECONDS = 5.0
_VARIABLES = "MESSAGING_DOUBLE_"


class Started(Protocol):
    """A double that runs."""

    url: str

    def stop(self) -> None:
        """End it."""


def server_is_here() -> bool:
    """Whether the server is installed beside the client."""
    return find_spec("messaging_double.server") is not None


def start_in_thread(settings: Mapping[str, Any]) -> Started:
    """Start a double in a thread of this process. Raises ``StartFailed``."""
    from messaging_double.server.running.background import BackgroundDouble, StartError  # noqa: PLC0415 (heavy)

    try:
        return BackgroundDouble({name: to_json(value) for name, value in settings.items()})
    except StartError as error:
        raise StartFailed(str(error)) from None


def to_json(value: Any) -> Any:  # noqa: ANN401 (any setting)
    """Return a value of Python's as the configuration file has it: texts, numbers, lists, tables."""
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [to_json(each) for each in value]
    return {key: to_json(each) for key, each in value.items()} if isinstance(value, dict) else value


class StartedProcess:
    """The command in a process of its own, on a free port."""

    def __init__(self, settings: Mapping[str, Any], seconds: float) -> None:
        """Start it, and wait at most so many ``seconds`` until it is ready. Raises ``StartFailed``.

        The environment's ``MESSAGING_DOUBLE_…`` do not reach it.
        """
        with ExitStack() as if_it_fails:
            folder = Path(
                tempfile.mkdtemp(prefix="messaging-double-")
            )  # TemporaryDirectory ends with any forked process
            if_it_fails.callback(shutil.rmtree, folder, ignore_errors=True)
            config = folder / "settings.toml"
            config.write_text(toml({"port": 0, **settings}), "utf-8")
            self._log: IO[bytes] = if_it_fails.enter_context((folder / "log.txt").open("w+b"))
            self._process = self._begin(config)
            if_it_fails.callback(self._end)
            self.url = self._ready(seconds)
            self._at_the_end = if_it_fails.pop_all()

    def stop(self) -> None:
        """End it, and what it has left behind."""
        self._at_the_end.close()

    def _begin(self, config: Path) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_VARIABLES)}
        try:
            return subprocess.Popen(  # noqa: S603 (our own command)
                [*_command(), "serve", "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=environment,
            )
        except OSError as error:
            raise StartFailed(f"The command messaging-double cannot be run ({error}).") from None

    def _ready(self, seconds: float) -> str:
        lines: queue.Queue[bytes] = queue.Queue()
        out = self._process.stdout
        reader = threading.Thread(target=lambda: lines.put(out.readline() if out else b""), daemon=True)
        reader.start()
        try:
            line = lines.get(timeout=seconds).decode()
        except queue.Empty:
            raise StartFailed(f"The double was not ready within {seconds:g} seconds.{self._last_lines()}") from None
        if not line.startswith(_READY):
            status = self._process.wait(_STOP_SECONDS)
            raise StartFailed(f"The double ended with exit status {status}.{self._last_lines()}")
        return line.removeprefix(_READY).strip()

    def _last_lines(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").splitlines()[-_LAST_LINES:]
        return "".join(f"\n  {line}" for line in lines)

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


def toml(settings: Mapping[str, Any]) -> str:
    """Write settings as a configuration file."""
    return "".join(f"{name.replace('_', '-')} = {_toml(to_json(value))}\n" for name, value in settings.items())


def _toml(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items() if each is not None)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, (str, bool, int, float)):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    raise StartFailed(f"{value!r} is no value that a setting can have")


def _command() -> list[str]:
    if server_is_here():
        return [sys.executable, "-m", "messaging_double.server"]
    return [shutil.which("messaging-double") or "messaging-double"]
