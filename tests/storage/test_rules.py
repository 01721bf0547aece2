"""Rules as they are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging_double.models.rules import StoredRule


@pytest.fixture
def rule(noon):
    def rule(name, position=1, text="{}", hours=None):
        expires = None if hours is None else noon + timedelta(hours=hours)
        return StoredRule(name, position, text, noon, expires, "API")

    return rule


def replace(storage, *rules):
    """Replace the rules of a tenant; return their version."""
    with storage.writing() as unit:
        unit.rules.clear("Cust1")
        unit.rules.add("Cust1", rules)
        return unit.rules.version("Cust1")


def test_the_version_is_that_of_the_texts_and_their_order(storage, rule):
    with storage.reading() as unit:
        assert unit.rules.version("Cust1") == 0
    first = replace(storage, rule("a", 1, "1"), rule("b", 2, "2"))
    with storage.writing() as unit:
        unit.rules.count("Cust1", "b", matched=7, used=3)
        assert unit.rules.version("Cust1") == first
    none, turned = replace(storage), replace(storage, rule("b", 1, "2"), rule("a", 2, "1"))
    assert len({0, none, first, turned}) == 4
    assert replace(storage, rule("a", 1, "1"), rule("b", 2, "2")) == first


@pytest.fixture(scope="module")
def seen():
    """Return the rules of each version."""
    return {}


@settings(max_examples=25)
@given(rules=st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=3, unique_by=lambda each: each[0]))
def test_other_rules_have_another_version(kept, seen, rules, noon):
    stored = [StoredRule(name, at, text, noon, None, "API") for at, (name, text) in enumerate(rules, 1)]
    assert seen.setdefault(replace(kept, *stored), rules) == rules


def test_those_that_end_within_a_time_are_told_in_their_order(storage, rule, noon):
    with storage.writing() as unit:
        hours = enumerate([None, 3, 1, 2, 5], 1)
        unit.rules.add("Cust1", [rule(f"{each}", at, hours=each) for at, each in hours])
        unit.rules.add("Cust2", [rule("other", hours=2)])
    with storage.reading() as unit:
        ended = unit.rules.expiring("Cust1", noon + timedelta(hours=1), noon + timedelta(hours=3))
    assert ended == [("2", noon + timedelta(hours=2)), ("3", noon + timedelta(hours=3))]
