"""Snapshots: what a tenant has is put by, and comes back."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from support.control import assert_problem, fill
from support.double import control_url
from support.envelopes import credentials, outgoing
from support.logins import HandClock, ticket


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def double(start_double, clock):
    return start_double(clock=clock)


def take(double, name: str | None = None, tenant: str = "default"):
    return double.steer("POST", "snapshots", None if name is None else {"name": name}, tenant=tenant)


def restore(double, name: str = "default", tenant: str = "default"):
    return double.request("POST", control_url(tenant, f"snapshots/{name}/restore"))


def listed(double, tenant: str = "default") -> list[str]:
    return [each["name"] for each in double.get(control_url(tenant, "snapshots")).json["snapshots"]]


def contents(double, tenant: str = "default"):
    return double.outbox(tenant), double.inbox(tenant), double.reports(tenant), double.steer("GET", "auth").json


def test_what_was_there_comes_back_as_often_as_one_likes(double) -> None:
    fill(double, 3)
    double.steer("PUT", "auth", {"auth": "none"})
    before = contents(double)
    answer = take(double)
    assert (answer.status, answer.json) == (
        201,
        {"name": "default", "taken": "2026-11-21T08:04:57.120000Z", "messages": 6},
    )
    for change in (
        lambda: fill(double, 2),
        double.reset,
        lambda: double.request("DELETE", control_url("default", "outbox")),
        lambda: double.steer("PUT", "", {"outbox": [{}], "auth": "onsite"}),
    ):
        change()
        assert restore(double).status == 204
        assert contents(double) == before
    assert double.send(outgoing()).messaging_ids == [4]


def test_a_session_that_was_logged_in_is_so_again(start_double) -> None:
    double = start_double(auth="onsite")
    one = ticket(double)
    take(double, "logged-in")
    double.reset()
    assert not double.plugins(headers=credentials(one)).succeeded
    restore(double, "logged-in")
    assert double.plugins(headers=credentials(one)).succeeded


def test_the_journal_stays_what_it_is(double) -> None:
    double.plugins()
    take(double)
    double.plugins()
    restore(double)
    assert double.get(control_url("default", "journal")).json["total"] == 2


def test_snapshots_are_listed_the_earliest_first_and_replaced_by_name(double, clock) -> None:
    for name in ("b", "a", "Ærø 1"):
        take(double, name)
        clock.advance(hours=1)
    take(double, "b")
    assert listed(double) == ["a", "Ærø 1", "b"]


def test_snapshots_outlive_a_reset_and_each_tenant_has_its_own(double) -> None:
    double.send(outgoing(), tenant="Cust1")
    take(double, "s", "Cust1")
    double.reset("Cust1")
    assert (listed(double, "Cust1"), listed(double, "Cust2")) == (["s"], [])
    assert_problem(restore(double, "s", "Cust2"), 404, "Cust2", "has no snapshot 's'")
    assert restore(double, "s", "CUST1").status == 204
    assert len(double.outbox("Cust1")) == 1


def test_a_deleted_snapshot_is_gone(double) -> None:
    take(double, "s")
    one = control_url("default", "snapshots/s")
    assert double.request("DELETE", one).status == 204
    assert listed(double) == []
    assert_problem(double.request("DELETE", one), 404, "'s'", "those that it has are at")
    assert_problem(restore(double, "s"), 404, "'s'", "those that it has are at")


def test_a_simulated_delivery_goes_on_from_where_it_stood(start_double, clock) -> None:
    double = start_double(clock=clock, profile="slow")
    double.send(outgoing(To="1"))
    take(double)
    clock.advance(minutes=6)
    assert [len(each["statuses"]) for each in double.outbox()] == [2]
    restore(double)
    assert [len(each["statuses"]) for each in double.outbox()] == [2], "it is due still"


@pytest.mark.parametrize(
    ("name", "words"), [("", "not empty"), ("a\x1fb", "XML"), ("a/b", "without slashes"), ("a" * 256, "at most 255")]
)
def test_a_name_that_cannot_be_is_refused(double, name, words) -> None:
    assert_problem(take(double, name), 400, "name is", words)
    assert listed(double) == []


@pytest.mark.parametrize("name", ["a b", "æ", "restore", "..", "%2F", "a\nb"])
def test_a_name_is_any_text(double, name) -> None:
    take(double, name)
    quoted = quote(name, safe="")
    assert restore(double, quoted).status == 204
    assert double.request("DELETE", control_url("default", f"snapshots/{quoted}")).status == 204


@pytest.mark.parametrize("name", ["none", "a%1Fb", "%00"])
def test_a_name_that_no_snapshot_has_is_404(double, name) -> None:
    assert_problem(restore(double, name), 404, "has no snapshot")
