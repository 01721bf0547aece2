"""The clock of a tenant."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from messaging_double.models.control.simulation import Advanced, Event
from messaging_double.models.control.simulation import Clock as ClockState

from .values import length_of, written

if TYPE_CHECKING:
    from .api import Api
    from .values import ClockMode, Json, Time

__tracebackhide__ = True


class Clock:
    """The clock of a tenant; moving it forward applies what becomes due: statuses, replies, expiry."""

    def __init__(self, api: Api, tenant: str) -> None:
        """``tenant`` is the path of its resources."""
        self._api = api
        self._tenant = tenant
        self._path = f"{tenant}/clock"

    def __repr__(self) -> str:
        return f"<clock of {self._tenant.partition('/')[2]}>"

    @property
    def now(self) -> datetime:
        """What time it is, in UTC."""
        return self._state().now

    @property
    def mode(self) -> ClockMode:
        """``real``, ``frozen`` or ``shifted``."""
        return self._state().mode

    def freeze(self, at: datetime | str | None = None) -> datetime:
        """Stop it, at this moment or where it is; return where."""
        return self._set({"mode": "frozen"} if at is None else {"mode": "frozen", "now": _moment(at)})

    def shift(self, offset: Time) -> datetime:
        """Let it run this far ahead of the machine's clock; return what time it is then."""
        return self._set({"mode": "shifted", "offset": length_of(offset)})

    def run_from(self, moment: datetime | str) -> datetime:
        """Let it run from this moment on."""
        return self._set({"mode": "shifted", "now": _moment(moment)})

    def real(self) -> datetime:
        """Let it be the machine's clock."""
        return self._set({"mode": "real"})

    def advance(self, by: Time) -> list[Event]:
        """Move it forward; return what became due, in its order."""
        return self._advance({"by": length_of(by)})

    def advance_to(self, moment: datetime | str) -> list[Event]:
        """Move it forward to this moment; return what became due, in its order."""
        return self._advance({"to": _moment(moment)})

    def _state(self) -> ClockState:
        return self._api.get(self._path, ClockState)

    def _set(self, clock: Json) -> datetime:
        return self._api.put(self._path, ClockState, clock).now

    def _advance(self, how: Json) -> list[Event]:
        return self._api.post(f"{self._path}/advance", Advanced, how).events


def _moment(moment: datetime | str) -> str:
    return written(moment) if isinstance(moment, datetime) else moment
