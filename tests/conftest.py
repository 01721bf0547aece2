"""What all tests have: a double of their own, called through WSGI."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from messaging_double.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.double import Double
    from support.postgres import Server

pytest.register_assert_rewrite("support")
pytest_plugins = ["pytester"]

# Many images say that no bytecode is to be written. These tests start hundreds of processes: each would compile anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("repeatable")


ON_POSTGRES = os.environ.get("TEST_POSTGRES") == "1"
"""Whether what the tests keep is kept in PostgreSQL, but where they name a file."""


def pytest_xdist_auto_num_workers() -> int:
    """Let ``-n auto`` be half as many again as there are processors: tests wait for processes and sockets."""
    return (os.cpu_count() or 1) * 3 // 2


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Return a PostgreSQL server; the test is skipped where there is none."""
    from support.postgres import Server  # noqa: PLC0415 - not on Windows

    server = Server()
    yield server
    server.remove()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what PostgreSQL has no part in, where the tests are to keep things in it."""
    if not ON_POSTGRES:
        return
    left_out = {each for each in items if any(map(each.get_closest_marker, ("sqlite", "no_database")))}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [each for each in items if each not in left_out]


@pytest.fixture(scope="session", autouse=True)
def _engine(request) -> Iterator[None]:
    """Keep what has no database of its own in PostgreSQL, where that is asked for."""
    if not ON_POSTGRES:
        yield
        return
    server = request.getfixturevalue("postgres")
    open_storage = Storage.open

    def open_any(database: str | None, **how) -> Storage:
        if database is not None:
            return open_storage(database, **how)
        lent = [server.lend()]
        storage = open_storage(lent[0], **how)
        close = storage.close

        def close_and_give_back() -> None:
            close()
            if lent:  # it may be closed twice
                server.give_back(lent.pop())

        storage.close = close_and_give_back  # type: ignore[method-assign]
        return storage

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Storage, "open", open_any)
        yield


# Where processes run what no test of the suite's own process runs.
TRACED = {
    *(f"cli/test_{name}.py" for name in ("cli", "commands", "whole_process")),
    *("client/test_starting.py", "faults/test_leftovers.py", "http/test_lifecycle.py"),
    *("plugin/test_fixtures.py", "storage/test_opening.py", "storage/test_postgres.py"),
    *(f"process/test_{name}.py" for name in ("https", "journal", "locked", "other_servers", "postgres")),
    *(f"process/test_{name}.py" for name in ("refused_requests", "stopping", "together", "unread_log", "workers")),
}


@pytest.fixture(scope="module", autouse=True)
def _traced(request) -> Iterator[None]:
    """Measure the coverage of the processes of these modules only: a traced process takes twice as long to start."""
    with pytest.MonkeyPatch.context() as patch:
        if request.path.relative_to(Path(__file__).parent).as_posix() not in TRACED:
            patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        yield


@pytest.fixture
def start_double() -> Iterator[Callable[..., Double]]:
    """Start doubles with whatever settings; they are closed after the test."""
    from support.double import Double  # noqa: PLC0415 (0.3 s that not every test needs)

    started: list[Double] = []

    def start(**settings) -> Double:
        started.append(Double(**settings))
        return started[-1]

    yield start
    for double in reversed(started):
        double.close()


@pytest.fixture(scope="session")
def shared_doubles() -> Iterator[dict[str, Double]]:
    """Return the doubles with default settings, not strict and strict: to make one takes longer than most tests."""
    from support.double import Double  # noqa: PLC0415 (as above)

    with Double() as lenient, Double(strict=True) as strict:
        for each in (strict, lenient):
            each.stop_listening()
        yield {"lenient": lenient, "strict": strict}


@pytest.fixture
def lend_double(shared_doubles) -> Iterator[Callable[[str], Double]]:
    """Lend a shared double to a test, without any tenant."""
    lent: list[Double] = []

    def lend(strictness: str) -> Double:
        lent.append(shared_doubles[strictness])
        lent[-1].listen()
        assert lent[-1].request("DELETE", "/_mock/v1/tenants").status == 200
        return lent[-1]

    yield lend
    for each in reversed(lent):
        each.stop_listening()


@pytest.fixture
def double(lend_double) -> Double:
    """Return a double with default settings: lenient."""
    return lend_double("lenient")


@pytest.fixture
def strict_double(lend_double) -> Double:
    """Return a double that refuses what WCF would refuse."""
    return lend_double("strict")


@pytest.fixture(params=["lenient", "strict"])
def either_double(lend_double, request) -> Double:
    """Return a double in each strictness."""
    return lend_double(request.param)
