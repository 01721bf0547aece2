"""Queries of the collections: pages, totals, counts, nearest misses, deletions."""

from __future__ import annotations

import sqlite3
import tracemalloc
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging_double.models.criteria import Criterion
from messaging_double.models.records import Exchange, IncomingMessage, OutgoingMessage
from messaging_double.storage import Storage

COLLECTIONS = ["outbox", "inbox", "status_reports", "journal"]
ODD = [Criterion("services", "is", "odd")]


def fill(storage, entry, noon, tenant="Cust1", count=10):
    """Put so many records into every collection; those with odd ids are of the Services `odd`."""
    with storage.writing() as unit:
        for number in range(1, count + 1):
            services = "odd" if number % 2 else "even"
            unit.outbox.add(tenant, [entry(number, services=services)])
            unit.inbox.add(tenant, IncomingMessage(), origin="reply", services=services, registered=noon)
            unit.status_reports.add(tenant, "p", None, 1, None, services=services, at=noon)
            exchange = Exchange(0, noon, "GET", "/", 200, 0, services=services)
            unit.journal.add(tenant, [exchange], most_entries=99, most_bytes=99)


@pytest.fixture(scope="module")
def filled(kept, entry, noon):
    """Return a storage with ten records of each kind, and four of another tenant, for tests that only read."""
    fill(kept, entry, noon)
    fill(kept, entry, noon, "Cust2", 4)
    return kept


def number_of(record):
    return record.messaging_id if hasattr(record, "messaging_id") else record.id


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize(
    ("criteria", "limit", "before", "ids", "total"),
    [
        pytest.param([], 3, None, [10, 9, 8], 10, id="all: a full page"),
        pytest.param([], 3, 3, [2, 1], 10, id="all: the last page"),
        pytest.param([], 10**30, 10**30, list(range(10, 0, -1)), 10, id="all: huge numbers"),
        pytest.param([], -1, -(10**30), [], 10, id="all: nonsense"),
        pytest.param(ODD, 3, None, [9, 7, 5], 5, id="a full page"),
        pytest.param(ODD, 5, None, [9, 7, 5, 3, 1], 5, id="a page that just fills"),
        pytest.param(ODD, 6, None, [9, 7, 5, 3, 1], 5, id="a page that does not fill"),
        pytest.param(ODD, 2, 7, [5, 3], 5, id="a full page below a cursor"),
        pytest.param(ODD, 9, 6, [5, 3, 1], 5, id="the last page"),
        pytest.param(ODD, 9, 1, [], 5, id="beyond it"),
        pytest.param(ODD, 0, None, [], 5, id="none"),
        pytest.param(ODD, 0, 5, [], 5, id="none below a cursor"),
        pytest.param(ODD, -1, -(10**30), [], 5, id="nonsense"),
        pytest.param(ODD, 10**30, 10**30, [9, 7, 5, 3, 1], 5, id="huge numbers"),
        pytest.param([*ODD, Criterion("services", "is", "even")], 9, None, [], 0, id="what nothing meets"),
    ],
)
def test_a_page_of_what_meets_the_criteria_is_newest_first_and_tells_how_many_do(  # noqa: PLR0917 - a table's columns
    filled, collection, criteria, limit, before, ids, total
):
    with filled.reading() as unit:
        found, counted = getattr(unit, collection).search("Cust1", criteria, limit=limit, before=before)
    assert ([number_of(each) for each in found], counted) == (ids, total)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize(
    ("criteria", "at_most", "count"),
    [([], None, 10), (ODD, None, 5), (ODD, 3, 3), (ODD, 9, 5), (ODD, 0, 0), (ODD, -1, 0), (ODD, 10**30, 5)],
)
def test_a_count_may_end_early(filled, collection, criteria, at_most, count):
    with filled.reading() as unit:
        assert getattr(unit, collection).count("Cust1", criteria, at_most=at_most) == count
        assert getattr(unit, collection).count("Cust3", criteria, at_most=at_most) == 0


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_what_meets_the_criteria_is_deleted_and_nothing_else(storage, entry, noon, collection):
    for tenant in ("Cust1", "Cust2"):
        fill(storage, entry, noon, tenant)
    with storage.writing() as unit:
        kept = getattr(unit, collection)
        assert kept.delete("Cust1", ODD) == 5
        assert [number_of(each) for each in kept.search("Cust1", (), limit=99)[0]] == [10, 8, 6, 4, 2]
        assert kept.delete("Cust1", ODD) == 0
        assert kept.delete("Cust1", ()) == 5
        assert kept.search("Cust1", (), limit=99) == ([], 0)
        assert kept.count("Cust2", ()) == 10
        assert unit.tenants.exists("Cust1")
        assert unit.outbox.reserve("Cust1", 1) == 11


def test_deleted_messages_take_their_histories_along(storage, send, entry, change):
    send(storage, count=4)
    with storage.writing() as unit:
        unit.outbox.change_status("Cust1", 2, change(9))
        assert unit.outbox.delete("Cust1", [Criterion("status", "is", 9)]) == 1
        assert unit.outbox.get("Cust1", 2) is None
        unit.outbox.add("Cust1", [entry(2)])
        assert unit.outbox.search("Cust1", (), limit=9) == ([entry(each) for each in (4, 3, 2, 1)], 4)


@settings(max_examples=25)
@given(st.sets(st.integers(-(2**31), 2**31 - 2), min_size=1, max_size=700), st.integers(1, 3))
def test_messages_however_far_apart_have_their_own_histories(entry, change, ids, steps):
    entries = [entry(each, statuses=tuple(change(each % 7 + step) for step in range(steps))) for each in sorted(ids)]
    with closing(Storage.open(None)) as storage, storage.writing() as unit:
        unit.outbox.add("Cust1", entries)
        unit.outbox.add("Cust2", [entry(each) for each in ids])
        assert unit.outbox.search("Cust1", (), limit=999) == (entries[::-1], len(entries))


def test_the_nearest_meet_the_most_criteria_and_the_newest_come_first(storage, entry):
    texts = [("a", "x"), ("a", "y"), ("b", "y"), ("a", "x"), (None, None)]
    with storage.writing() as unit:
        sent = [
            entry(number, message=OutgoingMessage(to=to, content=content))
            for number, (to, content) in enumerate(texts, 1)
        ]
        unit.outbox.add("Cust1", sent)
        unit.outbox.add("Cust2", [entry(9, message=OutgoingMessage(to="a", content="y"))])
    wanted = [Criterion("to", "is", "a"), Criterion("content", "contains", "y")]
    with storage.reading() as unit:
        for limit, ids in ((9, [2, 4, 3, 1, 5]), (2, [2, 4]), (0, [])):
            assert [each.messaging_id for each in unit.outbox.nearest("Cust1", wanted, limit=limit)] == ids
        assert [each.messaging_id for each in unit.outbox.nearest("Cust1", [], limit=2)] == [5, 4]
        assert unit.inbox.nearest("Cust1", [Criterion("to", "is", "a")], limit=2) == []


@pytest.mark.parametrize(
    "criterion",
    [
        lambda text: Criterion("config", "is", ((text, None),)),
        lambda text: Criterion("config", "is", (("key", text),)),
        lambda text: Criterion("config", "is", "value", text),
        lambda text: Criterion("content", "is", text),
    ],
    ids=["a key", "a value", "the key that is asked for", "a text"],
)
def test_what_was_asked_for_is_not_kept_where_it_is_large(storage, criterion):
    def search(text):
        with storage.reading() as unit:
            unit.outbox.search("Cust1", [criterion(text)], limit=1)

    size = 500_000
    search("x")  # what the first loads is kept
    tracemalloc.start()
    try:
        for number in range(20):
            search(str(number) + "x" * size)
        assert tracemalloc.get_traced_memory()[0] < 5 * size
    finally:
        tracemalloc.stop()


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("table", "condition", "index"),
    [
        ("outgoing_message", "session_key = 'x' AND has_shared_session_key", "outgoing_message_by_session_key"),
        ("outgoing_message", "external_message_id = 'x' AND has_own_external_id", "outgoing_message_by_external_id"),
        ("outgoing_message", "plugin = 'x' AND content GLOB 'x'", "PRIMARY KEY"),
        ("inbox", "session_key = 'x'", "inbox_by_session_key"),
    ],
)
def test_a_thread_is_found_by_its_index_and_what_most_messages_share_is_not(storage, table, condition, index):
    ask = f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE tenant = 'x' AND {condition}"  # noqa: S608
    with closing(sqlite3.connect(storage.path)) as connection:
        (step,) = connection.execute(ask).fetchall()
    assert f"USING INDEX {index}" in step[3] or f"USING {index}" in step[3]
