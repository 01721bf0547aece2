"""What is no text of ours in a tenant's name does not let tenants meet."""

from __future__ import annotations

from itertools import combinations

import pytest
from support.envelopes import outgoing


@pytest.mark.parametrize(("one", "other"), [*combinations(["\0", "\n", "\x7f", "\ufffd"], 2)])
def test_tenants_of_different_control_characters_are_different_tenants(double, one, other) -> None:
    double.send(outgoing(), tenant=one)
    assert len(double.outbox(one)) == 1
    assert double.is_empty(other)
