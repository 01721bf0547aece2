"""Calls over HTTP, as an application makes them."""

import urllib.request
from typing import Any

from .envelopes import Xml, action_of, envelope, incoming, operation, outgoing, pairs


def call(url: str, name: str, *body: str, **parameters: Any) -> bytes:
    """Call an operation of Services88 with these parameters, or whatever stands in ``body``; return the answer."""
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action_of(name)}"'}
    content = envelope(*(body or (operation(name, **parameters),)))
    with urllib.request.urlopen(urllib.request.Request(url, content, headers), timeout=30) as answer:
        return answer.read()


def send(url: str, *, plugin: str = "CM", config: dict[str, str] | None = None, **members: Any) -> bytes:
    """Send one message."""
    if config is None:
        return call(url, "SendMessages", Plugin=plugin, OutgoingMessages=[outgoing(**members)])
    how = {"Plugin": plugin, "OutgoingMessages": [outgoing(**members)], "Config": pairs(*config.items())}
    return call(url, "SendMessagesWithConfig", **how)


def create(url: str, **members: Any) -> bytes:
    """Let one message come in."""
    return call(url, "CreateMessage", Xml(f"<CreateMessage>{incoming(**members)}</CreateMessage>"))
