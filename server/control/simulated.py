"""What the simulation knows: profiles, statuses, magic recipients; and by which profile a tenant's messages go."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING

from messaging_double.models.magic import DOMAIN
from messaging_double.server.control.answers import json_answer
from messaging_double.server.control.operations import TENANT, Ask, Operation
from messaging_double.server.control.problems import Problem
from messaging_double.server.shapes.objects import ListOf, MapOf, Member, Nullable, Object
from messaging_double.server.shapes.values import Duration, Number, Shape, Switch, Text, as_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from messaging_double.server.simulation import Simulation
    from messaging_double.storage import Storage

_STEP = Object(
    "Step",
    (
        Member("status", Shape(), "A name of statuses or a number; null: as before.", of=attrgetter("status")),
        Member("description", Nullable(Text()), of=attrgetter("description")),
        Member("after", Nullable(Duration()), "So long after the step before.", of=attrgetter("after")),
        Member("polls", Nullable(Number(1)), "At the so-manieth GetDeliveryStatus after it.", of=attrgetter("polls")),
        Member("byHand", Switch(), "When a test says so.", of=attrgetter("by_hand")),
        Member("reply", Nullable(Text()), "What the recipient answers.", of=attrgetter("reply")),
    ),
    shown=True,
)
_PROFILE = Object(
    "Profile",
    (
        Member("name", Text("delivers"), of=attrgetter("name")),
        Member("help", Text(), of=attrgetter("help")),
        Member("steps", ListOf(_STEP), of=attrgetter("steps")),
        Member("oneOf", ListOf(Text()), "Of which each message gets one, by the seed.", of=attrgetter("one_of")),
    ),
    shown=True,
)
_SIMULATION = Object(
    "Simulation",
    (
        Member("profiles", ListOf(_PROFILE)),
        Member("statuses", MapOf(Number()), "Their numbers, by name."),
    ),
    shown=True,
)
_MAGIC = Object(
    "MagicRecipients",
    (
        Member("numbers", MapOf(Text("fails"), "+447700900005"), "What each stands for: a profile or a fault."),
        Member("addresses", ListOf(Text()), f"What may stand before +label@{DOMAIN}."),
    ),
    shown=True,
)
_CHOICE = (
    Member("profile", Nullable(Text("fails")), "Of all messages; null: as the settings say."),
    Member("plugins", MapOf(Text("slow"), "CM", 1_000), "Of those of single plugins."),
)
_CHOSEN = Object("ChosenProfiles", _CHOICE, shown=True)
_NEW_CHOICE = Object("NewProfiles", _CHOICE, {"profile": "fails"}, empty=False)


class SimulatedResources:
    """``/_mock/v1/profiles``, ``/_mock/v1/magic`` and ``T/profile``."""

    def __init__(self, storage: Storage, simulation: Simulation) -> None:
        """Show what ``simulation`` knows."""
        self._storage = storage
        self._simulation = simulation

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        v1, chosen = "/_mock/v1", f"{TENANT}/profile"
        about = "Show the profiles of deliveries, and the numbers of their statuses."
        choose = "Let the messages that are sent from now on go by these profiles."
        return [
            Operation("GET", f"{v1}/profiles", "listProfiles", about, self._list, {200: _SIMULATION}),
            Operation("GET", f"{v1}/magic", "listMagic", "Show the magic recipients.", self._magic, {200: _MAGIC}),
            Operation("GET", chosen, "getProfile", "Tell the tenant's own profiles.", self._show, {200: _CHOSEN}),
            Operation("PUT", chosen, "setProfile", choose, self._choose, {200: _CHOSEN}, body=_NEW_CHOICE),
        ]

    def _list(self, _: Ask) -> Response:
        profiles = self._simulation.profiles
        return json_answer({"profiles": [_PROFILE.show(each) for each in profiles.all], "statuses": profiles.numbers})

    def _magic(self, _: Ask) -> Response:
        magic = self._simulation.magic
        return json_answer({"numbers": magic.numbers, "addresses": list(magic.outcomes)})

    def _show(self, ask: Ask) -> Response:
        state = self._storage.state(ask.tenant)
        return json_answer({"profile": state.profile, "plugins": dict(state.plugin_profiles)})

    def _choose(self, ask: Ask) -> Response:
        profile, plugins = ask.body.get("profile"), ask.body.get("plugins", {})
        for name in (profile, *plugins.values()):
            if name is not None and not self._simulation.profiles.knows(name):
                known = ", ".join(each.name for each in self._simulation.profiles.all)
                hint = f'there are {known}: for example {{"profile": "fails"}}'
                raise Problem(400, f"there is no profile {as_json(name)}", hint)
        with self._storage.writing() as work:
            work.tenants.set(ask.tenant, profile=profile, plugin_profiles=json.dumps(plugins) if plugins else None)
        return self._show(ask)
