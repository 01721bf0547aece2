"""Doubles in processes of their own, and tenants of them for each test."""

from __future__ import annotations

import contextlib
import itertools
import sys
from typing import TYPE_CHECKING

import pytest
import requests
import zeep
from support.processes import ServedDouble
from zeep.transports import Transport

from .support.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_tenants = itertools.count(1)

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]  # processes are stopped by signals and looked at through /proc here


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDouble]:
    """Return a double as its user runs it."""
    with ServedDouble(tmp_path_factory.mktemp("double") / "double") as running:
        yield running
        assert "Traceback" not in running.stderr


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., ServedDouble]]:
    """Start a double for one test alone."""
    with contextlib.ExitStack() as at_the_end:
        yield lambda *flags: at_the_end.enter_context(ServedDouble(tmp_path / "double", *flags))


@pytest.fixture
def target(running: ServedDouble) -> Target:
    """A tenant that nobody has used."""
    return Target(running.url, f"Cust{next(_tenants)}")


@pytest.fixture(scope="session")
def session() -> Iterator[requests.Session]:
    """A client of HTTP that keeps connections, and has no opinion from the environment."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture(scope="session")
def zeep_client(running: ServedDouble, session: requests.Session) -> zeep.Client:
    """A client made from the double's WSDL."""
    transport = Transport(session=session, operation_timeout=1)
    return zeep.Client(f"{running.url}/Remote/Services88/Messaging.svc?wsdl", transport=transport)


@pytest.fixture
def zeep_service(zeep_client: zeep.Client, target: Target) -> zeep.proxy.ServiceProxy:
    """The service of the tenant, to zeep."""
    (binding,) = zeep_client.wsdl.bindings
    return zeep_client.create_service(binding, target.url)
