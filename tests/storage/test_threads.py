"""Threads: both directions of a conversation, in the order in which they came."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

import pytest

from messaging_double.models.records import IncomingMessage, OutboxEntry
from messaging_double.storage import Storage


def test_messages_stand_in_the_order_of_their_arrival_whatever_their_ids(storage, entry, send, noon):
    def come_in():
        message = IncomingMessage(session_key="k")
        with storage.writing() as unit:
            unit.inbox.add("Cust1", message, origin="CreateMessage", services=None, registered=noon)

    come_in()
    with storage.writing() as unit:
        first = unit.outbox.reserve("Cust1", 1, first=500)
        unit.outbox.add("Cust1", [entry(first, session_key="k")])
    come_in()
    with storage.writing() as unit:  # ids that were given
        unit.outbox.add("Cust1", [entry(number, session_key="k") for number in (1000, 7)])
    come_in()
    assert send(storage, session_key="k") == [1001]
    with storage.reading() as unit:
        messages = unit.threads.messages("Cust1", "k")
    came = [each.messaging_id if isinstance(each, OutboxEntry) else -each.id for each in messages]
    assert came == [-1, 500, -2, 7, 1000, -3, 1001]


@pytest.mark.sqlite
def test_a_temporary_file_gets_the_index_of_conversations_when_the_first_one_is_read(send):
    ask = "EXPLAIN QUERY PLAN SELECT * FROM outgoing_message WHERE tenant = ? AND session_key = ? "
    plans = []
    with closing(Storage.open(None)) as storage:
        send(storage, count=3, session_key="k")
        for _ in range(2):
            with closing(sqlite3.connect(storage.path)) as connection:
                plans += [row[3] for row in connection.execute(f"{ask} AND has_shared_session_key", ("Cust1", "k"))]
            with storage.reading_threads() as unit:
                assert [each.messaging_id for each in unit.threads.messages("Cust1", "k")] == [1, 2, 3]
    assert ["by_session_key" in plan for plan in plans] == [False, True]


@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform == "win32", reason="support.postgres is not for Windows")
def test_a_conversation_is_read_where_its_index_cannot_be_made(send):
    from support.postgres import writing_elsewhere  # noqa: PLC0415 - not on Windows

    with closing(Storage.open(None, busy_timeout=0.05)) as storage:
        send(storage, count=3, session_key="k")
        with writing_elsewhere(storage), storage.reading_threads() as unit:
            assert len(unit.threads.messages("Cust1", "k")) == 3
