"""Statuses that a test sets: by the control API, by SetDeliveryStatus; and steps taken by hand."""

from __future__ import annotations

import pytest
from support.envelopes import outgoing
from support.simulated import BEGIN, IN_TWO_STEPS, advance, history, numbers, polled, steer


def external_id(double, messaging_id: int = 1) -> str:
    return steer(double, "GET", f"outbox/{messaging_id}")["externalMessageId"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("delivered", 2),
        ("not-sent", 0),
        ("expired", 4),
        ("unknown", -1),
        (2, 2),
        (99, 99),
        (-(2**31), -(2**31)),
        (2**31 - 1, 2**31 - 1),
    ],
)
def test_a_status_is_set_by_its_name_or_any_number(start_double, said, status) -> None:
    double = start_double(clock=BEGIN)
    double.send(outgoing())
    message = steer(double, "POST", "outbox/1/status", {"status": said, "description": "æ <&>"})
    assert (message["status"], message["statusDescription"]) == (status, "æ <&>")
    assert message == double.outbox()[0]
    assert double.get_status(1).statuses == [(status, "æ <&>", 1)]


@pytest.mark.parametrize(
    ("url", "said", "code", "words"),
    [
        ("outbox/1/status", {}, 400, "status is missing"),
        ("outbox/1/status", {"description": "x"}, 400, "status is missing"),
        ("outbox/1/status", {"status": "arrived"}, 400, "status is"),
        ("outbox/1/status", {"status": 2**31}, 400, "status is"),
        ("outbox/1/status", {"status": 1.5}, 400, "status is"),
        ("outbox/1/status", {"status": None}, 400, "status is"),
        ("outbox/1/status", {"status": True}, 400, "status is"),
        ("outbox/1/status", {"status": 1, "by": "me"}, 400, "by"),
        ("outbox/7/status", {"status": 1}, 404, "has no messagingId 7"),
        ("outbox/7/step", None, 404, "has no messagingId 7"),
    ],
)
def test_a_status_that_cannot_be_set_is_refused(double, url, said, code, words) -> None:
    double.send(outgoing())
    answer = double.steer("POST", url, said)
    assert answer.status == code
    assert words in answer.json["error"]
    assert numbers(double) == [1]


def test_the_history_says_who_did_it(start_double) -> None:
    double = start_double(clock=BEGIN, profiles=(IN_TWO_STEPS,), profile="in two steps")
    double.send(outgoing(), config=[])
    advance(double, "1m")
    steer(double, "POST", "outbox/1/status", {"status": "failed"})
    advance(double, "1m")
    double.set_status("CM", external_id(double), 2, "after all")
    assert history(double) == [
        (1, 0.0, "SendMessagesWithConfig"),
        (17, 30.0, "profile in two steps"),
        (3, 60.0, "control API"),
        (2, 120.0, "SetDeliveryStatus"),
    ]


@pytest.mark.parametrize("profile", ["slow", "delivers", "by-hand", "expires"])
@pytest.mark.parametrize("by", ["control API", "SetDeliveryStatus"])
def test_whoever_sets_a_status_ends_the_simulated_delivery(start_double, profile, by) -> None:
    double = start_double(clock=BEGIN, profile=profile)
    double.send(outgoing())
    if by == "control API":
        steer(double, "POST", "outbox/1/status", {"status": 77})
    else:
        double.set_status("CM", external_id(double), 77)
    assert polled(double) == 77
    assert advance(double, "7d") == []
    assert double.steer("POST", "outbox/1/step").status == 409
    assert history(double) == [(1, 0.0, "SendMessages"), (77, 0.0, by)]


def test_a_step_by_hand_is_counted_from_there(start_double) -> None:
    double = start_double(clock=BEGIN, profiles=(IN_TWO_STEPS,), profile="in two steps")
    double.send(outgoing())
    advance(double, "10s")
    steer(double, "POST", "outbox/1/step")
    advance(double, "1h")
    by = "profile in two steps"
    assert history(double) == [(1, 0.0, "SendMessages"), (17, 10.0, by), (2, 310.0, by)]


@pytest.mark.parametrize("final", [2, 3, 4, 0])
def test_what_is_final_is_changed_by_set_delivery_status_unless_set_otherwise(start_double, final) -> None:
    for final_statuses in ("open", "closed"):
        double = start_double(final_statuses=final_statuses)
        double.send(outgoing())
        assert double.set_status("CM", external_id(double), 1).succeeded
        assert double.set_status("CM", external_id(double), final).succeeded
        answer = double.set_status("CM", external_id(double), 1)
        assert answer.succeeded is (final_statuses == "open")
        assert numbers(double) == ([1, 1, final, 1] if answer.succeeded else [1, 1, final])


def test_a_closed_status_is_named_in_the_error(start_double) -> None:
    double = start_double(final_statuses="closed", statuses=(("expired", 44),))
    double.send(outgoing())
    double.set_status("CM", external_id(double), 4)
    assert double.set_status("CM", external_id(double), 44, "mapped").succeeded
    answer = double.set_status("CM", external_id(double), 2)
    assert answer.exception["Message"] == "Message 1 is expired (44), which is final."
    assert double.reports() == []


def test_a_test_may_set_what_is_closed_to_clients(start_double) -> None:
    double = start_double(final_statuses="closed", profile="at-once")
    double.send(outgoing())
    assert steer(double, "POST", "outbox/1/status", {"status": "failed"})["status"] == 3


def test_a_message_that_was_filled_in_has_no_delivery_to_go_on(start_double) -> None:
    double = start_double(clock=BEGIN)
    double.steer("PUT", "", {"outbox": [{"to": "+447700900003", "status": 1}]})
    assert polled(double) == 1
    assert advance(double, "1d") == []
    answer = double.steer("POST", "outbox/1/step")
    assert (answer.status, "(its profile: none)" in answer.json["error"]) == (409, True)
    assert steer(double, "GET", "outbox/1")["outcome"] is None
    assert steer(double, "POST", "outbox/1/status", {"status": "delivered"})["status"] == 2
