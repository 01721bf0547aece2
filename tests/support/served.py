"""A double that wants a token, and an application that sends to it and runs its commands."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from messaging_double.client import MessagingDouble
from messaging_double.server import cli

from .envelopes import outgoing, pairs
from .processes import COMMAND
from .soap_calls import call
from .sockets import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "a-token-of-the-control-api"  # noqa: S105 - of these doubles
__all__ = ["COMMAND", "TOKEN", "Sender", "serving"]
_NAMES = count(1)


@contextmanager
def serving(**settings: Any) -> Iterator[str]:
    """Serve a double that wants a token, in a thread; give its URL."""
    with MessagingDouble(control_token=TOKEN, **settings) as double:
        yield double.url


class Sender:
    """An application that sends to a tenant of a double."""

    def __init__(self, url: str) -> None:
        """Have a tenant of its own at ``url``."""
        self.url = url
        self.tenant = f"Cust{next(_NAMES)}"
        self.double = ["--url", url, "--token", TOKEN]
        self.where = [*self.double, "--tenant", self.tenant]

    def send(self, *messages: dict[str, str], config: tuple[tuple[str, str], ...] = ()) -> None:
        """Send messages in one call."""
        every = {"Plugin": "CM", "OutgoingMessages": [outgoing(**each) for each in messages]}
        name, more = ("SendMessagesWithConfig", {"Config": pairs(*config)}) if config else ("SendMessages", {})
        call(self.url + path_of(self.tenant), name, **every, **more)

    def run(self, command: str, *arguments: str) -> int:
        """Run a command; return its exit status."""
        return cli.main([command, *self.where, *arguments])

    def verify(self, *arguments: str) -> int:
        """Run ``verify``; return its exit status."""
        return self.run("verify", *arguments)
