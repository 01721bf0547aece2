"""What is known of a call when it is decided how to answer it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from messaging_double.models.records import ConfigPairs, IncomingMessage, OutgoingMessage
    from messaging_double.server.simulation.xpath import CompiledXPath


class XPathFailed(Exception):  # noqa: N818 (names what happened)
    """An XPath expression that cannot be used; its text says why."""


def _without_document(xpath: CompiledXPath) -> bool:  # noqa: ARG001 (as the field)
    return False


@dataclass(slots=True)  # not frozen: that would cost a microsecond of each call
class Asked:
    """A call whose headers and parameters are read, and nothing of it done."""

    operation: str
    plugin: str | None = None
    """The parameter Plugin, of CreateMessage the member of its message."""
    messages: Sequence[OutgoingMessage | IncomingMessage] = ()
    config: ConfigPairs | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those of HTTP, by their names in small letters."""
    meets_xpath: Callable[[CompiledXPath], bool] = _without_document
    """Whether the request's document meets an expression.  Raises ``XPathFailed``."""
