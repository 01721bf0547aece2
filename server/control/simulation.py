"""``/_mock/v1/profiles``, ``/_mock/v1/magic``, ``/_mock/v1/faults``, ``T/profile`` and ``T/clock``."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from msgspec import UNSET

from messaging_double.models.control.simulation import (
    Advance,
    Advanced,
    ChosenProfiles,
    Clock,
    Event,
    Fault,
    Faults,
    MagicRecipients,
    NewClock,
    NewProfiles,
    Profile,
    Profiles,
)
from messaging_double.models.control.values import convert
from messaging_double.models.criteria import members
from messaging_double.models.faults import FAULTS
from messaging_double.server.control.operation import TENANT, V1, ControlRequest, operation
from messaging_double.server.control.responses import Problem
from messaging_double.server.validation import as_json

if TYPE_CHECKING:
    from datetime import datetime

    from messaging_double.models.control.simulation import Mode
    from messaging_double.server.simulation import Simulation
    from messaging_double.storage import Storage

_ALLOWED = {"real": set[str](), "frozen": {"now"}, "shifted": {"now", "offset"}}


class SimulationResources:
    """What the simulation has, and the profiles of a tenant."""

    def __init__(self, storage: Storage, simulation: Simulation) -> None:
        """Show what ``simulation`` has."""
        self._storage = storage
        self._simulation = simulation

    @operation(
        f"GET {V1}/profiles", "listProfiles", "List the delivery profiles and the statuses.", Profiles, is_open=True
    )
    def _profiles(self, _: ControlRequest) -> Profiles:
        profiles = self._simulation.profiles
        return Profiles(convert(profiles.all, list[Profile], from_attributes=True), profiles.numbers)

    @operation(f"GET {V1}/magic", "listMagic", "List the magic recipients.", MagicRecipients, is_open=True)
    def _magic(self, _: ControlRequest) -> MagicRecipients:
        magic = self._simulation.magic
        return MagicRecipients(dict(magic.numbers), list(magic.outcomes))

    @operation(f"GET {V1}/faults", "listFaults", "List the faults that rules can inject.", Faults, is_open=True)
    def _faults(self, _: ControlRequest) -> Faults:
        return Faults(
            [Fault(each.name, each.then, each.processed, each.does, each.seen, each.needs_wire) for each in FAULTS]
        )

    @operation(f"GET {TENANT}/profile", "getProfile", "Show the profiles that a tenant has set.", ChosenProfiles)
    def _show(self, request: ControlRequest) -> ChosenProfiles:
        state = self._storage.state(request.tenant)
        return ChosenProfiles(state.profile, dict(state.plugin_profiles))

    @operation(
        f"PUT {TENANT}/profile",
        "setProfile",
        "Set the profiles of the messages that are sent from now on.",
        ChosenProfiles,
        body=NewProfiles,
    )
    def _choose(self, request: ControlRequest) -> ChosenProfiles:
        new: NewProfiles = request.body
        profile = None if new.profile is UNSET else new.profile
        plugins = {} if new.plugins is UNSET else new.plugins
        for name in (profile, *plugins.values()):
            if name is not None and not self._simulation.profiles.has(name):
                known = ", ".join(each.name for each in self._simulation.profiles.all)
                hint = f'there are {known}: for example {{"profile": "fails"}}'
                raise Problem(400, f"there is no profile {as_json(name)}", hint)
        with self._storage.writing() as work:
            stored = json.dumps(plugins) if plugins else None
            work.tenants.set(request.tenant, profile=profile, plugin_profiles=stored)
        return self._show(request)


class ClockResources:
    """``T/clock`` and ``T/clock/advance``."""

    def __init__(self, simulation: Simulation) -> None:
        """Set the clocks of ``simulation``."""
        self._simulation = simulation

    @operation(f"GET {TENANT}/clock", "getClock", "Show the tenant's clock.", Clock)
    def _show(self, request: ControlRequest) -> Clock:
        mode, now, offset = self._simulation.describe_clock(request.tenant)
        return Clock(cast("Mode", mode), now, offset)

    @operation(f"PUT {TENANT}/clock", "setClock", "Set the tenant's clock.", Clock, body=NewClock)
    def _set(self, request: ControlRequest) -> Clock:
        new: NewClock = request.body
        given = members(new)
        _check(new.mode, set(given) - {"mode"})
        if new.mode == "frozen":
            self._simulation.freeze(request.tenant, given.get("now"))
        elif "now" in given:
            self._simulation.run_from(request.tenant, given["now"])
        else:
            self._simulation.run(request.tenant, given.get("offset", timedelta(0)))
        return self._show(request)

    @operation(
        f"POST {TENANT}/clock/advance",
        "advanceClock",
        "Advance the tenant's clock. What becomes due is applied, each event at its own time.",
        Advanced,
        body=Advance,
    )
    def _advance(self, request: ControlRequest) -> Advanced:
        given = members(request.body)
        if len(given) > 1:
            raise Problem(400, "by and to do not go together", 'say one: {"by": "PT6H"}')

        def to(now: datetime) -> datetime:
            later: datetime = now + given["by"] if "by" in given else given["to"]
            if later < now:
                url = request.request.path.removesuffix("/advance")
                raise Problem(400, "to is before the tenant's now", f"PUT {url} turns it back")
            return later

        now, events = self._simulation.advance(request.tenant, to)
        return Advanced(now, convert(events, list[Event], from_attributes=True))


def _check(mode: str, given: set[str]) -> None:
    wrong = sorted(given - _ALLOWED[mode])
    if wrong or (mode == "shifted" and len(given) != 1):
        error = f"{mode} with {' and '.join(wrong or sorted(given)) or 'nothing besides'}"
        frozen = '{"mode": "frozen", "now": "2026-11-21T08:00:00Z"}'
        hint = f'say {{"mode": "real"}}, {frozen} or {{"mode": "shifted", "offset": "PT6H"}}'
        raise Problem(400, error, hint)
