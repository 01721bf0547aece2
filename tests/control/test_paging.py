"""Lists: newest first, in pages, with no parameter passed over in silence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.control import INBOX, OUTBOX, REPORTS, assert_problem, fill
from support.double import Double, control_url
from support.envelopes import outgoing


@pytest.fixture(scope="module")
def filled():
    with Double() as double:
        for count in range(14):
            fill(double, count, f"Cust{count}")
        yield double


@settings(max_examples=30)
@given(
    st.integers(0, 13),
    st.lists(st.integers(1, 15), min_size=1, max_size=14),
    st.sampled_from(
        [
            ("outbox", "messages", "messagingId"),
            ("inbox", "messages", "id"),
            ("status-reports", "statusReports", "id"),
        ]
    ),
)
def test_paging_visits_everything_once_newest_first(filled, count, limits, which) -> None:
    box, key, number = which
    url = control_url(f"Cust{count}", box)
    seen: list[int] = []
    cursor = None
    for step in range(count + 2):
        limit = limits[step % len(limits)]
        page = filled.get(f"{url}?limit={limit}" + (f"&cursor={cursor}" if cursor else "")).json
        assert page["total"] == count
        assert len(page[key]) == min(limit, count - len(seen))
        seen += [entry[number] for entry in page[key]]
        cursor = page["next"]
        if cursor is None:
            break
        assert page[key]
    assert cursor is None
    assert seen == list(range(count, 0, -1))


def test_what_comes_in_while_somebody_pages_moves_nothing(double) -> None:
    double.send(*[outgoing(To=str(number)) for number in range(6)])
    first = double.get(f"{OUTBOX}?limit=3").json
    double.send(*[outgoing()] * 5)
    second = double.get(f"{OUTBOX}?limit=3&cursor={first['next']}").json
    assert [message["messagingId"] for message in first["messages"] + second["messages"]] == [6, 5, 4, 3, 2, 1]
    assert (second["total"], second["next"]) == (11, None)


def test_a_list_has_a_hundred_entries_by_default(double) -> None:
    double.send(*[outgoing()] * 120)
    assert len(double.get(OUTBOX).json["messages"]) == 100
    assert double.get(OUTBOX).json["total"] == 120
    assert len(double.get(f"{OUTBOX}?limit=1000").json["messages"]) == 120


@pytest.mark.parametrize(
    "query",
    """
    limit=0 limit=1001 limit=-1 limit=x limit= limit=1.5 limit=%D9%A1 limit=+1 limit=99999999999 limit=%C2%B2
    cursor=x cursor= cursor=-1 cursor=null cursor=1;drop cursor=9223372036854775808
    """.split(),
)
def test_a_value_that_cannot_be_is_refused_with_what_can(filled, query) -> None:
    name, _, _ = query.partition("=")
    for url in (OUTBOX, INBOX, REPORTS):
        assert_problem(filled.get(f"{url}?{query}"), 400, name, "expected" if name == "cursor" else "1000")


@pytest.mark.parametrize("cursor", [0, 1, 5, 2**31 - 1, 2**31, 9_999_999_999, 2**63 - 1])
def test_any_number_is_a_cursor(double, cursor) -> None:
    double.send(*[outgoing()] * 3)
    page = double.get(f"{OUTBOX}?cursor={cursor}").json
    assert [message["messagingId"] for message in page["messages"]] == [each for each in (3, 2, 1) if each < cursor]
