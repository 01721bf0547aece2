"""Decides whether a call is answered otherwise than usual: by a rule, else by a magic recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from messaging_double.models.reactions import Reaction
    from messaging_double.server.call import Call
    from messaging_double.server.simulation.call_facts import CallFacts


class Reacting(Protocol):
    """What knows of reactions: the rule book, the magic recipients."""

    def react(self, call: Call, facts: CallFacts) -> Reaction | None:
        """Return what is to be made of the call; ``None`` if nothing."""


class Reactions:
    """The ways to a reaction, the first that has one decides."""

    def __init__(self, *ways: Reacting) -> None:
        """Ask these, in their order."""
        self._ways = ways

    def decide(self, call: Call, facts: CallFacts) -> Reaction | None:
        """Return what is to be made of the call; ``None``: it is answered as usual."""
        for way in self._ways:
            reaction = way.react(call, facts)
            if reaction is not None:
                return reaction
        return None
