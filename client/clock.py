"""The clock of a tenant."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .names import length_of, moment_of, written
from .reading import record_of
from .records import Happening

if TYPE_CHECKING:
    from .api import Api
    from .names import Json, Time

__tracebackhide__ = True


class Clock:
    """What time it is in a tenant, and turning that on: statuses, replies and expiry come by it."""

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
        return moment_of(self._api.get(self._path)["now"])

    @property
    def mode(self) -> str:
        """``real``, ``frozen`` or ``shifted``."""
        return str(self._api.get(self._path)["mode"])

    def freeze(self, at: datetime | str | None = None) -> datetime:
        """Let it stand, at this moment or where it is; return where."""
        return self._set({"mode": "frozen"} if at is None else {"mode": "frozen", "now": _moment(at)})

    def shift(self, ahead: Time) -> datetime:
        """Let it go on, so far ahead of the machine's; return what time it is then."""
        return self._set({"mode": "shifted", "ahead": length_of(ahead)})

    def run_from(self, moment: datetime | str) -> datetime:
        """Let it go on from this moment."""
        return self._set({"mode": "shifted", "now": _moment(moment)})

    def real(self) -> datetime:
        """Let it be the machine's."""
        return self._set({"mode": "real"})

    def advance(self, by: Time) -> list[Happening]:
        """Turn it on; return what was due on the way, in its order."""
        return self._advance({"by": length_of(by)})

    def advance_to(self, moment: datetime | str) -> list[Happening]:
        """Turn it on to this moment; return what was due on the way, in its order."""
        return self._advance({"to": _moment(moment)})

    def _set(self, clock: Json) -> datetime:
        return moment_of(self._api.put(self._path, clock)["now"])

    def _advance(self, way: Json) -> list[Happening]:
        happened = self._api.post(f"{self._path}/advance", way)["happened"]
        return [record_of(Happening, each) for each in happened]


def _moment(moment: datetime | str) -> str:
    return written(moment) if isinstance(moment, datetime) else moment
