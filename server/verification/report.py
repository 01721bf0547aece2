"""A verdict as text for a person, and in JSON's types for a program, where nothing is truncated."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from .verdict import COMPARED, FIELDS, NUMBER, messages, number_of, quoted, quoted_part, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messaging_double.models.criteria import Criterion

    from .comparison import Difference
    from .verdict import CriterionResult, Entry, NearMiss, Verdict

_VERBS = {
    "is": "",
    "pattern": "matches ",
    "regex": "matches regex ",
    "contains": "contains ",
    "since": "not before ",
    "after": "more than ",
}
_WIDEST = 100
"""Columns of a value that a caret can point into: most windows wrap what is longer."""
_INDENT = " " * 6
_TENANTS = 5
"""How many other tenants a hint names."""


def error(verdict: Verdict) -> str:
    """Say what was expected and what was found."""
    expectation = verdict.expectation
    criteria = len(expectation.criteria)
    meeting = f" meeting {_count_of_criteria(criteria)}" if criteria else ""
    where = f"in the {expectation.box} of tenant {quoted(verdict.tenant)}"
    return f"expected {expectation.in_words}{meeting} {where}, found {verdict.found} of {messages(verdict.total)}"


def hint(verdict: Verdict) -> str:
    """Say what to look at when an expectation is not met."""
    unmet = f"{_unmet(verdict.nearest[0])}; " if verdict.nearest else ""
    return f"{unmet}{_advice(verdict)}".removesuffix("; ")


def _advice(verdict: Verdict) -> str:
    """Return what may help with this very expectation; nothing where the difference says it all."""
    if verdict.is_too_many:
        if verdict.expectation.maximum == 0:
            return "none of these is expected: the journal has the calls that they came by"
        if not _differing(verdict):
            return "they are the same in all that was sent: the application may have sent twice"
        return "add a criterion that distinguishes them, or expect this many"
    if not verdict.total:
        return _of_empty(verdict)
    if verdict.expectation.waited:
        return "" if verdict.nearest else f"only {messages(verdict.found)} came in time"
    return "a message that is still to come can be waited for: within, such as 5s"


def _of_empty(verdict: Verdict) -> str:
    """Return why there may be no message at all."""
    box = verdict.expectation.box
    if verdict.refused is not None:
        count, why = verdict.refused
        calls = "1 call of this tenant was refused" if count == 1 else f"{count} calls of this tenant were refused"
        return f"the {box} is empty, and {calls}; the newest one: {why.removesuffix('.')}"
    empty = f"the {box} of this tenant is empty: a tenant is the CustNNNNN in the URL that the application calls, or "
    if verdict.elsewhere is None:
        return f"{empty}default without one"
    others = ", ".join(f"{quoted(name)} has {messages(count)}" for name, count in verdict.elsewhere[:_TENANTS])
    return f"{empty}default without one" + (f"; {others}" if others else "; no other tenant has any, so none arrived")


def _unmet(miss: NearMiss) -> str:
    unmet = " and ".join(each.element for each in miss.results if not each.matched)
    return f"message {miss.number} comes nearest, but for its {unmet}"


def _count_of_criteria(count: int) -> str:
    return "1 criterion" if count == 1 else f"{count} criteria"


def text(verdict: Verdict) -> str:
    """Say what was expected, what was found, and in what the nearest messages differ."""
    return "\n".join(_lines(verdict)) + "\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    yield _sentence(error(verdict))
    yield from _criteria(verdict)
    if verdict.passed:
        return
    yield ""
    yield from _matching(verdict)
    for place, miss in enumerate(verdict.nearest):
        yield from _miss(miss, "Nearest" if place == 0 else "Next")
    if verdict.is_partial:
        yield f"Of those that meet as many criteria only the {COMPARED} newest were compared: older ones may be nearer."
        yield ""
    if advice := _advice(verdict):
        yield _sentence(advice)


def _criteria(verdict: Verdict) -> Iterator[str]:
    criteria = verdict.expectation.criteria
    width = max((len(_name(criterion)) for criterion in criteria), default=0)
    for criterion in criteria:
        yield f"  {_name(criterion):{width}}  {_wanted(criterion) if _verb(criterion) else f'is {_wanted(criterion)}'}"


def _matching(verdict: Verdict) -> Iterator[str]:
    """Show the messages that match: what they have in common once, then in what each differs."""
    box, entries = verdict.expectation.box, verdict.matching
    if not entries:
        return
    differing = _differing(verdict, of_double=True)
    yield f"Message {number_of(box, entries[0])} matches:" if len(entries) == 1 else "All that match have:"
    common = [name for name in FIELDS[box] if name not in differing]
    yield from _members(verdict, entries[0], [name for name in common if _json(verdict, entries[0], name) is not None])
    yield ""
    for entry in entries if len(entries) > 1 else ():
        yield f"Message {number_of(box, entry)}:"
        yield from _members(verdict, entry, differing)
        yield ""
    if more := verdict.found - len(entries):
        yield f"{more} older ones match too."
        yield ""


def _members(verdict: Verdict, entry: Entry, names: list[str]) -> Iterator[str]:
    width = max(map(len, names), default=0)
    for name in names:
        yield f"  {name:{width}}  {quoted(_json(verdict, entry, name))}"


def _differing(verdict: Verdict, *, of_double: bool = False) -> list[str]:
    """Return in what the matching messages differ; of what clients send, unless also that ``of_double`` counts."""
    names = [name for name, field in FIELDS[verdict.expectation.box].items() if of_double or field.element is not None]
    return [name for name in names if len({quoted(_json(verdict, each, name)) for each in verdict.matching}) > 1]


def _json(verdict: Verdict, entry: Entry, name: str) -> Any:  # noqa: ANN401
    return to_json(FIELDS[verdict.expectation.box][name].of(entry))


def _miss(miss: NearMiss, rank: str) -> Iterator[str]:
    yield f"{rank}: message {miss.number} meets {miss.matched} of {len(miss.results)}:"
    for result in miss.results:
        yield f"  {'✓' if result.matched else '✗'} {result.element}"
        yield from _values(result)
    yield ""


def _values(result: CriterionResult) -> Iterator[str]:
    actual = _actual(result)
    if result.matched and result.criterion.operator == "is" and result.criterion.key is None:
        yield f"{_INDENT}{actual}"
        return
    verb = _verb(result.criterion)
    yield f"{_INDENT}expected  {_wanted(result.criterion)}"
    yield f"{_INDENT}actual    {' ' * len(verb)}{actual}"
    yield from _caret(result, actual, len(verb))
    yield from _explanation(result)


def _caret(result: CriterionResult, actual: str, offset: int) -> Iterator[str]:
    """Point to the difference, if it is one of texts and is within a line."""
    difference, value = result.difference, _single(result)
    if difference is None or not isinstance(value, str) or not isinstance(difference.actual, str):
        return
    if _is_all(result) or len(actual) > _WIDEST or _columns(actual) > _WIDEST:
        return
    before = _columns(quoted(value[: difference.at - 1])) - 1
    pointed = max(_columns(quoted(difference.actual)) - 2, 1)
    yield f"{_INDENT}          {' ' * (offset + before)}{'^' * pointed}"


def _explanation(result: CriterionResult) -> Iterator[str]:
    difference = result.difference
    if difference is None:
        return
    if not _is_all(result):
        unit = "pair" if isinstance(difference.expected, tuple) else "character"
        expected, found = quoted_part(difference.expected), quoted_part(difference.actual)
        yield f"{_INDENT}at {unit} {difference.at}: expected {expected}, found {found}"
    if difference.explanation:
        yield f"{_INDENT}{difference.explanation}"


def _is_all(result: CriterionResult) -> bool:
    """Whether the two values have nothing in common, so that their difference says nothing new."""
    return result.difference is not None and result.difference.expected == result.criterion.value


def _single(result: CriterionResult) -> Any:  # noqa: ANN401 (whatever the member is)
    return result.actual[0] if result.criterion.key is not None and len(result.actual) == 1 else result.actual


def _actual(result: CriterionResult) -> str:
    if result.criterion.key is None:
        return quoted(result.actual_json) if result.actual is not None else "null (left out, or sent as nil)"
    return ", ".join(map(quoted, result.actual)) or "no pair with this key"


def _name(criterion: Criterion) -> str:
    return criterion.field if criterion.key is None else f"{criterion.field}[{criterion.key}]"


def _verb(criterion: Criterion) -> str:
    return _VERBS.get(criterion.operator, "")


def _wanted(criterion: Criterion) -> str:
    if criterion.operator == "any":
        return "anything but null" if criterion.value else "null"
    return _verb(criterion) + quoted(to_json(criterion.value))


def _columns(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(_width(each) for each in text) if not text.isascii() else len(text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."


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
        "nearest": [_miss_json(verdict, each) for each in verdict.nearest],
        "partial": verdict.is_partial,
        "text": text(verdict),
    }


def _criterion(criterion: Criterion) -> Json:
    key = {} if criterion.key is None else {"key": criterion.key}
    return {"field": criterion.field, "operator": criterion.operator, **key, "expected": to_json(criterion.value)}


def _message(verdict: Verdict, entry: Entry) -> Json:
    return {name: to_json(field.of(entry)) for name, field in FIELDS[verdict.expectation.box].items()}


def _miss_json(verdict: Verdict, miss: NearMiss) -> Json:
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
