"""Calls of so many messages that they are added in several transactions: all or nothing, all the same."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import count

import pytest
from support.double import Double
from support.envelopes import Xml, outgoing
from support.simulated import steer

from messaging_double.storage import UnitOfWork

MANY = 1100
"""Three transactions."""
LAST_ID = 2**31 - 1


def messages(count, **members):
    return [Xml(outgoing(**members)) if members else Xml("<OutgoingMessage/>")] * count


def total(double, box="outbox", query=""):
    return double.get(f"/_mock/v1/tenants/default/{box}?limit=1{query}").json["total"]


def while_sending(double, disturb):
    """Send many messages, and do something when the first part of them is there; return the answer."""
    keep, parts = UnitOfWork.keep, count()

    def keep_and_disturb(work: UnitOfWork) -> None:
        keep(work)
        if next(parts) == 1:  # the ids are reserved before
            disturb()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UnitOfWork, "keep", keep_and_disturb)
        return double.send(*messages(MANY))


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
    assert (answer.status, len(answer.messaging_ids), total(double)) == (200, MANY, 0)


def test_a_snapshot_that_is_restored_between_the_parts_ends_the_call_though_others_took_its_ids_since(double) -> None:
    steer(double, "POST", "snapshots", {"name": "empty"})

    def restore() -> None:
        with double.app._storage.writing() as work:  # noqa: SLF001 - both at once
            assert work.snapshots.restore("default", "empty")
            assert work.outbox.reserve("default", MANY) == 1

    answer = while_sending(double, restore)
    assert (answer.status, total(double)) == (200, 0)


def test_a_call_that_another_process_keeps_from_its_end_leaves_none(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("messaging_double.server.app._PATIENCE", 0.05)
    database = str(tmp_path / "shared.sqlite")
    with (
        Double(database=database, profile="replies") as double,
        closing(sqlite3.connect(database, isolation_level=None)) as other,
    ):
        answer = while_sending(double, lambda: other.execute("BEGIN IMMEDIATE"))
        other.execute("ROLLBACK")
        assert answer.status == 500
        assert double.send(*messages(1)).status == 200
        assert (total(double), total(double, "inbox")) == (1, 1)


def test_a_call_that_takes_its_messages_back_later_leaves_those_that_others_sent_after_a_reset(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("messaging_double.server.app._PATIENCE", 0.05)
    database = str(tmp_path / "shared.sqlite")
    with Double(database=database) as double, Double(database=database) as other:
        with ExitStack() as writing:
            assert while_sending(double, lambda: writing.enter_context(other.app._storage.writing())).status == 500  # noqa: SLF001
        other.steer("POST", "reset")
        assert other.send(*messages(5)).messaging_ids == [1, 2, 3, 4, 5]
        assert double.send(*messages(1)).messaging_ids == [6]
        assert total(double) == 6
