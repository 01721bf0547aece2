"""A double with rules, and a clock for it that a test turns."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from support.envelopes import outgoing

MET = {"error": {"message": "met"}}
"""An answer that can be told from the usual one."""


class Clock:
    """Stands still until it is turned."""

    def __init__(self):
        self.now = datetime(2026, 11, 21, 8, 0, tzinfo=timezone.utc)

    def __call__(self, tenant):  # noqa: ARG002 (every clock is asked whose)
        return self.now

    def turn(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


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
    """List the rules of a tenant."""

    def rules(double, tenant="default") -> list[dict[str, Any]]:
        return double.steer("GET", "rules", tenant=tenant).json["rules"]

    return rules


@pytest.fixture(scope="session")
def outcomes():
    """Send so many messages, and tell of each what came: ``ok``, the message of the error, the status of HTTP."""

    def outcomes(double, count, tenant="") -> list[str]:
        return [_outcome(double.send(outgoing(To="+4711"), tenant=tenant)) for _ in range(count)]

    return outcomes


def _outcome(answer):
    if answer.status != 200:
        return str(answer.status)
    return "ok" if answer.succeeded else answer.exception["Message"]
