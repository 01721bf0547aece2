"""A long poll is woken by what becomes due while it waits; and by a clock that somebody turns."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from support.envelopes import outgoing
from support.simulated import BEGIN, advance, moment, steer

from messaging_double.models.profiles import Profile, Step

LENGTH = 0.2
SOON = Profile(
    "soon", steps=(Step("sent", after=timedelta(seconds=LENGTH)), Step("delivered", after=timedelta(0), reply="OK"))
)
URLS = ("outbox?status=2&wait=10s", "inbox?wait=10s", "outbox/latest?status=2&wait=10s", "inbox/latest?wait=10s")


@pytest.mark.parametrize("url", URLS)
def test_what_becomes_due_wakes_who_waits_for_it(start_double, url) -> None:
    double = start_double(profiles=(SOON,), profile="soon")
    double.send(outgoing())
    sent = moment(double.outbox()[0]["registered"])
    begin = time.monotonic()
    shown = steer(double, "GET", url)
    took = time.monotonic() - begin
    (item,) = shown.get("messages", [shown])
    at = moment(item["registered"] if "inbox" in url else item["updated"])
    assert at - sent == timedelta(seconds=LENGTH), "it happened when it was due, not when it was seen"
    assert took < 5  # of ten that it may take


def test_who_waits_is_woken_for_what_was_sent_meanwhile_too(start_double) -> None:
    double = start_double(profiles=(SOON,), profile="soon")
    timer = threading.Timer(0.05, lambda: double.send(outgoing()))
    timer.start()
    begin = time.monotonic()
    assert steer(double, "GET", URLS[0])["total"] == 1
    assert time.monotonic() - begin < 5
    timer.join()


def test_verify_waits_for_what_becomes_due(start_double) -> None:
    double = start_double(profiles=(SOON,), profile="soon")
    double.send(outgoing())
    expected = {"match": {"status": 2}, "count": 1, "within": "10s"}
    begin = time.monotonic()
    assert double.steer("POST", "verify", expected).status == 200
    assert time.monotonic() - begin < 5  # of ten that it may take


@pytest.mark.parametrize(
    "turn",
    [
        lambda double: advance(double, "1d"),
        lambda double: steer(double, "PUT", "clock", {"mode": "frozen", "now": "2026-12-01T08:00:00Z"}),
        lambda double: steer(double, "PUT", "clock", {"mode": "shifted", "now": "2026-12-01T08:00:00Z"}),
        lambda double: steer(double, "POST", "outbox/1/step"),
        lambda double: steer(double, "POST", "outbox/1/status", {"status": 2}),
        lambda double: double.get_status(2),
    ],
    ids=["advance", "frozen later", "shifted", "a step", "a status", "a poll"],
)
def test_whatever_takes_a_delivery_on_wakes_who_waits(start_double, turn) -> None:
    """The clock stands, so that nothing comes by itself."""
    steps = (Step("delivered", after=timedelta(hours=6)),)
    asked = (Step("delivered", polls=1),)
    double = start_double(
        clock=BEGIN, profiles=(Profile("timed", steps=steps), Profile("asked", steps=asked)), profile="timed"
    )
    double.send(outgoing(), outgoing(To="asked@sim.test"))
    timer = threading.Timer(0.05, turn, (double,))
    begin = time.monotonic()
    timer.start()
    assert steer(double, "GET", "outbox?status=2&wait=10s")["total"] == 1
    assert time.monotonic() - begin < 5
    timer.join()


def test_what_stands_still_is_not_waited_for_in_a_loop(start_double) -> None:
    double = start_double(clock=BEGIN, profile="slow")
    double.send(outgoing())
    begin = time.process_time()
    assert steer(double, "GET", "outbox?status=2&wait=300ms")["total"] == 0
    assert time.process_time() - begin < 0.15
