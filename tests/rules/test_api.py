"""``T/rules``."""

from __future__ import annotations

import pytest
from support.control import assert_problem
from support.envelopes import outgoing

HTTP = {"http": 503}


def test_a_rule_shows_what_was_given_and_all_defaults(double):
    answer = double.steer("POST", "rules", {"name": "down", "then": HTTP})
    made = answer.json.pop("made")
    assert answer.status == 201
    assert made.endswith("Z")
    nothing = {"times": None, "skip": 0, "ttl": None, "probability": None, "matched": 0, "used": 0, "expires": None}
    given = {"name": "down", "position": 1, "when": {}, "then": HTTP}
    assert answer.json == {**given, **nothing, "state": "active", "origin": "API"}
    assert double.steer("GET", "rules/down").json == {**answer.json, "made": made}


def test_made_up_names_are_free_ones(double, make, rules):
    make(double, name="rule-2")
    for _ in range(3):
        make(double)
    assert rules(double) == ["rule-2", "rule-1", "rule-3", "rule-4"]


def test_rules_stand_at_their_positions(double, make, rules):
    for name, position in (("a", {}), ("b", {"position": 1}), ("c", {"position": 2}), ("d", {"position": 99})):
        make(double, name=name, **position)
    assert rules(double, "name", "position") == [("b", 1), ("c", 2), ("a", 3), ("d", 4)]
    assert double.steer("DELETE", "rules/c").status == 204
    assert rules(double, "name", "position") == [("b", 1), ("a", 2), ("d", 3)]


def test_put_replaces_a_rule_in_its_place_and_resets_its_counters(double, make, rules, outcomes):
    make(double, name="a", then=HTTP)
    make(double, name="b")
    assert outcomes(double, 1) == ["503"]
    answer = double.steer("PUT", "rules/a", {"then": {"http": 429}})
    assert (answer.status, answer.json["used"], answer.json["position"]) == (200, 0, 1)
    assert outcomes(double, 1) == ["429"]
    assert double.steer("PUT", "rules/a", {"name": "a", "then": HTTP, "position": 2}).json["position"] == 2
    assert rules(double) == ["b", "a"]


def test_put_makes_a_rule_that_is_not_there(double, rules):
    answer = double.steer("PUT", "rules/a%20b", {"then": HTTP})
    assert (answer.status, answer.json["name"], rules(double)) == (201, "a b", ["a b"])


def test_all_rules_are_deleted_at_once(double, make, rules, outcomes):
    assert double.steer("DELETE", "rules").json == {"deleted": 0}
    assert double.get("/_mock/v1/tenants").json == {"tenants": []}
    make(double)
    make(double)
    assert double.steer("DELETE", "rules").json == {"deleted": 2}
    assert (rules(double), outcomes(double, 1)) == ([], ["ok"])


@pytest.mark.parametrize(
    ("method", "url", "status", "words"),
    [
        ("POST", "rules", 409, ("'a b'", "/_mock/v1/tenants/default/rules/a%20b")),
        ("PUT", "rules/c", 400, ('"a b"', '"c"')),
        ("GET", "rules/c", 404, ("'c'", "/_mock/v1/tenants/default/rules")),
        ("DELETE", "rules/c", 404, ("'c'", "/_mock/v1/tenants/default/rules")),
    ],
)
def test_taken_contradicting_and_unknown_names_are_refused(  # noqa: PLR0917 (a table)
    double, make, method, url, status, words
):
    make(double, name="a b")
    body = {"name": "a b", "then": HTTP} if method in ("POST", "PUT") else None
    assert_problem(double.steer(method, url, body), status, *words)


def test_a_status_with_a_description_only_is_sent(start_double, make):
    double = start_double(statuses=(("sent", 7),))
    make(double, then={"status": {"description": "Queued"}})
    assert double.send(outgoing()).statuses == double.get_status(1).statuses == [(7, "Queued", 1)]
