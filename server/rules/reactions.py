"""Decide whether a call is answered otherwise than usual: by a rule, else by a magic recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from messaging_double.models.reactions import Reaction
    from messaging_double.server.call import Call

    from .call_facts import CallFacts


class Reacting(Protocol):
    """A source of reactions: the rule book, the magic recipients."""

    def react(self, call: Call, facts: CallFacts) -> Reaction | None:
        """Return the reaction to a call; ``None`` if there is none."""


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
