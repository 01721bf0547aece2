"""Advancing a tenant's clock, and what its messages show."""

from datetime import datetime, timedelta, timezone
from typing import Any

from messaging_double.models.profiles import Profile, Step

from .double import Double

BEGIN = datetime(2026, 11, 21, 8, tzinfo=timezone.utc)
"""Where the clocks of these tests stand."""
IN_TWO_STEPS = Profile(
    "in two steps",
    steps=(Step(17, "Queued", after=timedelta(seconds=30)), Step("delivered", after=timedelta(minutes=5))),
)
"""A profile whose time goes on after its first step."""


def moment(text: str) -> datetime:
    """Read a moment of the control API."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def after(text: str) -> float:
    """Return how many seconds after ``BEGIN`` a moment of the control API is."""
    return (moment(text) - BEGIN) / timedelta(seconds=1)


def steer(double: Double, method: str, rest: str, value: Any = None, *, tenant: str = "default") -> Any:
    """Send a request of the control API for a tenant; return its JSON."""
    answer = double.steer(method, rest, value, tenant=tenant)
    assert answer.status in (200, 201), answer
    return answer.json


def advance(double: Double, by: str = "PT6H", *, tenant: str = "default") -> list[dict[str, Any]]:
    """Advance a tenant's clock; return the events that became due."""
    events: list[dict[str, Any]] = steer(double, "POST", "clock/advance", {"by": by}, tenant=tenant)["events"]
    return events


def history(double: Double, messaging_id: int = 1, *, tenant: str = "default") -> list[tuple[int, float, str]]:
    """Return the statuses that a message had, when, in seconds after ``BEGIN``, and by whom."""
    message = steer(double, "GET", f"outbox/{messaging_id}", tenant=tenant)
    changes = [(each["status"], after(each["at"]), each["by"]) for each in message["statuses"]]
    current = message["statuses"][-1]
    assert (message["status"], message["statusDescription"]) == (current["status"], current["statusDescription"])
    assert message["updated"] == current["at"]
    return changes


def numbers(double: Double, messaging_id: int = 1, *, tenant: str = "default") -> list[int]:
    """Return the statuses that a message had."""
    return [status for status, _, _ in history(double, messaging_id, tenant=tenant)]


def polled(double: Double, messaging_id: int = 1) -> int:
    """Poll a message by GetDeliveryStatus; return its status."""
    ((status, _, _),) = double.get_status(messaging_id).statuses or ()
    return status


def conversation(double: Double, session_key: str, *, tenant: str = "default") -> list[tuple[str, str | None]]:
    """Return the directions and the contents of a thread."""
    messages = steer(double, "GET", f"threads/{session_key}", tenant=tenant)["messages"]
    return [(each["direction"], each["content"]) for each in messages]


def inbox(double: Double, *, tenant: str = "default") -> list[tuple[str | None, str | None, str | None, float]]:
    """Return what came in, oldest first: from, to, content, and when, in seconds after ``BEGIN``."""
    return [(each["from"], each["to"], each["content"], after(each["registered"])) for each in double.inbox(tenant)][
        ::-1
    ]
