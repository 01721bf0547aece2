"""The outbox: ids, pages, statuses."""

from __future__ import annotations

import pytest

from messaging_double.models.records import MessageDeliveryStatus
from messaging_double.storage import StorageError, UnknownMessage

HUGE = [2**31, 2**63, 10**30, -(2**31) - 1, -(10**30)]


@pytest.mark.parametrize(
    ("reservations", "firsts"),
    [
        pytest.param([(1, 1), (1, 1)], [1, 2], id="one by one from 1"),
        pytest.param([(3, 1), (2, 1), (1, 1)], [1, 4, 6], id="several at once"),
        pytest.param([(2, 1000), (1, 1000)], [1000, 1002], id="from a start value"),
        pytest.param([(1, 10), (1, 99)], [10, 99], id="from a higher start value"),
        pytest.param([(1, 10), (1, 5)], [10, 11], id="a lower start value changes nothing"),
        pytest.param([(0, 7), (1, 7)], [7, 7], id="none take nothing"),
        pytest.param([(1, 2**31 - 1)], [2**31 - 1], id="the highest id"),
    ],
)
def test_reserved_ids_rise_without_gaps(storage, reservations, firsts):
    got = []
    for count, first in reservations:
        with storage.writing() as unit:
            got.append(unit.outbox.reserve("Cust1", count, first=first))
    assert got == firsts


def test_the_start_value_holds_for_a_tenant_that_had_only_incoming_messages(storage, noon):
    with storage.writing() as unit:
        unit.status_reports.add("Cust1", "p", None, 1, None, services="Services84", at=noon)
        assert unit.outbox.reserve("Cust1", 1, first=500) == 500


def test_ids_of_32_bits_can_be_used_up_and_nothing_is_taken_then(storage):
    with storage.writing() as unit:
        unit.outbox.reserve("Cust1", 1, first=2**31 - 2)
    with pytest.raises(StorageError, match=r"no ids left.*Reset the tenant"), storage.writing() as unit:
        unit.outbox.reserve("Cust1", 2)
    with storage.writing() as unit:
        assert unit.outbox.reserve("Cust1", 1) == 2**31 - 1


def test_a_negative_number_of_ids_is_refused(storage):
    with pytest.raises(ValueError, match="Cannot reserve -1"), storage.writing() as unit:
        unit.outbox.reserve("Cust1", -1)


def test_ids_that_were_added_without_a_reservation_are_not_given_out(storage, entry):
    with storage.writing() as unit:
        unit.outbox.add("Cust1", [entry(7), entry(3)])
        assert unit.outbox.reserve("Cust1", 1) == 8
        unit.outbox.add("Cust1", [entry(2)])
        assert unit.outbox.reserve("Cust1", 1) == 9


def test_nothing_to_add_does_nothing(storage):
    with storage.writing() as unit:
        unit.outbox.add("Cust1", [])
        assert not unit.tenants.exists("Cust1")


def test_an_entry_without_a_status_is_refused_before_anything_is_written(storage, entry):
    with storage.writing() as unit:
        with pytest.raises(ValueError, match="Message 2 has no status"):
            unit.outbox.add("Cust1", [entry(1), entry(2, statuses=())])
        assert unit.outbox.search("Cust1", (), limit=9) == ([], 0)


def test_an_id_that_is_taken_fails_and_the_whole_batch_is_not_kept(storage, send, entry):
    send(storage)
    with pytest.raises(StorageError, match=r"(?i)unique"), storage.writing() as unit:
        unit.outbox.add("Cust1", [entry(3), entry(2), entry(1)])
    with storage.reading() as unit:
        assert unit.outbox.search("Cust1", (), limit=9)[1] == 1


@pytest.mark.parametrize("count", [24, 25, 26, 50, 77])
def test_many_messages_are_kept_as_each_would_be(storage, entry, count):
    entries = [
        entry(number, plugin=f"p{number % 2}", config=() if number == count else None) for number in range(1, count + 1)
    ]
    with storage.writing() as unit:
        unit.outbox.add("Cust1", entries)
    with storage.reading() as unit:
        kept, total = unit.outbox.search("Cust1", [], limit=count)
    assert (kept[::-1], total) == (entries, count)


def test_statuses_are_of_those_that_exist_and_any_number_may_be_asked_for(storage, send):
    send(storage, count=3)
    asked = [*HUGE, 2, 2, 3, *range(100, 5000), -1, 0]
    with storage.reading() as unit:
        statuses, _ = unit.outbox.statuses("Cust1", asked)
        keys = unit.outbox.session_keys("Cust1", frozenset(asked))
        assert unit.outbox.statuses("Cust1", []) == ({}, False)
        assert unit.outbox.statuses("Cust2", asked) == ({}, False)
    assert statuses == {number: MessageDeliveryStatus(1, "Queued", number) for number in (2, 3)}
    assert keys == {2: "key-2", 3: "key-3"}


@pytest.mark.parametrize("messaging_id", [0, 2, *HUGE])
def test_an_unknown_message_has_no_entry_and_its_status_cannot_change(storage, send, change, messaging_id):
    send(storage)
    send(storage, "Cust2", count=2)
    with storage.writing() as unit:
        assert unit.outbox.get("Cust1", messaging_id) is None
        assert unit.deliveries.get("Cust1", messaging_id) is None
        with pytest.raises(UnknownMessage, match=f"Cust1 has no message {messaging_id} "):
            unit.outbox.change_status("Cust1", messaging_id, change())


@pytest.mark.parametrize(
    ("tenant", "plugin", "external_message_id", "found"),
    [
        ("Cust1", "Twilio SMS", "ext-2", 2),
        ("Cust1", "Twilio SMS", "again", 4),
        ("Cust1", "twilio sms", "ext-2", None),
        ("Cust1", "Twilio SMS", "EXT-2", None),
        ("Cust1", "Twilio SMS", "ext-2\0", None),
        ("Cust1", "Twilio SMS", "", None),
        ("Cust2", "Twilio SMS", "ext-2", None),
    ],
)
def test_a_pair_of_plugin_and_external_id_finds_the_newest_exact_match(  # noqa: PLR0917 - a table's columns
    storage, entry, tenant, plugin, external_message_id, found
):
    again = {"external_message_id": "again"}
    with storage.writing() as unit:
        unit.outbox.add("Cust1", [entry(1), entry(2), entry(3, **again), entry(4, **again), entry(5)])
        assert unit.outbox.find(tenant, plugin, external_message_id) == found
