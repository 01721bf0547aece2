"""Doubles behind sockets, and node with the clients that npm has.

What a machine does not have is skipped; with TEST_ALL_CLIENTS=1 that is a failure.
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.sockets import Client

from messaging_double.client import MessagingDouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NODE = Path(__file__).parent / "node"
_NPM = ("npm", "install", "--no-audit", "--no-fund", "--loglevel", "error")


@dataclass(frozen=True)
class Node:
    """Node, with the packages of ``package.json``."""

    folder: Path

    def run(self, script: str, *arguments: str, ca: Path | None = None) -> Any:
        """Run a script; return the JSON that it prints."""
        environment = {**os.environ, "NODE_PATH": str(self.folder / "node_modules")}
        if ca is not None:
            environment["NODE_EXTRA_CA_CERTS"] = str(ca)
        command = ["node", str(NODE / script), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def _missing(reason: str) -> None:
    if os.environ.get("TEST_ALL_CLIENTS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def node(pytestconfig: pytest.Config) -> Node:
    """Install the packages once, beside what pytest keeps between runs."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        _missing("node and npm are not installed")
    fcntl = pytest.importorskip("fcntl", reason="the lock of parallel tests is Unix's")
    folder = pytestconfig.rootpath / ".pytest_cache" / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (NODE / "package.json").read_text("utf-8")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # parallel tests
        done = folder / "installed"
        if not done.exists() or done.read_text("utf-8") != wanted:
            (folder / "package.json").write_text(wanted, "utf-8")
            installed = subprocess.run(_NPM, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
            if installed.returncode:
                _missing(f"npm cannot install the packages: {installed.stderr[-300:]}")
            done.write_text(wanted, "utf-8")
    return Node(folder)


@dataclass(frozen=True)
class Served:
    """A double behind a socket."""

    url: str
    ca: Path | None

    def steer(self, method: str, rest: str, value: Any = None, tenant: str = "Cust12345") -> Any:
        """Ask the control API for a tenant's resource."""
        context = None if self.ca is None else ssl.create_default_context(cafile=str(self.ca))
        with Client(self.url, tls=context) as client:
            return client.control(f"{tenant}/{rest}", method, value)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Serve doubles in threads; with ``tls`` by HTTPS."""
    with ExitStack() as at_the_end:

        def start(*, tls: bool = False, **settings: Any) -> Served:
            ca = tmp_path / "ca.pem" if tls else None
            settings |= {"tls": "adhoc", "tls_ca_file": ca} if tls else {}
            return Served(at_the_end.enter_context(MessagingDouble(**settings)).url, ca)

        yield start


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    """Return a double with default settings."""
    return serve()
