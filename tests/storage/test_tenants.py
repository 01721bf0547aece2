"""What is known of a tenant: its state, and its resets."""

from __future__ import annotations

from contextlib import closing

import pytest

from messaging_double.storage import Storage


def test_the_state_is_seen_by_others_at_once_and_rolled_back_with_its_transaction(storage, database):
    with closing(Storage.open(database)) as other:
        assert storage.state("Cust1").auth is None
        with storage.writing() as unit:
            unit.tenants.set("Cust1", auth="online")
            assert other.state("Cust1").auth is None
        for each in (storage, other):
            assert [each.state(tenant).auth for tenant in ("Cust1", "Cust2")] == ["online", None]
        with pytest.raises(KeyError), other.writing() as unit:  # noqa: PT012 - what is rolled back is the point
            unit.tenants.set("Cust1", auth=None)
            raise KeyError
        assert storage.state("Cust1").auth == "online"
        with other.writing() as unit:
            unit.tenants.set("Cust1", auth=None)
        assert storage.state("Cust1").auth is None


def test_asking_for_the_state_holds_nothing_open(storage, database):
    for _ in range(3):
        storage.state("Cust1")
    with closing(Storage.open(database, busy_timeout=0.01)) as other, other.writing() as unit:
        unit.tenants.set("Cust1", auth="none")
    assert storage.state("Cust1").auth == "none"


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
        for number in range(30):
            unit.tenants.delete(f"Cust{number}")
        known = [number for number in range(30) if unit.tenants.last_reset(f"Cust{number}")]
    assert known == list(range(20, 30))


def test_a_reset_and_what_followed_it_can_be_rolled_back(storage, send):
    send(storage, count=2)
    with pytest.raises(KeyError), storage.writing() as unit:  # noqa: PT012 - what is rolled back is the point
        unit.tenants.reset("Cust1")
        unit.outbox.reserve("Cust1", 1)
        raise KeyError
    assert send(storage) == [3]
