"""``T/rules``: the tenant's rules, how often each met a call, and their making and ending."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING
from urllib.parse import quote

from messaging_double.server.control.answers import json_answer, no_content
from messaging_double.server.control.operations import PROBLEM, TENANT, Ask, Operation
from messaging_double.server.control.problems import Problem
from messaging_double.server.shapes.objects import ListOf, Member, Nullable, Object
from messaging_double.server.shapes.values import Moment, Number, Text, Word, as_json
from messaging_double.server.simulation.rule import NAME
from messaging_double.server.simulation.rules import NameTaken

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from werkzeug.wrappers import Response

    from messaging_double.models.rules import KeptRule
    from messaging_double.server.shapes.values import Json
    from messaging_double.server.simulation.rule import Rule, RuleShapes
    from messaging_double.server.simulation.rules import RuleBook

_DEFAULTS: dict[str, Json] = {"when": {}, "times": None, "skip": 0, "ttl": None, "probability": None}
_DELETED = Object("DeletedRules", (Member("deleted", Number(0), "How many there were."),), shown=True)


@dataclass(frozen=True)
class _Seen:
    """A rule at a moment of its tenant's clock."""

    kept: KeptRule
    rule: Rule
    now: datetime

    @property
    def state(self) -> str:
        return self.rule.state(self.kept, self.now)

    def given(self, name: str) -> Json:
        """Return a member as it was given."""
        return {**_DEFAULTS, **json.loads(self.kept.text)}[name]


def _shape(shapes: RuleShapes) -> Object:
    """Return the shape of a rule that is shown."""
    given = (Member(each.name, each.shape, each.help, of=_given(each.name)) for each in shapes.members)
    return Object(
        "Rule",
        (
            Member("name", Text("gateway down"), of=attrgetter("kept.name")),
            Member(
                "position", Number(1), "From 1: the order in which rules are asked.", of=attrgetter("kept.position")
            ),
            *given,
            Member("matched", Number(0), "How many calls met it while it was alive.", of=attrgetter("kept.matched")),
            Member("used", Number(0), "How many of them it answered.", of=attrgetter("kept.used")),
            Member("made", Moment(), "By the tenant's clock.", of=attrgetter("kept.made")),
            Member("expires", Nullable(Moment()), "null: never.", of=attrgetter("kept.expires")),
            Member("state", Word(("alive", "used up", "expired")), of=attrgetter("state")),
            Member("origin", Word(("file", "API")), "Who made it.", of=attrgetter("kept.origin")),
        ),
        shown=True,
    )


def _given(name: str) -> Callable[[_Seen], Json]:
    return lambda seen: seen.given(name)


class RuleResources:
    """``T/rules`` and those below it."""

    def __init__(self, book: RuleBook, clock: Callable[[str], datetime]) -> None:
        """Show and change the rules of ``book``, by the tenants' clocks."""
        self._book = book
        self._clock = clock
        self._shape = _shape(book.shapes)
        self._list_shape = Object("Rules", (Member("rules", ListOf(self._shape), "In their order."),), shown=True)

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        rules = f"{TENANT}/rules"
        one = f"{rules}/{{name}}"
        new, shown = self._book.shapes.new, self._shape
        put = "Make it, or another one in its place; its counters begin again."
        clear = "Forget all, those of the configuration file too; a reset brings those back."
        return [
            Operation("GET", rules, "listRules", "List them.", self._list, {200: self._list_shape}),
            Operation("POST", rules, "makeRule", "Make one.", self._make, {201: shown, 409: PROBLEM}, body=new),
            Operation("DELETE", rules, "deleteRules", clear, self._clear, {200: _DELETED}),
            Operation("GET", one, "getRule", "Show one.", self._show, {200: shown}),
            Operation("PUT", one, "putRule", put, self._put, {200: shown, 201: shown}, body=_nameless(new)),
            Operation("DELETE", one, "deleteRule", "Forget it.", self._delete, {204: None}),
        ]

    def _list(self, ask: Ask) -> Response:
        now = self._clock(ask.tenant)
        return json_answer({"rules": [self._seen(each, now) for each in self._book.rules(ask.tenant, now)]})

    def _make(self, ask: Ask) -> Response:
        now = self._clock(ask.tenant)
        try:
            kept = self._book.add(ask.tenant, ask.body, now)
        except NameTaken as taken:
            error = f"tenant '{ask.tenant}' has a rule '{taken}' already"
            raise Problem(409, error, f"PUT replaces it: {_url(ask.tenant)}/{quote(str(taken))}") from None
        return json_answer(self._seen(kept, now), status=201)

    def _clear(self, ask: Ask) -> Response:
        return json_answer({"deleted": self._book.clear(ask.tenant, self._clock(ask.tenant))})

    def _show(self, ask: Ask) -> Response:
        now = self._clock(ask.tenant)
        for each in self._book.rules(ask.tenant, now):
            if each.name == ask.path["name"]:
                return json_answer(self._seen(each, now))
        raise _absent(ask)

    def _put(self, ask: Ask) -> Response:
        name = self._name(ask)
        now = self._clock(ask.tenant)
        kept, is_new = self._book.put(ask.tenant, name, ask.body, now)
        return json_answer(self._seen(kept, now), status=201 if is_new else 200)

    def _delete(self, ask: Ask) -> Response:
        if not self._book.delete(ask.tenant, ask.path["name"], self._clock(ask.tenant)):
            raise _absent(ask)
        return no_content()

    def _seen(self, kept: KeptRule, now: datetime) -> Json:
        return self._shape.show(_Seen(kept, self._book.rule_of(kept), now))

    @staticmethod
    def _name(ask: Ask) -> str:
        """Return the name that a rule is to have."""
        name = NAME.read(ask.path["name"], "the name in the URL")
        if ask.body.name not in (None, name):
            raise Problem(
                400, f"name is {as_json(ask.body.name)}", f"expected that of the URL, or none: {as_json(name)}"
            )
        return name


def _absent(ask: Ask) -> Problem:
    error = f"tenant '{ask.tenant}' has no rule '{ask.path['name']}'"
    return Problem(404, error, f"those that it has are at {_url(ask.tenant)}")


def _url(tenant: str) -> str:
    return f"/_mock/v1/tenants/{quote(tenant)}/rules"


def _nameless(new: Object) -> Object:
    """Return the same, its example without a name: that of the URL is meant."""
    return replace(new, sample={name: each for name, each in new.sample.items() if name != "name"})
