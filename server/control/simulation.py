"""``/_mock/v1/profiles``, ``/_mock/v1/magic``, ``/_mock/v1/faults`` and ``T/profile``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import UNSET

from messaging_double.models.control.simulation import (
    ChosenProfiles,
    Fault,
    Faults,
    MagicRecipients,
    NewProfiles,
    Profile,
    Profiles,
)
from messaging_double.models.control.values import convert
from messaging_double.models.faults import FAULTS
from messaging_double.server.control.operation import TENANT, V1, ControlRequest, operation
from messaging_double.server.control.problems import Problem
from messaging_double.server.validation import as_json

if TYPE_CHECKING:
    from messaging_double.server.simulation import Simulation
    from messaging_double.storage import Storage


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
