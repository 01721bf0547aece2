"""Apply magic recipients to messages, and to the calls that have them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from messaging_double.models.control.values import SENDING
from messaging_double.models.magic import FAULTS, NUMBERS, number_of, outcome_of_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messaging_double.models.rules import Reaction
    from messaging_double.server.calls.call import Call
    from messaging_double.server.rules.reactions import CallFacts
    from messaging_double.server.settings import Settings

    from .profiles import Profiles

_MOST_REMEMBERED = 1000
"""Recipients whose outcome is remembered: every call looks up each of its messages twice."""


class Magic:
    """The magic recipients of a double."""

    def __init__(self, settings: Settings, profiles: Profiles) -> None:
        """Combine the built-in ones and those of ``settings``."""
        self._profiles = profiles
        self._is_on = settings.magic_recipients
        own = {number_of(number): outcome for number, outcome in settings.magic}
        self.numbers = {**NUMBERS, **own} if self._is_on else {}
        """The profile or fault of each number."""
        self._outcome = lru_cache(_MOST_REMEMBERED)(self._look_up)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What an address of ``sim.test`` can name: profiles and faults."""
        return (*(profile.name for profile in self._profiles.all), *FAULTS) if self._is_on else ()

    def profile_for(self, recipient: str | None) -> str | None:
        """Return the profile of messages to this recipient; ``None``: that of the plugin."""
        outcome = self._outcome(recipient)
        return outcome if outcome is not None and self._profiles.has(outcome) else None

    def react(self, call: Call, facts: CallFacts) -> Reaction | None:
        """Return the reaction of the first magic recipient of a call that has one; ``None`` if none does."""
        if not self._is_on or facts.operation not in SENDING:
            return None
        for message in facts.messages:
            outcome = self._outcome(message.to)
            if outcome is not None and not self._profiles.has(outcome):
                if outcome in FAULTS:
                    return replace(FAULTS[outcome], by=f"magic {message.to}")
                call.note(f"no profile and no fault is called {outcome}: {message.to} is a recipient as any other")
        return None

    def reasons(self, call: Call, facts: CallFacts, decided: Reaction | None) -> Iterator[str]:  # noqa: ARG002 - as rules
        """Say which messages are to magic recipients."""
        for position, message in enumerate(facts.messages if facts.operation in SENDING else (), 1):
            if outcome := self._outcome(message.to):
                yield f"message {position} is to a magic recipient: {outcome}"

    def _look_up(self, recipient: str | None) -> str | None:
        if not recipient or not self._is_on:
            return None
        if "@" in recipient:
            return outcome_of_address(recipient)
        return self.numbers.get(number_of(recipient))
