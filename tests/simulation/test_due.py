"""Due events are applied in order, each with its own time."""

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


def short(events):
    """Return events in short: when, what, and of which message or which name."""
    return [(after(each["at"]), each["what"], each["messagingId"] or each["name"]) for each in events]


def of_kind(kind, events):
    return [(at, number) for at, what, number in short(events) if what == kind]


def timed(name: str, *seconds: float) -> Profile:
    """Return a profile with a status and a reply after each of these times."""
    return Profile(
        name,
        steps=tuple(
            Step(number, after=timedelta(seconds=each), reply=f"{name} {number}")
            for number, each in enumerate(seconds, 10)
        ),
    )


def test_the_steps_of_several_messages_are_merged_by_time(start_double):
    double = start_double(clock=BEGIN, profiles=(timed("a", 10, 10, 10), timed("b", 15, 10)))
    double.send(outgoing(To="b@sim.test"), outgoing(To="a@sim.test"))
    expected = [(10, 2), (15, 1), (20, 2), (25, 1), (30, 2)]
    events = advance(double, "1m")
    assert of_kind("status", events) == of_kind("reply", events) == expected
    replies = [(content, at) for _, _, content, at in inbox(double)]
    assert replies == [("a 10", 10.0), ("b 10", 15.0), ("a 11", 20.0), ("b 11", 25.0), ("a 12", 30.0)]


def test_events_of_one_moment_are_in_the_order_of_the_ids(start_double):
    double = start_double(clock=BEGIN, profiles=(timed("a", 10, 10), timed("b", 20)))
    double.send(*[outgoing(To=f"{name}@sim.test") for name in "abab"])
    expected = [(10, 1), (10, 3), (20, 1), (20, 2), (20, 3), (20, 4)]
    assert of_kind("status", advance(double, "20s")) == expected


def test_an_event_is_applied_at_its_very_moment_and_not_before(start_double):
    double = start_double(clock=BEGIN, profile="slow")
    double.send(outgoing())
    assert advance(double, "299.999999s") == []
    assert short(advance(double, "0.000001s")) == [(300.0, "status", 1)]
    assert advance(double, "0s") == []


def test_no_event_occurs_twice_or_after_a_status_was_set_by_hand(start_double):
    double = start_double(clock=BEGIN, profile="expires")
    double.send(outgoing(), outgoing())
    advance(double, "1m")
    steer(double, "POST", "outbox/1/status", {"status": "delivered"})
    assert short(advance(double, "1d")) == [(21600.0, "status", 2)]
    assert advance(double, "1d") == []
    assert [numbers(double, each) for each in (1, 2)] == [[1, 2], [1, 4]]


def test_a_deleted_message_has_no_events(start_double):
    double = start_double(clock=BEGIN, profile="replies", profiles=(timed("a", 10),))
    double.send(outgoing(To="a@sim.test"), outgoing(To="a@sim.test"))
    assert double.steer("DELETE", "outbox/1").status == 204
    assert {number for _, _, number in short(advance(double, "1d"))} == {2}
    double.reset()
    assert advance(double, "1d") == []


def test_tickets_expire_in_between_and_are_refused_from_then_on(start_double):
    double = start_double(
        clock=BEGIN, auth="onsite", ticket_seconds=60.0, profiles=(IN_TWO_STEPS,), profile=IN_TWO_STEPS.name
    )
    first = ticket(double)
    advance(double, "20s")
    second = ticket(double)
    assert double.send(outgoing(), headers=carrying(second)).succeeded
    expected = [(50.0, "status", 1), (60.0, "ticket expired", "1"), (80.0, "ticket expired", "2"), (350.0, "status", 1)]
    assert short(advance(double, "1h")) == expected
    assert not any(double.send(outgoing(), headers=carrying(each)).succeeded for each in (first, second))
    assert advance(double, "1h") == []


def test_rules_expire_in_between_and_answer_no_more(start_double):
    double = start_double(clock=BEGIN, profile="slow")
    steer(double, "POST", "rules", {"name": "down", "then": {"http": 503}, "ttl": "5m"})
    assert double.send(outgoing()).status == 503
    assert short(advance(double, "299s")) == []
    assert double.send(outgoing()).status == 503
    assert short(advance(double, "1h")) == [(300.0, "rule expired", "down")]
    assert double.send(outgoing()).succeeded


@pytest.mark.parametrize(
    "look",
    [
        lambda double: double.get_status(1).statuses[0].status == 4,
        lambda double: double.outbox()[0]["status"] == 4,
        lambda double: double.steer("GET", "outbox?status=4").json["total"] == 1,
        lambda double: double.steer("POST", "verify", {"match": {"status": 4}, "count": 1}).status == 200,
        lambda double: steer(double, "GET", "threads/k")["messages"][0]["status"] == 4,
        lambda double: steer(double, "GET", "outbox/latest?status=4")["messagingId"] == 1,
    ],
    ids=["SOAP", "the outbox", "a filter", "verify", "a thread", "the latest"],
)
def test_whatever_reads_first_sees_all_due_events(start_double, look):
    """Nothing runs in the background: SOAP, lists, verification and threads apply due events before they read."""
    double = start_double(clock=BEGIN, profile="expires")
    double.send(outgoing(SuggestedSessionKey="k"))
    steer(double, "PUT", "clock", {"mode": "frozen", "now": "2026-11-22T08:00:00Z"})
    assert look(double)
    assert history(double)[-1] == (4, 21600.0, "profile expires")


@pytest.mark.parametrize("count", [1, 400])
def test_one_advance_takes_a_long_chain_of_steps(start_double, count):
    double = start_double(clock=BEGIN, profiles=(timed("chain", *[1.0] * count),), profile="chain")
    double.send(outgoing())
    assert len(advance(double, "1h")) == 2 * count
    assert numbers(double) == [1, *range(10, 10 + count)]


# laws

OWN = (timed("a", 10, 600, 7200), timed("b", 3600, 3600, 3600), timed("c", 0.5), timed("d", 21600))
LENGTHS = {f"{each.name}@sim.test": [step.after.total_seconds() for step in each.steps] for each in OWN}
RECIPIENTS = st.sampled_from([*LENGTHS, "slow@sim.test", "expires@sim.test", "never@sim.test"])
HOURS_6 = 21600


def shown(double, count: int):
    """Return everything that is visible of so many messages and of the inbox."""
    return [double.get(f"/_mock/v1/tenants/default/outbox/{each + 1}").body for each in range(count)], double.inbox()


@settings(max_examples=12)
@given(
    st.lists(RECIPIENTS, min_size=1, max_size=8),
    st.lists(st.integers(0, HOURS_6), max_size=6).map(lambda cuts: sorted({*cuts, HOURS_6})),
)
def test_six_hours_in_any_parts_are_six_hours_at_once(recipients, cuts):
    with Double(clock=BEGIN, profiles=OWN) as at_once, Double(clock=BEGIN, profiles=OWN) as in_parts:
        for double in (at_once, in_parts):
            double.send(*[outgoing(To=each) for each in recipients])
        events = advance(at_once, "PT6H")
        parts = [
            event
            for begin, end in zip([0, *cuts], cuts, strict=False)
            for event in advance(in_parts, f"{end - begin}s")
        ]
        assert parts == events
        assert [each["at"] for each in events] == sorted(each["at"] for each in events)
        assert shown(in_parts, len(recipients)) == shown(at_once, len(recipients))


@settings(max_examples=12)
@given(st.lists(st.tuples(RECIPIENTS, st.integers(0, 4000)), min_size=1, max_size=6))
def test_each_step_comes_its_length_after_the_one_before(sendings):
    with Double(clock=BEGIN, profiles=OWN) as double:
        begin, expected = 0.0, []
        for recipient, pause in sendings:
            double.send(outgoing(To=recipient))
            lengths = LENGTHS.get(recipient, [])
            expected.append([begin + sum(lengths[: each + 1]) for each in range(len(lengths))])
            advance(double, f"{pause}s")
            begin += pause
        advance(double, "1d")
        for number, (recipient, _) in enumerate(sendings, 1):
            if recipient in LENGTHS:
                assert [at for _, at, _ in history(double, number)][1:] == expected[number - 1]
