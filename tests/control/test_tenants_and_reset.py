"""Tenants are kept apart, and begin again with a reset."""

from __future__ import annotations

import pytest
from support.control import fill
from support.double import control_url
from support.envelopes import outgoing


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


def test_a_reset_empties_everything_and_starts_the_ids_again(double) -> None:
    fill(double, 3)
    double.reset()
    assert double.is_empty()
    fill(double, 2)
    assert [message["messagingId"] for message in double.outbox()] == [2, 1]
    assert [message["id"] for message in double.inbox()] == [2, 1]
    assert [report["id"] for report in double.reports()] == [2, 1]


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
