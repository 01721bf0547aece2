"""Decide whether a call is answered otherwise than usual: by a rule, else by a magic recipient."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from .faults import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from messaging_double.models.rules import Reaction
    from messaging_double.server.calls.call import Call

    from .call_facts import CallFacts


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
