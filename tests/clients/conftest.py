"""One double for all clients, over a real socket.

A client library that a machine does not have is skipped; with MESSAGING_DOUBLE_ALL_CLIENTS=1 it is a failure.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from .support.double import Double, running_double
from .support.place import NEWEST, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Double]:
    with running_double(tmp_path_factory.mktemp("double")) as double:
        yield double


@pytest.fixture(scope="session")
def strict_double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Double]:
    """Return a double that refuses what the real service would refuse."""
    with running_double(tmp_path_factory.mktemp("strict-double"), "--strict") as double:
        yield double


@pytest.fixture
def place(double: Double) -> Place:
    """The newest version, for tests that do not depend on the version."""
    place = Place(double, NEWEST)
    double.reset(place.tenant)
    return place


@pytest.fixture
def place_of(double: Double) -> Callable[[int, str], Place]:
    """Any version, any spelling."""

    def of(version: int, spelling: str = "a tenant") -> Place:
        place = Place(double, version, spelling)
        double.reset(place.tenant)
        return place

    return of


@pytest.fixture(scope="session")
def installed() -> Callable[[str | None], None]:
    """Skip what a machine lacks the client for, or fail where all clients are asked for."""

    def check(missing: str | None) -> None:
        if missing is None:
            return
        if os.environ.get("MESSAGING_DOUBLE_ALL_CLIENTS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)

    return check
