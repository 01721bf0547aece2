"""The rules of the tenants: which one answers a call, and their making and ending."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from messaging_double.models.identifiers import draw
from messaging_double.models.rules import KeptRule, RuleText, free_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from messaging_double.models.reactions import Reaction
    from messaging_double.models.rules import Origin
    from messaging_double.server.call import Call
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation.call_facts import CallFacts
    from messaging_double.server.simulation.profiles import Profiles
    from messaging_double.server.simulation.rule import Given, Rule, RuleShapes
    from messaging_double.storage import Storage, UnitOfWork

_MOST_READ = 100
"""Of how many versions the rules are remembered; each tenant has one at a time."""
_CHANCES = 2**48


class NameTaken(Exception):  # noqa: N818 (an answer, not an error of ours)
    """A rule of this name is there already."""


@dataclass(frozen=True)
class _Book:
    """The rules of a version, in their order."""

    version: int
    rules: Mapping[str, Rule]

    def about(self, call: Call, facts: CallFacts) -> dict[str, Rule]:
        """Return the rules that the call meets."""
        return {name: rule for name, rule in self.rules.items() if _is_about(name, rule, call, facts)}


class RuleBook:
    """The rules of all tenants.  What decides is in the storage: their texts, and how often each was used.

    All methods raise ``StorageError``.
    """

    def __init__(self, storage: Storage, settings: Settings, profiles: Profiles) -> None:
        """Keep rules in ``storage``; those of ``settings`` are there in every tenant."""
        self._storage = storage
        self._seed = settings.seed
        self._of_file = settings.rules
        self._profiles = profiles
        self._known: dict[int, _Book] = {}

    @cached_property
    def shapes(self) -> RuleShapes:
        """What the rules look like that can be made."""
        return _shapes(self._profiles, [each.name for each in self._profiles.all])

    @cached_property
    def _kept_shapes(self) -> RuleShapes:
        """What rules look like that were made, by a double that may have had more profiles."""
        return _shapes(self._profiles)

    # calls

    def react(self, call: Call, facts: CallFacts) -> Reaction | None:
        """Return what the first rule that applies makes of a call, and count it; ``None`` if none does.

        Where there are no rules it costs nothing; where none is about the call, nothing is written.
        """
        version = call.state.rules or (self._begin(call) if self._of_file else 0)
        if not version:
            return None
        book = self._known.get(version) or self._read(call.work, call.tenant)
        about = book.about(call, facts)
        if not about:
            return None
        call.work.begin()
        if call.work.rules.version(call.tenant) != book.version:
            about = self._read(call.work, call.tenant).about(call, facts)
        return self._decided(call.work, call, about)

    def _decided(self, work: UnitOfWork, call: Call, about: Mapping[str, Rule]) -> Reaction | None:
        """Ask the rules by their counters as they are now."""
        kept = {each.name: each for each in work.rules.all(call.tenant)}
        for name, rule in about.items():
            this = kept[name]
            if rule.state(this, call.now) != "alive":
                continue
            matched = this.matched + 1
            applies = matched > rule.skip and self._is_drawn(call, name, rule.probability, matched)
            work.rules.count(call.tenant, name, matched=matched, used=this.used + applies)
            if applies:
                return replace(rule.then[this.used % len(rule.then)], by=name)
        return None

    def _is_drawn(self, call: Call, name: str, probability: float | None, matched: int) -> bool:
        if probability is None:
            return True
        seed = self._seed if call.state.seed is None else call.state.seed
        return draw(_CHANCES, "rule", seed, call.tenant, name, str(matched)) < probability * _CHANCES

    def _begin(self, call: Call) -> int:
        """Make the rules of the file in a tenant that never had any."""
        call.work.begin()
        self._copy(call.work, call.tenant, call.now)
        return call.work.rules.version(call.tenant)

    def _read(self, work: UnitOfWork, tenant: str) -> _Book:
        version = work.rules.version(tenant)
        book = self._known.get(version)
        if book is None:
            book = _Book(version, {each.name: self.rule_of(each) for each in work.rules.all(tenant)})
            if len(self._known) >= _MOST_READ:
                self._known.clear()
            self._known[version] = book
        return book

    # the control API

    def rule_of(self, kept: KeptRule) -> Rule:
        """Read what is kept of a rule."""
        return self._kept_shapes.read(kept.text)

    def rules(self, tenant: str, now: datetime) -> list[KeptRule]:
        """Return a tenant's rules in their order; of one that never had any, those that it would begin with now."""
        with self._storage.reading() as work:
            return work.rules.all(tenant) if work.rules.version(tenant) else self._made_of_file(now)

    def add(self, tenant: str, given: Given, now: datetime) -> KeptRule:
        """Make a rule.  Raises ``NameTaken``."""
        with self._storage.writing() as work:
            self._copy(work, tenant, now)
            names = [each.name for each in work.rules.all(tenant)]
            if given.name in names:
                raise NameTaken(given.name)
            text = RuleText(given.name or free_name(names), given.text)
            rule = _kept(text, given.rule, _place(given.position, len(names)), now, "API")
            work.rules.add(tenant, [rule])
        return rule

    def put(self, tenant: str, name: str, given: Given, now: datetime) -> tuple[KeptRule, bool]:
        """Make a rule in the place of the one of this name; say whether there was none."""
        with self._storage.writing() as work:
            self._copy(work, tenant, now)
            others = work.rules.all(tenant)
            replaced = next((each.position for each in others if each.name == name), None)
            if replaced is not None:
                work.rules.delete(tenant, name)
                others.pop()
            place = _place(given.position or replaced, len(others))
            rule = _kept(RuleText(name, given.text), given.rule, place, now, "API")
            work.rules.add(tenant, [rule])
        return rule, replaced is None

    def delete(self, tenant: str, name: str, now: datetime) -> bool:
        """Forget a rule; say whether there was one."""
        with self._storage.writing() as work:
            self._copy(work, tenant, now)
            return work.rules.delete(tenant, name)

    def clear(self, tenant: str, now: datetime) -> int:
        """Forget all rules, those of the file too, until the tenant is reset; say how many there were."""
        with self._storage.writing() as work:
            self._copy(work, tenant, now)
            return work.rules.clear(tenant) if work.rules.version(tenant) else 0

    def _copy(self, work: UnitOfWork, tenant: str, now: datetime) -> None:
        """Make the rules of the file, unless the tenant ever had rules; only one at a time can write."""
        if self._of_file and not work.rules.version(tenant):
            work.rules.add(tenant, self._made_of_file(now))

    def _made_of_file(self, now: datetime) -> list[KeptRule]:
        texts = enumerate(self._of_file, 1)
        return [_kept(each, self._kept_shapes.read(each.text), place, now, "file") for place, each in texts]


def _shapes(profiles: Profiles, names: Sequence[str] | None = None) -> RuleShapes:
    # Loaded where there are rules: it takes 10 ms that no other start waits for.
    from messaging_double.server.simulation.rule import RuleShapes  # noqa: PLC0415

    return RuleShapes(profiles.numbers, names)


def _is_about(name: str, rule: Rule, call: Call, facts: CallFacts) -> bool:
    from messaging_double.server.simulation.xpath import XPathFailed  # noqa: PLC0415 - where there are rules it is there

    try:
        return rule.when.met_by(facts)
    except XPathFailed as failed:
        call.note(f"rule '{name}': an xpath of it could not be evaluated: {failed}")
        return False


def _kept(text: RuleText, rule: Rule, position: int, now: datetime, origin: Origin) -> KeptRule:
    return KeptRule(text.name, position, text.text, now, rule.expires(now), origin)


def _place(wanted: int | None, others: int) -> int:
    """Return the position of a rule among so many others."""
    return others + 1 if wanted is None else min(wanted, others + 1)
