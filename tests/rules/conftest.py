"""A double with rules, and a clock for it that a test advances."""

from __future__ import annotations

from typing import Any

import pytest
from support.envelopes import outgoing
from support.logins import HandClock

MET = {"error": {"message": "met"}}
"""An answer that differs from the usual response."""


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture(scope="session")
def make():
    """Make a rule."""

    def make(double, *, tenant="default", **rule) -> dict[str, Any]:
        answer = double.steer("POST", "rules", {"then": MET, **rule}, tenant=tenant)
        assert answer.status == 201, answer.body
        return answer.json

    return make


@pytest.fixture(scope="session")
def rules():
    """List members of the rules of a tenant, by default their names."""

    def rules(double, *members, tenant="default") -> list[Any]:
        listed = double.steer("GET", "rules", tenant=tenant).json["rules"]
        if not members:
            return [each["name"] for each in listed]
        return [tuple(each[name] for name in members) for each in listed]

    return rules


@pytest.fixture(scope="session")
def outcomes():
    """Send so many messages; return of each ``ok``, the message of the error, or the HTTP status."""

    def outcomes(double, count, tenant="") -> list[str]:
        return [_outcome(double.send(outgoing(To="+4711"), tenant=tenant)) for _ in range(count)]

    return outcomes


def _outcome(answer):
    if answer.status != 200:
        return str(answer.status)
    return "ok" if answer.succeeded else answer.exception["Message"]
