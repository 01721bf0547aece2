"""The control API's tickets: seen, issued, ended; and the tenant's way of checking them."""

from __future__ import annotations

import json

import pytest
from support.control import assert_problem
from support.logins import HandClock, carrying, inside, log_in, refusal, send_with, ticket, ticket_in

from messaging_double.models import errors


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def onsite(start_double, clock):
    return start_double(auth="onsite", clock=clock)


def test_a_ticket_shows_its_user_state_and_uses(onsite, clock) -> None:
    carried = ticket(onsite, "kari")
    clock.advance(hours=1)
    send_with(onsite, carried)
    assert onsite.steer("GET", "tickets/1").json == {
        "number": 1,
        "ticket": f"{carried[:10]}…",
        "user": "kari",
        "origin": "AuthenticateUsernamePassword",
        "state": "active",
        "issued": "2026-11-21T08:04:57.120000Z",
        "renewed": "2026-11-21T09:04:57.120000Z",
        "expires": "2026-11-21T15:04:57.120000Z",
        "uses": 1,
    }


def test_the_list_is_newest_first_with_counts(onsite) -> None:
    for name in ("a", "b", "c"):
        send_with(onsite, ticket(onsite, name))
    onsite.call("AuthenticateImplicit")
    listed = onsite.steer("GET", "tickets").json
    assert [(each["number"], each["user"]) for each in listed["tickets"]] == [
        (4, "implicit"),
        (3, "c"),
        (2, "b"),
        (1, "a"),
    ]
    assert {name: listed[name] for name in ("total", "next", "authentications", "uses")} == {
        "total": 4,
        "next": None,
        "authentications": 4,
        "uses": 3,
    }


def test_the_list_has_pages(onsite) -> None:
    for _ in range(5):
        log_in(onsite)
    first = onsite.steer("GET", "tickets?limit=2").json
    second = onsite.steer("GET", f"tickets?limit=2&cursor={first['next']}").json
    third = onsite.steer("GET", f"tickets?limit=2&cursor={second['next']}").json
    assert [[each["number"] for each in page["tickets"]] for page in (first, second, third)] == [[5, 4], [3, 2], [1]]
    assert third["next"] is None
    assert_problem(onsite.steer("GET", "tickets?user=ole"), 400, 'unknown query parameter "user"')


def test_a_ticket_by_hand_is_given_in_full_once(onsite) -> None:
    answer = onsite.steer("POST", "tickets", {"user": "Åse"}, tenant="Cust1")
    assert answer.status == 201
    carried = answer.json["ticket"]
    assert inside(carried).endswith(";1;Cust1")
    assert (answer.json["user"], answer.json["origin"], answer.json["state"]) == ("Åse", "control API", "active")
    assert send_with(onsite, carried, tenant="Cust1").succeeded
    assert carried not in json.dumps(onsite.steer("GET", "tickets", tenant="Cust1").json)
    assert carried not in json.dumps(onsite.steer("GET", "tickets/1", tenant="Cust1").json)


def test_expire_ends_one_and_leaves_the_others(onsite) -> None:
    one, other = ticket(onsite), ticket(onsite)
    assert onsite.steer("POST", "tickets/1/expire").json["state"] == "expired"
    assert refusal(send_with(onsite, one)) == errors.TICKET_EXPIRED.message
    assert send_with(onsite, other).succeeded


def test_expire_of_all_says_how_many_were_alive(onsite, clock) -> None:
    elsewhere = ticket(onsite, tenant="Cust2")
    ticket(onsite)
    clock.advance(hours=7)
    alive = [ticket(onsite) for _ in range(4)]
    onsite.steer("DELETE", "tickets/2")
    assert onsite.steer("POST", "tickets/expire").json == {"expired": 3}
    assert onsite.steer("POST", "tickets/expire").json == {"expired": 0}
    assert not any(send_with(onsite, each).succeeded for each in alive)
    assert send_with(onsite, elsewhere, tenant="Cust2").succeeded


def test_expire_again_changes_nothing(onsite, clock) -> None:
    ticket(onsite)
    first = onsite.steer("POST", "tickets/1/expire").json
    clock.advance(hours=1)
    assert onsite.steer("POST", "tickets/1/expire").json == first
    onsite.steer("DELETE", "tickets/1")
    assert onsite.steer("POST", "tickets/1/expire").json == {**first, "state": "revoked"}


def test_a_revoked_ticket_says_so_to_its_client(onsite) -> None:
    carried = ticket(onsite)
    for _ in range(2):
        answer = onsite.steer("DELETE", "tickets/1")
        assert (answer.status, answer.body) == (204, b"")
    assert refusal(send_with(onsite, carried)) == errors.TICKET_REVOKED.message
    assert onsite.steer("GET", "tickets/1").json["state"] == "revoked"


@pytest.mark.parametrize("number", ["1", "0", "99999999999999999999", "4294967296"])
def test_a_ticket_that_is_not_there_is_a_problem(onsite, number) -> None:
    for method, rest in (("GET", ""), ("DELETE", ""), ("POST", "/expire")):
        assert_problem(onsite.steer(method, f"tickets/{number}{rest}"), 404, f"has no ticket {number}", "/tickets")


def test_the_way_of_a_tenant_is_that_of_the_settings_until_it_is_set(start_double) -> None:
    double = start_double(auth="onsite")
    assert double.steer("GET", "auth").json == {"auth": "onsite"}
    for way in ("none", "online", "onsite", None):
        expected = {"auth": way or "onsite"}
        assert double.steer("PUT", "auth", {"auth": way}).json == expected
        assert double.steer("GET", "auth").json == expected
        assert double.steer("GET", "auth", tenant="Cust1").json == {"auth": "onsite"}


def test_the_way_of_one_tenant_is_not_that_of_another(double) -> None:
    double.steer("PUT", "auth", {"auth": "onsite"}, tenant="Cust1")
    assert refusal(send_with(double, tenant="CUST1")) == errors.TICKET_MISSING.message
    assert send_with(double, tenant="Cust2").succeeded
    assert send_with(double).succeeded
    double.steer("PUT", "auth", {"auth": "none"}, tenant="Cust1")
    assert send_with(double, tenant="Cust1").succeeded


def test_the_way_set_beats_the_settings_in_both_directions(start_double) -> None:
    double = start_double(auth="online")
    double.steer("PUT", "auth", {"auth": "none"})
    assert send_with(double).succeeded
    double.steer("PUT", "auth", {"auth": "onsite"})
    assert send_with(double, ticket(double)).succeeded
    double.steer("PUT", "auth", {"auth": None})
    assert refusal(send_with(double)) == errors.APPLICATION_TOKEN_MISSING.message


def test_a_reset_forgets_the_tickets_the_counts_and_the_way_of_the_tenant_alone(onsite) -> None:
    mine, theirs = ticket(onsite), ticket(onsite, tenant="Cust2")
    send_with(onsite, mine)
    for tenant in ("default", "Cust2"):
        onsite.steer("PUT", "auth", {"auth": "online"}, tenant=tenant)
    onsite.reset()
    assert onsite.steer("GET", "tickets").json == {
        "tickets": [],
        "total": 0,
        "next": None,
        "authentications": 0,
        "uses": 0,
    }
    assert onsite.steer("GET", "auth").json == {"auth": "onsite"}
    assert onsite.steer("GET", "auth", tenant="Cust2").json == {"auth": "online"}
    assert refusal(send_with(onsite, mine)) == errors.TICKET_UNKNOWN.message
    assert send_with(onsite, theirs, "x", tenant="Cust2").succeeded
    assert ticket_in(log_in(onsite, headers=carrying(application="x")))
    assert [each["number"] for each in onsite.steer("GET", "tickets").json["tickets"]] == [1]
