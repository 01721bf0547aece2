"""A verdict for a program, in JSON's types; nothing is truncated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .text import error, hint, text
from .verdict import FIELDS, NUMBER, number_of, to_json

if TYPE_CHECKING:
    from messaging_double.models.criteria import Criterion

    from .differences import Difference
    from .verdict import CriterionResult, Entry, NearMiss, Verdict

Json = dict[str, Any]


def report(verdict: Verdict) -> Json:
    """Return a ``Report`` or a ``FailedReport`` of ``models/control``; error and hint come first."""
    failed: Json = {} if verdict.passed else {"error": error(verdict), "hint": hint(verdict)}
    expectation = verdict.expectation
    return {
        **failed,
        "tenant": verdict.tenant,
        "box": expectation.box,
        "expected": {
            "count": expectation.in_words,
            "minimum": expectation.minimum,
            "maximum": expectation.maximum,
            "criteria": [_criterion(each) for each in expectation.criteria],
        },
        "found": verdict.found,
        "total": verdict.total,
        "matched": [number_of(expectation.box, each) for each in verdict.matching],
        "more": verdict.found - len(verdict.matching),
        "messages": [_message(verdict, each) for each in verdict.matching] if verdict.is_too_many else [],
        "nearest": [_miss(verdict, each) for each in verdict.nearest],
        "partial": verdict.is_partial,
        "text": text(verdict),
    }


def _criterion(criterion: Criterion) -> Json:
    key = {} if criterion.key is None else {"key": criterion.key}
    return {"field": criterion.field, "operator": criterion.operator, **key, "expected": to_json(criterion.value)}


def _message(verdict: Verdict, entry: Entry) -> Json:
    return {name: to_json(field.of(entry)) for name, field in FIELDS[verdict.expectation.box].items()}


def _miss(verdict: Verdict, miss: NearMiss) -> Json:
    return {
        NUMBER[verdict.expectation.box]: miss.number,
        "matched": miss.matched,
        "of": len(miss.results),
        "criteria": [_result(each) for each in miss.results],
    }


def _result(result: CriterionResult) -> Json:
    difference = {} if result.difference is None else {"difference": _difference(result.difference)}
    where = {"field": result.criterion.field, "element": result.element}
    return {
        **where,
        **_criterion(result.criterion),
        "actual": result.actual_json,
        "matched": result.matched,
        **difference,
    }


def _difference(difference: Difference) -> Json:
    why = {} if difference.explanation is None else {"why": difference.explanation}
    return {"at": difference.at, "expected": to_json(difference.expected), "actual": to_json(difference.actual), **why}
