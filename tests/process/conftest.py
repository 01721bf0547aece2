"""Processes for the tests, ended after them whatever happened; and a client that knows what is right."""

from __future__ import annotations

import contextlib
import itertools
import sys
from typing import TYPE_CHECKING, Any

import pytest

from .support.child import Child, Double
from .support.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Processes are stopped by signals and looked at through /proc here."""
    if sys.platform == "win32":
        for item in items:
            if "/tests/process/" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason="it is stopped by signals"))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Double]]:
    """Start ``messaging-double serve``, each in a folder of its own."""
    numbers = itertools.count(1)
    with contextlib.ExitStack() as at_the_end:

        def start(*flags: object) -> Double:
            return at_the_end.enter_context(contextlib.closing(Double(tmp_path / f"double{next(numbers)}", *flags)))

        yield start


@pytest.fixture
def run_child(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """Start any server."""
    with contextlib.ExitStack() as at_the_end:

        def start(command: list[str], **options: Any) -> Child:
            child = at_the_end.enter_context(contextlib.closing(Child(tmp_path / "child", command, **options)))
            child.wait_until_it_serves()
            return child

        yield start


@pytest.fixture
def client() -> Iterator[Callable[..., Client]]:
    """Connect to a server, and stay connected."""
    with contextlib.ExitStack() as at_the_end:

        def connect(child: Child, **options: Any) -> Client:
            return at_the_end.enter_context(contextlib.closing(Client(child.url, **options)))

        yield connect
