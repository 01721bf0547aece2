"""How deliveries go on: which profile a message goes by, and what its steps do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from messaging_double.models.profiles import DEFAULT, READY, Profile, Step
from messaging_double.models.records import ENDED, Delivery, StatusChange
from messaging_double.models.statuses import FINAL, NUMBERS
from messaging_double.server.simulation.identifiers import draw

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from messaging_double.models.reactions import RowStatus
    from messaging_double.models.tenant_state import TenantState
    from messaging_double.server.settings import Settings


@dataclass(frozen=True)
class Progress:
    """What one or more steps did, and how the delivery stands after them."""

    changes: tuple[StatusChange, ...]
    replies: tuple[str, ...]
    """What the recipient answered."""
    delivery: Delivery


class Profiles:
    """The profiles of a double."""

    def __init__(self, settings: Settings) -> None:
        """Know those of ``settings`` besides the ready ones."""
        self._by_name = {each.name: each for each in (*READY, *settings.profiles)}
        self._default = settings.profile
        self._of_plugins = dict(settings.plugin_profiles)
        self._numbers = {**NUMBERS, **dict(settings.statuses)}

    @property
    def all(self) -> tuple[Profile, ...]:
        """The ready ones first."""
        return tuple(self._by_name.values())

    @property
    def numbers(self) -> dict[str, int]:
        """The statuses by name."""
        return self._numbers

    def knows(self, name: str) -> bool:
        """Say whether there is such a profile."""
        return name in self._by_name

    def number(self, status: str | int) -> int:
        """Return the number of a status; KeyError for a name that there is not."""
        return status if isinstance(status, int) else self._numbers[status]

    def name_for(self, state: TenantState, plugin: str) -> str:
        """Return the name of the profile that the plugin's messages go by in a tenant."""
        of_tenant = dict(state.plugin_profiles)
        return of_tenant.get(plugin) or state.profile or self._of_plugins.get(plugin) or self._default

    def resolved(self, name: str, *source: str) -> Profile:
        """Return the profile; where it is one of several, the one that ``source`` (the seed, the message) draws."""
        profile = self._by_name.get(name) or self._by_name[DEFAULT]
        while profile.one_of:
            profile = self._by_name[profile.one_of[draw(len(profile.one_of), profile.name, *source)]]
        return profile

    def begin(self, profile: Profile, at: datetime, by: str) -> Progress:
        """Take the steps that come with the sending; a message to which they give no status is ``sent``."""
        progress = self._go_on(profile, 0, at, by)
        return replace(progress, changes=progress.changes or (StatusChange(self.number("sent"), None, at, by),))

    def fixed(self, status: RowStatus, at: datetime, by: str) -> Progress:
        """Give a message one status, after which nothing follows."""
        change = StatusChange(self.number(status.status), status.description, at, by)
        return Progress((change,), (), Delivery(by, ENDED))

    def final_name(self, status: int) -> str | None:
        """Return the name of a status after which nothing follows; ``None`` for any other."""
        return next((name for name in FINAL if self._numbers[name] == status), None)

    def step(self, delivery: Delivery, at: datetime) -> Progress | None:
        """Take the next step now, whatever it waits for, and those that follow at once; ``None`` if there is none."""
        profile = self._by_name.get(delivery.profile)
        if profile is None or delivery.done >= len(profile.steps):
            return None
        return self._go_on(profile, delivery.done, at, f"profile {profile.name}", forced=True)

    def _go_on(self, profile: Profile, done: int, at: datetime, by: str, *, forced: bool = False) -> Progress:
        begin = done
        while _is_at_once(profile.steps, done) or (forced and done == begin):
            done += 1
        taken = profile.steps[begin:done]
        replies = tuple(step.reply for step in taken if step.reply is not None)
        following = profile.steps[done] if done < len(profile.steps) else Step()
        due = None if following.after is None else at + following.after
        delivery = Delivery(profile.name, done, following.polls, due)
        return Progress(tuple(self._changes(taken, at, by)), replies, delivery)

    def _changes(self, steps: tuple[Step, ...], at: datetime, by: str) -> Iterator[StatusChange]:
        for step in steps:
            if step.status is not None:
                yield StatusChange(self.number(step.status), step.description, at, by)


def _is_at_once(steps: tuple[Step, ...], index: int) -> bool:
    return index < len(steps) and steps[index].after is not None and not steps[index].after
