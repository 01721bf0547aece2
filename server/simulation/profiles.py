"""Delivery profiles: the choice of a message's profile, perhaps by a magic recipient, and the effect of its steps."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from messaging_double.models.control.values import SENDING
from messaging_double.models.identifiers import draw
from messaging_double.models.magic import FAULTS, NUMBERS, number_of, outcome_of_address
from messaging_double.models.profiles import BUILTIN_PROFILES, DEFAULT, FINAL_STATUSES, STATUSES, Profile, Step
from messaging_double.models.records import ENDED, Delivery, StatusChange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from messaging_double.models.records import TenantState
    from messaging_double.models.rules import FixedStatus, Reaction
    from messaging_double.server.calls.call import Call
    from messaging_double.server.rules.reactions import CallFacts
    from messaging_double.server.settings import Settings

_MOST_REMEMBERED = 1000
"""Recipients whose outcome is remembered: every call looks up each of its messages twice."""


class Progress(Struct, frozen=True, gc=False):
    """The effect of one or more steps, and the state of the delivery after them."""

    changes: tuple[StatusChange, ...]
    replies: tuple[str, ...]
    """Contents of the recipient's replies."""
    delivery: Delivery


class _Transition(NamedTuple):
    """The effect of steps that are taken together, at any time."""

    statuses: tuple[tuple[int, str | None], ...]
    replies: tuple[str, ...]
    done: int
    polls: int | None
    after: timedelta | None

    def at(self, now: datetime, profile: Profile, by: str) -> Progress:
        """Return their effect at this time."""
        changes = tuple([StatusChange(*status, now, by) for status in self.statuses])
        due = None if self.after is None else now + self.after
        return Progress(changes, self.replies, Delivery(profile.name, self.done, self.polls, due))


class Profiles:
    """The profiles of a double."""

    def __init__(self, settings: Settings) -> None:
        """Combine the built-in ones and those of ``settings``."""
        self._by_name = {each.name: each for each in (*BUILTIN_PROFILES, *settings.profiles)}
        self._default = settings.profile
        self._of_plugins = dict(settings.plugin_profiles)
        self._initial: dict[str, _Transition] = {}
        self.all = tuple(self._by_name.values())
        """All profiles, the built-in ones first."""
        self.numbers = {**STATUSES, **dict(settings.statuses)}
        """The statuses by name."""

    def has(self, name: str) -> bool:
        """Return whether there is a profile of this name."""
        return name in self._by_name

    def number(self, status: str | int) -> int:
        """Return the number of a status. Raise KeyError for an unknown name."""
        return status if isinstance(status, int) else self.numbers[status]

    def name_for(self, state: TenantState, plugin: str) -> str:
        """Return the name of the profile of a plugin's messages in a tenant."""
        of_tenant = dict(state.plugin_profiles).get(plugin) if state.plugin_profiles else None
        return of_tenant or state.profile or self._of_plugins.get(plugin) or self._default

    def resolved(self, name: str, *source: str) -> Profile:
        """Return the profile; if it is one of several, the one drawn by ``source`` (the seed, the message)."""
        profile = self._by_name.get(name) or self._by_name[DEFAULT]
        while profile.one_of:
            profile = self._by_name[profile.one_of[draw(len(profile.one_of), profile.name, *source)]]
        return profile

    def begin(self, profile: Profile, at: datetime, by: str) -> Progress:
        """Take the steps that are due when a message is sent; without a status from them it is ``sent``."""
        transition = self._initial.get(profile.name)
        if transition is None:
            transition = self._transition(profile, 0)
            transition = transition._replace(statuses=transition.statuses or ((self.number("sent"), None),))
            self._initial[profile.name] = transition
        return transition.at(at, profile, by)

    def fixed(self, status: FixedStatus, at: datetime, by: str) -> Progress:
        """Give a message one final status."""
        change = StatusChange(self.number(status.status), status.description, at, by)
        return Progress((change,), (), Delivery(by, ENDED))

    def final_name(self, status: int) -> str | None:
        """Return the name of a final status; ``None`` for any other."""
        return next((name for name in FINAL_STATUSES if self.numbers[name] == status), None)

    def step(self, delivery: Delivery, at: datetime) -> Progress | None:
        """Take the next step now, whatever it waits for, and those due at the same time; ``None`` if there is none."""
        profile = self._by_name.get(delivery.profile)
        if profile is None or delivery.done >= len(profile.steps):
            return None
        return self._transition(profile, delivery.done, forced=True).at(at, profile, f"profile {profile.name}")

    def _transition(self, profile: Profile, done: int, *, forced: bool = False) -> _Transition:
        """Return the effect of the next steps without a delay; with ``forced`` the first is taken in any case."""
        begin = done
        while _is_at_once(profile.steps, done) or (forced and done == begin):
            done += 1
        taken = profile.steps[begin:done]
        statuses = tuple((self.number(step.status), step.description) for step in taken if step.status is not None)
        replies = tuple(step.reply for step in taken if step.reply is not None)
        following = profile.steps[done] if done < len(profile.steps) else Step()
        return _Transition(statuses, replies, done, following.polls, following.after)


def _is_at_once(steps: tuple[Step, ...], index: int) -> bool:
    return index < len(steps) and steps[index].after is not None and not steps[index].after


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
