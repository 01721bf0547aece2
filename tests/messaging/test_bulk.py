"""Calls of so many messages that they are added in several transactions: all or nothing, all the same."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest
from support.double import Double
from support.envelopes import Xml, outgoing
from support.simulated import steer

MANY = 1100
"""Three transactions."""
NO_END = 20_000
LAST_ID = 2**31 - 1


def messages(count, **members):
    return [Xml(outgoing(**members)) if members else Xml("<OutgoingMessage/>")] * count


def total(double, box="outbox", query=""):
    return double.get(f"/_mock/v1/tenants/default/{box}?limit=1{query}").json["total"]


def while_sending(double, disturb):
    """Send very many messages, and do something as soon as the first of them are there; return the answer."""
    with ThreadPoolExecutor(1) as thread:
        sending = thread.submit(double.send, *messages(NO_END))
        while not (total(double) or sending.done()):
            pass
        disturb()
        return sending.result()


def test_ids_are_dense_and_each_call_has_its_own_while_others_send(double) -> None:
    sizes = [1, MANY, 3, MANY + 1, 501, 2, 500, MANY]
    with ThreadPoolExecutor(8) as threads:
        calls = list(threads.map(lambda count: double.send(*messages(count)).messaging_ids, sizes))
    for size, ids in zip(sizes, calls, strict=True):
        assert ids == list(range(ids[0], ids[0] + size))
    assert sorted(each for ids in calls for each in ids) == list(range(1, sum(sizes) + 1))
    assert total(double) == sum(sizes)


def test_a_call_for_which_no_ids_are_left_sends_nothing(start_double) -> None:
    double = start_double(first_messaging_id=LAST_ID - MANY + 1)
    assert double.send(*messages(MANY + 1)).status == 500
    assert total(double) == 0
    assert double.send(*messages(MANY)).messaging_ids[-1] == LAST_ID
    answer = double.send(*messages(1))
    assert (answer.status, answer.fault.code[1]) == (500, "InternalServiceFault")
    assert total(double) == MANY


def test_a_parent_may_be_in_another_part_of_the_call(double) -> None:
    first = messages(MANY)
    children = [outgoing(ParentMessagingId=1), outgoing(ParentMessagingId=MANY)]
    double.send(*first, *children)
    newest = double.get("/_mock/v1/tenants/default/outbox?limit=3").json["messages"]
    keys = [each["sessionKey"] for each in newest]
    oldest = double.get("/_mock/v1/tenants/default/outbox/1").json
    assert keys[:2] == [keys[2], oldest["sessionKey"]]


def test_replies_come_to_the_messages_of_all_parts(start_double) -> None:
    double = start_double(profile="replies")
    double.send(*messages(MANY, To="+4790000001"))
    assert (total(double), total(double, "inbox")) == (MANY, MANY)
    newest = double.get("/_mock/v1/tenants/default/outbox?limit=1").json["messages"][0]
    assert total(double, "inbox", f"&sessionKey={newest['sessionKey']}") == 1


def test_a_rule_counts_the_call_once_and_holds_in_all_parts(double) -> None:
    steer(double, "POST", "rules", {"when": {"to": "+4711"}, "then": {"status": {"status": 17}}, "times": 1})
    special = outgoing(To="+4711")
    for statuses in ((17, 17), (1, 1)):
        answer = double.send(special, *messages(MANY), special)
        assert (answer.statuses[0].status, answer.statuses[-1].status) == statuses
        assert {each.status for each in answer.statuses[1:-1]} == {1}
    (rule,) = steer(double, "GET", "rules")["rules"]
    assert (rule["matched"], rule["used"]) == (1, 1)


@pytest.mark.parametrize("path", ["reset", "snapshots/empty/restore"])
def test_a_reset_between_the_parts_leaves_none(double, path) -> None:
    steer(double, "POST", "snapshots", {"name": "empty"})
    answer = while_sending(double, lambda: double.steer("POST", path))
    assert (answer.status, len(answer.messaging_ids), total(double)) == (200, NO_END, 0)


def test_a_snapshot_that_is_restored_between_the_parts_ends_the_call_though_others_took_its_ids_since(double) -> None:
    steer(double, "POST", "snapshots", {"name": "empty"})

    def restore() -> None:
        with double.app._storage.writing() as work:  # noqa: SLF001 - both at once
            assert work.snapshots.restore("default", "empty")
            assert work.outbox.reserve("default", NO_END) == 1

    answer = while_sending(double, restore)
    assert (answer.status, total(double)) == (200, 0)


def test_a_call_that_another_process_keeps_from_its_end_leaves_none(tmp_path) -> None:
    database = str(tmp_path / "shared.sqlite")
    with Double(database=database) as double, closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout=0")

        def lock() -> None:
            while not other.in_transaction:
                with suppress(sqlite3.OperationalError):
                    other.execute("BEGIN IMMEDIATE")

        answer = while_sending(double, lock)
        assert other.execute("SELECT count(*) < ? FROM outgoing_message", (NO_END,)).fetchone() == (1,), "too late"
        other.execute("ROLLBACK")
        assert answer.status == 500
        assert double.send(*messages(1)).status == 200
        assert total(double) == 1
