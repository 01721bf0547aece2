"""Runs of pytest with the plugin and nothing of this project's own tests."""

import os
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from support.soap_calls import send

from messaging_double.client import MessagingDouble

TESTS = Path(__file__).parents[1]
PLUGIN = "messaging_double.client.pytest_plugin"


def plugins():
    """Return the flags that load the plugin, where it is not found by its entry point, and leave others out."""
    installed = any(each.value == PLUGIN for each in entry_points(group="pytest11"))
    return ["-p", "no:hypothesispytest", "-p", "no:cacheprovider", *([] if installed else ["-p", PLUGIN])]


@pytest.fixture(scope="session", autouse=True)
def _everything_is_imported():
    """Use a double: what is imported first while pytester runs would be imported again, beside its former self."""
    with MessagingDouble() as double:
        send(double.soap_url())
        double.verify()


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    """Let nothing in the environment steer pytest or a double."""
    for name in os.environ:
        if name.startswith(("MESSAGING_DOUBLE_", "PYTEST_")):
            monkeypatch.delenv(name)


@pytest.fixture
def run(pytester):
    """Run a test module in a folder of its own."""
    return partial(run_in, pytester, pytester.runpytest_inprocess)


@pytest.fixture
def run_in_a_process(pytester, monkeypatch):
    """Do so in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    return partial(run_in, pytester, pytester.runpytest_subprocess)


def run_in(pytester, run, text, *flags, conftest=""):
    pytester.makeconftest(conftest)
    pytester.makepyfile(test_it=f"from support.soap_calls import send\n{text}")
    return run("-W", "error", *plugins(), *flags, "test_it.py")
