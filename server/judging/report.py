"""A verdict for a program: values of JSON's types, nothing truncated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .expectation import FIELDS, NUMBER
from .marks import number_of
from .plain import plain
from .sentences import error, hint
from .text import text

if TYPE_CHECKING:
    from messaging_double.models.criteria import Criterion

    from .differences import Difference
    from .marks import Entry, Mark, Miss
    from .verdict import Verdict

Json = dict[str, Any]


def report(verdict: Verdict) -> Json:
    """Return what was expected and what was found.

    - ``error`` and ``hint``, if it failed: what is wrong and what to look at, in a sentence each
    - ``tenant``, ``box``
    - ``expected``: ``count`` in words, ``least``, ``most`` (null: any number), ``criteria`` of ``field``, ``how``,
      ``key`` (of Config only) and ``expected``
    - ``found``: how many messages match; ``total``: how many there are; ``matched``: the ids of those that match,
      newest first; ``more``: how many further ones match
    - ``messages``: those of ``matched`` in full, if there are too many
    - ``nearest``: the nearest misses, nearest first, if there are too few; each with its ``messagingId`` or ``id``, how
      many criteria it has ``met`` ``of`` how many, and its ``criteria``: as in ``expected``, with ``element``,
      ``actual``, ``met`` and, where it helps, ``difference``: ``at`` which character (of Config: which pair), from 1,
      what was ``expected`` and what is ``actual`` there, ``why``
    - ``partial``: whether, of those that meet as many criteria, only the newest ``COMPARED`` were compared
    - ``text``: the same for a person
    """
    failed: Json = {} if verdict.passed else {"error": error(verdict), "hint": hint(verdict)}
    expectation = verdict.expectation
    return {
        **failed,
        "tenant": verdict.tenant,
        "box": expectation.box,
        "expected": {
            "count": expectation.in_words,
            "least": expectation.least,
            "most": expectation.most,
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
    return {"field": criterion.field, "how": criterion.how, **key, "expected": plain(criterion.value)}


def _message(verdict: Verdict, entry: Entry) -> Json:
    return {name: plain(field.of(entry)) for name, field in FIELDS[verdict.expectation.box].items()}


def _miss(verdict: Verdict, miss: Miss) -> Json:
    return {
        NUMBER[verdict.expectation.box]: miss.number,
        "met": miss.met,
        "of": len(miss.marks),
        "criteria": [_mark(each) for each in miss.marks],
    }


def _mark(mark: Mark) -> Json:
    difference = {} if mark.difference is None else {"difference": _difference(mark.difference)}
    where = {"field": mark.criterion.field, "element": mark.element}
    return {**where, **_criterion(mark.criterion), "actual": mark.shown, "met": mark.met, **difference}


def _difference(difference: Difference) -> Json:
    why = {} if difference.why is None else {"why": difference.why}
    return {"at": difference.at, "expected": plain(difference.expected), "actual": plain(difference.actual), **why}
