"""Rules as they are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging_double.models.rules import StoredRule
from messaging_double.storage import Storage


@pytest.fixture
def rule(noon):
    def rule(name, position=1, text="{}", hours=None):
        expires = None if hours is None else noon + timedelta(hours=hours)
        return StoredRule(name, position, text, noon, expires, "API")

    return rule


def names(storage, tenant="Cust1"):
    with storage.reading() as unit:
        return [(each.name, each.position) for each in unit.rules.all(tenant)]


def version(storage, tenant="Cust1"):
    with storage.reading() as unit:
        return unit.rules.version(tenant)


def test_rules_keep_their_order_without_gaps(storage, rule):
    with storage.writing() as unit:
        unit.rules.add("Cust1", [rule("a"), rule("b", 2), rule("c", 1), rule("d", 2)])
    assert names(storage) == [("c", 1), ("d", 2), ("a", 3), ("b", 4)]
    with storage.writing() as unit:
        assert unit.rules.delete("Cust1", "d")
        assert not unit.rules.delete("Cust1", "d")
        assert not unit.rules.delete("Cust2", "a")
    assert names(storage) == [("c", 1), ("a", 2), ("b", 3)]


def test_counters_belong_to_one_rule_of_one_tenant(storage, rule):
    with storage.writing() as unit:
        for tenant in ("Cust1", "Cust2"):
            unit.rules.add(tenant, [rule("a"), rule("b", 2)])
        unit.rules.count("Cust1", "b", matched=7, used=3)
    with storage.reading() as unit:
        counted = [(each.matched, each.used) for tenant in ("Cust1", "Cust2") for each in unit.rules.all(tenant)]
    assert counted == [(0, 0), (7, 3), (0, 0), (0, 0)]


def test_the_version_is_that_of_the_texts_and_their_order(storage, rule):
    seen = [version(storage)]
    with storage.writing() as unit:
        unit.rules.add("Cust1", [rule("a", 1, "1"), rule("b", 2, "2")])
    seen.append(version(storage))
    with storage.writing() as unit:
        unit.rules.count("Cust1", "b", matched=7, used=3)
    assert version(storage) == seen[-1]
    with storage.writing() as unit:
        unit.rules.clear("Cust1")
    seen.append(version(storage))
    with storage.writing() as unit:
        unit.rules.add("Cust1", [rule("b", 1, "2"), rule("a", 2, "1")])
    seen.append(version(storage))
    assert seen[0] == 0
    assert len(set(seen)) == len(seen)
    with storage.writing() as unit:
        unit.rules.clear("Cust1")
        unit.rules.add("Cust1", [rule("a", 1, "1"), rule("b", 2, "2")])
    assert version(storage) == seen[1]


@given(rules=st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=3, unique_by=lambda each: each[0]))
def test_other_rules_have_another_version(storage_of_all, rules, noon):
    storage, seen = storage_of_all
    with storage.writing() as unit:
        unit.rules.clear("Cust1")
        kept = [StoredRule(name, at, text, noon, None, "API") for at, (name, text) in enumerate(rules, 1)]
        unit.rules.add("Cust1", kept)
        assert seen.setdefault(unit.rules.version("Cust1"), rules) == rules


@pytest.fixture(scope="module")
def storage_of_all():
    storage = Storage.open(None)
    yield storage, {}
    storage.close()


def test_a_reset_makes_the_version_nothing_again_and_a_snapshot_brings_it_back(storage, rule, noon):
    with storage.writing() as unit:
        unit.rules.add("Cust1", [rule("a")])
        unit.rules.count("Cust1", "a", matched=2, used=1)
        unit.snapshots.take("Cust1", "then", noon)
    before = version(storage)
    with storage.writing() as unit:
        unit.tenants.reset("Cust1")
    assert (version(storage), names(storage)) == (0, [])
    with storage.writing() as unit:
        assert unit.snapshots.restore("Cust1", "then")
    assert (version(storage), names(storage)) == (before, [("a", 1)])
    with storage.reading() as unit:
        assert [(each.matched, each.used) for each in unit.rules.all("Cust1")] == [(2, 1)]


def test_those_that_end_within_a_time_are_told_in_their_order(storage, rule, noon):
    with storage.writing() as unit:
        hours = enumerate([None, 3, 1, 2, 5], 1)
        unit.rules.add("Cust1", [rule(f"{each}", at, hours=each) for at, each in hours])
        unit.rules.add("Cust2", [rule("other", hours=2)])
    with storage.reading() as unit:
        ended = unit.rules.expiring("Cust1", noon + timedelta(hours=1), noon + timedelta(hours=3))
    assert ended == [("2", noon + timedelta(hours=2)), ("3", noon + timedelta(hours=3))]
