"""Statuses that a test sets: by the control API, by SetDeliveryStatus; and steps taken by hand."""

from __future__ import annotations

import pytest
from support.control import assert_problem
from support.envelopes import outgoing
from support.simulated import BEGIN, IN_TWO_STEPS, advance, history, numbers, polled, steer

SENT = (1, 0.0, "SendMessages")


def send(start_double, *, profile="delivers", **how):
    double = start_double(clock=BEGIN, profiles=(IN_TWO_STEPS,), profile=profile, **how)
    double.send(outgoing())
    return double


def report(double, status, description=None):
    """Set the status of the message by SetDeliveryStatus."""
    external_id = steer(double, "GET", "outbox/1")["externalMessageId"]
    return double.set_status("CM", external_id, status, description)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("delivered", 2),
        ("not-sent", 0),
        ("expired", 4),
        ("unknown", -1),
        *((n, n) for n in (2, 99, -(2**31), 2**31 - 1)),
    ],
)
def test_a_status_is_set_by_its_name_or_any_number(start_double, given, status):
    double = send(start_double)
    message = steer(double, "POST", "outbox/1/status", {"status": given, "description": "æ <&>"})
    assert (message["status"], message["statusDescription"]) == (status, "æ <&>")
    assert message == double.outbox()[0]
    assert double.get_status(1).statuses == [(status, "æ <&>", 1)]


@pytest.mark.parametrize(
    ("url", "given", "code", "words"),
    [
        *(("outbox/1/status", each, 400, "status is missing") for each in ({}, {"description": "x"})),
        *(("outbox/1/status", {"status": each}, 400, "status is") for each in ("arrived", 2**31, 1.5, None, True)),
        ("outbox/1/status", {"status": 1, "by": "me"}, 400, "by"),
        ("outbox/7/status", {"status": 1}, 404, "has no messagingId 7"),
        ("outbox/7/step", None, 404, "has no messagingId 7"),
    ],
)
def test_an_impossible_status_is_refused(start_double, url, given, code, words):
    double = send(start_double)
    assert_problem(double.steer("POST", url, given), code, words)
    assert history(double) == [SENT]


def test_the_history_names_the_source_of_each_status(start_double):
    double = send(start_double, profile=IN_TWO_STEPS.name)
    advance(double, "1m")
    steer(double, "POST", "outbox/1/status", {"status": "failed"})
    advance(double, "1m")
    report(double, 2, "after all")
    by = [(17, 30.0, "profile in two steps"), (3, 60.0, "control API"), (2, 120.0, "SetDeliveryStatus")]
    assert history(double) == [SENT, *by]


@pytest.mark.parametrize("profile", ["slow", "delivers", "by-hand", "expires"])
@pytest.mark.parametrize("by", ["control API", "SetDeliveryStatus"])
def test_setting_a_status_ends_the_simulated_delivery(start_double, profile, by):
    double = send(start_double, profile=profile)
    if by == "control API":
        steer(double, "POST", "outbox/1/status", {"status": 77})
    else:
        report(double, 77)
    assert polled(double) == 77
    assert advance(double, "7d") == []
    assert double.steer("POST", "outbox/1/step").status == 409
    assert history(double) == [SENT, (77, 0.0, by)]


def test_the_time_of_later_steps_is_counted_from_a_step_by_hand(start_double):
    double = send(start_double, profile=IN_TWO_STEPS.name)
    advance(double, "10s")
    steer(double, "POST", "outbox/1/step")
    advance(double, "1h")
    by = "profile in two steps"
    assert history(double) == [SENT, (17, 10.0, by), (2, 310.0, by)]


@pytest.mark.parametrize("final", [2, 3, 4, 0])
@pytest.mark.parametrize("setting", ["open", "closed"])
def test_final_statuses_are_changed_by_set_delivery_status_unless_closed(start_double, final, setting):
    double = send(start_double, final_statuses=setting)
    assert report(double, 1).succeeded
    assert report(double, final).succeeded
    assert report(double, 1).succeeded is (setting == "open")
    assert numbers(double) == ([1, 1, final, 1] if setting == "open" else [1, 1, final])


def test_a_closed_status_is_named_in_the_error_and_a_test_may_change_it(start_double):
    double = send(start_double, final_statuses="closed", statuses=(("expired", 44),))
    report(double, 4)
    assert report(double, 44, "mapped").succeeded
    assert report(double, 2).exception["Message"] == "Message 1 is expired (44), which is final."
    assert double.reports() == []
    assert steer(double, "POST", "outbox/1/status", {"status": "failed"})["status"] == 3


def test_a_loaded_message_has_no_delivery(start_double):
    double = start_double(clock=BEGIN)
    double.steer("PUT", "", {"outbox": [{"to": "+447700900003", "status": 1}]})
    assert polled(double) == 1
    assert advance(double, "1d") == []
    assert_problem(double.steer("POST", "outbox/1/step"), 409, "(its profile: none)")
    assert steer(double, "GET", "outbox/1")["profile"] is None
    assert steer(double, "POST", "outbox/1/status", {"status": "delivered"})["status"] == 2
