"""The rules of the tenants: which one answers a call, and how they are made and deleted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from messaging_double.models.identifiers import draw
from messaging_double.models.rules import RuleSource, StoredRule, free_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from messaging_double.models.rules import Origin, Reaction
    from messaging_double.server.calls.call import Call
    from messaging_double.storage import Storage, UnitOfWork

    from .language import ParsedRule
    from .reactions import CallFacts

_MOST_REMEMBERED = 100
"""Versions whose parsed rules are remembered; each tenant has one at a time."""
_CHANCES = 2**48


class NameTakenError(Exception):
    """There is a rule of this name already."""


@dataclass(frozen=True)
class _Version:
    """The rules of a tenant between two changes, in their order."""

    number: int
    rules: Mapping[str, ParsedRule]

    def matching(self, call: Call, facts: CallFacts) -> dict[str, ParsedRule]:
        """Return the rules that match the call."""
        return {name: rule for name, rule in self.rules.items() if _matches(name, rule, call, facts)}


class RuleBook:
    """The rules of all tenants. The storage has their sources, and how often each was used.

    All methods raise ``StorageError``.
    """

    def __init__(self, storage: Storage, seed: str, of_file: Sequence[RuleSource] = ()) -> None:
        """Keep rules in ``storage``; every tenant begins with those ``of_file``."""
        self._storage = storage
        self._seed = seed
        self._of_file = of_file
        self._remembered: dict[int, _Version] = {}

    # calls

    def react(self, call: Call, facts: CallFacts) -> Reaction | None:
        """Return the reaction of the first rule that applies to a call, and count it; ``None`` if none does.

        It costs nothing where there are no rules, and writes nothing where none matches.
        """
        number = call.state.rules or (self._begin(call) if self._of_file else 0)
        if not number:
            return None
        version = self._remembered.get(number) or self._read(call.work, call.tenant)
        matching = version.matching(call, facts)
        if not matching:
            return None
        call.work.begin()
        if call.work.rules.version(call.tenant) != version.number:
            matching = self._read(call.work, call.tenant).matching(call, facts)
        return self._decide(call.work, call, matching)

    def reasons(self, call: Call, facts: CallFacts, decided: Reaction | None) -> Iterator[str]:
        """Say how each rule met a call, up to the one that answered it; no text of the call is repeated."""
        for stored in call.work.rules.all(call.tenant) if call.state.rules or self._of_file else ():
            from .matching import compare  # noqa: PLC0415 - where there are rules

            rule = self.parsed(stored)
            missed = [each.criterion for each in compare(rule.condition, facts) if not each.matched]
            is_this = decided is not None and decided.by == stored.name
            state = rule.state(stored, call.now)
            if missed:
                verdict = f"does not match: {', '.join(missed)}"
            elif is_this:
                verdict = "matches"
            elif state != "active":
                verdict = f"matches, but is {state}"
            elif stored.matched <= rule.skip:
                verdict = f"matches, but skips the first {rule.skip}"
            else:
                verdict = f"matches, but was not drawn: probability {rule.probability}"
            yield f"rule {json.dumps(stored.name)} {verdict}"
            if is_this:
                return

    def _decide(self, work: UnitOfWork, call: Call, matching: Mapping[str, ParsedRule]) -> Reaction | None:
        """Try the rules with their counters as they are now."""
        stored = {each.name: each for each in work.rules.all(call.tenant)}
        for name, rule in matching.items():
            this = stored[name]
            if rule.state(this, call.now) != "active":
                continue
            matched = this.matched + 1
            applies = matched > rule.skip and self._is_drawn(call, name, rule.probability, matched)
            work.rules.count(call.tenant, name, matched=matched, used=this.used + applies)
            if applies:
                return replace(rule.answers[this.used % len(rule.answers)], by=name)
        return None

    def _is_drawn(self, call: Call, name: str, probability: float | None, matched: int) -> bool:
        if probability is None:
            return True
        seed = self._seed if call.state.seed is None else call.state.seed
        return draw(_CHANCES, "rule", seed, call.tenant, name, str(matched)) < probability * _CHANCES

    def _begin(self, call: Call) -> int:
        """Copy the rules of the file to a tenant that never had any."""
        call.work.begin()
        self._copy(call.work, call.tenant, call.now)
        return call.work.rules.version(call.tenant)

    def _read(self, work: UnitOfWork, tenant: str) -> _Version:
        number = work.rules.version(tenant)
        version = self._remembered.get(number)
        if version is None:
            version = _Version(number, {each.name: self.parsed(each) for each in work.rules.all(tenant)})
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[number] = version
        return version

    # the control API

    @staticmethod
    def parsed(stored: RuleSource | StoredRule) -> ParsedRule:
        """Parse a stored rule."""
        from .language import parse_source  # noqa: PLC0415 (10 ms of imports that only a double with rules needs)

        return parse_source(stored.text)

    def rules(self, tenant: str, now: datetime) -> list[StoredRule]:
        """Return a tenant's rules in their order; of one that never had any, those that it would begin with now."""
        with self._storage.reading() as work:
            return work.rules.all(tenant) if work.rules.version(tenant) else self._made_of_file(now)

    def add(self, tenant: str, rule: ParsedRule, now: datetime) -> StoredRule:
        """Make a rule. Raise ``NameTakenError``."""
        with self._storage.writing(tenant) as work:
            self._copy(work, tenant, now)
            names = [each.name for each in work.rules.all(tenant)]
            if rule.name in names:
                raise NameTakenError(rule.name)
            stored = _stored(rule.name or free_name(names), rule, _place(rule.position, len(names)), now, "API")
            work.rules.add(tenant, [stored])
        return stored

    def put(self, tenant: str, name: str, rule: ParsedRule, now: datetime) -> tuple[StoredRule, bool]:
        """Make a rule in the place of the one of this name; return whether there was none."""
        with self._storage.writing(tenant) as work:
            self._copy(work, tenant, now)
            others = work.rules.all(tenant)
            replaced = next((each.position for each in others if each.name == name), None)
            if replaced is not None:
                work.rules.delete(tenant, name)
                others.pop()
            stored = _stored(name, rule, _place(rule.position or replaced, len(others)), now, "API")
            work.rules.add(tenant, [stored])
        return stored, replaced is None

    def delete(self, tenant: str, name: str, now: datetime) -> bool:
        """Delete a rule; return whether there was one."""
        with self._storage.writing(tenant) as work:
            self._copy(work, tenant, now)
            return work.rules.delete(tenant, name)

    def clear(self, tenant: str, now: datetime) -> int:
        """Delete all rules, those of the file too, until the tenant is reset; return how many there were."""
        with self._storage.writing(tenant) as work:
            self._copy(work, tenant, now)
            return work.rules.clear(tenant) if work.rules.version(tenant) else 0

    def _copy(self, work: UnitOfWork, tenant: str, now: datetime) -> None:
        """Copy the rules of the file, unless the tenant ever had rules; only one transaction at a time can write."""
        if self._of_file and not work.rules.version(tenant):
            work.rules.add(tenant, self._made_of_file(now))

    def _made_of_file(self, now: datetime) -> list[StoredRule]:
        return [
            _stored(each.name, self.parsed(each), place, now, "file") for place, each in enumerate(self._of_file, 1)
        ]


def _matches(name: str, rule: ParsedRule, call: Call, facts: CallFacts) -> bool:
    from .xpath import XPathError  # noqa: PLC0415 (loaded already where there are rules)

    try:
        return rule.condition.matches(facts)
    except XPathError as failed:
        call.note(f"rule '{name}': an xpath of it could not be evaluated: {failed}")
        return False


def _stored(name: str, rule: ParsedRule, position: int, now: datetime, origin: Origin) -> StoredRule:
    return StoredRule(name, position, rule.source, now, rule.expires(now), origin)


def _place(wanted: int | None, others: int) -> int:
    """Return the position of a rule among so many others."""
    return others + 1 if wanted is None else min(wanted, others + 1)
