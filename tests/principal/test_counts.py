"""How often a client authenticated, and how often it used what it got: whatever the way of checking."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from support.envelopes import EVERYTHING
from support.logins import HandClock, carrying, log_in, made, send_with, ticket


def counts(double, tenant="default") -> tuple[int, int]:
    listed = double.steer("GET", "tickets", tenant=tenant).json
    return listed["authentications"], listed["uses"]


@pytest.mark.parametrize("way", ["none", "onsite", "online"])
def test_a_client_that_logs_in_for_each_call_is_told_from_one_that_keeps_its_ticket(start_double, way) -> None:
    double = start_double(auth=way)
    for _ in range(3):
        assert send_with(double, ticket(double, headers=carrying(application="x")), "x").succeeded
    assert counts(double) == (3, 3)
    carried = ticket(double, headers=carrying(application="x"))
    for name in EVERYTHING:
        assert double.call_xml(name, EVERYTHING[name], headers=carrying(carried, "x")).succeeded
    assert counts(double) == (4, 3 + len(EVERYTHING))
    for failed in ("nobody", "exception"):
        log_in(double, failed)
    double.steer("POST", "tickets", {"user": "ole"})
    assert counts(double) == (4, 3 + len(EVERYTHING)), "neither failed logins nor tickets by hand count"


def test_a_ticket_as_user_name_is_a_use(double) -> None:
    carried = ticket(double)
    log_in(double, carried, "")
    assert counts(double) == (1, 1)


def test_where_nothing_is_checked_a_dead_ticket_counts_and_stays_dead(start_double) -> None:
    clock = HandClock()
    double = start_double(clock=clock)
    carried = ticket(double)
    clock.advance(hours=7)
    before = double.steer("GET", "tickets/1").json
    assert send_with(double, carried).succeeded
    after = double.steer("GET", "tickets/1").json
    assert (after["state"], after["uses"]) == ("expired", 1)
    assert {**after, "uses": 0} == before


@pytest.mark.sqlite
def test_a_use_that_cannot_be_counted_fails_no_call(start_double, tmp_path, caplog) -> None:
    double = start_double(database=str(tmp_path / "kept.sqlite"))
    carried = ticket(double)
    with closing(sqlite3.connect(tmp_path / "kept.sqlite")) as other:
        other.execute("CREATE TRIGGER full BEFORE UPDATE ON ticket BEGIN SELECT RAISE(ABORT, 'full'); END")
    assert send_with(double, carried).succeeded
    assert (counts(double), len(double.outbox())) == ((1, 0), 1)
    assert "the use of a ticket was not counted: " in caplog.text


def test_where_nothing_is_checked_a_use_renews(start_double) -> None:
    clock = HandClock()
    double = start_double(clock=clock)
    carried = ticket(double)
    clock.advance(hours=5)
    send_with(double, carried)
    clock.advance(hours=5)
    assert double.steer("GET", "tickets/1").json["state"] == "active"


def test_forgeries_and_tickets_of_others_count_nowhere(double) -> None:
    carried = ticket(double, tenant="Cust1")
    assert send_with(double, carried, tenant="Cust2").succeeded
    assert send_with(double, made("x;1;Cust1"), tenant="Cust1").succeeded
    assert send_with(double, made("x;9999999999;Cust1"), tenant="Cust1").succeeded
    assert counts(double, "Cust1") == (1, 0)
    assert counts(double, "Cust2") == (0, 0)


def test_a_refused_call_is_no_use(start_double) -> None:
    double = start_double(auth="onsite")
    carried = ticket(double)
    double.steer("POST", "tickets/1/expire")
    assert not send_with(double, carried).succeeded
    assert counts(double) == (1, 0)


def test_what_the_domain_refuses_was_a_use(start_double) -> None:
    double = start_double(auth="onsite", unknown_plugin="error")
    assert not send_with(double, ticket(double), plugin="none such").succeeded
    assert counts(double) == (1, 1)
