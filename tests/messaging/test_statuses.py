"""GetDeliveryStatus and SetDeliveryStatus: how a delivery stands, and who says so."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.answers import Status, is_nil
from support.envelopes import NIL, outgoing

from messaging_double.models.records import Plugin

SENT = "Handed over to the gateway"
REFUSED = "The gateway refused the message"


def unknown(number: int, status: int = -1) -> Status:
    return Status(status, f"Unknown MessagingId {number}", number)


def external_id(double, number: int, tenant="default") -> str:
    return double.get(f"/_mock/v1/tenants/{tenant}/outbox/{number}").json["externalMessageId"]


# SendMessages


@pytest.mark.parametrize("config", [None, []], ids=["SendMessages", "WithConfig"])
def test_a_message_that_the_gateway_took_has_status_1_and_one_that_it_refused_0(either_double, config) -> None:
    """As the vendor's published plugins have it: a failure at the gateway is a row with a text, and no exception."""
    sending = "SendMessages" if config is None else "SendMessagesWithConfig"
    answer = either_double.send(outgoing(), outgoing(To="+447700900006"), outgoing(), config=config)
    assert (answer.status, answer.succeeded, answer.exception) == (200, True, None)
    assert answer.statuses == [Status(1, SENT, 1), Status(0, REFUSED, 2), Status(1, SENT, 3)]
    for row, message in zip(answer.statuses, reversed(either_double.outbox()), strict=True):
        (change,) = message["statuses"]
        assert (message["status"], message["statusDescription"]) == row[:2]
        assert (change["status"], change["by"]) == (row.status, sending)
        assert (message["operation"], message["config"]) == (sending, config)
    assert either_double.get_status(2).statuses == [Status(0, REFUSED, 2)]


# GetDeliveryStatus


@pytest.fixture
def five_sent(start_double):
    """Return a double with five messages, which stay as they are."""
    double = start_double(profile="never")
    double.send(*[outgoing()] * 5)
    return double


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-2, 12) | st.sampled_from([2**31 - 1, -(2**31)]), max_size=40))
def test_there_is_a_row_for_each_id_asked(five_sent, numbers) -> None:
    expected = [Status(1, SENT, each) if 1 <= each <= 5 else unknown(each) for each in numbers]
    assert five_sent.get_status(*numbers).statuses == expected


def test_thousands_of_ids_are_answered(either_double) -> None:
    either_double.send(*[outgoing()] * 10)
    numbers = list(range(2400, -601, -1))
    rows = either_double.get_status(*numbers).statuses
    assert [(each.messaging_id, each.status) for each in rows] == [(n, 2 if 1 <= n <= 10 else -1) for n in numbers]


@pytest.mark.parametrize("numbers", [[], NIL, None], ids=["empty", "nil", "left out"])
def test_no_ids_are_no_statuses(either_double, numbers) -> None:
    answer = either_double.call("GetDeliveryStatus", MessagingIds=numbers)
    assert (answer.succeeded, answer.statuses) == (True, [])
    assert not is_nil(answer.response)


@pytest.mark.parametrize("status", [-1, 0, 99, -(2**31)])
def test_an_unknown_messaging_id_gets_a_row_that_says_so(start_double, status) -> None:
    double = start_double(statuses=(("unknown", status),), unknown_messaging_id="row", profile="never")
    double.send(outgoing())
    assert double.get_status(7, 1, -7).statuses == [unknown(7, status), Status(1, SENT, 1), unknown(-7, status)]


def test_an_unknown_messaging_id_is_left_out_where_set_so(start_double) -> None:
    double = start_double(unknown_messaging_id="omit")
    double.send(outgoing())
    assert double.get_status(7, 1, 8, 1).messaging_ids == [1, 1]
    assert double.get_status(7).statuses == []


def test_an_unknown_messaging_id_is_an_error_where_set_so(start_double) -> None:
    double = start_double(unknown_messaging_id="error")
    double.send(outgoing())
    answer = double.get_status(1, 7)
    assert (answer.succeeded, answer.statuses) == (False, None)
    assert answer.exception["Message"] == "Unknown MessagingId 7"
    assert double.get_status(1).succeeded


def test_asking_for_what_waits_for_nothing_changes_nothing(start_double) -> None:
    double = start_double(profile="never")
    double.send(outgoing())
    before = double.outbox()
    for _ in range(3):
        double.get_status(1, 2)
    assert double.outbox() == before
    assert double.reports() == []


def test_a_status_is_the_same_through_every_version(start_double) -> None:
    double = start_double(profile="never")
    double.send(outgoing(), services=84)
    for services in (84, 85, 86, 87, 88):
        assert double.get_status(1, services=services).statuses == [Status(1, SENT, 1)]


# SetDeliveryStatus


def test_exactly_the_message_of_the_pair_is_changed(start_double) -> None:
    double = start_double(profile="never")
    double.send(outgoing(), outgoing(), plugin="CM")
    double.send(outgoing(), plugin="Twilio SMS")
    double.send(outgoing(), tenant="Cust2")
    before = {message["messagingId"]: message for message in double.outbox()}
    theirs = double.outbox("Cust2")
    answer = double.set_status("CM", external_id(double, 2), 5, "Delivered")
    assert (answer.succeeded, answer.notes) == (True, "")
    after = {message["messagingId"]: message for message in double.outbox()}
    assert (after[1], after[3]) == (before[1], before[3])
    assert double.outbox("Cust2") == theirs
    changed = {name for name in after[2] if after[2][name] != before[2][name]}
    assert changed == {"status", "statusDescription", "updated", "statuses"}
    assert double.get_status(1, 2, 3).statuses == [Status(1, SENT, 1), Status(5, "Delivered", 2), Status(1, SENT, 3)]
    assert double.reports() == []


def test_any_status_is_taken_and_the_history_is_kept(either_double) -> None:
    either_double.send(outgoing())
    key = external_id(either_double, 1)
    for status, description in ((1, "Queued"), (2, NIL), (2**31 - 1, ""), (-(2**31), None), (None, "no number")):
        assert either_double.set_status("CM", key, status, description).succeeded
    (message,) = either_double.outbox()
    assert [(each["status"], each["statusDescription"], each["by"]) for each in message["statuses"]] == [
        (1, SENT, "SendMessages"),
        (1, "Queued", "SetDeliveryStatus"),
        (2, None, "SetDeliveryStatus"),
        (2**31 - 1, "", "SetDeliveryStatus"),
        (-(2**31), None, "SetDeliveryStatus"),
        (0, "no number", "SetDeliveryStatus"),
    ]
    assert either_double.get_status(1).statuses == [Status(0, "no number", 1)]
    times = [each["at"] for each in message["statuses"]]
    assert times == sorted(times)
    assert (message["registered"], message["updated"]) == (times[0], times[-1])


def test_a_message_sent_without_a_plugin_is_the_first_plugins(either_double) -> None:
    either_double.send(outgoing(), plugin="")
    key = external_id(either_double, 1)
    assert either_double.set_status("CM", key, 4).notes == ""
    assert either_double.set_status("", key, 5).notes == ""
    assert either_double.outbox()[0]["status"] == 5


UNMATCHED = {
    "unknown": ("CM", "unknown"),
    "nil": ("CM", NIL),
    "left out": ("CM", None),
    "empty": ("CM", ""),
    "blank after": ("CM", "{key} "),
    "blank before": ("CM", " {key}"),
    "part of it": ("CM", "{key:.31}"),
    "another plugin": ("Twilio SMS", "{key}"),
    "another case": ("cm", "{key}"),
    "wildcard": ("CM", "%"),
}


@pytest.mark.parametrize(("plugin", "key"), UNMATCHED.values(), ids=UNMATCHED)
def test_a_pair_that_no_message_has_is_kept_as_an_unmatched_report(either_double, plugin, key) -> None:
    either_double.send(outgoing())
    before = either_double.outbox()
    if isinstance(key, str):
        key = key.format(key=external_id(either_double, 1))
    answer = either_double.set_status(plugin, key, 3, "late", services=86)
    assert answer.succeeded
    assert answer.notes == "no message has this Plugin and ExternalMessageId: kept as an unmatched status report"
    (report,) = either_double.reports()
    assert report.pop("at")
    assert report == {
        "id": 1,
        "plugin": plugin,
        "externalMessageId": None if key is NIL else key,
        "status": 3,
        "statusDescription": "late",
        "services": "Services86",
    }
    assert either_double.outbox() == before


def test_a_pair_that_no_message_has_is_an_error_where_set_so(start_double) -> None:
    double = start_double(unknown_external_message_id="error")
    double.send(outgoing())
    for key in ("unknown", NIL):
        answer = double.set_status("CM", key, 3)
        assert not answer.succeeded
        assert "No message of the plugin 'CM' has the ExternalMessageId" in answer.exception["Message"]
    assert double.reports() == []
    assert double.set_status("CM", external_id(double, 1), 3).succeeded


@pytest.mark.parametrize("unmatched", ["accept", "error"])
def test_no_report_matches_a_message_whose_plugin_gives_no_external_ids(start_double, unmatched) -> None:
    plugins = (Plugin("CM", external_ids=False), Plugin("Twilio SMS"))
    double = start_double(plugins=plugins, profile="never", unknown_external_message_id=unmatched)
    for plugin in ("CM", "Twilio SMS", "", "of no catalogue"):
        double.send(outgoing(), plugin=plugin)
    cm, twilio, first, stranger = (external_id(double, number) for number in (1, 2, 3, 4))
    assert (cm, first) == (None, None)
    for plugin in ("CM", ""):
        for key in (twilio, "None", "", NIL):
            answer = double.set_status(plugin, key, 2)
            assert answer.succeeded is (unmatched == "accept")
            why = "the plugin 'CM' gives no external ids (external-ids = false): no report can match"
            assert double.steer("GET", "journal/latest").json["notes"][0] == why
    assert len(double.reports()) == (8 if unmatched == "accept" else 0)
    assert {message["status"] for message in double.outbox()} == {1}
    for plugin, key in (("Twilio SMS", twilio), ("of no catalogue", stranger)):
        assert double.set_status(plugin, key, 2).notes == ""
