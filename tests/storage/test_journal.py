"""The journal: ids, bytes, bounds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from messaging_double.models.criteria import Criterion
from messaging_double.models.records import Exchange, Wire

ROOMY = {"most_entries": 10**6, "most_bytes": 10**9}


@pytest.fixture(scope="session")
def exchange(noon):
    """Make an exchange whose request has so many bytes, and its answer none."""

    def make(size=10, **members):
        usual = {
            "method": "POST",
            "target": "/Remote/Services88/Messaging.svc",
            "status": 200,
            "duration": 0.25,
            "request": Wire(b"\0\xff" * (size // 2) + b"x" * (size % 2), size),
        }
        return Exchange(0, noon, **(usual | members))

    return make


def add(storage, exchanges, tenant="Cust1", **bounds):
    with storage.writing() as unit:
        unit.journal.add(tenant, exchanges, **(ROOMY | bounds))


def ids(storage, tenant="Cust1", criteria=()):
    with storage.reading() as unit:
        found, total = unit.journal.search(tenant, criteria, limit=10**6)
        assert total == len(found) == unit.journal.count(tenant, criteria)
        return [each.id for each in found]


def evicted(storage, tenant="Cust1"):
    with storage.reading() as unit:
        return unit.journal.evicted(tenant)


def test_an_exchange_comes_back_as_it_was_and_lists_leave_the_bytes_out(storage, noon):
    whole = Exchange(
        0,
        noon + timedelta(microseconds=7),
        "POST",
        "/Ærø",
        500,
        1e-6,
        "127.0.0.1:5",
        "Services84",
        "SendMessages",
        3,
        ("one", "é\n"),
        "why",
        "rule",
        "reset",
        Wire(b"\0\xff", 7),
        Wire(b"HTTP", 4),
        "9f3a1c07-1",
        noon,
    )
    broken = Exchange(0, noon, None, None, None, 0.0)
    add(storage, [whole, broken])
    add(storage, [])
    with storage.reading() as unit:
        assert [unit.journal.get("Cust1", number) for number in (1, 2)] == [replace(whole, id=1), replace(broken, id=2)]
        listed = [replace(broken, id=2), replace(whole, id=1, request=Wire(b"", 7, 2), response=Wire(b"", 4, 4))]
        assert unit.journal.search("Cust1", (), limit=9) == (listed, 2)
        assert unit.journal.nearest("Cust1", [Criterion("status", "is", 500)], limit=1) == listed[1:]


@pytest.mark.parametrize(
    ("bounds", "sizes", "left"),
    [
        pytest.param({"most_entries": 3}, [1] * 5, [5, 4, 3], id="by entries"),
        pytest.param({"most_entries": 5}, [1] * 5, [5, 4, 3, 2, 1], id="just enough room"),
        pytest.param({"most_bytes": 10}, [4] * 5, [5, 4], id="by bytes"),
        pytest.param({"most_bytes": 12}, [4] * 5, [5, 4, 3], id="just enough bytes"),
        pytest.param({"most_entries": 4, "most_bytes": 10}, [9, 1, 1, 1, 1], [5, 4, 3, 2], id="by both"),
        pytest.param({"most_bytes": 10}, [1, 1, 500], [3], id="a newest one that is too large alone"),
        pytest.param({"most_bytes": 10}, [500, 1, 1], [3, 2], id="an oldest one that is too large"),
        pytest.param({"most_entries": 0}, [1, 1], [2], id="no room at all"),
        pytest.param({"most_entries": 1000}, [1] * 1001, list(range(1001, 63, -1)), id="much room is made at once"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False], ids=["in one batch", "one by one"])
def test_the_oldest_leave_when_there_are_too_many_and_are_counted(storage, exchange, bounds, sizes, left, at_once):  # noqa: PLR0917 - a table's columns
    exchanges = [exchange(size) for size in sizes]
    for batch in [exchanges] if at_once else [[each] for each in exchanges]:
        add(storage, batch, **bounds)
    assert ids(storage) == left
    assert evicted(storage) == len(sizes) - len(left)


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=5), min_size=1, max_size=12),
    st.integers(1, 30),
    st.integers(0, 200),
    st.sets(st.integers(1, 60), max_size=3),
)
def test_the_bounds_hold_after_every_batch_and_nothing_leaves_for_no_reason(  # noqa: PLR0917 - hypothesis gives them
    kept, exchange, batches, most_entries, most_bytes, deleted
):
    with kept.writing() as unit:
        unit.tenants.reset("Cust1")
    sizes = {}
    for batch in batches:
        first = len(sizes) + 1
        sizes.update(enumerate(batch, first))
        add(kept, [exchange(size) for size in batch], most_entries=most_entries, most_bytes=most_bytes)
        left = ids(kept)
        bytes_left = sum(sizes[number] for number in left)
        assert left[0] == len(sizes)
        assert left == [len(sizes)] or (len(left) <= most_entries and bytes_left <= most_bytes)
        with kept.writing() as unit:
            for number in deleted:
                unit.journal.delete("Cust1", [Criterion("id", "is", number)])
    with kept.writing() as unit:
        state = unit.journal.count("Cust1", ()), unit.journal.evicted("Cust1")
        gone = len(sizes) - sum(state)
    assert 0 <= gone <= len(deleted), "what was deleted by hand, and nothing else, is neither there nor evicted"


def test_what_was_deleted_makes_room_and_its_ids_are_not_given_out_again(storage, exchange):
    add(storage, [exchange(40, method="GET"), exchange(40), exchange(40)])
    with storage.writing() as unit:
        assert unit.journal.delete("Cust1", [Criterion("method", "is", "GET")]) == 1
        assert unit.journal.delete("Cust1", [Criterion("method", "is", "GET")]) == 0
    add(storage, [exchange(40)], most_bytes=120, most_entries=3)
    assert (ids(storage), evicted(storage)) == ([4, 3, 2], 0)
    with storage.writing() as unit:
        assert unit.journal.delete("Cust1", ()) == 3
    add(storage, [exchange(120)], most_bytes=120, most_entries=3)
    assert (ids(storage), evicted(storage)) == ([5], 0)
