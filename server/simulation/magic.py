"""Magic recipients: what they make of a message, or of the call that has one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from messaging_double.models.faults import WIRE
from messaging_double.models.magic import NUMBERS, number_of, outcome_of_address
from messaging_double.models.reactions import HttpAnswer, InBandError, Reaction, SoapFault

if TYPE_CHECKING:
    from messaging_double.server.call import Call
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation.call_facts import CallFacts
    from messaging_double.server.simulation.profiles import Profiles

_RETRY_AFTER = (("Retry-After", "2"),)
FAULTS = {
    "in-band-error": Reaction("", error=InBandError()),
    "soap-fault": Reaction("", fault=SoapFault()),
    "http-401": Reaction("", http=HttpAnswer(401)),
    "http-429": Reaction("", http=HttpAnswer(429, headers=_RETRY_AFTER)),
    "http-500": Reaction("", http=HttpAnswer(500)),
    "http-503": Reaction("", http=HttpAnswer(503, headers=_RETRY_AFTER)),
    "delay": Reaction("", delay=timedelta(seconds=2)),
    **{name: Reaction("", wire=name) for name in WIRE},
}
"""What an outcome that is no profile does to the whole call."""
_MOST_KNOWN = 1000
"""Recipients that are looked up once: every call asks twice for each of its messages."""
_SENDING = frozenset(("SendMessages", "SendMessagesWithConfig"))


class Magic:
    """The magic recipients of a double."""

    def __init__(self, settings: Settings, profiles: Profiles) -> None:
        """Know the ready ones and those of ``settings``."""
        self._profiles = profiles
        self._is_on = settings.magic_recipients
        own = {number_of(number): outcome for number, outcome in settings.magic}
        self.numbers = {**NUMBERS, **own} if self._is_on else {}
        """What the numbers stand for."""
        self._outcome = lru_cache(_MOST_KNOWN)(self._look_up)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What an address of ``sim.test`` can name: profiles and faults."""
        return (*(profile.name for profile in self._profiles.all), *FAULTS) if self._is_on else ()

    def profile_for(self, recipient: str | None) -> str | None:
        """Return the profile that messages to this recipient go by; ``None``: that of the plugin."""
        outcome = self._outcome(recipient)
        return outcome if outcome is not None and self._profiles.knows(outcome) else None

    def react(self, call: Call, facts: CallFacts) -> Reaction | None:
        """Return what the first magic recipient among those of a call makes of it; ``None``: nothing."""
        if not self._is_on or facts.operation not in _SENDING:
            return None
        for message in facts.messages:
            outcome = self._outcome(message.to)
            if outcome is not None and not self._profiles.knows(outcome):
                if outcome in FAULTS:
                    return replace(FAULTS[outcome], by=f"magic {message.to}")
                call.note(f"no profile and no fault is called {outcome}: {message.to} is a recipient as any other")
        return None

    def _look_up(self, recipient: str | None) -> str | None:
        if not recipient or not self._is_on:
            return None
        if "@" in recipient:
            return outcome_of_address(recipient)
        return self.numbers.get(number_of(recipient))
