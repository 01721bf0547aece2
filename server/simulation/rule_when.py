"""The ``when`` of a rule: which calls it is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from messaging_double.models.operations import MESSAGING, PRINCIPAL
from messaging_double.models.versions import VERSIONS
from messaging_double.server.shapes.headers import Headers
from messaging_double.server.shapes.matches import MOST_KEYS, pairs_criteria, pairs_matcher, text_matcher, ways
from messaging_double.server.shapes.objects import Member, Object, OneOrMore
from messaging_double.server.shapes.values import Address, Json, Text, Word
from messaging_double.server.simulation.xpath import PREFIXES, CompiledXPath, XPathFailed

if TYPE_CHECKING:
    from messaging_double.models.criteria import Criterion
    from messaging_double.models.records import IncomingMessage, OutgoingMessage
    from messaging_double.server.simulation.call_facts import CallFacts

_ATTRIBUTES = {"to": "to", "from": "from_", "content": "content", "format": "format"}
"""The members of messages that a rule can ask for, and the fields of the records."""


@dataclass(frozen=True)
class When:
    """What a call has to meet, all of it; what is empty, every call meets."""

    operations: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    plugin: tuple[Criterion, ...] = ()
    config: tuple[Criterion, ...] = ()
    headers: tuple[Criterion, ...] = ()
    """Their fields are the names in small letters."""
    messages: tuple[Criterion, ...] = ()
    """Some message of the call meets all of them."""
    xpaths: tuple[CompiledXPath, ...] = ()

    def met_by(self, facts: CallFacts) -> bool:
        """Say whether a call meets it.  Raises ``XPathFailed``."""
        return (
            (not self.operations or facts.operation in self.operations)
            and (not self.services or facts.services in self.services)
            and all(each.met_by(facts.plugin) for each in self.plugin)
            and all(each.met_by(facts.config) for each in self.config)
            and all(each.met_by(facts.header(each.field)) for each in self.headers)
            and (not self.messages or any(_meets(each, self.messages) for each in facts.messages))
            and all(facts.meets_xpath(each) for each in self.xpaths)
        )


def _meets(message: OutgoingMessage | IncomingMessage, criteria: tuple[Criterion, ...]) -> bool:
    return all(each.met_by(getattr(message, _ATTRIBUTES[each.field])) for each in criteria)


@dataclass(frozen=True)
class _XPath(Text):
    """An XPath expression."""

    sample: str = "//m:To[starts-with(., '+47')]"

    @property
    def expected(self) -> str:
        return f"an XPath 1.0 expression with the prefixes {', '.join(PREFIXES)}"

    def read(self, value: Json, where: str) -> Any:
        text = super().read(value, where)
        try:
            return CompiledXPath(text)
        except XPathFailed as failed:
            raise self.refusal(value, where, f": {failed}") from None


@dataclass(frozen=True)
class _Headers(Headers):
    """What the HTTP headers of some names are to be; null is one that is not there."""

    def read(self, value: Json, where: str) -> Any:
        given = super().read(value, where)
        return tuple(criterion for name, each in given.items() for criterion in ways(name.lower(), each))


@dataclass(frozen=True)
class _When(Object):
    """The object of JSON, read as a ``When``."""

    def read(self, value: Json, where: str) -> Any:
        given = super().read(value, where)
        named = [(name, given[name]) for name in _ATTRIBUTES if name in given]
        return When(
            operations=given.get("operation", ()),
            services=given.get("services", ()),
            plugin=tuple(ways("plugin", given["plugin"])) if "plugin" in given else (),
            config=tuple(pairs_criteria("config", given["config"])) if "config" in given else (),
            headers=given.get("header", ()),
            messages=tuple(each for name, value in named for each in ways(name, value)),
            xpaths=given.get("xpath", ()),
        )

    def show(self, value: Any) -> Json:
        return value


_several = partial(OneOrMore, most=MOST_KEYS)
_SERVICES = tuple(each.name for each in VERSIONS.values())
_SOME = "Some message meets this, and whatever is said of the others of to, from, content and format."
WHEN = _When(
    "RuleWhen",
    (
        Member("operation", _several(Word((*MESSAGING, *PRINCIPAL))), "The operation, or one of several."),
        Member("services", _several(Word(_SERVICES)), "The Services version."),
        Member("plugin", text_matcher(Text("CM")), "The parameter Plugin; of CreateMessage its message's."),
        Member("to", text_matcher(Address()), _SOME),
        Member("from", text_matcher(Address()), _SOME),
        Member("content", text_matcher(Text("code")), _SOME),
        Member("format", text_matcher(Text("sms/text")), _SOME),
        Member("config", pairs_matcher(), "The parameter Config: all its pairs, or what those of some keys are."),
        Member("header", _Headers(text_matcher(Text()), "User-Agent", MOST_KEYS), "HTTP headers, in any letter case."),
        Member("xpath", _several(_XPath()), "What the envelope meets, all of it if there are several."),
    ),
    {"operation": "SendMessages", "to": {"pattern": "+47*"}},
)
