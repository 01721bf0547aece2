"""The rules of a tenant: which calls are answered otherwise than usual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from messaging_double.models.control.rules import DeletedRules
from messaging_double.models.control.rules import Rule as RuleState
from messaging_double.models.control.rules import Rules as RulesState

from .api import part
from .criteria import to_match
from .values import length_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .actions import Action
    from .api import Api
    from .criteria import CallCriteria
    from .values import Json, Time

__tracebackhide__ = True


class Rule:
    """A rule of the double; its counters are read each time."""

    def __init__(self, api: Api, path: str, name: str) -> None:
        """``path`` is that of the tenant's rules."""
        self._api = api
        self._path = f"{path}/{part(name)}"
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rule) and self._path == other._path

    def __hash__(self) -> int:
        return hash(self._path)

    def __repr__(self) -> str:
        return f"<Rule {self.name!r}>"

    @property
    def matched(self) -> int:
        """How many calls it matched while it was active."""
        return self.details().matched

    @property
    def used(self) -> int:
        """How many calls it answered."""
        return self.details().used

    @property
    def state(self) -> Literal["active", "exhausted", "expired"]:
        """Whether it still answers calls."""
        return self.details().state

    def details(self) -> RuleState:
        """Return all of it."""
        return self._api.get(self._path, RuleState)

    def delete(self) -> None:
        """Delete it."""
        self._api.delete(self._path, type(None))


class Rules(Sequence[Rule]):
    """The rules of a tenant, in the order in which they are tried; ``rules["down"]`` is the one of that name."""

    def __init__(self, api: Api, tenant: str) -> None:
        """``tenant`` is the path of its resources."""
        self._api = api
        self._tenant = tenant
        self._path = f"{tenant}/rules"

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    @overload
    def __getitem__(self, index: int | str) -> Rule: ...
    @overload
    def __getitem__(self, index: slice) -> list[Rule]: ...
    def __getitem__(self, index: int | str | slice) -> Rule | list[Rule]:
        return Rule(self._api, self._path, index) if isinstance(index, str) else self._read()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._read() == list(other)

    __hash__ = None  # type: ignore[assignment]  # as a list, which changes too

    def __repr__(self) -> str:
        return f"<rules of {self._tenant.partition('/')[2]}>"

    def add(  # noqa: PLR0913 (what a rule has)
        self,
        then: Action | Sequence[Action],
        *,
        when: CallCriteria | None = None,
        times: int | None = None,
        skip: int | None = None,
        ttl: Time | None = None,
        probability: float | None = None,
        name: str | None = None,
        position: int | None = None,
    ) -> Rule:
        """Answer the calls that meet ``when``, or all, so: one answer, or one after the other of several.

        ``then`` is what the module ``actions`` makes; ``when`` has the members of docs/rules.md in snake case.
        """
        how = {"times": times, "skip": skip, "ttl": ttl, "probability": probability, "name": name, "position": position}
        return self[self._api.post(self._path, RuleState, _to_json(then, when, how)).name]

    def put(  # noqa: PLR0913 (what a rule has)
        self,
        name: str,
        then: Action | Sequence[Action],
        *,
        when: CallCriteria | None = None,
        times: int | None = None,
        skip: int | None = None,
        ttl: Time | None = None,
        probability: float | None = None,
    ) -> Rule:
        """Create the rule of this name, or replace it; its counters begin again."""
        how = {"times": times, "skip": skip, "ttl": ttl, "probability": probability}
        self._api.put(f"{self._path}/{part(name)}", RuleState, _to_json(then, when, how))
        return self[name]

    def clear(self) -> int:
        """Delete all; return how many there were."""
        return self._api.delete(self._path, DeletedRules).deleted

    def _read(self) -> list[Rule]:
        return [self[each.name] for each in self._api.get(self._path, RulesState).rules]


def _to_json(
    then: Action | Sequence[Action], when: Mapping[str, Any] | None, how: Mapping[str, Any]
) -> dict[str, Json]:
    given = {name: value for name, value in how.items() if value is not None}
    if "ttl" in given:
        given["ttl"] = length_of(given["ttl"])
    about = {} if when is None else {"when": to_match(when)}
    return {**about, "then": then if isinstance(then, dict) else list(then), **given}
