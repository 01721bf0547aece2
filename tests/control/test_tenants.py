"""Tenants: there from their first use, listed, counted, kept apart, reset, deleted."""

from __future__ import annotations

from itertools import combinations

import pytest
from support.control import fill
from support.double import control_url, url_of
from support.envelopes import outgoing
from support.logins import HandClock, log_in

LIST = "/_mock/v1/tenants"


def names(double) -> list[str]:
    return [each["tenant"] for each in double.get(LIST).json["tenants"]]


def test_a_double_begins_without_tenants(double) -> None:
    assert double.get(LIST).json == {"tenants": []}


@pytest.mark.parametrize(
    "use",
    [
        lambda double: double.send(outgoing(), tenant="Cust7"),
        lambda double: double.create(tenant="Cust7"),
        lambda double: double.get_status(1, tenant="Cust7"),
        lambda double: double.plugins(tenant="Cust7"),
        lambda double: log_in(double, tenant="Cust7"),
        lambda double: double.get(f"{url_of(tenant='Cust7')}?wsdl"),
        lambda double: double.post(b"no XML", tenant="Cust7"),
        lambda double: double.get("/Cust7/nowhere"),
        lambda double: double.steer("PUT", "auth", {"auth": "onsite"}, tenant="Cust7"),
        lambda double: double.steer("PUT", "", {}, tenant="Cust7"),
        lambda double: double.steer("POST", "tickets", {"user": "ole"}, tenant="Cust7"),
    ],
    ids="send create status plugins login wsdl broken nowhere auth fill ticket".split(),
)
def test_a_tenant_is_there_from_its_first_use(double, use) -> None:
    use(double)
    assert names(double) == ["Cust7"]


@pytest.mark.parametrize("path", ["", "outbox", "inbox?wait=0s", "journal", "snapshots", "auth", "status-reports"])
def test_reading_creates_no_tenant(double, path) -> None:
    assert double.get(control_url("Cust7", path)).status == 200
    assert names(double) == []


def test_one_that_was_never_used_has_nothing(double) -> None:
    assert double.get(control_url("Cust7", "")).json == {
        "tenant": "Cust7",
        "auth": "none",
        "outbox": 0,
        "inbox": 0,
        "statusReports": 0,
        "journal": 0,
    }


def test_tenants_are_counted_in_alphabetical_order(double) -> None:
    double.send(outgoing(), outgoing(), tenant="b")
    fill(double, 2, "Cust1")
    double.plugins()
    listed = double.get(LIST).json["tenants"]
    assert [each["tenant"] for each in listed] == ["Cust1", "b", "default"]
    cust1, b, default = listed
    assert (cust1["outbox"], cust1["inbox"], cust1["statusReports"], cust1["journal"]) == (2, 2, 2, 5)
    assert (b["outbox"], b["inbox"], b["journal"]) == (2, 0, 1)
    assert (default["outbox"], default["journal"]) == (0, 1)
    assert double.get(control_url("b", "")).json == b


def test_a_deleted_tenant_is_gone_with_its_snapshots_and_no_other_is(start_double) -> None:
    double = start_double(clock=HandClock())
    for tenant in ("Cust1", "Cust2"):
        fill(double, 3, tenant)
        double.steer("POST", "snapshots", tenant=tenant)
    before = double.outbox("Cust2"), double.inbox("Cust2"), double.reports("Cust2")
    for _ in range(2):
        assert double.request("DELETE", control_url("Cust1", "")).status == 204
    assert names(double) == ["Cust2"]
    assert double.steer("GET", "snapshots", tenant="Cust1").json == {"snapshots": []}
    assert (double.outbox("Cust2"), double.inbox("Cust2"), double.reports("Cust2")) == before
    assert len(double.steer("GET", "snapshots", tenant="Cust2").json["snapshots"]) == 1
    assert double.send(outgoing(), tenant="Cust1").messaging_ids == [1]


def test_the_snapshots_of_tenants_that_were_reset_or_never_used_are_deleted_with_all_tenants(double) -> None:
    fill(double, 3, "Cust1")
    for tenant in ("Cust1", "Cust2"):
        double.steer("POST", "snapshots", tenant=tenant)
    double.reset("Cust1")
    assert double.request("DELETE", "/_mock/v1/tenants").json == {"deleted": 2}
    for tenant in ("Cust1", "Cust2"):
        assert double.steer("GET", "snapshots", tenant=tenant).json == {"snapshots": []}


def test_a_reset_tenant_is_as_if_it_was_never_used(start_double) -> None:
    double = start_double(clock=HandClock())
    began = double.steer("GET", "clock").json
    fill(double, 3)
    for method, rest, value in (
        ("PUT", "auth", {"auth": "onsite"}),
        ("POST", "clock/advance", {"by": "PT6H"}),
        ("PUT", "profile", {"profile": "fails"}),
        ("POST", "rules", {"name": "r", "then": {"http": 503}}),
    ):
        assert double.steer(method, rest, value).status < 300, (method, rest)
    double.reset()
    assert names(double) == []
    assert double.is_empty()
    assert double.steer("GET", "clock").json == began
    assert double.steer("GET", "auth").json == {"auth": "none"}
    assert double.steer("GET", "profile").json["profile"] is None
    assert double.steer("GET", "rules").json["rules"] == []
    fill(double, 2)
    assert names(double) == ["default"]
    for box, number in (("outbox", "messagingId"), ("inbox", "id"), ("reports", "id")):
        assert [each[number] for each in getattr(double, box)()] == [2, 1]
    found = double.get(control_url("default", "journal")).json
    assert ([each["id"] for each in found["exchanges"]], found["evicted"]) == ([5, 4, 3, 2, 1], 0)


@pytest.mark.parametrize("spelling", ["Cust123", "CUST123", "cust123", "cUsT123"])
def test_a_tenants_letter_case_is_folded_as_in_soap(double, spelling) -> None:
    double.send(outgoing(), tenant="CusT123")
    assert len(double.outbox(spelling)) == 1
    double.reset(spelling)
    assert double.outbox("Cust123") == []


@pytest.mark.parametrize(
    "tenant", ["a b", "æ", "a%b", "a?b", "a#b", "Ærø", "日本", ".", "..", "cust", "Cust1x", "a;b", "'--"]
)
def test_tenants_of_any_name_are_found_under_it(double, tenant) -> None:
    double.send(outgoing(To=tenant), tenant=tenant)
    assert [message["to"] for message in double.outbox(tenant)] == [tenant]
    assert double.outbox() == []


def test_a_reset_touches_no_other_tenant(double) -> None:
    for tenant in ("", "Cust1", "Cust12"):
        fill(double, 2, tenant)
    before = [(double.outbox(each), double.inbox(each), double.reports(each)) for each in ("default", "Cust12")]
    double.reset("Cust1")
    assert double.is_empty("Cust1")
    after = [(double.outbox(each), double.inbox(each), double.reports(each)) for each in ("default", "Cust12")]
    assert after == before


def test_a_reset_can_be_repeated_and_of_nothing(double) -> None:
    for tenant in ("never", "never", "default"):
        answer = double.request("POST", control_url(tenant, "reset"))
        assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize(("one", "other"), [*combinations(["\0", "\n", "\x7f", "\ufffd"], 2)])
def test_tenants_of_different_control_characters_are_different_tenants(double, one, other) -> None:
    double.send(outgoing(), tenant=one)
    assert len(double.outbox(one)) == 1
    assert double.is_empty(other)
