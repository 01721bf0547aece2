"""How profiles are read from tables of the configuration file.  Loaded only where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.models.profiles import Profile, Step
from messaging_double.models.statuses import NUMBERS
from messaging_double.server.shapes.objects import ListOf, Member, Object, OneOf
from messaging_double.server.shapes.unfit import Unfit
from messaging_double.server.shapes.values import Duration, Number, Switch, Text, Word

if TYPE_CHECKING:
    from collections.abc import Mapping

_STEP = Object(
    "Step",
    (
        Member("status", OneOf(Word(tuple(NUMBERS)), (Number(),))),
        Member("description", Text()),
        Member("after", Duration()),
        Member("polls", Number(1, 1_000_000)),
        Member("by-hand", Switch()),
        Member("reply", Text()),
    ),
    {"after": "6h", "status": "expired"},
)
_PROFILE = Object(
    "Profile",
    (
        Member("name", Text("night", empty=False), required=True),
        Member("help", Text()),
        Member("steps", ListOf(_STEP)),
        Member("one-of", ListOf(Text(empty=False))),
    ),
    {"name": "night", "steps": [{"after": "0s", "status": "sent"}, {"after": "8h", "status": "delivered"}]},
)
_WAYS = ("after", "polls", "by-hand")


def profile(table: Any, where: str) -> Profile:
    """Read one table.  Raises ``Unfit``."""
    given = _PROFILE.read(table, where)
    if bool(given.get("steps")) == bool(given.get("one-of")):
        raise Unfit(
            f"{where} has {'both' if given.get('steps') else 'neither'} of steps and one-of", "give one of them"
        )
    steps = tuple(_step(each, f"{where}.steps[{index}]") for index, each in enumerate(given.get("steps", ())))
    return Profile(given["name"], given.get("help", ""), steps, given.get("one-of", ()))


def _step(given: Mapping[str, Any], where: str) -> Step:
    ways = [name for name in _WAYS if given.get(name) not in (None, False)]
    if len(ways) != 1:
        said = " and ".join(ways) or "none"
        raise Unfit(f"{where} says {said} of after, polls and by-hand", 'say one: {after = "6h", status = "expired"}')
    if "status" not in given and "reply" not in given:
        raise Unfit(f"{where} has neither status nor reply", 'say what it does: {after = "6h", status = "expired"}')
    return Step(
        given.get("status"),
        given.get("description"),
        given.get("after"),
        given.get("polls"),
        given.get("by-hand", False),
        given.get("reply"),
    )
