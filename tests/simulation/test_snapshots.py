"""A snapshot keeps what is still to come: pending deliveries, the clock, what a test has chosen."""

from __future__ import annotations

from support.envelopes import outgoing
from support.logins import carrying, ticket
from support.simulated import BEGIN, IN_TWO_STEPS, advance, after, history, numbers, polled, steer


def take(double) -> None:
    assert double.steer("POST", "snapshots", {"name": "before"}).status == 201


def restore(double) -> None:
    assert double.steer("POST", "snapshots/before/restore").status == 204


def test_what_was_pending_is_pending_again(start_double):
    double = start_double(clock=BEGIN, profiles=(IN_TWO_STEPS,), profile="in two steps")
    by = "profile in two steps"
    double.send(outgoing(), outgoing(To="+447700900002"), outgoing(To="+447700900010"))
    advance(double, "1m")
    take(double)
    for _ in range(2):
        assert [each["messagingId"] for each in advance(double)] == [1]
        assert polled(double, 2) == 2
        assert steer(double, "POST", "outbox/3/step")["status"] == 2
        assert history(double) == [(1, 0.0, "SendMessages"), (17, 30.0, by), (2, 330.0, by)]
        restore(double)
        assert [numbers(double, each) for each in (1, 2, 3)] == [[1, 17], [1], [1]]


def test_the_clock_stands_where_it_stood(start_double):
    double = start_double(clock=BEGIN)
    advance(double, "1h")
    take(double)
    advance(double, "1d")
    restore(double)
    assert after(steer(double, "GET", "clock")["now"]) == 3600.0
    steer(double, "PUT", "clock", {"mode": "real"})
    take(double)
    steer(double, "PUT", "clock", {"mode": "shifted", "offset": "1d"})
    restore(double)
    assert steer(double, "GET", "clock")["mode"] == "real"


def test_profiles_seed_and_tickets_are_those_of_then(start_double):
    double = start_double(clock=BEGIN, auth="onsite", ticket_seconds=60.0)
    double.steer("PUT", "", {"seed": "a"})
    steer(double, "PUT", "profile", {"profile": "never", "plugins": {"Twilio SMS": "slow"}})
    headers = carrying(ticket(double))
    take(double)
    first = double.send(outgoing(), headers=headers) and double.outbox()
    double.steer("PUT", "", {"seed": "b"})
    restore(double)
    assert steer(double, "GET", "profile") == {"profile": "never", "plugins": {"Twilio SMS": "slow"}}
    assert double.send(outgoing(), headers=headers).succeeded
    assert double.outbox() == first
    advance(double, "1h")
    restore(double)
    assert double.send(outgoing(), headers=headers).succeeded, "the time in which it expired has not come yet"


def test_ids_and_the_order_of_threads_go_on_from_there(start_double):
    double = start_double(clock=BEGIN)
    double.send(outgoing(Content="1", SuggestedSessionKey="k"))
    take(double)
    made = []
    for _ in range(2):
        steer(double, "POST", "outbox/1/reply", {"content": "2"})
        double.send(outgoing(Content="3", ParentMessagingId=1))
        made.append(steer(double, "GET", "threads/k"))
        restore(double)
    assert made[0] == made[1]
    assert [each["content"] for each in made[0]["messages"]] == ["1", "2", "3"]
