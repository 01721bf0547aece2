"""The inbox, unmatched status reports, and tenants with their reset."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from messaging_double.models.records import NEW_TENANT, IncomingMessage, TenantState


def fill(unit, tenant, noon, count=3):
    for number in range(count):
        unit.inbox.add(tenant, IncomingMessage(content=str(number)), origin="reply", services=None, registered=noon)
        unit.status_reports.add(tenant, "p", str(number), 1, None, services="Services88", at=noon)


@pytest.mark.parametrize("collection", ["inbox", "status_reports"])
def test_ids_begin_at_1_for_each_tenant_and_pages_are_newest_first(storage, noon, collection):
    with storage.writing() as unit:
        fill(unit, "Cust1", noon, 5)
        fill(unit, "Cust2", noon, 2)
    with storage.reading() as unit:
        pages = getattr(unit, collection)
        assert [found.id for found in pages.search("Cust1", (), limit=3)[0]] == [5, 4, 3]
        assert [found.id for found in pages.search("Cust1", (), limit=3, before=3)[0]] == [2, 1]
        assert [found.id for found in pages.search("Cust2", (), limit=3)[0]] == [2, 1]
        assert [pages.search(tenant, (), limit=0)[1] for tenant in ("Cust1", "Cust2", "Cust3")] == [5, 2, 0]


@pytest.mark.parametrize("number", [0, 4, 2**31, 10**30, -(10**30)])
def test_an_unknown_id_of_the_inbox_gives_none(storage, noon, number):
    with storage.writing() as unit:
        fill(unit, "Cust1", noon)
        assert unit.inbox.get("Cust1", number) is None
        assert unit.inbox.get("Cust2", 1) is None


def test_a_tenant_is_there_from_its_first_write_on(storage, noon, entry):
    with storage.writing() as unit:
        assert unit.tenants.names() == []
        unit.outbox.reserve("b", 1)
        unit.inbox.add("a", IncomingMessage(), origin="CreateMessage", services="Services88", registered=noon)
        unit.status_reports.add("c", "p", None, 1, None, services="Services88", at=noon)
        unit.outbox.add("d", [entry()])
    with storage.reading() as unit:
        assert unit.tenants.names() == ["a", "b", "c", "d"]
        assert [unit.tenants.exists(tenant) for tenant in "abcde"] == [True, True, True, True, False]


def test_reading_makes_no_tenant(storage):
    with storage.writing() as unit:
        unit.outbox.search("Cust1", (), limit=5)
        unit.outbox.statuses("Cust1", [1])
        unit.tenants.reset("Cust1")
        assert unit.tenants.names() == []


def test_the_state_of_a_tenant_is_what_was_set_and_a_reset_forgets_it(storage, noon):
    assert storage.state("Cust1") == NEW_TENANT
    with storage.writing() as unit:
        unit.tenants.set("Cust1", auth="online", seed="s", frozen=noon, plugin_profiles='{"CM": "slow"}')
        unit.tenants.set("Cust1", offset=-7, profile="never")
        unit.outbox.reserve("Cust2", 1)
    seven = timedelta(microseconds=-7)
    state = TenantState("online", "s", noon, seven, "never", (("CM", "slow"),))
    assert storage.state("Cust1") == state
    assert storage.state("Cust2") == NEW_TENANT
    with storage.writing() as unit:
        unit.tenants.set("Cust1", frozen=None)
    assert storage.state("Cust1") == replace(state, frozen=None)
    with storage.writing() as unit:
        unit.tenants.reset("Cust1")
    assert storage.state("Cust1") == replace(NEW_TENANT, resets=1)


def test_a_reset_deletes_everything_of_the_tenant_and_nothing_of_others(storage, send, noon, entry, change):
    for tenant in ("Cust1", "Cust2"):
        send(storage, tenant, 3)
        with storage.writing() as unit:
            fill(unit, tenant, noon)
            unit.outbox.change_status(tenant, 1, change(9))
    with storage.writing() as unit:
        unit.tenants.reset("Cust1")
    with storage.writing() as unit:
        collections = (unit.outbox, unit.inbox, unit.status_reports)
        assert [collection.search("Cust1", (), limit=9) for collection in collections] == [([], 0)] * 3
        assert [collection.search("Cust2", (), limit=9)[1] for collection in collections] == [3, 3, 3]
        assert unit.tenants.names() == ["Cust2"]
        assert unit.outbox.reserve("Cust1", 1, first=40) == 40
        unit.outbox.add("Cust1", [entry(1)])
        assert unit.outbox.get("Cust1", 1) == entry(1), "no history of an earlier message 1"
        fill(unit, "Cust1", noon, 1)
        assert unit.inbox.search("Cust1", (), limit=9)[0][0].id == 1


def test_resets_are_counted_for_all_tenants_and_the_last_of_each_is_known(storage):
    for tenant in ("Cust1", "Cust2", "Cust2", "Cust1"):
        with storage.writing() as unit:
            unit.tenants.reset(tenant)
    with storage.reading() as unit:
        assert [unit.tenants.last_reset(each) for each in ("Cust1", "Cust2", "Cust3")] == [4, 3, 0]
    assert storage.state("Cust3").resets == 4


def test_of_many_tenants_only_the_latest_resets_are_kept(storage, monkeypatch):
    monkeypatch.setattr("messaging_double.storage.tenants._MOST_RESETS", 10)
    with storage.writing() as unit:
        for number in range(100):
            unit.tenants.delete(f"Cust{number}")
        known = [number for number in range(100) if unit.tenants.last_reset(f"Cust{number}")]
    assert known == list(range(90, 100))


def test_a_reset_and_what_followed_it_can_be_rolled_back(storage, send):
    send(storage, count=2)
    with pytest.raises(KeyError), storage.writing() as unit:  # noqa: PT012 - what is rolled back is the point
        unit.tenants.reset("Cust1")
        unit.outbox.reserve("Cust1", 1)
        raise KeyError
    assert send(storage) == [3]
