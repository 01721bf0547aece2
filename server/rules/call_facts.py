"""The facts of a call from which its reaction is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.models.operations import SENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messaging_double.models.records import ConfigPairs, IncomingMessage, OutgoingMessage
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
