"""A double for the run, and a tenant for each test, as the client has them."""

import itertools

import pytest

from messaging_double.client import MessagingDouble

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def running():
    """Return a double in a thread."""
    with MessagingDouble() as double:
        yield double


@pytest.fixture
def tenant(running):
    """Return a tenant that no other test has."""
    return running.tenant(f"Cust{next(_numbers)}")
