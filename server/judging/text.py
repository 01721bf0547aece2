"""A verdict for a person: plain text, nothing truncated, values quoted as JSON so that white space shows."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from .expectation import FIELDS
from .marks import number_of
from .plain import plain, quoted, quoted_part
from .sentences import error, hint
from .verdict import COMPARED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messaging_double.models.criteria import Criterion

    from .marks import Entry, Mark, Miss
    from .verdict import Verdict

_SAID = {"is": "", "pattern": "matches ", "contains": "contains ", "since": "not before ", "after": "more than "}
_WIDEST = 100
"""Columns of a value that a caret can point into: most windows wrap what is longer."""
_INDENT = " " * 6


def text(verdict: Verdict) -> str:
    """Say what was expected, what was found, and in what the nearest messages differ."""
    return "\n".join(_passed(verdict) if verdict.passed else _failed(verdict)) + "\n"


def _passed(verdict: Verdict) -> Iterator[str]:
    yield _sentence(error(verdict))
    yield from _criteria(verdict)


def _failed(verdict: Verdict) -> Iterator[str]:
    yield _sentence(error(verdict))
    yield from _criteria(verdict)
    yield ""
    if verdict.is_too_many:
        for entry in verdict.matching:
            yield from _message(verdict, entry)
        if more := verdict.found - len(verdict.matching):
            yield f"{more} older ones match too."
            yield ""
    for place, miss in enumerate(verdict.nearest):
        yield from _miss(miss, "Nearest" if place == 0 else "Next")
    if verdict.is_partial:
        yield f"Of those that meet as many criteria only the {COMPARED} newest were compared: older ones may be nearer."
        yield ""
    yield _sentence(hint(verdict))


def _criteria(verdict: Verdict) -> Iterator[str]:
    criteria = verdict.expectation.criteria
    width = max((len(_name(criterion)) for criterion in criteria), default=0)
    for criterion in criteria:
        yield f"  {_name(criterion):{width}}  {_wanted(criterion) if _said(criterion) else f'is {_wanted(criterion)}'}"


def _message(verdict: Verdict, entry: Entry) -> Iterator[str]:
    fields = FIELDS[verdict.expectation.box]
    width = max(map(len, fields))
    yield f"Message {number_of(verdict.expectation.box, entry)}:"
    for name, field in fields.items():
        yield f"  {name:{width}}  {quoted(plain(field.of(entry)))}"
    yield ""


def _miss(miss: Miss, rank: str) -> Iterator[str]:
    yield f"{rank}: message {miss.number} meets {miss.met} of {len(miss.marks)}:"
    for mark in miss.marks:
        yield f"  {'✓' if mark.met else '✗'} {mark.element}"
        yield from _values(mark)
    yield ""


def _values(mark: Mark) -> Iterator[str]:
    actual = _actual(mark)
    if mark.met and mark.criterion.how == "is" and mark.criterion.key is None:
        yield f"{_INDENT}{actual}"
        return
    said = _said(mark.criterion)
    yield f"{_INDENT}expected  {_wanted(mark.criterion)}"
    yield f"{_INDENT}actual    {' ' * len(said)}{actual}"
    yield from _caret(mark, actual, len(said))
    yield from _why(mark)


def _caret(mark: Mark, actual: str, offset: int) -> Iterator[str]:
    """Point to the difference, if it is one of texts and is within a line."""
    difference, value = mark.difference, _single(mark)
    if difference is None or not isinstance(value, str) or not isinstance(difference.actual, str):
        return
    if _is_all(mark) or len(actual) > _WIDEST or _columns(actual) > _WIDEST:
        return
    before = _columns(quoted(value[: difference.at - 1])) - 1
    pointed = max(_columns(quoted(difference.actual)) - 2, 1)
    yield f"{_INDENT}          {' ' * (offset + before)}{'^' * pointed}"


def _why(mark: Mark) -> Iterator[str]:
    difference = mark.difference
    if difference is None:
        return
    if not _is_all(mark):
        unit = "pair" if isinstance(difference.expected, tuple) else "character"
        expected, found = quoted_part(difference.expected), quoted_part(difference.actual)
        yield f"{_INDENT}at {unit} {difference.at}: expected {expected}, found {found}"
    if difference.why:
        yield f"{_INDENT}{difference.why}"


def _is_all(mark: Mark) -> bool:
    """Whether the two values have nothing in common, so that their difference says nothing new."""
    return mark.difference is not None and mark.difference.expected == mark.criterion.value


def _single(mark: Mark) -> Any:  # noqa: ANN401 (whatever the member is)
    return mark.actual[0] if mark.criterion.key is not None and len(mark.actual) == 1 else mark.actual


def _actual(mark: Mark) -> str:
    if mark.criterion.key is None:
        return quoted(mark.shown) if mark.actual is not None else "null (left out, or sent as nil)"
    return ", ".join(map(quoted, mark.actual)) or "no pair with this key"


def _name(criterion: Criterion) -> str:
    return criterion.field if criterion.key is None else f"{criterion.field}[{criterion.key}]"


def _said(criterion: Criterion) -> str:
    return _SAID.get(criterion.how, "")


def _wanted(criterion: Criterion) -> str:
    if criterion.how == "any":
        return "anything but null" if criterion.value else "null"
    return _said(criterion) + quoted(plain(criterion.value))


def _columns(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(_width(each) for each in text) if not text.isascii() else len(text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."
