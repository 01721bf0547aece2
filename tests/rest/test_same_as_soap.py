"""What came by REST is kept, delivered, found and answered otherwise as if it had come by SOAP."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.double import Double
from support.envelopes import outgoing
from support.rest import assert_exception, rest, send
from support.texts import xml_texts

NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
INT = st.integers(-(2**31), 2**31 - 1)
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.none() | xml_texts() for name in ("From", "To", "Content", "Format", "SuggestedSessionKey")},
        "ParentMessagingId": INT,
    },
)
CONFIG = st.none() | st.dictionaries(xml_texts(5), st.none() | xml_texts(5), max_size=3)


def shown(double, ids):
    """Return what there is to see of messages: by SOAP, by REST, and in the control API but for the way they came."""
    statuses = [tuple(each) for each in double.get_status(*ids).statuses]
    by_rest = rest(double, "GetDeliveryStatus", {"MessagingIds": ids}).json
    assert [(each["Status"], each["StatusDescription"], each["MessagingId"]) for each in by_rest] == statuses
    return statuses, [{**each, "services": None} for each in double.outbox()]


def soap_members(message):
    return {name: value for name, value in message.items() if value is not None}


@settings(max_examples=25)
@given(messages=st.lists(MESSAGES, min_size=1, max_size=3), plugin=xml_texts(), config=CONFIG)
def test_any_message_reads_back_as_if_sent_by_soap(messages, plugin, config):
    with Double(clock=NOON) as double:
        pairs = None if config is None else [(key, value) for key, value in config.items() if value is not None]
        by_soap = double.send(*[outgoing(**soap_members(each)) for each in messages], plugin=plugin, config=pairs)
        ids = by_soap.messaging_ids
        expected = shown(double, ids)
        double.reset()

        name, more = ("SendMessages", {}) if config is None else ("SendMessagesWithConfig", {"Config": dict(pairs)})
        sent = rest(double, name, {"Plugin": plugin, "OutgoingMessages": messages, **more})
        assert [(each["Status"], each["StatusDescription"], each["MessagingId"]) for each in sent.json] == [
            tuple(each) for each in by_soap.statuses
        ]
        assert shown(double, ids) == expected


def test_only_services_distinguishes_the_apis(double):
    send(double, {"To": "1", "From": "2"})
    double.send(outgoing(To="1", From="2"))
    by_soap, by_rest = double.outbox()
    differing = {name for name in by_soap if by_soap[name] != by_rest[name]}
    assert differing <= {
        "messagingId", "externalMessageId", "sessionKey", "services", "registered", "updated", "statuses",
    }  # fmt: skip
    assert (by_rest["services"], by_soap["services"]) == ("REST", "Services88")


@pytest.mark.parametrize(("services", "found"), [("REST", ["1"]), ("Services88", ["2"])])
def test_lists_are_filtered_by_the_api(double, services, found):
    send(double, {"To": "1"})
    double.send(outgoing(To="2"))
    answer = double.get(f"/_mock/v1/tenants/default/outbox?services={services}")
    assert [each["to"] for each in answer.json["messages"]] == found


def test_verify_finds_what_came_by_rest(double):
    send(double, {"To": "+4711", "Content": "Your code is 4711"})
    expectation = {"match": {"to": "+4711", "services": "REST"}, "count": 1}
    answer = double.steer("POST", "verify", expectation)
    assert (answer.status, answer.json["found"]) == (200, 1), answer


def test_a_rule_may_be_about_one_api(double):
    for transport in ("soap", "rest"):
        then = {"error": {"message": f"not by {transport}"}}
        assert double.steer("POST", "rules", {"when": {"transport": transport}, "then": then}).status == 201
    assert double.send(outgoing(To="1")).exception["Message"] == "not by soap"
    assert_exception(send(double, {"To": "1"}), "SoException", "not by rest")
    assert double.is_empty()


def test_a_rule_about_a_services_version_or_an_xpath_is_about_soap_alone(double):
    for when in ({"services": "Services88"}, {"xpath": "true()"}):
        double.steer("POST", "rules", {"when": when, "then": {"http": 503}})
    assert send(double, {"To": "1"}).status == 200


THENS = {
    "an in-band error": ({"error": {"message": "No."}}, 400, "No."),
    "a SOAP fault": ({"fault": {"text": "Too busy."}}, 500, "Too busy."),
    "an HTTP status": ({"http": 429, "body": "{}", "contentType": "application/json"}, 429, "{}"),
    "an error page": ({"wire": "html-error-page"}, 500, "<h1>Server Error</h1>"),
    "another media type": ({"wire": "wrong-media-type"}, 200, "MessagingId"),
    "another namespace": ({"wire": "wrong-namespace"}, 200, "MessagingId"),
}


@pytest.mark.parametrize(("then", "status", "words"), THENS.values(), ids=THENS)
def test_the_faults_of_rules_hold_for_rest(double, then, status, words):
    double.steer("POST", "rules", {"then": then})
    answer = send(double, {"To": "1"})
    assert (answer.status, words in answer.body.decode()) == (status, True), answer
    assert len(double.outbox()) == (status == 200)


def test_malformed_is_no_json_and_oversized_is_much(double):
    double.steer("POST", "rules", {"then": [{"wire": "malformed"}, {"wire": "oversized"}]})
    with pytest.raises(ValueError, match="control character"):
        _ = send(double, {"To": "1"}).json
    answer = send(double, {"To": "1"})
    assert len(answer.body) > 10 * 1024**2
    assert answer.json[0]["MessagingId"] == 2


def test_a_fault_of_the_body_leaves_an_answer_without_one_alone(double):
    double.steer("POST", "rules", {"then": [{"wire": "malformed"}, {"wire": "html-error-page"}]})
    answer = rest(double, "CreateMessage", {"IncomingMessage": {"To": "1"}})
    assert (answer.status, answer.body) == (204, b"")
    assert rest(double, "CreateMessage", {"IncomingMessage": {"To": "1"}}).status == 500


def test_magic_recipients_and_profiles_hold_for_rest(double):
    answer = send(double, {"To": "+447700900005"}, {"To": "fails@sim.test"})
    ids = [each["MessagingId"] for each in answer.json]
    statuses = rest(double, "GetDeliveryStatus", {"MessagingIds": ids}).json
    assert [each["Status"] for each in statuses] == [each.status for each in double.get_status(*ids).statuses]
    assert {each["profile"] for each in double.outbox()} == {"fails"}
    assert send(double, {"To": "http-503@sim.test"}).status == 503


def test_a_reply_to_what_came_by_rest_is_in_its_thread(double):
    answer = send(double, {"To": "+4711"})
    number = answer.json[0]["MessagingId"]
    assert double.steer("POST", f"outbox/{number}/reply", {"content": "OK"}).status == 201
    (reply,) = double.inbox()
    assert (reply["content"], reply["sessionKey"]) == ("OK", double.outbox()[0]["sessionKey"])
