"""The simulation of a double: the clocks of its tenants, and what happens as they go on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from messaging_double.models.calendar import within_calendar
from messaging_double.models.happenings import Happening
from messaging_double.server.simulation.deliveries import Deliveries
from messaging_double.server.simulation.magic import Magic
from messaging_double.server.simulation.profiles import Profiles

if TYPE_CHECKING:
    from datetime import datetime

    from messaging_double.models.tenant_state import TenantState
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation.clock import Clock
    from messaging_double.storage import Storage, UnitOfWork

_AT_ONCE = timedelta(0)


class Simulation:
    """Knows what time it is in a tenant, and lets happen what was due before anybody looks at it."""

    def __init__(self, storage: Storage, settings: Settings, machine: Clock) -> None:
        """Keep what is simulated in ``storage``; ``machine`` is the clock that goes on by itself."""
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
        """Return the tenant's state and time as they are; what is due stays due.  Raises ``StorageError``."""
        state = self._storage.state(tenant)
        return state, self.time_of(state, tenant)

    def time_of(self, state: TenantState, tenant: str) -> datetime:
        """Return the time of a tenant of this state: frozen, ahead of the machine's, or as the settings say."""
        if state.frozen is not None:
            return state.frozen
        if state.ahead is not None:
            return self._machine(tenant) + state.ahead
        return self._settings.clock or self._machine(tenant)

    def settle(self, tenant: str) -> float | None:
        """Let happen what was due; return in how many seconds something is due again.

        ``None``: nothing is, or the clock stands still.  Raises ``StorageError``.
        """
        state, now = self.settled(tenant)
        if state.next_due is None or self._stands(state):
            return None
        return max(0.0, (state.next_due - now).total_seconds())

    def settled(self, tenant: str, patience: float | None = None) -> tuple[TenantState, datetime]:
        """Apply what was due, and return the tenant's state and time.

        ``patience`` is in seconds: how long to wait for other writers, if not as long as any. Raises ``StorageError``.
        """
        state, now = self.seen(tenant)
        if state.next_due is not None and state.next_due <= now:
            with self._storage.writing(patience=patience) as work:
                self.deliveries.settle(work, tenant, now)
            state = self._storage.state(tenant)
        return state, now

    def told(self, tenant: str) -> tuple[str, datetime, timedelta]:
        """Tell the mode of the tenant's clock (real, frozen, shifted), its time, and how far that is ahead."""
        state, now = self.seen(tenant)
        if self._stands(state):
            return "frozen", now, now - self._machine(tenant)
        return ("shifted" if state.ahead else "real"), now, state.ahead or _AT_ONCE

    def _stands(self, state: TenantState) -> bool:
        return state.frozen is not None or (state.ahead is None and self._settings.clock is not None)

    def freeze(self, tenant: str, at: datetime | None) -> None:
        """Let the tenant's clock stand still, now or at another moment."""
        self._set(tenant, frozen=within_calendar(at or self.now(tenant)), ahead=None)

    def run(self, tenant: str, ahead: timedelta = _AT_ONCE) -> None:
        """Let the tenant's clock go on with the machine's, so far ahead of it."""
        self._set(tenant, frozen=None, ahead=_microseconds(ahead))

    def run_from(self, tenant: str, at: datetime) -> None:
        """Let the tenant's clock go on from another moment."""
        self.run(tenant, within_calendar(at) - self._machine(tenant))

    def _set(self, tenant: str, *, frozen: datetime | None, ahead: int | None) -> None:
        """Set a tenant's clock; should it go back, what happened before stays as it is."""
        self.settled(tenant)
        with self._storage.writing() as work:
            before = self.now(tenant)
            work.tickets.mark_expired(tenant, before)
            work.rules.mark_expired(tenant, before)
            work.tenants.set(tenant, frozen=frozen, ahead=ahead)

    def advance(self, tenant: str, by: timedelta) -> tuple[datetime, list[Happening]]:
        """Turn the tenant's clock on; return its time then and what happened on the way, in its order."""
        self.settled(tenant)
        with self._storage.writing() as work:
            state = self._storage.state(tenant)  # nobody else turns it meanwhile
            before = self.time_of(state, tenant)
            now = within_calendar(before + by)
            if self._stands(state):
                work.tenants.set(tenant, frozen=now, ahead=None)
            else:
                work.tenants.set(tenant, frozen=None, ahead=_microseconds((state.ahead or _AT_ONCE) + by))
            happened = [*self.deliveries.settle(work, tenant, now), *_ended(work, tenant, before, now)]
        return now, sorted(happened, key=lambda each: each.at)


def _microseconds(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


def _ended(work: UnitOfWork, tenant: str, after: datetime, until: datetime) -> list[Happening]:
    """Tell of the tickets and the rules whose time ended on the way; whether they hold is seen when they are used."""
    tickets = [
        Happening(at, "ticket expired", name=str(number)) for number, at in work.tickets.expiring(tenant, after, until)
    ]
    rules = [Happening(at, "rule expired", name=name) for name, at in work.rules.expiring(tenant, after, until)]
    return [*tickets, *rules]
