"""``T/verify``: whether messages are as expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from messaging_double.models.control import about
from messaging_double.models.control.verification import Expectation as ExpectationBody
from messaging_double.models.control.verification import FailedReport, Report
from messaging_double.server.control import lists
from messaging_double.server.control.operation import TENANT, ControlRequest, operation
from messaging_double.server.control.responses import LongPoll, Problem, json_response
from messaging_double.server.validation import decode
from messaging_double.server.verification.report import report
from messaging_double.server.verification.verdict import Expectation, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from messaging_double.storage import Storage

_FILTERS = {"outbox": lists.OUTBOX, "inbox": lists.INBOX}
_COUNTS = {"count": "count", "never": "never", "at_least": "atLeast", "at_most": "atMost"}


class VerifyResources:
    """``T/verify``."""

    def __init__(self, storage: Storage, statuses: Mapping[str, int]) -> None:
        """Look into ``storage``; an expectation may use the names of ``statuses``."""
        self._storage = storage
        self._statuses = statuses

    @operation(
        f"POST {TENANT}/verify",
        "verify",
        "Verify an expectation: 200 if it is met, else 422 with the nearest misses.",
        Report,
        body=ExpectationBody,
        others={422: FailedReport, 501: about.Problem},
        needs_journal=True,
    )
    def _verify(self, request: ControlRequest) -> Response | LongPoll:
        body: ExpectationBody = request.body
        matching = _FILTERS[body.in_]
        criteria = matching.of_match(decode(body.match, matching.match, "match"), self._statuses)
        minimum, maximum = _bounds(body)
        expectation = Expectation(body.in_, criteria, minimum, maximum, waited=body.within is not UNSET)

        def respond() -> Response:
            with self._storage.reading() as work:
                verdict = verify(work, request.tenant, expectation)
            return json_response(report(verdict), 200 if verdict.passed else 422)

        if body.within is UNSET:
            return respond()
        decisive = _decisive(body, minimum, maximum)

        def ready() -> bool:
            with self._storage.reading() as work:
                collection = getattr(work, body.in_)
                return bool(collection.count(request.tenant, criteria, at_most=decisive) >= decisive)

        return LongPoll(request.tenant, ready, body.within, respond, is_verdict=True)


def _bounds(body: ExpectationBody) -> tuple[int, int | None]:
    """Return the minimum and the maximum. Raise ``Problem`` (400) for members that contradict each other."""
    given = {name: getattr(body, name) for name in _COUNTS if getattr(body, name) is not UNSET}
    if len(given) > 1 and given.keys() != {"at_least", "at_most"}:
        said = " and ".join(_COUNTS[name] for name in given)
        hint = 'say one: {"count": 1}, {"atLeast": 1, "atMost": 3} or {"never": true}'
        raise Problem(400, f"{said} do not go together", hint)
    if given.get("never"):
        return 0, 0
    if "count" in given:
        return given["count"], given["count"]
    maximum: int | None = given.get("at_most")
    minimum: int = given.get("at_least", 1 if maximum is None else 0)
    if maximum is not None and minimum > maximum:
        hint = 'say for example {"atLeast": 1, "atMost": 3}'
        raise Problem(400, f"atLeast is {minimum}, atMost {maximum}", hint)
    return minimum, maximum


def _decisive(body: Any, minimum: int, maximum: int | None) -> int:
    """Return how many messages end the waiting: one too many if there is a maximum, else enough.

    ``count`` is a maximum only if it is 0: a test that passes does not wait for a second message all the time.
    """
    if maximum is not None and (body.at_most is not UNSET or not maximum):
        return maximum + 1
    return minimum
