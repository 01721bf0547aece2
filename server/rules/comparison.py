"""Why a rule is or is not about a call: each thing that it asks for, and what the call has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .xpath import XPathError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from messaging_double.models.criteria import Criterion

    from .call_facts import CallFacts
    from .matching import Condition
    from .xpath import CompiledXPath


class Compared(NamedTuple):
    """One criterion of a rule, and how a call meets it."""

    criterion: str
    """The member of ``when``."""
    expected: Any
    """As it can stand in a rule."""
    actual: Any
    matched: bool


def compare(when: Condition, facts: CallFacts) -> Iterator[Compared]:
    """Compare a call with all that a rule asks for.

    Of the messages of the call it is the one that meets most: one message has to meet all that is said of messages.
    """
    if when.operations:
        yield Compared("operation", list(when.operations), facts.operation, facts.operation in when.operations)
    if when.services:
        yield Compared("services", list(when.services), facts.services, facts.services in when.services)
    if when.transports:
        yield Compared("transport", list(when.transports), facts.transport, facts.transport in when.transports)
    for each in when.plugin:
        yield _compared(each, facts.plugin)
    for each in when.config:
        yield _compared(each, facts.config, f"config.{each.key}" if each.key else "config")
    for each in when.headers:
        yield _compared(each, facts.header(each.field), f"header.{each.field}")
    if when.messages:
        yield from _nearest(when.messages, facts)
    for xpath in when.xpaths:
        yield _evaluated(xpath, facts)


def _compared(criterion: Criterion, actual: object, name: str = "") -> Compared:
    expected = criterion.value if criterion.operator == "is" else {criterion.operator: criterion.value}
    return Compared(name or criterion.field, expected, actual, criterion.met_by(actual))


def _nearest(criteria: Sequence[Criterion], facts: CallFacts) -> list[Compared]:
    """Compare the message that meets most; a call without messages has none of what is asked for."""
    each_message = [
        [_compared(each, getattr(message, "from_" if each.field == "from" else each.field)) for each in criteria]
        for message in facts.messages
    ]
    if not each_message:
        return [_compared(each, None)._replace(matched=False) for each in criteria]
    return max(each_message, key=lambda compared: sum(each.matched for each in compared))


def _evaluated(xpath: CompiledXPath, facts: CallFacts) -> Compared:
    try:
        return Compared("xpath", xpath.expression, None, facts.meets_xpath(xpath))
    except XPathError as failed:
        return Compared("xpath", xpath.expression, str(failed), matched=False)
