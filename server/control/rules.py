"""``T/rules``: the rules of a tenant, and how often each matched a call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from messaging_double.models.control import about
from messaging_double.models.control.rules import DeletedRules, NamedRule, NewRule, Rule, RuleName, Rules
from messaging_double.server.control.operation import TENANT, ControlRequest, operation
from messaging_double.server.control.responses import Problem, absent, json_response
from messaging_double.server.rules.book import NameTakenError
from messaging_double.server.rules.language import ParsedRule, parse
from messaging_double.server.validation import as_json, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from werkzeug.wrappers import Response

    from messaging_double.models.rules import StoredRule
    from messaging_double.server.rules.book import RuleBook

_RULES = f"{TENANT}/rules"
_ONE = f"{_RULES}/{{name}}"
_DEFAULTS: dict[str, Any] = {"when": {}, "times": None, "skip": 0, "ttl": None, "probability": None}
_CLEAR = "Delete all rules, those of the configuration file too, which a reset restores."


class RuleResources:
    """Rules."""

    def __init__(self, book: RuleBook, clock: Callable[[str], datetime], profiles: Collection[str]) -> None:
        """Show and change the rules of ``book``, by the tenants' clocks; new ones may name these ``profiles``."""
        self._book = book
        self._clock = clock
        self._profiles = profiles

    @operation(f"GET {_RULES}", "listRules", "List the rules.", Rules)
    def _list(self, request: ControlRequest) -> Rules:
        now = self._clock(request.tenant)
        return Rules([self._shown(each, now) for each in self._book.rules(request.tenant, now)])

    @operation(
        f"POST {_RULES}", "createRule", "Create a rule.", Rule, status=201, body=NewRule, others={409: about.Problem}
    )
    def _create(self, request: ControlRequest) -> Rule:
        now = self._clock(request.tenant)
        try:
            stored = self._book.add(request.tenant, self._parsed(request), now)
        except NameTakenError as taken:
            error = f"tenant '{request.tenant}' has a rule '{taken}' already"
            raise Problem(
                409, error, f"PUT replaces it: /_mock/v1/tenants/{quote(request.tenant)}/rules/{quote(str(taken))}"
            ) from None
        return self._shown(stored, now)

    @operation(f"DELETE {_RULES}", "deleteRules", _CLEAR, DeletedRules)
    def _clear(self, request: ControlRequest) -> DeletedRules:
        return DeletedRules(self._book.clear(request.tenant, self._clock(request.tenant)))

    @operation(f"GET {_ONE}", "getRule", "Show a rule.", Rule)
    def _show(self, request: ControlRequest) -> Rule:
        now = self._clock(request.tenant)
        for each in self._book.rules(request.tenant, now):
            if each.name == request.path["name"]:
                return self._shown(each, now)
        raise _absent(request)

    @operation(
        f"PUT {_ONE}",
        "putRule",
        "Create a rule, or replace the one of this name. Its counters begin at 0.",
        Rule,
        body=NamedRule,
        others={201: Rule},
    )
    def _put(self, request: ControlRequest) -> Response:
        name = decode(request.path["name"], RuleName, "the name in the URL")
        given = self._parsed(request)
        if given.name not in (None, name):
            hint = f"expected the name in the URL, or none: {as_json(name)}"
            raise Problem(400, f"name is {as_json(given.name)}", hint)
        now = self._clock(request.tenant)
        stored, is_new = self._book.put(request.tenant, name, given, now)
        return json_response(self._shown(stored, now), 201 if is_new else 200)

    @operation(f"DELETE {_ONE}", "deleteRule", "Delete a rule.")
    def _delete(self, request: ControlRequest) -> None:
        if not self._book.delete(request.tenant, request.path["name"], self._clock(request.tenant)):
            raise _absent(request)

    def _parsed(self, request: ControlRequest) -> ParsedRule:
        return parse(request.body, request.json, self._profiles)

    def _shown(self, stored: StoredRule, now: datetime) -> Rule:
        """Return a rule as the control API shows it: what was given, as it was given, and its counters."""
        given = {**_DEFAULTS, **json.loads(stored.text)}
        state = self._book.parsed(stored).state(stored, now)
        kept = ("name", "position", "matched", "used", "made", "expires", "origin")
        return Rule(**{name: getattr(stored, name) for name in kept}, **given, state=state)


def _absent(request: ControlRequest) -> Problem:
    return absent(request.tenant, f"rule '{request.path['name']}'", "rules")
