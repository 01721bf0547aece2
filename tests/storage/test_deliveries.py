"""The deliveries that go on: what is due, what is polled, and how they are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from messaging_double.models.records import ENDED, NEW_TENANT, Delivery, DeliveryUpdate

MINUTE = timedelta(minutes=1)


@pytest.fixture
def keep_messages(storage, entry):
    """Keep messages from 1 on with these deliveries."""

    def keep_messages(*deliveries, tenant="Cust1"):
        entries = [entry(number, delivery=delivery) for number, delivery in enumerate(deliveries, 1)]
        with storage.writing() as unit:
            unit.outbox.add(tenant, entries)

    return keep_messages


def ids(pending):
    return [each.messaging_id for each in pending]


def test_what_is_due_comes_the_earliest_first_and_only_to_its_tenant(storage, keep_messages, noon):
    dues = [noon + 2 * MINUTE, noon, None, noon + MINUTE, noon, noon + 3 * MINUTE]
    keep_messages(None, *(Delivery("slow", 1, due=due) for due in dues))
    with storage.reading() as unit:
        assert ids(unit.deliveries.due("Cust1", noon + 2 * MINUTE)) == [3, 6, 5, 2]
        assert ids(unit.deliveries.due("Cust1", noon - MINUTE)) == []
        assert ids(unit.deliveries.due("Cust2", noon + 9 * MINUTE)) == []
    assert storage.state("Cust1").next_due == noon
    assert storage.state("Cust2") == NEW_TENANT


def test_what_is_polled_are_those_of_the_ids_that_wait_for_it(storage, keep_messages, noon):
    keep_messages(Delivery("a", 1, 2), Delivery("b", 1, due=noon), Delivery("c", 1, 1), None, Delivery("d", 1, 1))
    with storage.reading() as unit:
        asked = [5, 3, 3, 2, 1, 4, 99, 2**31, -(10**30), *range(100, 2000)]
        assert ids(unit.deliveries.polled("Cust1", asked)) == [1, 3, 5]
        assert unit.deliveries.polled("Cust1", []) == unit.deliveries.polled("Cust2", asked) == []
        assert unit.outbox.statuses("Cust1", [2, 4])[1] is False
        assert unit.outbox.statuses("Cust1", [2, 3])[1] is True


def test_one_message_is_given_as_it_stands(storage, keep_messages, entry, change, noon):
    delivery = Delivery("a", 1, 2, noon)
    keep_messages(delivery, None)
    with storage.writing() as unit:
        found = unit.deliveries.get("Cust1", 1)
        sent = entry(1)
        assert (found.messaging_id, found.plugin, found.session_key, found.services) == (
            1,
            sent.plugin,
            sent.session_key,
            sent.services,
        )
        assert found.message == replace(sent.message, suggested_session_key=None)
        assert (found.current, found.steps, found.delivery) == (sent.current, 0, delivery)
        assert [unit.deliveries.get("Cust1", number) for number in (2, 3, 10**30)] == [None] * 3
        unit.outbox.change_status("Cust1", 1, change(3))
        ended = unit.deliveries.get("Cust1", 1)
        assert (ended.steps, ended.delivery) == (2, Delivery("a", ENDED)), "a status from outside ends it"


def test_what_moved_is_in_the_history_and_waits_for_the_next(storage, keep_messages, change, noon):
    keep_messages(Delivery("a", 1, due=noon), Delivery("a", 1, 3))
    changes = (change(2, "Sent", 1, "simulation"), change(3, None, 2, "simulation"))
    with storage.writing() as unit:
        first, second = (unit.deliveries.get("Cust1", number) for number in (1, 2))
        unit.deliveries.keep("Cust1", [])
        unit.deliveries.keep(
            "Cust1", [DeliveryUpdate(first, changes, Delivery("a", 3)), DeliveryUpdate(second, (), Delivery("a", 1, 2))]
        )
    with storage.reading() as unit:
        moved, waiting = (unit.outbox.get("Cust1", number) for number in (1, 2))
        assert moved.statuses == (change(), *changes)
        assert (moved.updated, moved.delivery) == (changes[-1].at, Delivery("a", 3))
        assert (waiting.statuses, waiting.delivery) == ((change(),), Delivery("a", 1, 2))
        assert unit.outbox.statuses("Cust1", [1])[0][1].status == 3
    assert storage.state("Cust1").next_due is None


def test_who_waits_is_told_of_a_status_and_not_of_a_poll(storage, keep_messages, change):
    keep_messages(Delivery("a", 1, 3))
    told = []
    storage.on_change(told.append)
    for changes in ((), (change(2),)):
        with storage.writing() as unit:
            pending = unit.deliveries.get("Cust1", 1)
            unit.deliveries.keep("Cust1", [DeliveryUpdate(pending, changes, Delivery("a", 1, 2))])
    assert [each for each in told if each] == [{"Cust1"}]
