"""A double as its users start it, and what the examples are run with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from messaging_double.client import MessagingDouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., subprocess.CompletedProcess[str]]

_LONGEST_SECONDS = 60
_SHORT_LIVED = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"}
"""For programs that run for a second: a Java that does not optimise them."""


@pytest.fixture(scope="session")
def double() -> Iterator[MessagingDouble]:
    with MessagingDouble(start="process", log_level="error") as double:
        yield double


@pytest.fixture
def port() -> str:
    """A port that is free, for examples that name theirs."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return str(chosen.getsockname()[1])


def run_script(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script with the double's command on the PATH; nothing may be left running."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MESSAGING_DOUBLE_")}
    return subprocess.run(
        ["bash", "-uo", "pipefail", "-c", script],
        cwd=folder,
        env={**ours, **_SHORT_LIVED, "PATH": path, "LC_ALL": "C.UTF-8", **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=_LONGEST_SECONDS,
        check=False,
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run scripts in an empty folder, or in another one."""
    return lambda script, folder=tmp_path, **variables: run_script(script, folder, **variables)
