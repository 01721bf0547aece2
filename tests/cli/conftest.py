"""What the tests of settings and commands share."""

import os
import socket

import pytest
from support.served import Sender, serving


@pytest.fixture(autouse=True)
def _nobody_elses_settings(monkeypatch):
    for variable in os.environ:
        if variable.startswith("MESSAGING_DOUBLE_") or variable == "COLUMNS":  # xdist sets that
            monkeypatch.delenv(variable)


@pytest.fixture
def config_file(tmp_path):
    def write(text):
        path = tmp_path / "double.toml"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def url():
    """Where a double is that wants a token."""
    with serving() as url:
        yield url


@pytest.fixture
def sender(url):
    return Sender(url)


@pytest.fixture
def closed_url():
    with socket.socket() as bound:  # bound and not listening: refused, and nobody else's
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
