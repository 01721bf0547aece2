"""One double for all clients, over a real socket.

A client library that a machine does not have is skipped; with TEST_ALL_CLIENTS=1 it is a failure.
"""

from collections.abc import Callable, Iterator

import pytest
from support.processes import ServedDouble

from .support.place import Place


@pytest.fixture(scope="session")
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDouble]:
    with ServedDouble(tmp_path_factory.mktemp("double")) as double:
        yield double


@pytest.fixture(scope="session")
def strict_double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDouble]:
    """Return a double that refuses what the real service would refuse."""
    with ServedDouble(tmp_path_factory.mktemp("strict-double"), "--strict") as double:
        yield double


@pytest.fixture
def place_of(double: ServedDouble) -> Callable[..., Place]:
    """Any version, any spelling."""

    def of(version: int = 88, spelling: str = "a tenant") -> Place:
        place = Place(double, version, spelling)
        place.control("reset", "POST")
        return place

    return of


@pytest.fixture
def place(place_of: Callable[..., Place]) -> Place:
    """The newest version, for tests that do not depend on the version."""
    return place_of()
