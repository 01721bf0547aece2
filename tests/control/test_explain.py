"""Which exchange a message came by, and which criterion of a rule a call did not meet."""

from __future__ import annotations

import pytest
from support.envelopes import outgoing

CALL = {"To": "+4711", "From": "+4712", "Content": "code 4711", "Format": "sms/text"}


def compared(double, when):
    assert double.steer("POST", "rules", {"name": "r", "when": when, "then": {"pass": True}}).status == 201
    double.send(outgoing(**CALL))
    (rule,) = double.steer("GET", "journal/1/rules").json["rules"]
    return rule


@pytest.mark.parametrize(
    ("when", "criterion", "expected", "actual", "matched"),
    [
        ({"operation": "SendMessages"}, "operation", ["SendMessages"], "SendMessages", True),
        ({"operation": ["GetPlugins"]}, "operation", ["GetPlugins"], "SendMessages", False),
        ({"services": "Services84"}, "services", ["Services84"], "Services88", False),
        ({"transport": "rest"}, "transport", ["rest"], "soap", False),
        ({"plugin": "CM"}, "plugin", "CM", "CM", True),
        ({"to": {"pattern": "+46*"}}, "to", {"pattern": "+46*"}, "+4711", False),
        ({"from": "+4712"}, "from", "+4712", "+4712", True),
        ({"content": {"contains": "9"}}, "content", {"contains": "9"}, "code 4711", False),
        ({"format": None}, "format", None, "sms/text", False),
        ({"config": {"cm_username": "ole"}}, "config.cm_username", "ole", None, False),
        ({"header": {"User-Agent": {"any": False}}}, "header.user-agent", {"any": False}, None, True),
        ({"xpath": "//m:To = '+4711'"}, "xpath", "//m:To = '+4711'", None, True),
        ({"xpath": "//m:To = '+46'"}, "xpath", "//m:To = '+46'", None, False),
    ],
)
def test_each_criterion_is_compared(double, when, criterion, expected, actual, matched):  # noqa: PLR0917 - a table
    rule = compared(double, when)
    assert rule["criteria"] == [{"criterion": criterion, "expected": expected, "actual": actual, "matched": matched}]
    assert rule["matched"] is matched


def test_the_message_that_meets_most_is_compared(double):
    when = {"to": "+4711", "content": "two", "from": "+4799"}
    double.steer("POST", "rules", {"name": "r", "when": when, "then": {"http": 503}})
    double.send(outgoing(To="+4799", Content="one"), outgoing(To="+4711", Content="two"))
    (rule,) = double.steer("GET", "journal/1/rules").json["rules"]
    assert [(each["criterion"], each["matched"]) for each in rule["criteria"]] == [
        ("to", True),
        ("from", False),
        ("content", True),
    ]


def test_a_rule_that_asks_for_nothing_meets_every_call(double):
    rule = compared(double, {})
    assert (rule["matched"], rule["criteria"]) == (True, [])


def test_what_was_no_call_is_compared_with_no_rule(double):
    double.steer("POST", "rules", {"then": {"pass": True}})
    double.post(b"no XML")
    double.get("/Remote/Services88/Messaging.svc?wsdl")
    for number in (1, 2):
        assert double.steer("GET", f"journal/{number}/rules").json == {"rules": []}
    assert double.steer("GET", "journal/3/rules").status == 404


def test_comparing_changes_nothing(double):
    double.steer("POST", "rules", {"name": "r", "then": {"pass": True}})
    double.send(outgoing(**CALL))
    before = double.steer("GET", "rules/r").json, double.steer("GET", "journal").json
    double.steer("GET", "journal/1/rules")
    assert (double.steer("GET", "rules/r").json, double.steer("GET", "journal").json) == before


def test_a_message_names_the_exchange_it_came_by(start_double):
    double = start_double()
    double.steer("PUT", "clock", {"mode": "frozen"})
    for number in range(5):
        double.send(outgoing(To=f"+471{number}"), outgoing(To=f"+472{number}"))
        double.get_status(1)
    for messaging_id, exchange in ((1, 1), (2, 1), (3, 3), (10, 9)):
        found = double.steer("GET", f"outbox/{messaging_id}/exchange").json["exchange"]
        assert (found["id"], found["operation"]) == (exchange, "SendMessages")


def test_a_message_whose_exchange_is_gone_has_none(double):
    double.send(outgoing(To="+4711"))
    double.steer("DELETE", "journal")
    assert double.steer("GET", "outbox/1/exchange").json == {"exchange": None}
    assert double.steer("GET", "outbox/2/exchange").status == 404
