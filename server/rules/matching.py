"""Match calls: the ``when`` of a rule, compiled; and why a rule is or is not about a call, criterion by criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from messaging_double.models import criteria
from messaging_double.models.rules import message_meets
from messaging_double.server.validation import ValidationError, as_json

from .xpath import PREFIXES, CompiledXPath, XPathError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from messaging_double.models.control.rules import RuleWhen
    from messaging_double.models.criteria import Criterion

    from .reactions import CallFacts

_OF_MESSAGES = ("to", "from", "content", "format")
_EXAMPLE = "//m:To[starts-with(., '+47')]"


@dataclass(frozen=True)
class Condition:
    """What a call has to meet, all of it; every call meets what is empty."""

    one_of: Mapping[str, tuple[str, ...]]
    """The operations, services and transports that are meant, by the names of these in ``when`` and in ``CallFacts``.
    """
    plugin: tuple[Criterion, ...] = ()
    config: tuple[Criterion, ...] = ()
    headers: tuple[Criterion, ...] = ()
    """Their fields are the names in lower case."""
    messages: tuple[Criterion, ...] = ()
    """One message of the call has to meet all of them."""
    xpaths: tuple[CompiledXPath, ...] = ()

    def matches(self, facts: CallFacts) -> bool:
        """Return whether a call meets it. Raise ``XPathError``."""
        return (
            all(getattr(facts, name) in wanted for name, wanted in self.one_of.items())
            and all(each.met_by(facts.plugin) for each in self.plugin)
            and all(each.met_by(facts.config) for each in self.config)
            and all(each.met_by(facts.header(each.field)) for each in self.headers)
            and (not self.messages or any(message_meets(each, self.messages) for each in facts.messages))
            and all(facts.meets_xpath(each) for each in self.xpaths)
        )


def condition_of(when: RuleWhen, where: str) -> Condition:
    """Compile a ``when``. Raise ``ValidationError`` for one that no call can meet."""
    given = criteria.members(when)
    headers = {name.lower(): value for name, value in given.get("header", {}).items()}
    names: tuple[str, ...] = ("operation", "services", "transport")
    one_of = {name: _several(given[name]) for name in names if name in given}
    soap_only = next((name for name in ("services", "xpath") if name in given), None)
    if soap_only is not None and "soap" not in one_of.get("transport", ("soap",)):
        hint = f'a call by REST has no {soap_only}: leave one of the two out, or say "transport": "soap"'
        raise ValidationError(f'{where} has {soap_only} and the transport "rest", which no call meets together', hint)
    return Condition(
        one_of=one_of,
        plugin=_criteria(given, "plugin"),
        config=_criteria(given, "config"),
        headers=criteria.parse(headers),
        messages=_criteria(given, *_OF_MESSAGES),
        xpaths=tuple(_compiled(given["xpath"], where)) if "xpath" in given else (),
    )


def _criteria(given: dict[str, Any], *names: str) -> tuple[Criterion, ...]:
    return criteria.parse({name: given[name] for name in names if name in given})


def _several(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 (a value, or a list of such)
    return tuple(value) if isinstance(value, list) else (value,)


def _compiled(value: Any, where: str) -> Iterator[CompiledXPath]:  # noqa: ANN401 (as above)
    for index, expression in enumerate(_several(value)):
        try:
            yield CompiledXPath(expression)
        except XPathError as failed:  # noqa: PERF203 (a hundred expressions at most)
            place = f"{where}.xpath[{index}]" if isinstance(value, list) else f"{where}.xpath"
            hint = f'expected an XPath 1.0 expression with the prefixes {", ".join(PREFIXES)}: "{_EXAMPLE}"'
            raise ValidationError(f"{place} is {as_json(expression)}: {failed}", hint) from None


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
    for name, wanted in when.one_of.items():
        actual = getattr(facts, name)
        yield Compared(name, list(wanted), actual, actual in wanted)
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
