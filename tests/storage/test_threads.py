"""Threads: both directions of a conversation, in the order in which they came."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from messaging_double.models.records import IncomingMessage, OutboxEntry
from messaging_double.storage import Storage


@pytest.fixture
def come_in(storage, noon):
    """Let a message come in under a session key."""

    def come_in(key, tenant="Cust1"):
        message = IncomingMessage(session_key=key)
        with storage.writing() as unit:
            return unit.inbox.add(tenant, message, origin="CreateMessage", services=None, registered=noon)

    return come_in


@pytest.fixture
def thread(storage):
    """Tell a conversation: positive numbers were sent, negative ones came in."""

    def thread(key, tenant="Cust1"):
        with storage.reading() as unit:
            messages = unit.threads.messages(tenant, key)
        return [each.messaging_id if isinstance(each, OutboxEntry) else -each.id for each in messages]

    return thread


def test_a_conversation_is_in_the_order_in_which_its_messages_came(storage, send, come_in, thread):
    send(storage, count=2, session_key="k")
    come_in("k")
    come_in("other")
    send(storage, session_key="k")
    come_in("k")
    assert thread("k") == [1, 2, -1, 3, -3]
    assert thread("other") == [-2]


@pytest.mark.parametrize("key", ["", "K", "k ", "k\0"])
def test_keys_are_compared_exactly(storage, send, come_in, thread, key):
    send(storage, session_key="k")
    come_in("k")
    come_in(None)
    assert thread(key) == []


def test_tenants_do_not_meet_in_a_conversation(storage, send, come_in, thread):
    send(storage, session_key="k")
    send(storage, "Cust2", 2, session_key="k")
    come_in("k", "Cust2")
    assert thread("k") == [1]
    assert thread("k", "Cust2") == [1, 2, -1]


def test_what_was_deleted_is_not_in_it_and_a_reset_begins_anew(storage, send, come_in, thread):
    send(storage, count=2, session_key="k")
    come_in("k")
    with storage.writing() as unit:
        unit.inbox.delete("Cust1", ())
    assert thread("k") == [1, 2]
    with storage.writing() as unit:
        unit.tenants.reset("Cust1")
    come_in("k")
    send(storage, session_key="k")
    assert thread("k") == [-1, 1]


def test_messages_whose_ids_were_given_stand_among_the_others(storage, entry, send, come_in, thread):
    with storage.writing() as unit:
        unit.outbox.add("Cust1", [entry(number, session_key="k") for number in (1000, 7)])
    come_in("k")
    assert send(storage, session_key="k") == [1001]
    assert thread("k") == [7, 1000, -1, 1001]


def test_a_start_value_does_not_mix_up_the_order(storage, entry, come_in, thread):
    come_in("k")
    with storage.writing() as unit:
        first = unit.outbox.reserve("Cust1", 1, first=500)
        unit.outbox.add("Cust1", [entry(first, session_key="k")])
    come_in("k")
    assert thread("k") == [-1, 500, -2]


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
