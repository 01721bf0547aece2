"""Verifying with a time: as long as it is not decided, it is waited for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest
from support.control import assert_problem
from support.envelopes import outgoing

LONG = "60s"


@pytest.mark.parametrize(
    ("expectation", "sent", "status"),
    [
        pytest.param({"within": LONG}, 1, 200, id="at least one, at once"),
        pytest.param({"count": 3, "within": LONG}, 3, 200, id="exactly so many"),
        pytest.param({"count": 3, "within": "0s"}, 2, 422, id="too few"),
        pytest.param({"count": 3, "within": "50ms"}, 2, 422, id="too few after the time"),
        pytest.param({"count": 1, "within": LONG}, 2, 422, id="too many already"),
        pytest.param({"atLeast": 2, "within": LONG}, 5, 200, id="more than so many"),
        pytest.param({"never": True, "within": "50ms"}, 0, 200, id="never, and it did not"),
        pytest.param({"never": True, "within": LONG}, 1, 422, id="never, but it did"),
        pytest.param({"count": 0, "within": "50ms"}, 0, 200, id="none"),
        pytest.param({"atMost": 2, "within": "50ms"}, 2, 200, id="not more than so many"),
        pytest.param({"atMost": 2, "within": LONG}, 3, 422, id="more than allowed"),
        pytest.param({"atLeast": 0, "within": LONG}, 0, 200, id="any number, at once"),
        pytest.param({"atLeast": 1, "atMost": 2, "within": "50ms"}, 2, 200, id="between"),
        pytest.param({"atLeast": 1, "atMost": 2, "within": "50ms"}, 0, 422, id="below the range"),
        pytest.param({"atLeast": 1, "atMost": 2, "within": LONG}, 3, 422, id="above the range"),
    ],
)
def test_what_was_sent_before_counts(double, expectation, sent, status) -> None:
    for _ in range(sent):
        double.send(outgoing())
    begin = monotonic()
    assert double.steer("POST", "verify", expectation).status == status
    assert monotonic() - begin < 20


@pytest.mark.parametrize(
    ("expectation", "status"),
    [
        ({"count": 2, "within": LONG}, 200),
        ({"match": {"content": {"contains": "2"}}, "within": LONG}, 200),
        ({"in": "outbox", "atLeast": 2, "within": LONG}, 200),
        ({"atMost": 1, "within": LONG}, 422),
        ({"atLeast": 1, "atMost": 1, "within": LONG}, 422),
        ({"match": {"content": "2"}, "never": True, "within": LONG}, 422),
    ],
)
def test_what_comes_meanwhile_decides(double, expectation, status) -> None:
    double.send(outgoing(Content="1"))
    with ThreadPoolExecutor(1) as threads:
        sending = threads.submit(lambda: double.send(outgoing(Content="2")))
        assert double.steer("POST", "verify", expectation).status == status
        sending.result(30)


@pytest.mark.parametrize(
    ("expectation", "sent"),
    [({"never": True}, 0), ({"count": 0}, 0), ({"atMost": 1}, 1), ({"atLeast": 1, "atMost": 1}, 1)],
    ids=str,
)
def test_a_maximum_holds_for_the_whole_time(double, expectation, sent) -> None:
    double.send(*[outgoing()] * sent)
    begin = monotonic()
    assert double.steer("POST", "verify", {**expectation, "within": 0.2}).status == 200
    assert monotonic() - begin >= 0.2


def test_a_count_is_met_by_the_first_message_though_a_duplicate_follows(double) -> None:
    double.send(outgoing())
    assert double.steer("POST", "verify", {"count": 1, "within": LONG}).status == 200
    double.send(outgoing())
    assert double.steer("POST", "verify", {"count": 1, "within": LONG}).status == 422


def test_the_inbox_can_be_expected_too(double) -> None:
    with ThreadPoolExecutor(1) as threads:
        coming = threads.submit(lambda: double.create(Content="Takk"))
        expectation = {"in": "inbox", "match": {"content": "Takk"}, "count": 1, "within": LONG}
        assert double.steer("POST", "verify", expectation).status == 200
        coming.result(30)


@pytest.mark.parametrize(
    ("expectation", "status"),
    [
        ({"never": True, "in": "inbox", "within": LONG}, 501),
        ({"atMost": 1, "within": LONG}, 501),
        ({"count": 3, "within": LONG}, 501),
        ({"atLeast": 3, "within": LONG}, 501),
        ({"match": {"content": "2"}, "never": True, "within": LONG}, 501),
        ({"match": {"content": "1"}, "never": True, "within": LONG}, 422),
        ({"count": 1, "within": LONG}, 200),
        ({"never": True, "within": "10ms"}, 422),
    ],
)
def test_a_server_that_waits_no_longer_gives_no_verdict(double, monkeypatch, expectation, status) -> None:
    monkeypatch.setattr("messaging_double.server.waiting.waiters.LONGEST_BLOCK", 0.05)
    double.send(outgoing(Content="1"))
    answer = double.steer("POST", "verify", expectation)
    assert answer.status == status
    if status == 501:
        assert_problem(answer, 501, "undecided after 25 seconds", "messaging-double serve")


def test_a_list_has_what_is_there_when_a_server_waits_no_longer(double, monkeypatch) -> None:
    monkeypatch.setattr("messaging_double.server.waiting.waiters.LONGEST_BLOCK", 0.05)
    double.send(outgoing(Content="1"))
    assert double.steer("GET", f"outbox?wait={LONG}&count=2").json["total"] == 1
