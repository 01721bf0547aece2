"""Expectations, and the report on one."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import UNSET, field

from .values import Box, Count, Json, OrUnset, RequestBody, ResponseBody, WaitTime, about

_SCHEMAS = "#/components/schemas/"


class Expectation(RequestBody):
    """How many messages of a list have to match."""

    example: ClassVar[Json] = {
        "match": {"to": "+447700900001", "content": {"contains": "code"}},
        "count": 1,
        "within": "5s",
    }

    in_: Annotated[Box, about("Which list; by default the outbox.")] = "outbox"
    match: Annotated[
        dict[str, Any],
        about(
            "The criteria that a message has to meet; by default any message matches.",
            examples=[{"to": "+447700900001"}],
            extra_json_schema={"anyOf": [{"$ref": f"{_SCHEMAS}OutboxMatch"}, {"$ref": f"{_SCHEMAS}InboxMatch"}]},
        ),
    ] = field(default_factory=dict)
    count: OrUnset[Annotated[Count, about("Exactly this many; with within, as soon as there are this many.")]] = UNSET
    at_least: OrUnset[Annotated[Count, about("This many or more; by default 1.")]] = UNSET
    at_most: OrUnset[Annotated[Count, about("This many or fewer.")]] = UNSET
    never: OrUnset[Annotated[bool, about("true: none.")]] = UNSET
    within: OrUnset[
        Annotated[
            WaitTime,
            about(
                "With count and atLeast: how long to wait until there are enough; messages that come later are not "
                "seen. With atMost and never: how long to watch that there are not too many."
            ),
        ]
    ] = UNSET


class ReportCriterion(ResponseBody, kw_only=True):
    """A criterion."""

    field: str
    operator: Annotated[str, about("is, pattern, regex, contains, any, since or after.")]
    key: OrUnset[Annotated[str, about("With config: the key whose value is meant.")]] = UNSET
    expected: Any


class Difference(ResponseBody, kw_only=True):
    """Where an actual value differs from the expected one."""

    at: Annotated[int, about("The first character that differs, or the first pair of config, from 1.")]
    expected: Annotated[Any, about("What was expected there.")]
    actual: Annotated[Any, about("What is there.")]
    why: OrUnset[Annotated[str, about("What commonly causes such a difference.")]] = UNSET


class CriterionResult(ReportCriterion, kw_only=True):
    """How a message compares with a criterion."""

    element: Annotated[str, about("The path of the value in the contract; the name of a field of the double.")]
    actual: Annotated[Any, about("The value in full.")]
    matched: bool
    difference: OrUnset[Difference] = UNSET


class NearMiss(ResponseBody, kw_only=True):
    """A message that meets some of the criteria."""

    messaging_id: OrUnset[Annotated[int, about("In the outbox.")]] = UNSET
    id: OrUnset[Annotated[int, about("In the inbox.")]] = UNSET
    matched: Annotated[int, about("How many criteria it meets.")]
    of: Annotated[int, about("How many criteria there are.")]
    criteria: list[CriterionResult]


class ExpectedCount(ResponseBody):
    """How many messages are expected."""

    count: Annotated[str, about("In words.", examples=["exactly 1 message"])]
    minimum: int
    maximum: Annotated[int | None, about("null: any number.")]
    criteria: list[ReportCriterion]


class Report(ResponseBody):
    """What was expected and what was found; the response to an expectation that is met."""

    tenant: str
    box: Box
    expected: ExpectedCount
    found: Annotated[int, about("How many messages match.")]
    total: Annotated[int, about("How many messages there are.")]
    matched: Annotated[list[int], about("The ids of those that match, newest first.")]
    more: Annotated[int, about("How many further messages match.")]
    messages: Annotated[list[dict[str, Any]], about("Those of matched in full, if there are too many.")]
    nearest: Annotated[list[NearMiss], about("The nearest misses, nearest first, if there are too few.")]
    partial: Annotated[
        bool, about("Whether only the 1000 newest of the messages that meet as many criteria were compared.")
    ]
    text: Annotated[str, about("The report as text.")]


class FailedReport(Report):
    """The response to an expectation that is not met."""

    error: str
    hint: str
