"""A double for the run, and a tenant for each test, as the client has them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from messaging_double.client import MessagingDouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messaging_double.client import Tenant

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def running() -> Iterator[MessagingDouble]:
    """Return a double in a thread."""
    with MessagingDouble() as double:
        yield double


@pytest.fixture
def tenant(running) -> Tenant:
    """Return a tenant that no other test has."""
    return running.tenant(f"Cust{next(_numbers)}")
