"""Everything that is due happens in its order, each thing at its own moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.double import Double
from support.envelopes import outgoing
from support.logins import carrying, ticket
from support.simulated import BEGIN, IN_TWO_STEPS, advance, after, history, inbox, numbers, steer

from messaging_double.models.profiles import Profile, Step


def told(happened):
    """Return what happened in short: when, what, and of which message or which name."""
    return [(after(each["at"]), each["what"], each["messagingId"] or each["name"]) for each in happened]


def timed(name: str, *seconds: float) -> Profile:
    """Return a profile with a status and a reply after each of these times."""
    steps = (
        Step(number, after=timedelta(seconds=each), reply=f"{name} {number}") for number, each in enumerate(seconds, 10)
    )
    return Profile(name, steps=tuple(steps))


def test_chains_of_several_messages_are_woven_by_time_within_one_turn(start_double) -> None:
    double = start_double(clock=BEGIN, profiles=(timed("a", 10, 10, 10), timed("b", 15, 10)))
    double.send(outgoing(To="b@sim.test"), outgoing(To="a@sim.test"))
    expected = [(10, 2), (15, 1), (20, 2), (25, 1), (30, 2)]
    happened = told(advance(double, "1m"))
    assert [(at, number) for at, what, number in happened if what == "status"] == expected
    assert [(at, number) for at, what, number in happened if what == "reply"] == expected
    assert [(content, at) for _, _, content, at in inbox(double)] == [
        ("a 10", 10.0),
        ("b 10", 15.0),
        ("a 11", 20.0),
        ("b 11", 25.0),
        ("a 12", 30.0),
    ]


def test_what_is_due_at_one_moment_happens_in_the_order_of_the_ids(start_double) -> None:
    double = start_double(clock=BEGIN, profiles=(timed("a", 10, 10), timed("b", 20)))
    double.send(*[outgoing(To=f"{name}@sim.test") for name in "abab"])
    happened = [(at, number) for at, what, number in told(advance(double, "20s")) if what == "status"]
    assert happened == [(10, 1), (10, 3), (20, 1), (20, 2), (20, 3), (20, 4)]


def test_what_is_due_at_the_very_moment_happens_and_what_is_after_it_does_not(start_double) -> None:
    double = start_double(clock=BEGIN, profile="slow")
    double.send(outgoing())
    assert advance(double, "299.999999s") == []
    assert told(advance(double, "0.000001s")) == [(300.0, "status", 1)]
    assert advance(double, "0s") == []


def test_nothing_happens_twice_and_nothing_after_it_was_set_by_hand(start_double) -> None:
    double = start_double(clock=BEGIN, profile="expires")
    double.send(outgoing(), outgoing())
    advance(double, "1m")
    steer(double, "POST", "outbox/1/status", {"status": "delivered"})
    assert told(advance(double, "1d")) == [(21600.0, "status", 2)]
    assert advance(double, "1d") == []
    assert [numbers(double, each) for each in (1, 2)] == [[1, 2], [1, 4]]


def test_what_was_deleted_does_not_happen(start_double) -> None:
    double = start_double(clock=BEGIN, profile="replies", profiles=(timed("a", 10),))
    double.send(outgoing(To="a@sim.test"), outgoing(To="a@sim.test"))
    assert double.steer("DELETE", "outbox/1").status == 204
    assert {number for _, _, number in told(advance(double, "1d"))} == {2}
    double.reset()
    assert advance(double, "1d") == []


def test_tickets_expire_on_the_way_and_are_refused_from_then_on(start_double) -> None:
    double = start_double(
        clock=BEGIN, auth="onsite", ticket_seconds=60.0, profiles=(IN_TWO_STEPS,), profile=IN_TWO_STEPS.name
    )
    first = ticket(double)
    advance(double, "20s")
    second = ticket(double)
    assert double.send(outgoing(), headers=carrying(second)).succeeded
    assert told(advance(double, "1h")) == [
        (50.0, "status", 1),
        (60.0, "ticket expired", "1"),
        (80.0, "ticket expired", "2"),
        (350.0, "status", 1),
    ]
    for each in (first, second):
        assert not double.send(outgoing(), headers=carrying(each)).succeeded
    assert advance(double, "1h") == []


def test_rules_expire_on_the_way_and_hold_no_more(start_double) -> None:
    double = start_double(clock=BEGIN, profile="slow")
    steer(double, "POST", "rules", {"name": "down", "then": {"http": 503}, "ttl": "5m"})
    assert double.send(outgoing()).status == 503
    assert told(advance(double, "299s")) == []
    assert double.send(outgoing()).status == 503
    assert told(advance(double, "1h")) == [(300.0, "rule expired", "down")]
    assert double.send(outgoing()).succeeded


def test_whatever_is_asked_first_sees_all_that_was_due(start_double) -> None:
    """Nothing runs in the background: SOAP, lists, verification and threads settle a tenant before they look."""
    moved = {"mode": "frozen", "now": "2026-11-22T08:00:00Z"}
    expected = {"match": {"status": 4}, "count": 1}
    for look in (
        lambda double: double.get_status(1).statuses[0].status == 4,
        lambda double: double.outbox()[0]["status"] == 4,
        lambda double: double.steer("GET", "outbox?status=4").json["total"] == 1,
        lambda double: double.steer("POST", "verify", expected).status == 200,
        lambda double: steer(double, "GET", "threads/k")["messages"][0]["status"] == 4,
        lambda double: steer(double, "GET", "outbox/latest?status=4")["messagingId"] == 1,
    ):
        double = start_double(clock=BEGIN, profile="expires")
        double.send(outgoing(SuggestedSessionKey="k"))
        steer(double, "PUT", "clock", moved)
        assert look(double)
        assert history(double)[-1] == (4, 21600.0, "profile expires")


# laws

LIVES = (timed("a", 10, 600, 7200), timed("b", 3600, 3600, 3600), timed("c", 0.5), timed("d", 21600))
NAMES = [f"{each.name}@sim.test" for each in LIVES] + ["slow@sim.test", "expires@sim.test", "never@sim.test"]
HOURS_6 = 21600


def told_of(double, count: int):
    """Return all that can be seen of so many messages and of what came in."""
    return [double.get(f"/_mock/v1/tenants/default/outbox/{each + 1}").body for each in range(count)], double.inbox()


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=8),
    st.lists(st.integers(0, HOURS_6), max_size=6).map(lambda cuts: sorted({*cuts, HOURS_6})),
)
def test_six_hours_in_any_parts_are_six_hours_at_once(recipients, cuts) -> None:
    with Double(clock=BEGIN, profiles=LIVES) as at_once, Double(clock=BEGIN, profiles=LIVES) as in_parts:
        for double in (at_once, in_parts):
            double.send(*[outgoing(To=each) for each in recipients])
        happened = advance(at_once, "PT6H")
        parts = []
        for begin, end in zip([0, *cuts], cuts, strict=False):
            parts += advance(in_parts, f"{end - begin}s")
        assert parts == happened
        assert [each["at"] for each in happened] == sorted(each["at"] for each in happened)
        assert told_of(in_parts, len(recipients)) == told_of(at_once, len(recipients))


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 4000)), min_size=1, max_size=6))
def test_each_step_comes_exactly_so_long_after_the_one_before(sendings) -> None:
    lives = {f"{each.name}@sim.test": [step.after.total_seconds() for step in each.steps] for each in LIVES}
    with Double(clock=BEGIN, profiles=LIVES) as double:
        begin, expected = 0.0, []
        for recipient, pause in sendings:
            double.send(outgoing(To=recipient))
            at, times = begin, []
            for length in lives.get(recipient, []):
                at += length
                times.append(at)
            expected.append(times)
            advance(double, f"{pause}s")
            begin += pause
        advance(double, "1d")
        for number, (recipient, _) in enumerate(sendings, 1):
            if recipient in lives:
                assert [at for _, at, _ in history(double, number)][1:] == expected[number - 1]


@pytest.mark.parametrize("count", [1, 400])
def test_a_long_chain_happens_within_one_turn(start_double, count) -> None:
    double = start_double(clock=BEGIN, profiles=(timed("chain", *[1.0] * count),), profile="chain")
    double.send(outgoing())
    happened = advance(double, "1h")
    assert len(happened) == 2 * count
    assert numbers(double) == [1, *range(10, 10 + count)]
