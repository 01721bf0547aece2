"""How often a rule answers, and which of several."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from support.logins import BEGIN

from .conftest import MET

HTTP = {"http": 503}
PASS = {"pass": True}
COUNTERS = ("name", "matched", "used")
SEVEN = [
    ({"then": HTTP}, ["503"] * 7),
    ({"then": HTTP, "times": 2}, ["503"] * 2 + ["ok"] * 5),
    ({"then": [HTTP, HTTP]}, ["503"] * 2 + ["ok"] * 5),
    ({"then": [HTTP, MET, PASS, {"http": 429}]}, ["503", "met", "ok", "429", "ok", "ok", "ok"]),
    ({"then": [HTTP, PASS], "times": 5}, ["503", "ok", "503", "ok", "503", "ok", "ok"]),
    ({"then": [HTTP], "times": None}, ["503"] * 7),
    ({"then": [HTTP, MET], "times": None}, ["503", "met"] + ["ok"] * 5),
    ({"then": HTTP, "skip": 3}, ["ok"] * 3 + ["503"] * 4),
    ({"then": [HTTP, MET], "skip": 1}, ["ok", "503", "met"] + ["ok"] * 4),
    ({"then": HTTP, "probability": 0}, ["ok"] * 7),
    ({"then": HTTP, "probability": 1, "times": 1}, ["503"] + ["ok"] * 6),
]


@pytest.mark.parametrize(("rule", "seven"), SEVEN, ids=[str(rule) for rule, _ in SEVEN])
def test_a_rule_answers_as_often_as_it_says(double, make, outcomes, rule, seven):
    make(double, **rule)
    assert outcomes(double, 7) == seven


def test_matches_and_uses_are_counted_and_an_exhausted_rule_is_listed_so(double, make, outcomes, rules):
    make(double, name="a", then=HTTP, skip=1, times=2)
    seen = []
    for _ in range(4):
        outcomes(double, 1)
        seen += rules(double, "matched", "used", "state")
    assert seen == [(1, 0, "active"), (2, 1, "active"), (3, 2, "exhausted"), (3, 2, "exhausted")]


def test_the_first_rule_that_applies_decides_alone(double, make, outcomes, rules):
    make(double, name="no match", then=HTTP, when={"operation": "GetPlugins"})
    make(double, name="first", then=MET, times=1)
    make(double, name="second", then=HTTP)
    assert outcomes(double, 2) == ["met", "503"]
    assert rules(double, *COUNTERS) == [("no match", 0, 0), ("first", 1, 1), ("second", 1, 1)]


def test_a_rule_ends_with_its_time_to_live_and_its_counters_stay(start_double, clock, make, outcomes, rules):
    double = start_double(clock=clock)
    rule = make(double, then=HTTP, ttl="90s")
    made, expires = (datetime.fromisoformat(rule[name].replace("Z", "+00:00")) for name in ("made", "expires"))
    assert (made, expires - made) == (BEGIN, timedelta(seconds=90))
    clock.advance(seconds=89)
    assert outcomes(double, 1) == ["503"]
    clock.advance(seconds=1)
    assert outcomes(double, 1) == ["ok"]
    assert rules(double, "state", "matched", "used") == [("expired", 1, 1)]


def test_a_rule_of_a_hundred_years_can_be_made_at_the_end_of_time(start_double, make, outcomes):
    double = start_double(clock=lambda _: datetime(9999, 11, 21, 8, tzinfo=timezone.utc))
    assert make(double, then=HTTP, ttl="36525d")["expires"].startswith("9999-12-31T23:59:59")
    assert outcomes(double, 1) == ["503"]


@pytest.mark.parametrize("of_tenant", [False, True], ids=["of the settings", "of the tenant"])
def test_the_seed_the_tenant_and_the_rule_decide_what_is_drawn(start_double, make, outcomes, of_tenant):
    def drawn(seed="a", tenant="default", name="flaky"):
        double = start_double() if of_tenant else start_double(seed=seed)
        if of_tenant:
            assert double.steer("PUT", "", {"seed": seed}, tenant=tenant).status == 200
        make(double, tenant=tenant, name=name, then=HTTP, probability=0.5)
        return outcomes(double, 60, tenant)

    ours = drawn()
    assert drawn() == ours
    assert ours not in (drawn("b"), drawn(tenant="Cust1"), drawn(name="other"))
    assert 15 <= ours.count("503") <= 45


def test_a_match_that_is_not_drawn_is_no_use_and_the_next_rule_is_tried(double, make, outcomes, rules):
    make(double, name="flaky", then=HTTP, probability=0.5, times=3)
    make(double, name="rest", then=MET)
    seen = outcomes(double, 30)
    assert (seen.count("503"), seen.count("met")) == (3, 27)
    (_, matched, used), rest = rules(double, *COUNTERS)
    assert (used, rest) == (3, ("rest", 27, 27))
    assert 3 < matched < 30


@pytest.mark.parametrize("reset", ["reset", "delete"])
def test_a_reset_deletes_the_rules(double, make, outcomes, rules, reset):
    make(double, then=HTTP)
    if reset == "reset":
        double.reset()
    else:
        double.request("DELETE", "/_mock/v1/tenants/default")
    assert (rules(double), outcomes(double, 1)) == ([], ["ok"])
    make(double, then=MET)
    assert outcomes(double, 1) == ["met"]


def test_a_snapshot_contains_rules_and_their_counters(double, make, outcomes, rules):
    make(double, name="a", then=[HTTP, MET])
    assert outcomes(double, 1) == ["503"]
    assert double.steer("POST", "snapshots", {"name": "then"}).status == 201
    assert outcomes(double, 1) == ["met"]
    double.steer("DELETE", "rules")
    make(double, name="a", then={"http": 429})
    assert outcomes(double, 1) == ["429"]
    assert double.steer("POST", "snapshots/then/restore").status == 204
    assert rules(double, "used", "then") == [(1, [HTTP, MET])]
    assert outcomes(double, 2) == ["met", "ok"]


def test_tenants_have_rules_of_their_own(double, make, outcomes, rules):
    for tenant in ("Cust1", "Cust2"):
        make(double, tenant=tenant, then=HTTP, times=1)
    assert [outcomes(double, 2, each) for each in ("", "Cust1", "Cust2")] == [["ok"] * 2, ["503", "ok"], ["503", "ok"]]
    assert double.steer("DELETE", "rules/rule-1", tenant="Cust1").status == 204
    assert [rules(double, tenant=each) for each in ("Cust1", "Cust2")] == [[], ["rule-1"]]
