"""Asks a double whether an expectation is met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .errors import ExpectationFailed, NotArrived
from .names import length_of, seconds_of
from .reading import record_of
from .records import Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .api import Api
    from .names import Json, Time

__tracebackhide__ = True

_PASSED, _FAILED = 200, 422

BoxName = Literal["outbox", "inbox"]


def verify(api: Api, tenant: str, expectation: Mapping[str, Json], within: Time | None = None) -> Report:
    """Return the report of an expectation that is met, ``within`` this time if it is said.

    ``tenant`` is the path of its resources.  Raises ``ExpectationFailed`` with the report of one that is not.
    """
    report = _asked(api, tenant, expectation, within)
    if "error" in report.more:
        raise ExpectationFailed(report.text, report)
    return report


def arrived(api: Api, tenant: str, expectation: Mapping[str, Json], timeout: Time) -> Report:
    """Return the report of messages that have come, or come in time.  Raises ``NotArrived``."""
    report = _asked(api, tenant, expectation, timeout)
    if "error" in report.more:
        raise NotArrived(report.text, report)
    return report


def _asked(api: Api, tenant: str, expectation: Mapping[str, Json], within: Time | None) -> Report:
    wait = {} if within is None else {"within": length_of(within)}
    seconds = 0.0 if within is None else seconds_of(within)
    answer = api.ask("POST", f"{tenant}/verify", {**expectation, **wait}, wait=seconds, outcomes=(_PASSED, _FAILED))
    return record_of(Report, api.read(answer))
