"""Which calls a rule matches."""

from __future__ import annotations

import pytest
from support.envelopes import ACTION, NIL, SEND, SOAP11, SOAP12, outgoing

from messaging_double.models.control.values import MESSAGING, PRINCIPAL
from messaging_double.models.versions import VERSIONS
from messaging_double.server.soap.services import service_of

NORWEGIAN = outgoing(To="+4711", From="Bank", Content="Koden er 42", Format="sms/160")
BRITISH = outgoing(To="+447700900002", From=NIL, Content="The code is 42")


def is_met(answer) -> bool:
    return answer.exception is not None and answer.exception["Message"] == "met"


CALLS = {
    "sends": lambda double, **how: double.send(NORWEGIAN, BRITISH, plugin="CM", **how),
    "sends with config": lambda double, **how: double.send(BRITISH, config=[("user", "ole"), ("user", "kari")], **how),
    "creates": lambda double, **_: double.create(To="+4711", From="+4722", Content="Takk", Plugin="CM"),
    "asks": lambda double, **how: double.get_status(1, **how),
    "sets": lambda double, **how: double.set_status("Twilio SMS", "x", 1, **how),
    "lists": lambda double, **how: double.plugins(**how),
    "logs in": lambda double, **how: double.call("AuthenticateImplicit", **how),
}
WHEN = [
    ({}, set(CALLS)),
    ({"operation": "SendMessages"}, {"sends"}),
    ({"operation": ["GetPlugins", "AuthenticateImplicit"]}, {"lists", "logs in"}),
    ({"services": "Services88"}, set(CALLS)),
    ({"services": ["Services84", "Services85"]}, set()),
    ({"plugin": "CM"}, {"sends", "sends with config", "creates"}),
    ({"plugin": {"pattern": "Twilio*"}}, {"sets"}),
    ({"plugin": None}, {"asks", "lists", "logs in"}),
    ({"plugin": {"any": False}}, {"asks", "lists", "logs in"}),
    ({"to": "+4711"}, {"sends", "creates"}),
    ({"to": {"pattern": "+47*"}}, {"sends", "creates"}),
    ({"to": {"pattern": "+44*"}}, {"sends", "sends with config"}),
    ({"from": None}, {"sends", "sends with config"}),
    ({"from": None, "to": "+4711"}, set()),
    ({"from": "Bank", "to": "+4711"}, {"sends"}),
    ({"content": {"contains": "code"}}, {"sends", "sends with config"}),
    ({"content": {"contains": "Code"}}, set()),
    ({"content": {"contains": "42", "pattern": "Koden*"}}, {"sends"}),
    ({"content": {"regex": r"is \d+$"}}, {"sends", "sends with config"}),
    ({"content": {"regex": "^(?i)koden er"}, "plugin": {"regex": "M$"}}, {"sends"}),
    ({"header": {"content-type": {"regex": "^text/xml; *charset="}}}, set(CALLS)),
    ({"format": "sms/160"}, {"sends"}),
    ({"config": {"user": "kari"}}, {"sends with config"}),
    ({"config": {"user": {"contains": "ol"}}}, {"sends with config"}),
    ({"config": [{"key": "user", "value": "ole"}, {"key": "user", "value": "kari"}]}, {"sends with config"}),
    ({"config": [{"key": "user", "value": "ole"}]}, set()),
    ({"xpath": "//m:To[starts-with(., '+47')]"}, {"sends", "creates"}),
    ({"xpath": "/s:Envelope/s:Body/m:GetPlugins"}, {"lists"}),
    ({"xpath": ["//m:To", "count(//m:OutgoingMessage) = 2"]}, {"sends"}),
    ({"xpath": "//a:int = 1"}, {"asks"}),
    ({"xpath": "//@i:nil"}, {"sends", "sends with config"}),
    ({"xpath": "false()"}, set()),
    ({"xpath": "0 div 0"}, set()),
    ({"xpath": "string-length(//m:Content) > 3", "operation": "SendMessages", "to": "+4711"}, {"sends"}),
]


@pytest.mark.parametrize(("when", "met"), WHEN, ids=[str(when) for when, _ in WHEN])
def test_a_rule_matches_the_calls_that_meet_all_of_its_when(double, make, when, met):
    make(double, when=when)
    assert {name for name, call in CALLS.items() if is_met(call(double))} == met


@pytest.mark.parametrize("soap", [SOAP11, SOAP12], ids=["SOAP 1.1", "SOAP 1.2"])
@pytest.mark.parametrize("services", sorted(VERSIONS))
def test_one_xpath_works_for_all_versions(double, make, soap, services):
    make(
        double,
        when={"xpath": "/s:Envelope/s:Body/m:SendMessages/m:OutgoingMessages/m:OutgoingMessage/m:To = '+4711'"},
    )
    assert is_met(double.send(NORWEGIAN, services=services, soap=soap))
    assert not is_met(double.send(BRITISH, services=services, soap=soap))


@pytest.mark.parametrize(
    ("header", "met"),
    [
        ({"x-RUN": "7"}, True),
        ({"X-Run": {"pattern": "?"}}, True),
        ({"X-Run": {"any": True}, "User-Agent": None}, True),
        ({"X-Run": "8"}, False),
        ({"User-Agent": {"contains": "zeep"}}, False),
        ({"Content-Type": {"pattern": "text/xml*"}}, True),
        ({"SOAPAction": {"pattern": '"*/SendMessages"'}}, True),
    ],
    ids=str,
)
def test_headers_are_those_of_http_in_any_letter_case(double, make, header, met):
    make(double, when={"header": header})
    assert is_met(double.post(SEND, ACTION, headers={"X-Run": "7"})) is met


def test_an_xpath_that_fails_on_a_request_is_not_met_and_leaves_a_note(double, make):
    make(double, name="counts", when={"xpath": "count(//m:To) > 0 and count(string(//m:To)) = 1"})
    answer = double.send(NORWEGIAN)
    assert answer.succeeded
    assert "rule 'counts': an xpath of it could not be evaluated: Invalid type" in answer.notes


@pytest.mark.parametrize(
    ("xpath", "few", "many"),
    [
        ("//*[count(//*[count(//m:To) > 0]) > 0]", 20, 300),
        ("//*[preceding::*[. = '+4711']]", 20, 3000),
        ("//m:To/preceding::*/following::* = '+4711'", 20, 300),
        ("//m:OutgoingMessage[m:To = preceding::m:To]", 1000, 3000),
        ("//m:To[1 < 2 and count(/s:Envelope//*) > 1]", 20, 3000),
        ("(//m:To | //m:To)/../m:To", 20, 3000),
        ("|".join(["/*/*/*/*/*"] * 80), 1000, 3000),
        ("//m:To[count(. | //m:To) = count(//m:To)]", 20, 3000),
        ("not(/*/*/*/*/*[position() > 0] != /*/*/*/*/*)", 1000, 4000),
        ("//m:OutgoingMessage[m:To = m:To]", 1000, 4000),
        ("//m:OutgoingMessage[not(//m:To != //m:To)]", 20, 300),
        ("contains(/*, //m:To)", 1000, 9000),
        ("//m:To[contains(/*, .)]", 20, 900),
        ("translate(/*, //m:To, 'x') != ''", 20, 9000),
        (f"concat({','.join(['/*'] * 150)}) != ''", 20, 9000),
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_xpath_that_would_take_too_long_on_a_large_request_is_not_met_and_leaves_a_note(
    double, make, xpath, few, many
):
    make(double, name="slow", when={"xpath": xpath})
    message = outgoing(To="+4711")
    assert is_met(double.send(*[message] * few))
    answer = double.send(*[message] * many)
    assert answer.succeeded
    assert "rule 'slow': an xpath of it could not be evaluated: it would take too long" in answer.notes


@pytest.mark.parametrize(
    "xpath",
    [
        "//m:To = '+4711'",
        "//m:To[starts-with(., '+47')] and //m:To[contains(., '11')] or //s:Body",
        "count(/s:Envelope/s:Body/m:SendMessages/m:OutgoingMessages/m:OutgoingMessage[m:To = '+4711']) = 3000",
        "//m:OutgoingMessage[3000][m:To]",
        "'+4711' = //m:To and count(//m:To) > 2999 and count(//m:To) = count(//m:OutgoingMessage)",
        "string(//m:To) = string((//m:To)[2]) and contains(string(//m:To), '47')",
        "concat(//m:To, '-', (//m:To)[2]) = '+4711-+4711'",
        "//m:To | //m:Content",
    ],
)
def test_an_xpath_that_scans_the_request_once_works_for_any_size(double, make, xpath):
    make(double, when={"xpath": xpath})
    assert is_met(double.send(*[outgoing(To="+4711")] * 3000))


def test_the_work_of_all_rules_for_one_call_is_bounded(double, make):
    for number in range(10):
        make(double, name=f"r{number}", when={"xpath": f"count(//m:To[not(. != ../m:To)]) < {number}"})
    assert "could not be evaluated" not in double.send(*[outgoing(To="+4711")] * 20).notes
    answer = double.send(*[outgoing(To="+4711")] * 1500)
    assert answer.succeeded
    assert "rule 'r0'" not in answer.notes
    assert "rule 'r9': an xpath of it could not be evaluated: it would take too long" in answer.notes


def test_the_operations_that_a_rule_can_name_are_those_of_the_contract():
    newest = VERSIONS[max(VERSIONS)]
    assert tuple(service_of("Messaging", newest).operations) == MESSAGING
    assert tuple(service_of("SoPrincipal", newest).operations) == PRINCIPAL
