"""What belongs together: a message and its call, a call and the rules."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from .journal import Exchange
from .values import ResponseBody, about


class ComparedCriterion(ResponseBody):
    """One criterion of a rule, compared with a call."""

    criterion: Annotated[str, Meta(description="The member of the rule's when.", examples=["to"])]
    expected: Annotated[Any, about("What the rule asks for.")]
    actual: Annotated[Any, about("What the call has; of its messages the one that matches most.")]
    matched: bool


class ComparedRule(ResponseBody):
    """A rule, compared with a call."""

    name: str
    state: Annotated[Literal["active", "exhausted", "expired"], about("The state now.")]
    matched: Annotated[bool, about("Whether the call matches all criteria.")]
    criteria: list[ComparedCriterion]


class ComparedRules(ResponseBody):
    """The rules of a tenant, compared with a call."""

    rules: Annotated[list[ComparedRule], about("In their order; empty if the request was not a call.")]


class ExchangeOfMessage(ResponseBody):
    """The call that a message was sent by."""

    exchange: Annotated[Exchange | None, about("null if the journal does not have it any more.")]
