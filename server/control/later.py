"""Answers that wait until something has arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from messaging_double.server.control.operations import Parameter
from messaging_double.server.control.problems import Problem
from messaging_double.server.shapes.values import Duration, Number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Response

LONGEST_WAIT = timedelta(minutes=10)

WAIT = Parameter(
    "wait",
    Duration(LONGEST_WAIT),
    "How long to wait for count messages, those that are there already included; then what is there is the answer.",
)
COUNT = Parameter("count", Number(1), "How many to wait for: 1 unless said otherwise.")


@dataclass(frozen=True)
class Later:
    """What a handler returns whose answer is to wait."""

    tenant: str
    ready: Callable[[], bool]
    """Asks the storage whether there is anything to wait for still."""
    seconds: float
    answer: Callable[[], Response]
    """Makes the answer, once it is ready or the time is over."""
    is_verdict: bool = False
    """Whether there is no answer before either of them."""


def awaited(
    tenant: str, query: Mapping[str, Any], count: Callable[[int], int], answer: Callable[[], Response]
) -> Response | Later:
    """Answer at once, or later where the query says ``wait``; ``count`` counts up to a number what is there."""
    if "wait" not in query:
        if "count" in query:
            raise Problem(400, "count without wait", "expected ?wait=10s&count=2; how many to show is limit: ?limit=20")
        return answer()
    wanted = query.get("count", 1)
    return Later(tenant, lambda: count(wanted) >= wanted, query["wait"].total_seconds(), answer)
