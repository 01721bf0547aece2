"""The rules of a tenant: which calls are answered otherwise than usual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .api import part
from .matching import match_of
from .names import length_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .api import Api
    from .matching import Criterion
    from .names import Json, Time
    from .then import Then

__tracebackhide__ = True


class Rule:
    """A rule of the double; what it tells is asked for each time."""

    def __init__(self, api: Api, path: str, name: str) -> None:
        """``path`` is that of the tenant's rules."""
        self._api = api
        self._path = f"{path}/{part(name)}"
        self.name = name

    def __repr__(self) -> str:
        return f"<Rule {self.name!r}>"

    @property
    def matched(self) -> int:
        """How many calls met it while it could answer."""
        return int(self.details()["matched"])

    @property
    def used(self) -> int:
        """How many calls it answered."""
        return int(self.details()["used"])

    @property
    def state(self) -> str:
        """``alive``, ``used up`` or ``expired``."""
        return str(self.details()["state"])

    def details(self) -> dict[str, Json]:
        """Return all that the control API tells of it."""
        told: dict[str, Json] = self._api.get(self._path)
        return told

    def delete(self) -> None:
        """Let it answer no more."""
        self._api.delete(self._path)


class Rules:
    """The rules of a tenant, in the order in which they are asked."""

    def __init__(self, api: Api, tenant: str) -> None:
        """``tenant`` is the path of its resources."""
        self._api = api
        self._tenant = tenant
        self._path = f"{tenant}/rules"

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.list())

    def __len__(self) -> int:
        return len(self._told())

    def __repr__(self) -> str:
        return f"<rules of {self._tenant.partition('/')[2]}>"

    def add(  # noqa: PLR0913 (what a rule has)
        self,
        then: Then | Sequence[Then],
        *,
        when: Mapping[str, Criterion] | None = None,
        times: int | None = None,
        skip: int | None = None,
        ttl: Time | None = None,
        probability: float | None = None,
        name: str | None = None,
        position: int | None = None,
    ) -> Rule:
        """Answer calls that are like ``when``, or all, so: one answer, or one after the other of several.

        ``when`` has the members of docs/rules.md in snake case, ``from_`` among them; ``then`` is what the module
        ``then`` makes.
        """
        how = {"times": times, "skip": skip, "ttl": ttl, "probability": probability}
        given = {"name": name, "position": position, **_given(then, when, how)}
        made = self._api.post(self._path, {member: value for member, value in given.items() if value is not None})
        return self[made["name"]]

    def put(
        self,
        name: str,
        then: Then | Sequence[Then],
        *,
        when: Mapping[str, Criterion] | None = None,
        **how: Any,  # noqa: ANN401 (times, skip, ttl and probability, as of ``add``)
    ) -> Rule:
        """Make the rule of this name, or another one in its place; its counters begin again."""
        self._api.put(f"{self._path}/{part(name)}", _given(then, when, how))
        return self[name]

    def __getitem__(self, name: str) -> Rule:
        return Rule(self._api, self._path, name)

    def list(self) -> list[Rule]:
        """Return all, also those that are used up or expired."""
        return [self[each["name"]] for each in self._told()]

    def clear(self) -> int:
        """Delete all; return how many there were."""
        return int(self._api.delete(self._path)["deleted"])

    def _told(self) -> Sequence[Json]:
        rules: Sequence[Json] = self._api.get(self._path)["rules"]
        return rules


def _given(
    then: Then | Sequence[Then], when: Mapping[str, Criterion] | None, how: Mapping[str, Any]
) -> dict[str, Json]:
    said = {name: value for name, value in how.items() if value is not None}
    if "ttl" in said:
        said["ttl"] = length_of(said["ttl"])
    about = {} if when is None else {"when": match_of(when)}
    return {**about, "then": then if isinstance(then, dict) else list(then), **said}
