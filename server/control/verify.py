"""``POST T/verify``: whether what was sent is what was expected, and if not, what comes nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.server.control import filters
from messaging_double.server.control.answers import json_answer
from messaging_double.server.control.later import LONGEST_WAIT, Later
from messaging_double.server.control.operations import PROBLEM, TENANT, Ask, Operation
from messaging_double.server.control.problems import Problem
from messaging_double.server.judging import Expectation, judge, report
from messaging_double.server.shapes.objects import Either, ListOf, MapOf, Member, Nullable, Object
from messaging_double.server.shapes.values import Duration, Number, Shape, Switch, Text, Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from messaging_double.storage import Storage

_BOXES = ("outbox", "inbox")
_MANY = 2**31 - 1


def _expectation_shape(matches: tuple[Object, ...]) -> Object:
    sample = {"match": {"to": "+447700900001", "content": {"contains": "code"}}, "count": 1, "within": "5s"}
    members = (
        Member("in", Word(_BOXES), "Where to look: the outbox unless said otherwise."),
        Member("match", Either(matches), "What a message has to meet; any without."),
        Member("count", Number(0, _MANY), "Exactly so many; with within, at the first moment when there are."),
        Member("atLeast", Number(0, _MANY), "So many or more; 1 if nothing is said."),
        Member("atMost", Number(0, _MANY), "So many or fewer."),
        Member("never", Switch(), "true: none."),
        Member(
            "within",
            Duration(LONGEST_WAIT),
            "With count and atLeast: how long to wait until there are enough; more that come later are not seen. With "
            "atMost and never: how long to watch that there are not too many.",
        ),
    )
    return Object("Expectation", members, sample)


_ANY = Shape()  # a text, a number, null, a list of pairs: whatever the member is
_CRITERION = (
    Member("field", Text("to")),
    Member("how", Text("is")),
    Member("key", Nullable(Text()), "Of config: whose value is meant.", optional=True),
    Member("expected", _ANY),
)
_DIFFERENCE = Object(
    "Difference",
    (
        Member("at", Number(1), "From which character on, or which pair of config; the first one is 1."),
        Member("expected", _ANY, "What should have been there."),
        Member("actual", _ANY, "What is."),
        Member("why", Text(), "What commonly makes such a difference.", optional=True),
    ),
    shown=True,
)
_MARK = Object(
    "Mark",
    (
        *_CRITERION,
        Member("element", Text(), "Where the contract has it; the field's name for what is ours."),
        Member("actual", _ANY, "In full."),
        Member("met", Switch()),
        Member("difference", _DIFFERENCE, optional=True),
    ),
    shown=True,
)
_MISS = Object(
    "NearMiss",
    (
        Member("messagingId", Number(), "In the outbox.", optional=True),
        Member("id", Number(), "In the inbox.", optional=True),
        Member("met", Number(0), "How many criteria it meets,"),
        Member("of", Number(0), "of how many."),
        Member("criteria", ListOf(_MARK)),
    ),
    shown=True,
)
_COUNT = Object(
    "ExpectedCount",
    (
        Member("count", Text("exactly 1 message"), "In words."),
        Member("least", Number(0)),
        Member("most", Nullable(Number(0)), "null: any number."),
        Member("criteria", ListOf(Object("Criterion", _CRITERION, shown=True))),
    ),
    shown=True,
)
_REPORT = (
    Member("tenant", Text()),
    Member("box", Word(_BOXES)),
    Member("expected", _COUNT),
    Member("found", Number(0), "How many messages match,"),
    Member("total", Number(0), "of how many."),
    Member("matched", ListOf(Number()), "The ids of those that match, newest first."),
    Member("more", Number(0), "How many further ones match."),
    Member("messages", ListOf(MapOf()), "Those of matched in full, if there are too many."),
    Member("nearest", ListOf(_MISS), "Nearest first, if there are too few."),
    Member("partial", Switch(), "Whether, of those that meet as many criteria, only the 1000 newest were compared."),
    Member("text", Text(), "All of this for a person."),
)
_PASSED = Object("Passed", _REPORT, shown=True)
_FAILED = Object("Failed", (Member("error", Text()), Member("hint", Text()), *_REPORT), shown=True)


class VerifyResources:
    """``T/verify``."""

    def __init__(self, storage: Storage, statuses: Mapping[str, int]) -> None:
        """Look into ``storage``; an expectation may name these statuses."""
        self._storage = storage
        self._filters = {"outbox": filters.outbox(statuses), "inbox": filters.INBOX}

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        about = "Verify an expectation: 200 if it is met, else 422 with the nearest misses."
        answers = {200: _PASSED, 422: _FAILED, 501: PROBLEM}
        shape = _expectation_shape(tuple(each.match for each in self._filters.values()))
        return [Operation("POST", f"{TENANT}/verify", "verify", about, self._verify, answers, body=shape)]

    def _verify(self, ask: Ask) -> Response | Later:
        expectation = self._expectation(ask.body)

        def answer() -> Response:
            with self._storage.reading() as work:
                verdict = judge(work, ask.tenant, expectation)
            return json_answer(report(verdict), status=200 if verdict.passed else 422)

        if "within" not in ask.body:
            return answer()
        decisive = _decisive(ask.body, expectation)

        def ready() -> bool:
            with self._storage.reading() as work:
                box = getattr(work, expectation.box)
                return bool(box.count(ask.tenant, expectation.criteria, at_most=decisive) >= decisive)

        return Later(ask.tenant, ready, ask.body["within"].total_seconds(), answer, is_verdict=True)

    def _expectation(self, body: dict[str, Any]) -> Expectation:
        box = body.get("in", "outbox")
        match = self._filters[box].match.read(body.get("match", {}), "match")
        least, most = _bounds(body)
        return Expectation(box, self._filters[box].of_match(match), least, most)


def _bounds(body: dict[str, Any]) -> tuple[int, int | None]:
    """Return the least and the most that are expected.  Raises ``Problem`` (400) for what contradicts itself."""
    exact = [name for name in ("count", "never") if name in body]
    ranges = [name for name in ("atLeast", "atMost") if name in body]
    if len(exact) > 1 or (exact and ranges):
        said = " and ".join([*exact, *ranges])
        raise Problem(
            400, f"{said} do not go together", 'say one: {"count": 1}, {"atLeast": 1, "atMost": 3} or {"never": true}'
        )
    if body.get("never"):
        return 0, 0
    if "count" in body:
        return body["count"], body["count"]
    most = body.get("atMost")
    least = body.get("atLeast", 1 if most is None else 0)
    if most is not None and least > most:
        raise Problem(400, f"atLeast is {least}, atMost {most}", 'say for example {"atLeast": 1, "atMost": 3}')
    return least, most


def _decisive(body: dict[str, Any], expectation: Expectation) -> int:
    """Return how many messages end the waiting: one too many where there is a maximum, else enough.

    ``count`` is a maximum only where it is 0: a test that passes does not wait for a second message all the time.
    """
    if expectation.most is not None and ("atMost" in body or not expectation.most):
        return expectation.most + 1
    return expectation.least
