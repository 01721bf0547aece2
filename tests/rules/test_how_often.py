"""How often a rule answers, and which of several."""

from __future__ import annotations

import pytest

from .conftest import MET

HTTP = {"http": 503}
PASS = {"pass": True}
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


def test_hits_are_counted_and_the_used_up_rule_is_listed_so(double, make, outcomes, rules):
    make(double, name="a", then=HTTP, skip=1, times=2)
    seen = []
    for _ in range(4):
        outcomes(double, 1)
        seen += [(each["matched"], each["used"], each["state"]) for each in rules(double)]
    assert seen == [(1, 0, "alive"), (2, 1, "alive"), (3, 2, "used up"), (3, 2, "used up")]


def test_the_first_rule_that_applies_decides_and_the_next_ones_are_not_asked(double, make, outcomes, rules):
    make(double, name="not about it", then=HTTP, when={"operation": "GetPlugins"})
    make(double, name="first", then=MET, times=1)
    make(double, name="second", then=HTTP)
    assert outcomes(double, 2) == ["met", "503"]
    assert [(each["name"], each["matched"], each["used"]) for each in rules(double)] == [
        ("not about it", 0, 0),
        ("first", 1, 1),
        ("second", 1, 1),
    ]


def test_a_rule_ends_with_its_time_to_live_and_its_uses_stay_where_they_were(
    start_double, clock, make, outcomes, rules
):
    double = start_double(clock=clock)
    rule = make(double, then=HTTP, ttl="90s")
    assert (rule["made"], rule["expires"]) == ("2026-11-21T08:00:00.000000Z", "2026-11-21T08:01:30.000000Z")
    clock.turn(89)
    assert outcomes(double, 1) == ["503"]
    clock.turn(1)
    assert outcomes(double, 1) == ["ok"]
    (seen,) = rules(double)
    assert (seen["state"], seen["matched"], seen["used"]) == ("expired", 1, 1)


def test_a_rule_that_lives_a_hundred_years_can_be_made_at_the_end_of_time(start_double, clock, make, outcomes):
    double = start_double(clock=clock)
    clock.now = clock.now.replace(year=9999)
    assert make(double, then=HTTP, ttl="36525d")["expires"].startswith("9999-12-31T23:59:59")
    assert outcomes(double, 1) == ["503"]


def test_the_same_seed_draws_the_same_and_another_one_differently(start_double, make, outcomes):
    drawn = {}
    for name, seed in (("first", "a"), ("again", "a"), ("other", "b")):
        double = start_double(seed=seed)
        make(double, name="flaky", then=HTTP, probability=0.5)
        drawn[name] = outcomes(double, 60)
    assert drawn["first"] == drawn["again"]
    assert drawn["first"] != drawn["other"]
    assert 15 <= drawn["first"].count("503") <= 45


def test_the_tenant_s_seed_is_what_it_draws_by(double, make, outcomes):
    drawn = []
    for seed in ("a", "b", "a"):
        assert double.request("PUT", "/_mock/v1/tenants/default", f'{{"seed": "{seed}"}}'.encode()).status == 200
        make(double, name="flaky", then=HTTP, probability=0.5)
        drawn.append(outcomes(double, 40))
    assert drawn[0] == drawn[2] != drawn[1]


def test_a_match_that_is_not_drawn_is_no_use_and_the_next_rule_is_asked(double, make, outcomes, rules):
    make(double, name="flaky", then=HTTP, probability=0.5, times=3)
    make(double, name="rest", then=MET)
    seen = outcomes(double, 30)
    assert seen.count("503") == 3
    assert seen.count("met") == 27
    flaky, rest = rules(double)
    assert (flaky["used"], rest["matched"], rest["used"]) == (3, 27, 27)
    assert 3 < flaky["matched"] < 30


@pytest.mark.parametrize("reset", ["reset", "delete"])
def test_a_reset_forgets_the_rules(double, make, outcomes, rules, reset):
    make(double, then=HTTP)
    if reset == "reset":
        double.reset()
    else:
        double.request("DELETE", "/_mock/v1/tenants/default")
    assert rules(double) == []
    assert outcomes(double, 1) == ["ok"]
    make(double, then=MET)
    assert outcomes(double, 1) == ["met"]


def test_a_snapshot_holds_rules_and_their_counters(double, make, outcomes, rules):
    make(double, name="a", then=[HTTP, MET])
    assert outcomes(double, 1) == ["503"]
    assert double.steer("POST", "snapshots", {"name": "then"}).status in (200, 201)
    assert outcomes(double, 1) == ["met"]
    double.steer("DELETE", "rules")
    make(double, name="a", then={"http": 429})
    assert outcomes(double, 1) == ["429"]
    assert double.steer("POST", "snapshots/then/restore").status in (200, 204)
    assert [(each["used"], each["then"]) for each in rules(double)] == [(1, [HTTP, MET])]
    assert outcomes(double, 2) == ["met", "ok"]


def test_tenants_have_rules_of_their_own(double, make, outcomes):
    make(double, tenant="Cust1", then=HTTP, times=1)
    make(double, tenant="Cust2", then=HTTP, times=1)
    assert outcomes(double, 2) == ["ok", "ok"]
    assert outcomes(double, 2, "Cust1") == ["503", "ok"]
    assert outcomes(double, 2, "Cust2") == ["503", "ok"]
