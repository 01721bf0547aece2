"""The deliveries that go on, as the storage gives and ends them; what they do is in tests/simulation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging_double.models.records import ENDED, Delivery


@pytest.fixture
def keep(storage, entry):
    """Keep messages from 1 on with these deliveries."""

    def keep(*deliveries):
        with storage.writing() as unit:
            unit.outbox.add("Cust1", [entry(number, delivery=each) for number, each in enumerate(deliveries, 1)])

    return keep


def test_what_is_due_comes_the_earliest_first(storage, keep, noon):
    keep(*(Delivery("slow", 1, due=noon + timedelta(minutes=minutes)) for minutes in (2, 0, 1, 0, 3)))
    with storage.reading() as unit:
        found = unit.deliveries.due("Cust1", noon + timedelta(minutes=2))
    assert [each.messaging_id for each in found] == [2, 4, 3, 1]


def test_a_status_from_outside_ends_the_delivery(storage, keep, change, noon):
    keep(Delivery("slow", 1, 2, noon))
    with storage.writing() as unit:
        unit.outbox.change_status("Cust1", 1, change(3))
    with storage.reading() as unit:
        assert unit.outbox.get("Cust1", 1).delivery == Delivery("slow", ENDED)
        assert unit.outbox.statuses("Cust1", [1])[1] is False, "it waits for no poll"
    assert storage.state("Cust1").next_due is None
