"""What all tests have: a double of their own, called through WSGI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.double import Double

pytest.register_assert_rewrite("support")

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("repeatable")


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


@pytest.fixture
def double(start_double) -> Double:
    """Return a double with default settings: lenient."""
    return start_double()


@pytest.fixture
def strict_double(start_double) -> Double:
    """Return a double that refuses what WCF would refuse."""
    return start_double(strict=True)


@pytest.fixture(params=[False, True], ids=["lenient", "strict"])
def either_double(start_double, request) -> Double:
    """Return a double in each strictness."""
    return start_double(strict=request.param)
