"""``T/clock``: what time it is in a tenant, and turning that on."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from messaging_double.models import durations
from messaging_double.models.calendar import BeyondCalendarError, within_calendar
from messaging_double.server.control.answers import json_answer
from messaging_double.server.control.operations import TENANT, Ask, Operation
from messaging_double.server.control.problems import Problem
from messaging_double.server.shapes.objects import ListOf, Member, Nullable, Object
from messaging_double.server.shapes.values import Duration, Moment, Number, Text, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Response

    from messaging_double.server.simulation import Simulation

_MODES = ("real", "frozen", "shifted")

_CLOCK = Object(
    "Clock",
    (
        Member("mode", Word(_MODES), "real: the machine's; shifted: as far from it as ahead says; frozen: it stands."),
        Member("now", Moment()),
        Member("ahead", Duration(), "How far it is ahead of the machine's; begins with - where it is behind."),
    ),
    shown=True,
)
_NEW_CLOCK = Object(
    "NewClock",
    (
        Member("mode", Word(_MODES), required=True),
        Member("now", Moment(), "Where it stands, or goes on from; frozen without it: where it is."),
        Member("ahead", Duration(), "Of shifted: how far ahead of the machine's it goes on."),
    ),
    {"mode": "frozen", "now": Moment().example},
)
_HAPPENING = Object(
    "Happening",
    (
        Member("at", Moment(), "When it was due.", of=attrgetter("at")),
        Member("what", Word(("status", "reply", "ticket expired", "rule expired")), of=attrgetter("what")),
        Member(
            "messagingId", Nullable(Number()), "Whose status, or what was replied to.", of=attrgetter("messaging_id")
        ),
        Member("status", Nullable(Number()), of=attrgetter("status")),
        Member("inboxId", Nullable(Number()), "Of the reply.", of=attrgetter("inbox_id")),
        Member("name", Nullable(Text()), "Of the rule; the number of the ticket.", of=attrgetter("name")),
    ),
    shown=True,
)
_ADVANCE = Object(
    "Advance",
    (Member("by", Duration(), "So long."), Member("to", Moment(), "To this moment.")),
    {"by": "PT6H"},
    empty=False,
)
_ADVANCED = Object(
    "Advanced",
    (Member("now", Moment()), Member("happened", ListOf(_HAPPENING), "What was due on the way, in its order.")),
    shown=True,
)


class ClockResources:
    """``T/clock`` and ``T/clock/advance``."""

    def __init__(self, simulation: Simulation) -> None:
        """Turn the clocks of ``simulation``."""
        self._simulation = simulation

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        clock = f"{TENANT}/clock"
        advance = "Turn it on; what was due on the way has happened then, each thing at its own moment."
        return [
            Operation("GET", clock, "getClock", "Tell what time it is.", self._show, {200: _CLOCK}),
            Operation("PUT", clock, "setClock", "Set it.", partial(_turn, self._set), {200: _CLOCK}, body=_NEW_CLOCK),
            Operation(
                "POST",
                f"{clock}/advance",
                "advanceClock",
                advance,
                partial(_turn, self._advance),
                {200: _ADVANCED},
                body=_ADVANCE,
            ),
        ]

    def _show(self, ask: Ask) -> Response:
        mode, now, ahead = self._simulation.told(ask.tenant)
        return json_answer({"mode": mode, "now": Moment().show(now), "ahead": durations.written(ahead)})

    def _set(self, ask: Ask) -> Response:
        given: Mapping[str, Any] = ask.body
        _check(given)
        if given["mode"] == "frozen":
            self._simulation.freeze(ask.tenant, given.get("now"))
        elif "now" in given:
            self._simulation.run_from(ask.tenant, given["now"])
        else:
            self._simulation.run(ask.tenant, given.get("ahead", timedelta(0)))
        return self._show(ask)

    def _advance(self, ask: Ask) -> Response:
        if len(ask.body) > 1:
            raise Problem(400, "by and to do not go together", 'say one: {"by": "PT6H"}')
        by = ask.body["by"] if "by" in ask.body else within_calendar(ask.body["to"]) - self._simulation.now(ask.tenant)
        if by < timedelta(0):
            raise Problem(
                400, "to is before the tenant's now", f"PUT {ask.request.path.removesuffix('/advance')} turns it back"
            )
        now, happened = self._simulation.advance(ask.tenant, by)
        return json_answer({"now": Moment().show(now), "happened": [_HAPPENING.show(each) for each in happened]})


def _turn(handler: Callable[[Ask], Response], ask: Ask) -> Response:
    try:
        return handler(ask)
    except BeyondCalendarError as error:
        hint = f'expected a moment of these: {{"mode": "frozen", "now": "{Moment().example}"}}'
        raise Problem(400, str(error), hint) from None


def _check(given: Mapping[str, Any]) -> None:
    allowed = {"real": set(), "frozen": {"now"}, "shifted": {"now", "ahead"}}[given["mode"]]
    wrong = sorted(set(given) - {"mode"} - allowed)
    if wrong or (given["mode"] == "shifted" and len(given) != 2):  # noqa: PLR2004 (mode and one of the two)
        error = f"{given['mode']} with {' and '.join(wrong or sorted(set(given) - {'mode'})) or 'nothing besides'}"
        frozen = '{"mode": "frozen", "now": "2026-11-21T08:00:00Z"}'
        hint = f'say {{"mode": "real"}}, {frozen} or {{"mode": "shifted", "ahead": "PT6H"}}'
        raise Problem(400, error, hint)
