"""Who is told of changes, and how those of others are noticed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from messaging_double.models.records import Delivery, DeliveryUpdate, Exchange, IncomingMessage
from messaging_double.storage import Storage, StorageError


@pytest.fixture
def told(storage):
    """Return the list of what a listener was told."""
    told = []
    storage.on_change(told.append)
    return told


@pytest.mark.parametrize(
    "act",
    [
        lambda unit, entry, _: unit.outbox.add("Cust1", [entry(5)]),
        lambda unit, _, change: unit.outbox.change_status("Cust1", 1, change(3)),
        lambda unit, *_: unit.outbox.delete("Cust1", ()),
        lambda unit, _, change: unit.inbox.add(
            "Cust1", IncomingMessage(), origin="reply", services=None, registered=change().at
        ),
        lambda unit, _, change: unit.status_reports.add(
            "Cust1", "p", None, 1, None, services="Services88", at=change().at
        ),
        lambda unit, _, change: unit.journal.add(
            "Cust1", [Exchange(0, change().at, "GET", "/", 200, 0)], most_entries=9, most_bytes=9
        ),
        lambda unit, _, change: unit.snapshots.take("Cust1", "t", change().at),
        lambda unit, *_: unit.snapshots.delete("Cust1", "s"),
        lambda unit, *_: unit.snapshots.restore("Cust1", "s"),
        lambda unit, *_: unit.tenants.set("Cust1", frozen=None),
        lambda unit, *_: unit.tenants.reset("Cust1"),
        lambda unit, *_: unit.tenants.delete("Cust1"),
    ],
    ids="send status delete-messages incoming report exchange snapshot no-snapshot restore clock reset delete".split(),
)
def test_whatever_changes_what_a_tenant_has_is_told_after_its_commit(storage, send, entry, change, act):
    send(storage)
    told = []
    with storage.writing() as unit:
        unit.snapshots.take("Cust1", "s", change().at)
    storage.on_change(told.append)
    with storage.writing() as unit:
        act(unit, entry, change)
        assert told == []
    assert told == [frozenset({"Cust1"})]


def test_what_changes_nothing_or_is_not_kept_is_not_told(storage, told, entry, noon):
    with storage.writing() as unit:
        unit.outbox.reserve("Cust1", 1)
        unit.outbox.delete("Cust1", ())
        unit.tickets.expire_all("Cust1", at=noon)
    with storage.reading() as unit:
        unit.outbox.search("Cust1", (), limit=1)
    with pytest.raises(KeyError), storage.writing() as unit:  # noqa: PT012 - what is rolled back is the point
        unit.outbox.add("Cust1", [entry()])
        raise KeyError
    assert told == []


def test_who_waits_is_told_of_a_status_and_not_of_a_poll(storage, entry, change):
    told = []
    with storage.writing() as unit:
        unit.outbox.add("Cust1", [entry(delivery=Delivery("a", 1, 3))])
    storage.on_change(told.append)
    for changes in ((), (change(2),)):
        with storage.writing() as unit:
            pending = unit.deliveries.get("Cust1", 1)
            unit.deliveries.keep("Cust1", [DeliveryUpdate(pending, changes, Delivery("a", 1, 2))])
    assert [each for each in told if each] == [{"Cust1"}]


def test_one_commit_tells_all_its_tenants_at_once(storage, told, entry):
    with storage.writing() as unit:
        for tenant in ("b", "a", "b"):
            unit.outbox.add(tenant, [entry(len(tenant) + unit.outbox.count(tenant, ()))])
    assert told == [frozenset({"a", "b"})]


def test_a_listener_may_read_and_write_and_leave(storage, send):
    told = []

    def listen(tenants):
        remove()
        told.extend(tenants)
        with storage.reading() as unit:
            told.append(unit.outbox.count("Cust1", ()))
        send(storage, "Cust2")

    remove = storage.on_change(listen)
    send(storage)
    remove()
    assert told == ["Cust1", 1]


def test_each_listener_is_told_even_if_another_fails_and_the_commit_stands(storage, send, caplog):
    told = []

    def fail(_):
        raise KeyError

    removals = [storage.on_change(each) for each in (fail, told.append, told.append)]
    assert send(storage) == [1]
    assert told == [frozenset({"Cust1"})] * 2
    assert [(each.name, each.levelname) for each in caplog.records] == [("messaging_double.storage", "ERROR")]
    removals[1]()
    removals[0]()
    assert send(storage) == [2]
    assert len(told) == 3


@pytest.mark.sqlite
def test_the_number_changes_with_every_commit_of_anybody_and_with_nothing_else(storage, database, send):
    with closing(Storage.open(database)) as other:
        seen = [storage.changes()]
        for each in (storage, other, storage, other):
            assert storage.changes() == seen[-1]
            send(each)
            seen.append(storage.changes())
        with other.reading() as unit:
            unit.tenants.names()
        assert storage.changes() == seen[-1]
    assert len(set(seen)) == 5


@pytest.mark.sqlite
def test_many_threads_may_look_at_once(storage, send):
    barrier = threading.Barrier(8)

    def look(_):
        barrier.wait(10)
        return [storage.changes() for _ in range(200)]

    with ThreadPoolExecutor(8) as pool:
        looks = list(pool.map(look, range(8)))
    assert len({number for of_thread in looks for number in of_thread}) == 1
    before = storage.changes()
    send(storage)
    assert storage.changes() != before


@pytest.mark.sqlite
def test_looking_keeps_no_file_open_after_close_and_says_that_it_is_closed(storage, database):
    storage.changes()
    storage.close()
    assert not Path(database + "-wal").exists()
    with pytest.raises(StorageError, match="is closed"):
        storage.changes()


@pytest.mark.sqlite
def test_looking_at_a_file_that_cannot_be_read_is_our_fault(storage, database):
    Path(database).unlink()
    Path(database).mkdir()
    with pytest.raises(StorageError, match=r"it cannot be opened|another file has its name"):
        storage.changes()


@pytest.mark.sqlite
def test_a_named_file_is_shared_and_a_temporary_one_is_not(storage):
    with closing(Storage.open(None)) as own:
        assert (storage.is_shared, own.is_shared) == (True, False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_fork_shares_a_temporary_file_and_each_process_sees_what_the_other_commits():
    code = """
import os
from messaging_double.storage import Storage
storage = Storage.open(None)
before = storage.changes()
read, write = os.pipe()
child = os.fork()
if not child:
    os.read(read, 1)
    with storage.writing() as unit:
        unit.outbox.reserve("Cust1", 1)
    seen = storage.changes()
    os._exit(not (storage.is_shared and seen == storage.changes()))
after = storage.changes()
os.write(write, b"x")
status = os.waitpid(child, 0)[1]
print(status, storage.is_shared, before != after, storage.changes() != after)
storage.close()
"""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, check=True, text=True, timeout=30
    )
    assert run.stdout.split() == ["0", "True", "True", "True"], run.stderr
