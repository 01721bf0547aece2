"""Law: what is stored comes back unchanged, and only to its tenant."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from messaging_double.models.records import (
    Delivery,
    IncomingMessage,
    MessageDeliveryStatus,
    OutboxEntry,
    OutgoingMessage,
    StatusChange,
    StatusReport,
)

NUL = "" if os.environ.get("TEST_POSTGRES") == "1" else "\0"
"""PostgreSQL keeps no text with a NUL; no client can send one."""
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="" if NUL else "\0"))
MAYBE = st.none() | TEXT
INTS = st.integers(-(2**31), 2**31 - 1)
COUNTS = st.integers(1, 2**31 - 1)
MOMENTS = st.datetimes(
    datetime(1, 1, 3),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.sampled_from([timezone.utc, timezone(timedelta(hours=-5))]),
)
CHANGES = st.builds(StatusChange, INTS, MAYBE, MOMENTS, TEXT)
ENTRIES = st.builds(
    OutboxEntry,
    messaging_id=INTS.filter(lambda number: number < 2**31 - 1),
    external_message_id=MAYBE,
    plugin=TEXT,
    message=st.builds(OutgoingMessage, MAYBE, MAYBE, MAYBE, MAYBE, st.none() | INTS, MAYBE),
    session_key=TEXT,
    config=st.none() | st.lists(st.tuples(MAYBE, MAYBE), max_size=4).map(tuple),
    operation=TEXT,
    services=TEXT,
    registered=MOMENTS,
    updated=MOMENTS,
    position=COUNTS,
    statuses=st.lists(CHANGES, min_size=1, max_size=3).map(tuple),
    delivery=st.none() | st.builds(Delivery, TEXT.filter(bool), COUNTS, st.none() | COUNTS, st.none() | MOMENTS),
)


@settings(max_examples=40)
@given(st.lists(ENTRIES, min_size=1, max_size=5, unique_by=lambda entry: entry.messaging_id), TEXT)
def test_entries_of_the_outbox_come_back_unchanged_in_every_way_of_asking(kept, entries, tenant):
    with kept.writing() as unit:
        unit.tenants.reset(tenant)
        unit.outbox.add(tenant, entries)
    newest_first = sorted(entries, key=lambda entry: -entry.messaging_id)
    ids = [entry.messaging_id for entry in entries]
    with kept.reading() as unit:
        assert [unit.outbox.get(tenant, number) for number in ids] == entries
        assert unit.outbox.search(tenant, (), limit=100) == (newest_first, len(entries))
        assert unit.outbox.session_keys(tenant, ids) == {entry.messaging_id: entry.session_key for entry in entries}
        assert unit.outbox.statuses(tenant, ids) == (
            {
                entry.messaging_id: MessageDeliveryStatus(
                    entry.current.status, entry.current.status_description, entry.messaging_id
                )
                for entry in entries
            },
            any(entry.delivery is not None and entry.delivery.polls_left is not None for entry in entries),
        )
        newest = {(each.plugin, each.external_message_id): each.messaging_id for each in newest_first[::-1]}
        for (plugin, external_message_id), number in newest.items():
            if external_message_id is not None:
                assert unit.outbox.find(tenant, plugin, external_message_id) == number


@settings(max_examples=30)
@given(
    st.builds(IncomingMessage, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE),
    TEXT,
    st.builds(StatusReport, st.just(0), TEXT, MAYBE, INTS, MAYBE, TEXT, MOMENTS),
)
def test_what_came_in_comes_back_unchanged(kept, message, origin, report):
    _, *members, services, at = astuple(report)
    with kept.writing() as unit:
        number = unit.inbox.add("Cust1", message, origin=origin, services=services, registered=at)
        unit.status_reports.add("Cust1", *members, services=services, at=at)
    with kept.reading() as unit:
        found = unit.inbox.get("Cust1", number)
        (newest,), _total = unit.status_reports.search("Cust1", (), limit=1)
    assert (found.message, found.origin, found.services, found.registered) == (message, origin, services, at)
    assert found.registered.tzinfo is timezone.utc
    assert replace(newest, id=0) == report


def test_a_moment_without_a_zone_is_refused_with_the_cure(storage, entry):
    with pytest.raises(ValueError, match=r"needs a zone: got datetime.* expected one like"), storage.writing() as unit:
        unit.outbox.add("Cust1", [entry(1, updated=datetime(2026, 1, 1))])  # noqa: DTZ001 - that is the mistake


def test_a_message_of_ten_megabytes_comes_back(storage, entry):
    content = f"æ€😀{NUL}" * 2_500_000
    with storage.writing() as unit:
        unit.outbox.add("Cust1", [entry(1, message=OutgoingMessage(content=content))])
    with storage.reading() as unit:
        assert unit.outbox.get("Cust1", 1).message.content == content
