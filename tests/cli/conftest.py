"""What the tests of settings and commands share."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest
from support.served import Sender, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _nobody_elses_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in os.environ:
        if variable.startswith("MESSAGING_DOUBLE_") or variable == "COLUMNS":  # xdist sets that
            monkeypatch.delenv(variable)


@pytest.fixture
def config_file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "double.toml"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a double is that wants a token."""
    with serving(tmp_path_factory.mktemp("serve")) as url:
        yield url


@pytest.fixture
def sender(url: str) -> Sender:
    return Sender(url)


@pytest.fixture
def closed_url() -> Iterator[str]:
    with socket.socket() as bound:  # bound and not listening: refused, and nobody else's
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
