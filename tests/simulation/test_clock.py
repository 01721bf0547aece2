"""A tenant's clock: real, frozen, shifted, turned on; each tenant has its own."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

import pytest
from support.control import assert_problem
from support.envelopes import outgoing
from support.logins import BEGIN as HAND_BEGIN
from support.logins import HandClock, carrying, ticket
from support.simulated import BEGIN, IN_TWO_STEPS, advance, after, moment, numbers, steer

FROZEN = {"mode": "frozen", "now": "2026-11-21T08:00:00Z"}


def sent_at(double, tenant: str = "default") -> datetime:
    double.send(outgoing(), tenant=tenant)
    return moment(double.outbox(tenant)[0]["registered"])


def ahead_of_machine(double, tenant: str = "default") -> timedelta:
    """Return how far a tenant's messages are from the machine's time, to the second."""
    difference = sent_at(double, tenant) - datetime.now(timezone.utc)
    return timedelta(seconds=round(difference.total_seconds()))


def test_it_is_the_machines_unless_somebody_says_otherwise(double) -> None:
    shown = steer(double, "GET", "clock")
    assert (shown["mode"], shown["ahead"]) == ("real", "PT0S")
    assert ahead_of_machine(double) == timedelta()


def test_a_frozen_clock_stands(start_double) -> None:
    machine = HandClock()
    double = start_double(clock=machine)
    shown = steer(double, "PUT", "clock", FROZEN)
    assert (shown["mode"], shown["now"]) == ("frozen", "2026-11-21T08:00:00.000000Z")
    machine.advance(hours=5)
    assert sent_at(double) == BEGIN
    assert steer(double, "GET", "clock") == {**shown, "ahead": "-PT5H4M57.12S"}


def test_it_can_be_frozen_where_it_is(start_double) -> None:
    machine = HandClock()
    double = start_double(clock=machine)
    steer(double, "PUT", "clock", {"mode": "frozen"})
    machine.advance(hours=5)
    assert sent_at(double) == HAND_BEGIN
    steer(double, "PUT", "clock", {"mode": "frozen"})
    assert sent_at(double) == HAND_BEGIN


@pytest.mark.parametrize(
    ("new", "mode", "ahead"),
    [
        ({"mode": "shifted", "ahead": "PT6H"}, "shifted", "PT6H"),
        ({"mode": "shifted", "now": "2026-11-20T08:04:57.12Z"}, "shifted", "-P1D"),
        ({"mode": "shifted", "now": "2030-11-20T09:04:57.12+01:00"}, "shifted", "P1460D"),
        ({"mode": "real"}, "real", "PT0S"),
    ],
)
def test_a_clock_that_is_not_frozen_goes_on_with_the_machines(start_double, new, mode, ahead) -> None:
    machine = HandClock()
    double = start_double(clock=machine)
    steer(double, "PUT", "clock", FROZEN)
    shown = steer(double, "PUT", "clock", new)
    assert (shown["mode"], shown["ahead"]) == (mode, ahead)
    machine.advance(minutes=10)
    assert sent_at(double) - moment(shown["now"]) == timedelta(minutes=10)


def test_a_real_clock_that_is_turned_on_is_shifted_and_goes_on(start_double) -> None:
    machine = HandClock()
    double = start_double(clock=machine)
    for _ in range(2):
        advance(double, "PT3H")
    shown = steer(double, "GET", "clock")
    assert (shown["mode"], shown["ahead"]) == ("shifted", "PT6H")
    machine.advance(minutes=10)
    assert sent_at(double) == HAND_BEGIN + timedelta(hours=6, minutes=10)


def test_a_frozen_clock_that_is_turned_on_stands_there(start_double) -> None:
    machine = HandClock()
    double = start_double(clock=machine)
    steer(double, "PUT", "clock", FROZEN)
    assert steer(double, "POST", "clock/advance", {"by": 90}) == {"now": "2026-11-21T08:01:30.000000Z", "happened": []}
    machine.advance(hours=5)
    assert after("2026-11-21T08:01:30Z") == 90
    assert sent_at(double) == BEGIN + timedelta(seconds=90)


def test_it_is_turned_on_to_a_moment(start_double) -> None:
    double = start_double(clock=BEGIN, profile="slow")
    double.send(outgoing())
    turned = steer(double, "POST", "clock/advance", {"to": "2026-11-21T09:06:00+01:00"})
    assert turned["now"] == "2026-11-21T08:06:00.000000Z"
    assert [each["status"] for each in turned["happened"]] == [2]
    assert steer(double, "POST", "clock/advance", {"to": turned["now"]}) == {**turned, "happened": []}


def test_the_setting_freezes_all_tenants_until_one_says_otherwise(start_double) -> None:
    double = start_double(clock=BEGIN)
    advance(double, "PT1H", tenant="Cust1")
    steer(double, "PUT", "clock", {"mode": "real"}, tenant="Cust2")
    assert [sent_at(double, each) for each in ("default", "Cust1")] == [BEGIN, BEGIN + timedelta(hours=1)]
    assert ahead_of_machine(double, "Cust2") == timedelta()
    assert [steer(double, "GET", "clock", tenant=each)["mode"] for each in ("default", "Cust1", "Cust2")] == [
        "frozen",
        "frozen",
        "real",
    ]
    double.reset("Cust1")
    assert sent_at(double, "Cust1") == BEGIN


def test_turning_one_tenants_clock_lets_nothing_happen_in_another(start_double) -> None:
    double = start_double(clock=BEGIN, profiles=(IN_TWO_STEPS,), profile="in two steps")
    for tenant in ("Cust1", "Cust2"):
        double.send(outgoing(), tenant=tenant)
    assert len(advance(double, tenant="Cust1")) == 2
    assert numbers(double, tenant="Cust2") == [1]
    assert numbers(double, tenant="Cust1") == [1, 17, 2]


def test_a_new_tenant_begins_at_the_settings_time_however_its_clock_stood(start_double) -> None:
    double = start_double(clock=BEGIN)
    advance(double, "P30D")
    assert double.steer("PUT", "", {"outbox": [{"to": "1"}], "inbox": [{"from": "1"}]}).status == 200
    assert [after(each["registered"]) for each in (*double.outbox(), *double.inbox())] == [0.0, 0.0]
    assert after(steer(double, "GET", "clock")["now"]) == 0.0


def test_a_clock_that_is_turned_back_takes_nothing_back(start_double) -> None:
    double = start_double(clock=BEGIN, profiles=(IN_TWO_STEPS,), profile="in two steps")
    double.send(outgoing())
    advance(double, "1m")
    steer(double, "PUT", "clock", FROZEN)
    assert numbers(double) == [1, 17]
    assert [after(each["at"]) for each in advance(double, "7h")] == [330.0]


@pytest.mark.parametrize(
    "back",
    [
        FROZEN,
        {"mode": "shifted", "now": "2026-11-21T07:00:00Z"},
        {"mode": "shifted", "ahead": "PT0S"},
        {"mode": "real"},
    ],
    ids=["frozen", "shifted to a moment", "shifted", "real"],
)
def test_a_clock_that_is_set_back_revives_nothing_that_has_ended(start_double, back) -> None:
    double = start_double(clock=HandClock(), auth="onsite", ticket_seconds=3600.0)
    former = ticket(double)
    rule = {"name": "down", "then": {"http": 503}, "ttl": "30m"}
    steer(double, "POST", "rules", rule)
    assert [each["what"] for each in advance(double, "2h")] == ["rule expired", "ticket expired"]
    steer(double, "PUT", "clock", back)
    assert steer(double, "GET", "tickets/1")["state"] == "expired"
    assert steer(double, "GET", "rules")["rules"][0]["state"] == "expired"
    assert not double.send(outgoing(), headers=carrying(former)).succeeded
    assert steer(double, "POST", "tickets/expire")["expired"] == 0
    later = ticket(double)
    assert double.send(outgoing(), headers=carrying(later)).succeeded
    steer(double, "PUT", "rules/down", {**rule, "when": {"operation": "GetPlugins"}})
    assert [(each["what"], each["name"]) for each in advance(double, "2h")] == [
        ("rule expired", "down"),
        ("ticket expired", "2"),
    ]


def test_what_was_alive_is_alive_after_the_clock_was_set(start_double) -> None:
    double = start_double(clock=BEGIN, auth="onsite", ticket_seconds=3600.0)
    carried = ticket(double)
    steer(double, "POST", "rules", {"name": "down", "then": {"http": 503}, "ttl": "30m"})
    steer(double, "PUT", "clock", {"mode": "frozen", "now": "2026-11-21T08:29:59Z"})
    assert double.send(outgoing(), headers=carrying(carried)).status == 503
    steer(double, "PUT", "clock", {"mode": "frozen", "now": "2026-11-21T08:59:59Z"})
    assert double.send(outgoing(), headers=carrying(carried)).succeeded


@pytest.mark.parametrize("to", ["9000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
@pytest.mark.parametrize("clock", [FROZEN, {"mode": "real"}, {"mode": "shifted", "ahead": "PT6H"}])
def test_a_clock_that_is_turned_on_beyond_its_calendar_is_refused(double, clock, to) -> None:
    steer(double, "PUT", "clock", clock)
    answer = double.steer("POST", "clock/advance", {"to": to})
    assert_problem(answer, 400, "a clock goes from the year 1900 to 8999")


def test_what_a_new_clock_is_past_has_happened_at_its_own_time(start_double) -> None:
    double = start_double(clock=BEGIN, profiles=(IN_TWO_STEPS,), profile="in two steps")
    double.send(outgoing())
    steer(double, "PUT", "clock", {"mode": "frozen", "now": "2026-11-30T08:00:00Z"})
    assert [after(each["at"]) for each in steer(double, "GET", "outbox/1")["statuses"]] == [0.0, 30.0, 330.0]


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ({}, "mode is missing"),
        ({"mode": "stopped"}, "mode is"),
        ({"mode": "shifted"}, "shifted with nothing besides"),
        ({"mode": "shifted", "now": FROZEN["now"], "ahead": "1h"}, "shifted with ahead and now"),
        ({"mode": "real", "ahead": "1h"}, "real with ahead"),
        ({"mode": "frozen", "ahead": "1h"}, "frozen with ahead"),
        ({"mode": "frozen", "now": "noon"}, "now is"),
        ({"mode": "frozen", "now": "2026-11-21T08:00:00"}, "now is"),
        ({"mode": "frozen", "now": "9999-12-31T23:59:59Z"}, "a clock goes from the year 1900 to 8999"),
        ({"mode": "shifted", "now": "0001-01-01T00:00:00Z"}, "a clock goes from the year 1900 to 8999"),
    ],
)
def test_a_clock_that_cannot_be_is_refused_and_goes_on_as_before(start_double, new, words) -> None:
    double = start_double(clock=BEGIN)
    answer = double.steer("PUT", "clock", new)
    assert answer.status == 400
    assert words in answer.json["error"]
    assert '{"mode": "' in answer.json["hint"] or "expected" in answer.json["hint"]
    assert sent_at(double) == BEGIN


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ({}, "the body is {}"),
        ({"by": "1h", "to": "2027-01-01T00:00:00Z"}, "by and to do not go together"),
        ({"to": "2026-11-21T07:59:59Z"}, "to is before the tenant's now"),
        ({"by": "-PT1H"}, "by is"),
        ({"by": "1 month"}, "by is"),
        ({"by": "36526d"}, "by is"),
        ({"to": "9000-01-01T00:00:00Z"}, "a clock goes from the year 1900 to 8999"),
    ],
)
def test_what_it_cannot_be_turned_by_is_refused(start_double, by, words) -> None:
    double = start_double(clock=BEGIN, profile="slow")
    double.send(outgoing())
    answer = double.steer("POST", "clock/advance", by)
    assert answer.status == 400
    assert words in answer.json["error"]
    assert numbers(double) == [1]


def test_it_can_be_turned_to_the_end_of_its_years_and_no_further(start_double) -> None:
    double = start_double(clock=BEGIN, profile="slow")
    for _ in range(69):
        double.send(outgoing())
        assert double.steer("POST", "clock/advance", {"by": "36500d"}).status == 200
    assert double.steer("POST", "clock/advance", {"by": "36500d"}).status == 400
    assert {message["status"] for message in double.outbox()} == {2}
    assert double.send(outgoing()).succeeded


def test_no_turn_is_lost_among_threads(start_double) -> None:
    double = start_double(clock=BEGIN, profiles=(IN_TWO_STEPS,), profile="in two steps")
    double.send(outgoing())
    happened: list[str] = []

    def turn() -> None:
        for _ in range(5):
            happened.extend(each["at"] for each in advance(double, "10s"))

    threads = [threading.Thread(target=turn) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert after(steer(double, "GET", "clock")["now"]) == 400.0
    assert sorted(map(after, happened)) == [30.0, 330.0]
