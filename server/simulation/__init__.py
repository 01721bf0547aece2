"""Clock and scheduler of each tenant: due events are applied before state is read.

The machine's clock is the only source of the current date.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from messaging_double.models import system_clock
from messaging_double.models.durations import within_calendar
from messaging_double.models.records import Event

from .deliveries import Deliveries
from .profiles import Magic, Profiles

if TYPE_CHECKING:
    from messaging_double.models.records import TenantState
    from messaging_double.server.settings import Settings
    from messaging_double.storage import Storage, UnitOfWork

Clock = Callable[[str], datetime]
"""Returns a tenant's time, in UTC."""


def real_clock(tenant: str) -> datetime:  # noqa: ARG001 (a Clock)
    """Return the machine's time."""
    return datetime.fromtimestamp(system_clock.time(), timezone.utc)


_ZERO = timedelta(0)


class Simulation:
    """Clock and scheduler of each tenant, with the delivery profiles and magic recipients that they need."""

    def __init__(self, storage: Storage, settings: Settings, machine: Clock) -> None:
        """Keep the state in ``storage``; ``machine`` is the clock that advances by itself."""
        self._storage = storage
        self._settings = settings
        self._machine = machine
        self.profiles = Profiles(settings)
        self.magic = Magic(settings, self.profiles)
        self.deliveries = Deliveries(self.profiles)

    def now(self, tenant: str) -> datetime:
        """Return the tenant's time."""
        return self.seen(tenant)[1]

    def seen(self, tenant: str) -> tuple[TenantState, datetime]:
        """Return the tenant's state and time, without applying due events. Raise ``StorageError``."""
        state = self._storage.state(tenant)
        return state, self.time_of(state, tenant)

    def arrival(self, tenant: str) -> tuple[TenantState, datetime, datetime | None]:
        """Return what ``seen`` returns, and ``real_time``."""
        state, now = self.seen(tenant)
        return state, now, self.real_time(state, tenant)

    def real_time(self, state: TenantState, tenant: str) -> datetime | None:
        """Return the machine's time; ``None`` where the clock of a tenant in this state shows it too."""
        follows = not state.offset and (state.offset is not None or self._settings.clock is None)
        return None if state.frozen is None and follows else self._machine(tenant)

    def time_of(self, state: TenantState, tenant: str) -> datetime:
        """Return the time of a tenant in this state: frozen, offset from the machine's, or as the settings say."""
        if state.frozen is not None:
            return state.frozen
        if state.offset is not None:
            return self._machine(tenant) + state.offset
        return self._settings.clock or self._machine(tenant)

    def seconds_to_next_event(self, tenant: str) -> float | None:
        """Apply due events; return the seconds to the next one.

        ``None``: there is none, or the clock stands still. Raise ``StorageError``.
        """
        state, now = self.apply_due_events(tenant)
        if state.next_due is None or self._stands(state):
            return None
        return max(0.0, (state.next_due - now).total_seconds())

    def apply_due_events(self, tenant: str, patience: float | None = None) -> tuple[TenantState, datetime]:
        """Apply due events, and return the tenant's state and time.

        ``patience`` limits the wait for other writers, in seconds. Raise ``StorageError``.
        """
        state, now = self.seen(tenant)
        if is_due(state, now):
            with self._storage.writing(tenant, patience=patience) as work:
                self.deliveries.apply_due_events(work, tenant, now)
            state = self._storage.state(tenant)
        return state, now

    def describe_clock(self, tenant: str) -> tuple[str, datetime, timedelta]:
        """Return the mode of the tenant's clock (real, frozen, shifted), its time, and its offset."""
        state, now = self.seen(tenant)
        if self._stands(state):
            return "frozen", now, now - self._machine(tenant)
        return ("shifted" if state.offset else "real"), now, state.offset or _ZERO

    def _stands(self, state: TenantState) -> bool:
        return state.frozen is not None or (state.offset is None and self._settings.clock is not None)

    def freeze(self, tenant: str, at: datetime | None) -> None:
        """Stop the tenant's clock, now or at another time."""
        self._set(tenant, lambda now: (within_calendar(at or now), None))

    def run(self, tenant: str, offset: timedelta = _ZERO) -> None:
        """Run the tenant's clock with this offset from the machine's."""
        self._set(tenant, lambda _: (None, _microseconds(offset)))

    def run_from(self, tenant: str, at: datetime) -> None:
        """Run the tenant's clock from another time on."""
        self.run(tenant, within_calendar(at) - self._machine(tenant))

    def _set(self, tenant: str, clock: Callable[[datetime], tuple[datetime | None, int | None]]) -> None:
        """Set a tenant's clock; setting it back undoes nothing.

        ``clock`` returns, by the tenant's time, where it stands still, or its offset from the machine's.
        """
        self.apply_due_events(tenant)
        with self._storage.writing(tenant) as work:
            before = self.time_of(work.tenants.state(tenant), tenant)
            work.tickets.mark_expired(tenant, before)
            work.rules.mark_expired(tenant, before)
            frozen, offset = clock(before)
            work.tenants.set(tenant, frozen=frozen, offset=offset)

    def advance(self, tenant: str, to: Callable[[datetime], datetime]) -> tuple[datetime, list[Event]]:
        """Advance the tenant's clock; return its time then and the events that were due, in order.

        ``to`` returns the time then by the tenant's time, which another client may be advancing too.
        """
        self.apply_due_events(tenant)
        with self._storage.writing(tenant) as work:
            state = work.tenants.state(tenant)  # what the storage has cached may be older than the last commit
            before = self.time_of(state, tenant)
            now = within_calendar(to(before))
            if self._stands(state):
                work.tenants.set(tenant, frozen=now, offset=None)
            else:
                work.tenants.set(tenant, frozen=None, offset=_microseconds((state.offset or _ZERO) + now - before))
            events = [*self.deliveries.apply_due_events(work, tenant, now), *_expired(work, tenant, before, now)]
        return now, sorted(events, key=lambda each: each.at)


def is_due(state: TenantState, now: datetime) -> bool:
    """Say whether a tenant in this state has events that are to be applied."""
    return state.next_due is not None and state.next_due <= now


def _microseconds(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


def _expired(work: UnitOfWork, tenant: str, after: datetime, until: datetime) -> list[Event]:
    """Return the ends of tickets and rules in between; that they have expired is checked when they are used."""
    tickets = [
        Event(at, "ticket expired", name=str(number)) for number, at in work.tickets.expiring(tenant, after, until)
    ]
    rules = [Event(at, "rule expired", name=name) for name, at in work.rules.expiring(tenant, after, until)]
    return [*tickets, *rules]
