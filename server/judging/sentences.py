"""A verdict in a sentence each: what was found, and what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .expectation import messages
from .plain import quoted

if TYPE_CHECKING:
    from .marks import Miss
    from .verdict import Verdict


def error(verdict: Verdict) -> str:
    """Say what was expected and what was found."""
    expectation = verdict.expectation
    criteria = len(expectation.criteria)
    meeting = f" meeting {_criteria(criteria)}" if criteria else ""
    where = f"in the {expectation.box} of tenant {quoted(verdict.tenant)}"
    return f"expected {expectation.in_words}{meeting} {where}, found {verdict.found} of {messages(verdict.total)}"


def hint(verdict: Verdict) -> str:
    """Say what to look at when an expectation is not met."""
    if verdict.is_too_many:
        return "expect more, add a criterion that tells them apart, or reset the tenant before each test"
    if not verdict.total:
        return (
            f"the {verdict.expectation.box} of this tenant is empty: a tenant is the CustNNNNN in the URL that the "
            "application calls, or default if there is none"
        )
    waiting = "a message that is still under way is waited for with within, such as 5s"
    return f"{_nearest(verdict.nearest[0])}; {waiting}" if verdict.nearest else waiting


def _nearest(miss: Miss) -> str:
    unmet = " and ".join(mark.element for mark in miss.marks if not mark.met)
    return f"message {miss.number} comes nearest, but for its {unmet}"


def _criteria(count: int) -> str:
    return "1 criterion" if count == 1 else f"{count} criteria"
