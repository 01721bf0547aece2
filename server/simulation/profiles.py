"""How deliveries go on: which profile a message goes by, and what its steps do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from messaging_double.models.identifiers import draw
from messaging_double.models.profiles import DEFAULT, READY, Profile, Step
from messaging_double.models.records import ENDED, Delivery, StatusChange
from messaging_double.models.statuses import FINAL, NUMBERS

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from messaging_double.models.reactions import RowStatus
    from messaging_double.models.tenant_state import TenantState
    from messaging_double.server.settings import Settings


class Progress(Struct, frozen=True, gc=False):
    """What one or more steps did, and how the delivery stands after them."""

    changes: tuple[StatusChange, ...]
    replies: tuple[str, ...]
    """What the recipient answered."""
    delivery: Delivery


class _Move(NamedTuple):
    """What steps do that are taken together, whenever that is."""

    statuses: tuple[tuple[int, str | None], ...]
    replies: tuple[str, ...]
    done: int
    polls: int | None
    after: timedelta | None

    def at(self, now: datetime, profile: Profile, by: str) -> Progress:
        """Return what they do at this moment."""
        changes = tuple([StatusChange(number, description, now, by) for number, description in self.statuses])
        due = None if self.after is None else now + self.after
        return Progress(changes, self.replies, Delivery(profile.name, self.done, self.polls, due))


class Profiles:
    """The profiles of a double."""

    def __init__(self, settings: Settings) -> None:
        """Know those of ``settings`` besides the ready ones."""
        self._by_name = {each.name: each for each in (*READY, *settings.profiles)}
        self._default = settings.profile
        self._of_plugins = dict(settings.plugin_profiles)
        self._beginnings: dict[str, _Move] = {}
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
        of_tenant = dict(state.plugin_profiles) if state.plugin_profiles else {}
        return of_tenant.get(plugin) or state.profile or self._of_plugins.get(plugin) or self._default

    def is_drawn(self, name: str) -> bool:
        """Say whether the profile is one of several, and so another one for each message."""
        profile = self._by_name.get(name)
        return profile is not None and bool(profile.one_of)

    def resolved(self, name: str, *source: str) -> Profile:
        """Return the profile; where it is one of several, the one that ``source`` (the seed, the message) draws."""
        profile = self._by_name.get(name) or self._by_name[DEFAULT]
        while profile.one_of:
            profile = self._by_name[profile.one_of[draw(len(profile.one_of), profile.name, *source)]]
        return profile

    def begin(self, profile: Profile, at: datetime, by: str) -> Progress:
        """Take the steps that come with the sending; a message to which they give no status is ``sent``."""
        move = self._beginnings.get(profile.name)
        if move is None:
            move = self._move(profile, 0)
            move = move._replace(statuses=move.statuses or ((self.number("sent"), None),))
            self._beginnings[profile.name] = move
        return move.at(at, profile, by)

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
        return self._move(profile, delivery.done, forced=True).at(at, profile, f"profile {profile.name}")

    def _move(self, profile: Profile, done: int, *, forced: bool = False) -> _Move:
        """Return what the next steps do: those that come at once, and with ``forced`` the first in any case."""
        begin = done
        while _is_at_once(profile.steps, done) or (forced and done == begin):
            done += 1
        taken = profile.steps[begin:done]
        statuses = tuple((self.number(step.status), step.description) for step in taken if step.status is not None)
        replies = tuple(step.reply for step in taken if step.reply is not None)
        following = profile.steps[done] if done < len(profile.steps) else Step()
        return _Move(statuses, replies, done, following.polls, following.after)


def _is_at_once(steps: tuple[Step, ...], index: int) -> bool:
    return index < len(steps) and steps[index].after is not None and not steps[index].after
