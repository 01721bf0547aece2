"""``T/clock``: the time of a tenant, and advancing it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from messaging_double.models.control.simulation import Advance, Advanced, Clock, Event, NewClock
from messaging_double.models.control.values import convert
from messaging_double.models.criteria import members
from messaging_double.models.durations import within_calendar
from messaging_double.server.control.operation import TENANT, ControlRequest, operation
from messaging_double.server.control.problems import Problem

if TYPE_CHECKING:
    from messaging_double.models.control.simulation import Mode
    from messaging_double.server.simulation import Simulation

_ALLOWED = {"real": set[str](), "frozen": {"now"}, "shifted": {"now", "offset"}}


class ClockResources:
    """``T/clock`` and ``T/clock/advance``."""

    def __init__(self, simulation: Simulation) -> None:
        """Set the clocks of ``simulation``."""
        self._simulation = simulation

    @operation(f"GET {TENANT}/clock", "getClock", "Show the tenant's clock.", Clock)
    def _show(self, request: ControlRequest) -> Clock:
        mode, now, offset = self._simulation.describe_clock(request.tenant)
        return Clock(cast("Mode", mode), now, offset)

    @operation(f"PUT {TENANT}/clock", "setClock", "Set the tenant's clock.", Clock, body=NewClock)
    def _set(self, request: ControlRequest) -> Clock:
        new: NewClock = request.body
        given = members(new)
        _check(new.mode, set(given) - {"mode"})
        if new.mode == "frozen":
            self._simulation.freeze(request.tenant, given.get("now"))
        elif "now" in given:
            self._simulation.run_from(request.tenant, given["now"])
        else:
            self._simulation.run(request.tenant, given.get("offset", timedelta(0)))
        return self._show(request)

    @operation(
        f"POST {TENANT}/clock/advance",
        "advanceClock",
        "Advance the tenant's clock. What becomes due is applied, each event at its own time.",
        Advanced,
        body=Advance,
    )
    def _advance(self, request: ControlRequest) -> Advanced:
        given = members(request.body)
        if len(given) > 1:
            raise Problem(400, "by and to do not go together", 'say one: {"by": "PT6H"}')
        now = self._simulation.now(request.tenant)
        by: timedelta = given["by"] if "by" in given else within_calendar(given["to"]) - now
        if by < timedelta(0):
            url = request.request.path.removesuffix("/advance")
            raise Problem(400, "to is before the tenant's now", f"PUT {url} turns it back")
        now, events = self._simulation.advance(request.tenant, by)
        return Advanced(now, convert(events, list[Event], from_attributes=True))


def _check(mode: str, given: set[str]) -> None:
    wrong = sorted(given - _ALLOWED[mode])
    if wrong or (mode == "shifted" and len(given) != 1):
        error = f"{mode} with {' and '.join(wrong or sorted(given)) or 'nothing besides'}"
        frozen = '{"mode": "frozen", "now": "2026-11-21T08:00:00Z"}'
        hint = f'say {{"mode": "real"}}, {frozen} or {{"mode": "shifted", "offset": "PT6H"}}'
        raise Problem(400, error, hint)
