"""Runs of pytest in processes of their own, with the plugin and nothing of this project's own tests."""

import os
import subprocess
import sys
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

import pytest

PLUGIN = "messaging_double.client.pytest_plugin"
TESTS = Path(__file__).parents[1]


def plugins() -> list[str]:
    """Return the flags that load the plugin, where it is not found by its entry point, and leave others out."""
    installed = any(each.value == PLUGIN for each in entry_points(group="pytest11"))
    return ["-p", "no:hypothesispytest", "-p", "no:cacheprovider", *([] if installed else ["-p", PLUGIN])]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a run: nothing in it steers pytest or a double."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MESSAGING_DOUBLE_", "PYTEST_"))}
    return {**plain, "PYTHONIOENCODING": "utf-8", **variables}


def run_in(folder: Path, text: str, *flags: str, conftest: str = "", **variables: str) -> pytest.RunResult:
    """Run a test module."""
    (folder / "test_it.py").write_text(f"from support.soap_calls import send\n{text}", "utf-8")
    (folder / "conftest.py").write_text(conftest, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-W", "error", f"--rootdir={folder}", *plugins(), *flags, "test_it.py"],
        cwd=folder,
        env=environment(PYTHONPATH=str(TESTS), **variables),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return pytest.RunResult(done.returncode, done.stdout.splitlines(), done.stderr.splitlines(), 0.0)


@pytest.fixture
def run(tmp_path):
    """Run a test module in a folder of its own."""
    return partial(run_in, tmp_path)


@pytest.fixture(scope="session")
def run_once(tmp_path_factory):
    """Run a test module that several tests look at."""
    return partial(run_in, tmp_path_factory.mktemp("run"))
