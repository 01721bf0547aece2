"""A tenant's clock: real, frozen, shifted, advanced; each tenant has its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from support.control import assert_problem
from support.envelopes import outgoing
from support.logins import BEGIN as HAND_BEGIN
from support.logins import HandClock, carrying, ticket
from support.simulated import BEGIN, IN_TWO_STEPS, advance, after, moment, numbers, steer

FROZEN = {"mode": "frozen", "now": "2026-11-21T08:00:00Z"}
YEARS = "a clock goes from the year 1900 to 8999"


def at(text: str) -> dict[str, str]:
    return {"mode": "frozen", "now": f"2026-11-{text}Z"}


@pytest.fixture
def machine():
    return HandClock()


@pytest.fixture
def double(start_double, machine):
    """A double by a machine's clock that only a test advances."""
    return start_double(clock=machine)


@pytest.fixture
def timed(start_double):
    """A double whose clock stands, with one message that goes in two steps."""
    double = start_double(clock=BEGIN, profiles=(IN_TWO_STEPS,), profile=IN_TWO_STEPS.name)
    double.send(outgoing())
    return double


def sent_at(double, tenant: str = "default") -> datetime:
    double.send(outgoing(), tenant=tenant)
    return moment(double.outbox(tenant)[0]["registered"])


def is_by_the_machine(double, tenant: str = "default") -> bool:
    return abs(sent_at(double, tenant) - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_it_is_the_machines_by_default(start_double):
    double = start_double()
    shown = steer(double, "GET", "clock")
    assert (shown["mode"], shown["offset"]) == ("real", "PT0S")
    assert is_by_the_machine(double)


def test_a_frozen_clock_stands(double, machine):
    shown = steer(double, "PUT", "clock", FROZEN)
    assert (shown["mode"], shown["now"]) == ("frozen", "2026-11-21T08:00:00.000000Z")
    machine.advance(hours=5)
    assert sent_at(double) == BEGIN
    assert steer(double, "GET", "clock") == {**shown, "offset": "-PT5H4M57.12S"}


def test_it_can_be_frozen_where_it_is(double, machine):
    for _ in range(2):
        steer(double, "PUT", "clock", {"mode": "frozen"})
        machine.advance(hours=5)
        assert sent_at(double) == HAND_BEGIN


@pytest.mark.parametrize(
    ("new", "mode", "offset"),
    [
        ({"mode": "shifted", "offset": "PT6H"}, "shifted", "PT6H"),
        ({"mode": "shifted", "offset": "-P1DT0.5S"}, "shifted", "-P1DT0.5S"),
        ({"mode": "shifted", "offset": -90}, "shifted", "-PT1M30S"),
        ({"mode": "shifted", "now": "2026-11-20T08:04:57.12Z"}, "shifted", "-P1D"),
        ({"mode": "shifted", "now": "2030-11-20T09:04:57.12+01:00"}, "shifted", "P1460D"),
        ({"mode": "real"}, "real", "PT0S"),
    ],
)
def test_a_clock_that_is_not_frozen_runs_with_the_machines(double, machine, new, mode, offset):
    steer(double, "PUT", "clock", FROZEN)
    shown = steer(double, "PUT", "clock", new)
    assert (shown["mode"], shown["offset"]) == (mode, offset)
    machine.advance(minutes=10)
    assert sent_at(double) - moment(shown["now"]) == timedelta(minutes=10)


def test_advancing_shifts_a_real_clock_which_runs_on(double, machine):
    for _ in range(2):
        advance(double, "PT3H")
    shown = steer(double, "GET", "clock")
    assert (shown["mode"], shown["offset"]) == ("shifted", "PT6H")
    machine.advance(minutes=10)
    assert sent_at(double) == HAND_BEGIN + timedelta(hours=6, minutes=10)


def test_advancing_moves_a_frozen_clock_which_stands_there(double, machine):
    steer(double, "PUT", "clock", FROZEN)
    assert steer(double, "POST", "clock/advance", {"by": 90}) == {"now": "2026-11-21T08:01:30.000000Z", "events": []}
    machine.advance(hours=5)
    assert sent_at(double) == BEGIN + timedelta(seconds=90)


@pytest.mark.parametrize(
    ("by", "offset"),
    [
        ("6h30s", "PT6H30S"), ("1d2m", "P1DT2M"), ("1.5h500ms", "PT1H30M0.5S"), ("1m1m", None), ("h", None), ("", None),
        ("10", "PT10S"), ("\u0661\u0660", None), ("P1W2D", "P9D"), ("pt1,5s", "PT1.5S"), ("P", None), ("P1DT", None),
        ("999999999999d", None),
    ],
)  # fmt: skip
def test_a_length_of_time_may_have_several_units(double, by, offset):
    answer = double.steer("POST", "clock/advance", {"by": by})
    assert answer.status == (200 if offset else 400)
    assert offset is None or steer(double, "GET", "clock")["offset"] == offset


def test_it_advances_to_a_moment(start_double):
    double = start_double(clock=BEGIN, profile="slow")
    double.send(outgoing())
    advanced = steer(double, "POST", "clock/advance", {"to": "2026-11-21T09:06:00+01:00"})
    assert (advanced["now"], [each["status"] for each in advanced["events"]]) == ("2026-11-21T08:06:00.000000Z", [2])
    assert steer(double, "POST", "clock/advance", {"to": advanced["now"]}) == {**advanced, "events": []}


def test_the_setting_freezes_all_tenants_until_a_test_sets_one(start_double):
    double = start_double(clock=BEGIN)
    advance(double, "PT1H", tenant="Cust1")
    steer(double, "PUT", "clock", {"mode": "real"}, tenant="Cust2")
    assert [sent_at(double, each) for each in ("default", "Cust1")] == [BEGIN, BEGIN + timedelta(hours=1)]
    assert is_by_the_machine(double, "Cust2")
    modes = [steer(double, "GET", "clock", tenant=each)["mode"] for each in ("default", "Cust1", "Cust2")]
    assert modes == ["frozen", "frozen", "real"]
    double.reset("Cust1")
    assert sent_at(double, "Cust1") == BEGIN


def test_advancing_one_tenants_clock_changes_nothing_in_another(timed):
    timed.send(outgoing(), tenant="Cust1")
    assert len(advance(timed, tenant="Cust1")) == 2
    assert (numbers(timed), numbers(timed, tenant="Cust1")) == ([1], [1, 17, 2])


def test_a_new_tenant_begins_at_the_settings_time_however_its_clock_stood(start_double):
    double = start_double(clock=BEGIN)
    advance(double, "P30D")
    assert double.steer("PUT", "", {"outbox": [{"to": "1"}], "inbox": [{"from": "1"}]}).status == 200
    registered = [each["registered"] for each in (*double.outbox(), *double.inbox())]
    assert [after(each) for each in (*registered, steer(double, "GET", "clock")["now"])] == [0.0] * 3


def test_setting_a_clock_back_undoes_nothing(timed):
    advance(timed, "1m")
    steer(timed, "PUT", "clock", FROZEN)
    assert numbers(timed) == [1, 17]
    assert [after(each["at"]) for each in advance(timed, "7h")] == [330.0]


@pytest.mark.parametrize(
    "back",
    [
        FROZEN,
        {"mode": "shifted", "now": "2026-11-21T07:00:00Z"},
        {"mode": "shifted", "offset": "PT0S"},
        {"mode": "real"},
    ],
    ids=["frozen", "shifted to a moment", "shifted", "real"],
)
def test_setting_a_clock_back_revives_nothing_that_has_ended(start_double, machine, back):
    double = start_double(clock=machine, auth="onsite", ticket_seconds=3600.0)
    former = ticket(double)
    rule = {"name": "down", "then": {"http": 503}, "ttl": "30m"}
    steer(double, "POST", "rules", rule)
    assert [each["what"] for each in advance(double, "2h")] == ["rule expired", "ticket expired"]
    steer(double, "PUT", "clock", back)
    assert steer(double, "GET", "tickets/1")["state"] == "expired"
    assert steer(double, "GET", "rules")["rules"][0]["state"] == "expired"
    assert not double.send(outgoing(), headers=carrying(former)).succeeded
    assert steer(double, "POST", "tickets/expire")["expired"] == 0
    assert double.send(outgoing(), headers=carrying(ticket(double))).succeeded
    steer(double, "PUT", "rules/down", {**rule, "when": {"operation": "GetPlugins"}})
    ended = [(each["what"], each["name"]) for each in advance(double, "2h")]
    assert ended == [("rule expired", "down"), ("ticket expired", "2")]


def test_what_was_active_is_active_after_the_clock_was_set(start_double):
    double = start_double(clock=BEGIN, auth="onsite", ticket_seconds=3600.0)
    headers = carrying(ticket(double))
    steer(double, "POST", "rules", {"name": "down", "then": {"http": 503}, "ttl": "30m"})
    steer(double, "PUT", "clock", at("21T08:29:59"))
    assert double.send(outgoing(), headers=headers).status == 503
    steer(double, "PUT", "clock", at("21T08:59:59"))
    assert double.send(outgoing(), headers=headers).succeeded


def test_events_before_the_new_time_of_a_clock_have_their_own_time(timed):
    steer(timed, "PUT", "clock", at("30T08:00:00"))
    assert [after(each["at"]) for each in steer(timed, "GET", "outbox/1")["statuses"]] == [0.0, 30.0, 330.0]


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ({}, "mode is missing"),
        ({"mode": "stopped"}, "mode is"),
        ({"mode": "shifted"}, "shifted with nothing besides"),
        ({"mode": "shifted", "now": FROZEN["now"], "offset": "1h"}, "shifted with now and offset"),
        ({"mode": "real", "offset": "1h"}, "real with offset"),
        ({"mode": "frozen", "offset": "1h"}, "frozen with offset"),
        ({"mode": "shifted", "offset": "--1h"}, "with a - before it for what is behind"),
        ({"mode": "shifted", "offset": "-"}, "offset is"),
        ({"mode": "shifted", "offset": None}, "offset is"),
        ({"mode": "shifted", "offset": True}, "offset is"),
        ({"mode": "shifted", "offset": [1]}, "offset is"),
        ({"mode": "shifted", "offset": "-36526d"}, "at most a hundred years"),
        ({"mode": "frozen", "now": "noon"}, "now is"),
        ({"mode": "frozen", "now": "2026-11-21T08:00:00"}, "now is"),
        ({"mode": "frozen", "now": "9999-12-31T23:59:59Z"}, YEARS),
        ({"mode": "shifted", "now": "0001-01-01T00:00:00Z"}, YEARS),
    ],
)
def test_an_impossible_clock_is_refused_and_nothing_changes(start_double, new, words):
    double = start_double(clock=BEGIN)
    assert_problem(double.steer("PUT", "clock", new), 400, words)
    assert sent_at(double) == BEGIN


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ({}, "the body is {}"),
        ({"by": "1h", "to": "2027-01-01T00:00:00Z"}, "by and to do not go together"),
        ({"to": "2026-11-21T07:59:59Z"}, "to is before the tenant's now"),
        ({"by": "-PT1H"}, "by is"),
        ({"by": "1 month"}, "by is"),
        ({"by": "36526d"}, "at most a hundred years"),
    ],
)
def test_an_impossible_advance_is_refused(timed, by, words):
    assert_problem(timed.steer("POST", "clock/advance", by), 400, words)
    assert numbers(timed) == [1]


@pytest.mark.parametrize("clock", [FROZEN, {"mode": "real"}, {"mode": "shifted", "offset": "PT6H"}])
def test_no_clock_advances_beyond_its_calendar(double, clock):
    steer(double, "PUT", "clock", clock)
    for to in ("9000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"):
        assert_problem(double.steer("POST", "clock/advance", {"to": to}), 400, YEARS)


def test_it_advances_to_the_end_of_its_years_and_no_further(start_double):
    double = start_double(clock=BEGIN, profile="slow")
    for _ in range(69):
        double.send(outgoing())
        assert double.steer("POST", "clock/advance", {"by": "36500d"}).status == 200
    assert double.steer("POST", "clock/advance", {"by": "36500d"}).status == 400
    assert {message["status"] for message in double.outbox()} == {2}
    assert double.send(outgoing()).succeeded


def test_no_advance_is_lost_among_threads(timed):
    with ThreadPoolExecutor(8) as pool:
        advanced = list(pool.map(lambda _: advance(timed, "10s"), range(40)))
    assert after(steer(timed, "GET", "clock")["now"]) == 400.0
    assert sorted(after(event["at"]) for events in advanced for event in events) == [30.0, 330.0]
