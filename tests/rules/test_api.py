"""``T/rules``."""

from __future__ import annotations

import pytest
from support.control import assert_problem
from support.envelopes import outgoing

HTTP = {"http": 503}


def names(rules):
    return [each["name"] for each in rules]


def test_a_rule_shows_what_was_given_and_what_holds_without_being_said(double):
    answer = double.steer("POST", "rules", {"name": "down", "then": HTTP})
    made = answer.json.pop("made")
    assert answer.status == 201
    assert made.endswith("Z")
    assert answer.json == {
        "name": "down",
        "position": 1,
        "when": {},
        "then": HTTP,
        "times": None,
        "skip": 0,
        "ttl": None,
        "probability": None,
        "matched": 0,
        "used": 0,
        "expires": None,
        "state": "alive",
        "origin": "API",
    }
    assert double.steer("GET", "rules/down").json == {**answer.json, "made": made}


def test_names_are_made_up_that_nobody_has(double, make, rules):
    make(double, name="rule-2")
    for _ in range(3):
        make(double)
    assert names(rules(double)) == ["rule-2", "rule-1", "rule-3", "rule-4"]


def test_rules_stand_where_they_were_put(double, make, rules):
    for name, position in (("a", None), ("b", 1), ("c", 2), ("d", 99)):
        make(double, name=name, **({} if position is None else {"position": position}))
    assert names(rules(double)) == ["b", "c", "a", "d"]
    assert [each["position"] for each in rules(double)] == [1, 2, 3, 4]
    assert double.steer("DELETE", "rules/c").status == 204
    assert [(each["name"], each["position"]) for each in rules(double)] == [("b", 1), ("a", 2), ("d", 3)]


def test_put_replaces_in_place_and_counts_anew(double, make, rules, outcomes):
    make(double, name="a", then=HTTP)
    make(double, name="b")
    assert outcomes(double, 1) == ["503"]
    answer = double.steer("PUT", "rules/a", {"then": {"http": 429}})
    assert (answer.status, answer.json["used"], answer.json["position"]) == (200, 0, 1)
    assert outcomes(double, 1) == ["429"]
    assert double.steer("PUT", "rules/a", {"name": "a", "then": HTTP, "position": 2}).json["position"] == 2
    assert names(rules(double)) == ["b", "a"]


def test_put_makes_what_is_not_there(double, rules):
    answer = double.steer("PUT", "rules/a%20b", {"then": HTTP})
    assert (answer.status, answer.json["name"]) == (201, "a b")
    assert names(rules(double)) == ["a b"]


def test_all_are_forgotten_at_once(double, make, rules, outcomes):
    assert double.steer("DELETE", "rules").json == {"deleted": 0}
    assert double.get("/_mock/v1/tenants").json == {"tenants": []}
    make(double)
    make(double)
    assert double.steer("DELETE", "rules").json == {"deleted": 2}
    assert rules(double) == []
    assert outcomes(double, 1) == ["ok"]


def test_a_name_that_is_taken_is_refused(double, make):
    make(double, name="a b")
    answer = double.steer("POST", "rules", {"name": "a b", "then": HTTP})
    assert_problem(answer, 409, "'a b'", "/_mock/v1/tenants/default/rules/a%20b")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_rule_that_is_not_there_is_not_found(double, method):
    assert_problem(double.steer(method, "rules/a"), 404, "'a'", "/_mock/v1/tenants/default/rules")


def test_another_name_than_that_of_the_url_is_refused(double):
    assert_problem(double.steer("PUT", "rules/a", {"name": "b", "then": HTTP}), 400, '"b"', '"a"')


def test_a_status_is_for_those_messages_that_the_rule_is_about(double, make):
    make(
        double, when={"to": {"pattern": "+47*"}}, then={"status": {"status": "failed", "description": "No such number"}}
    )
    double.send(outgoing(To="+4711"), outgoing(To="+4511"))
    british, norwegian = double.outbox()
    assert (norwegian["status"], norwegian["statusDescription"]) == (3, "No such number")
    assert british["statusDescription"] != "No such number"


def test_a_status_of_which_only_the_description_is_said_is_sent(start_double, make):
    double = start_double(statuses=(("sent", 7),))
    make(double, then={"status": {"description": "Queued"}})
    assert double.send(outgoing()).statuses == double.get_status(1).statuses == [(7, "Queued", 1)]
