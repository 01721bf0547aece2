"""A double that a whole module may use: laws have hundreds of examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.double import Double

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def shared_double() -> Iterator[Double]:
    with Double() as double:
        yield double
