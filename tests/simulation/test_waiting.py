"""A long poll is woken by what becomes due while it waits, and by a clock that a test sets."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from support.envelopes import outgoing
from support.simulated import BEGIN, advance, moment, steer

from messaging_double.models.profiles import Profile, Step

SOON = timedelta(seconds=0.2)
PROFILES = (
    Profile("soon", steps=(Step("sent", after=SOON), Step("delivered", after=timedelta(0), reply="OK"))),
    Profile("timed", steps=(Step("delivered", after=timedelta(hours=6)),)),
    Profile("asked", steps=(Step("delivered", polls=1),)),
)
URLS = ("outbox?status=2&wait=10s", "inbox?wait=10s", "outbox/latest?status=2&wait=10s", "inbox/latest?wait=10s")
LATER = "2026-12-01T08:00:00Z"


def meanwhile(act, *arguments) -> threading.Timer:
    timer = threading.Timer(0.05, act, arguments)
    timer.start()
    return timer


@pytest.mark.parametrize("url", URLS)
def test_what_becomes_due_ends_the_wait_for_it(start_double, url):
    double = start_double(profiles=PROFILES, profile="soon")
    double.send(outgoing())
    sent = moment(double.outbox()[0]["registered"])
    shown = steer(double, "GET", url)
    (item,) = shown.get("messages", [shown])
    assert moment(item["registered" if "inbox" in url else "updated"]) - sent == SOON, "when it was due, not when seen"


def test_a_wait_ends_for_what_was_sent_meanwhile_too(start_double):
    double = start_double(profiles=PROFILES, profile="soon")
    timer = meanwhile(double.send, outgoing())
    assert steer(double, "GET", URLS[0])["total"] == 1
    timer.join()


def test_verify_waits_for_what_becomes_due(start_double):
    double = start_double(profiles=PROFILES, profile="soon")
    double.send(outgoing())
    assert double.steer("POST", "verify", {"match": {"status": 2}, "count": 1, "within": "10s"}).status == 200


@pytest.mark.parametrize(
    "act",
    [
        lambda double: advance(double, "1d"),
        lambda double: steer(double, "PUT", "clock", {"mode": "frozen", "now": LATER}),
        lambda double: steer(double, "PUT", "clock", {"mode": "shifted", "now": LATER}),
        lambda double: steer(double, "POST", "outbox/1/step"),
        lambda double: steer(double, "POST", "outbox/1/status", {"status": 2}),
        lambda double: double.get_status(2),
    ],
    ids=["advance", "frozen later", "shifted", "a step", "a status", "a poll"],
)
def test_whatever_advances_a_delivery_ends_the_wait_for_it(start_double, act):
    """The clock stands, so that nothing becomes due by itself."""
    double = start_double(clock=BEGIN, profiles=PROFILES, profile="timed")
    double.send(outgoing(), outgoing(To="asked@sim.test"))
    timer = meanwhile(act, double)
    assert steer(double, "GET", URLS[0])["total"] == 1
    timer.join()


def test_a_clock_that_stands_lets_a_wait_end_empty(start_double):
    double = start_double(clock=BEGIN, profile="slow")
    double.send(outgoing())
    assert steer(double, "GET", "outbox?status=2&wait=300ms")["total"] == 0
