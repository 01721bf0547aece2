"""Decide from the facts of a call whether it is answered otherwise than usual: by a rule, else by a magic recipient."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from messaging_double.models.control.values import SENDING

from .faults import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from messaging_double.models.records import ConfigPairs, IncomingMessage, OutgoingMessage
    from messaging_double.models.rules import Reaction
    from messaging_double.server.calls.call import Call

    from .xpath import CompiledXPath, XPathDocument

_OF_CGI = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
"""Headers whose WSGI variables come from CGI (PEP 3333)."""


class CallFacts:
    """A call whose headers and parameters are read, before it is carried out."""

    plugin: str | None = None
    """The parameter Plugin; of CreateMessage the member of its message."""
    messages: Sequence[OutgoingMessage | IncomingMessage] = ()
    _document: XPathDocument | None = None
    _config: Sequence[Sequence[str | None] | None] | None = None

    def __init__(
        self, call: Call, operation: str, parameters: Sequence[Any], parse: Callable[[bytes, str], Any] | None
    ) -> None:
        """Take the facts from the parameters of an operation, in the contract's order.

        ``parse`` makes the request's document from its bytes and their encoding, if it was not parsed yet; ``None`` for
        a call that has no XML.
        """
        self._call = call
        self._parse = parse
        self.operation = operation
        self.services = call.services
        if operation in SENDING:
            self.plugin = parameters[0]
            messages = parameters[1] or ()
            self.messages = messages if None not in messages else [each for each in messages if each is not None]
            if len(parameters) > len(("Plugin", "OutgoingMessages")):
                self._config = parameters[2]
        elif operation == "CreateMessage":
            if parameters[0] is not None:
                self.plugin, self.messages = parameters[0].plugin, parameters[:1]
        elif operation == "SetDeliveryStatus":
            self.plugin = parameters[0]

    @property
    def transport(self) -> str:
        """``soap`` or ``rest``."""
        return "rest" if self._parse is None else "soap"

    @property
    def config(self) -> ConfigPairs | None:
        """The parameter Config."""
        return pairs_of(self._config)

    def header(self, name: str) -> str | None:
        """Return an HTTP header by its name in lower case."""
        variable = _OF_CGI.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        value: str | None = self._call.environ.get(variable)
        return value

    def meets_xpath(self, xpath: CompiledXPath) -> bool:
        """Return whether the request's document meets an expression. Raise ``XPathError``."""
        call = self._call
        if self._parse is None:
            return False
        if self._document is None:
            from .xpath import XPathDocument  # noqa: PLC0415 (a rule has loaded it)

            document = self._parse(call.body, "utf-8") if call.document is None else call.document
            self._document = XPathDocument(document, call.soap, call.version.namespace)
        return self._document.meets(xpath)


def pairs_of(config: Sequence[Sequence[str | None] | None] | None) -> ConfigPairs | None:
    """Return the pairs of a dictionary of the contract, without nil ones."""
    return None if config is None else tuple((pair[0], pair[1]) for pair in config if pair is not None)


class Reacting(Protocol):
    """A source of reactions: the rule book, the magic recipients."""

    def react(self, call: Call, facts: CallFacts) -> Reaction | None:
        """Return the reaction to a call; ``None`` if there is none."""

    def reasons(self, call: Call, facts: CallFacts, decided: Reaction | None) -> Iterable[str]:
        """Say why it reacts so, for the log: without texts of the call, which may be secret."""


class Reactions:
    """Sources of reactions, of which the first that has one decides."""

    def __init__(self, *sources: Reacting) -> None:
        """Try these, in their order."""
        self._sources = sources

    def decide(self, call: Call, facts: CallFacts) -> Reaction | None:
        """Return the reaction to a call; ``None``: it is answered as usual."""
        for source in self._sources:
            reaction = source.react(call, facts)
            if reaction is not None:
                return reaction
        return None

    def reasons(self, call: Call, facts: CallFacts, decided: Reaction | None) -> Iterator[str]:
        """Say why a call was decided so."""
        for source in self._sources:
            yield from source.reasons(call, facts, decided)
        if decided is None:
            yield "no rule and no magic recipient answers: as usual"
        else:
            fault = describe(decided, instead=True)
            yield f"answered by {json.dumps(decided.by)}: {fault or 'a status or profile of its messages'}"
