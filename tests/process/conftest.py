"""Processes and connections to them, ended after the test whatever happened."""

import contextlib
import itertools
import os
import sys

import pytest
from support.processes import ServedDouble
from support.sockets import Client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip them where processes are not stopped by signals."""
    if sys.platform == "win32":
        for item in items:
            if "/tests/process/" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason="it is stopped by signals"))


@pytest.fixture
def serve(tmp_path):
    """Start ``messaging-double serve``, each in a folder of its own."""
    numbers = itertools.count(1)
    with contextlib.ExitStack() as stack:
        yield lambda *flags: stack.enter_context(ServedDouble(tmp_path / f"double{next(numbers)}", *flags))


@pytest.fixture(scope="module")
def shared_double(request, tmp_path_factory):
    """Return a double for the tests of a module, with the module's ``FLAGS``."""
    with ServedDouble(tmp_path_factory.mktemp("shared"), *request.module.FLAGS) as double:
        yield double


@pytest.fixture
def double(shared_double):
    """Return the double of the module; no tenant has anything."""
    with Client(shared_double.url) as client:
        assert client.ask("DELETE", "/_mock/v1/tenants").status == 200
    return shared_double


@pytest.fixture(scope="session")
def new_database(request):
    """Name a database that several processes may use, in a folder; with TEST_POSTGRES=1 it is PostgreSQL's."""
    if os.environ.get("TEST_POSTGRES") == "1":
        postgres = request.getfixturevalue("postgres")
        return lambda _: postgres.schema()
    return lambda folder: str(folder / "shared.sqlite")


@pytest.fixture
def shared_database(new_database, tmp_path):
    """Return the name of a database of this test."""
    return new_database(tmp_path)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def shared_pair(request, new_database, tmp_path_factory):
    """Return two doubles on one database for the tests of a module, with the module's ``CONFIGURATION``."""
    folder = tmp_path_factory.mktemp("pair")
    (folder / "double.toml").write_text(getattr(request.module, "CONFIGURATION", ""), "utf-8")
    flags = ("--database", new_database(folder), "--log-level", "warning", "--config", folder / "double.toml")
    with ServedDouble(folder / "one", *flags) as one, ServedDouble(folder / "other", *flags) as other:
        yield one, other


@pytest.fixture
def pair(shared_pair):
    """Return the two doubles of the module; no tenant has anything."""
    with Client(shared_pair[0].url) as client:
        assert client.ask("DELETE", "/_mock/v1/tenants").status == 200
    return shared_pair  # type: ignore[no-any-return]


@pytest.fixture
def connect():
    """Connect to a server."""
    with contextlib.ExitStack() as stack:

        def connected(server, **how):
            return stack.enter_context(contextlib.closing(Client(server.url, **how)))

        yield connected
