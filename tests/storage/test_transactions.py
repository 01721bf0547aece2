"""Units of work: whole or not at all, and never a raw exception of the layers below."""

from __future__ import annotations

import sqlite3
import sys
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from messaging_double.storage import Storage, StorageError
from messaging_double.storage.connections import Connection


def test_an_exception_that_leaves_the_block_rolls_everything_back_and_comes_out_unchanged(storage, entry):
    error = KeyError("mine")
    with pytest.raises(KeyError) as caught, storage.writing() as unit:  # noqa: PT012 - what is rolled back is the point
        unit.outbox.reserve("Cust1", 1)
        unit.outbox.add("Cust1", [entry()])
        raise error
    assert caught.value is error
    with storage.reading() as unit:
        assert unit.tenants.names() == []


REFUSED = pytest.mark.parametrize(
    ("bad", "error"),
    [
        pytest.param({"plugin": None}, StorageError, id="what the database refuses"),
        pytest.param({"plugin": "\ud800"}, UnicodeEncodeError, id="what Python cannot encode"),
        pytest.param({"plugin": 10**30}, OverflowError, id="what SQLite has no room for"),
    ],
)


@pytest.mark.sqlite
@REFUSED
def test_a_batch_that_failed_is_not_half_kept_even_if_the_failure_is_swallowed(storage, entry, bad, error):
    def swallow():
        with storage.writing() as unit:
            with pytest.raises(error):
                unit.outbox.add("Cust1", [entry(1), entry(2, **bad)])
            assert unit.outbox.get("Cust1", 1) is not None, "otherwise this test shows nothing"

    with pytest.raises(StorageError, match="Nothing was written"):
        swallow()
    with storage.writing() as unit:
        assert unit.outbox.search("Cust1", (), limit=9) == ([], 0)


@pytest.mark.sqlite
@REFUSED
def test_a_message_that_fails_when_all_is_kept_fails_for_good(kept, entry, bad, error):
    """In a temporary file one message is added with the commit."""

    def swallow():
        with kept.writing() as unit:
            unit.outbox.add("Cust1", [entry(unit.outbox.next_ids("Cust1", 1), **bad)])
            with pytest.raises(error):
                unit.keep()

    with kept.writing() as unit:
        unit.tenants.reset("Cust1")
    add_next(kept, entry)
    for number in (2, 3):
        add_next(kept, entry)
        with pytest.raises(StorageError, match="Nothing was written"):
            swallow()
        with kept.reading() as unit:
            assert unit.outbox.search("Cust1", (), limit=9)[1] == number


def add_next(storage, entry):
    with storage.writing() as unit:
        unit.outbox.add("Cust1", [entry(unit.outbox.next_ids("Cust1", 1))])


def test_a_reader_sees_one_moment_while_another_writes(storage, send):
    with storage.reading() as unit:
        assert unit.outbox.search("Cust1", (), limit=9)[1] == 0
        send(storage)
        assert unit.outbox.search("Cust1", (), limit=9)[1] == 0
    with storage.reading() as unit:
        assert unit.outbox.search("Cust1", (), limit=9)[1] == 1


def test_a_reader_may_not_write(storage, entry):
    with storage.reading() as unit:
        for write in (lambda: unit.outbox.reserve("Cust1", 1), lambda: unit.outbox.add("Cust1", [entry()])):
            with pytest.raises(RuntimeError, match=r"take one from Storage.writing\(\)"):
                write()


def test_a_unit_of_work_ends_with_its_block(storage):
    with storage.writing() as unit:
        pass
    with pytest.raises(RuntimeError, match="This unit of work is over"):
        unit.tenants.names()


def test_writing_inside_writing_is_told_at_once(storage):
    with storage.writing() as unit:
        with pytest.raises(RuntimeError, match=r"writing\(\) inside writing\(\)"), storage.writing():
            pass
        unit.outbox.reserve("Cust1", 1)
    with storage.writing() as unit:
        assert unit.tenants.exists("Cust1")


@contextmanager
def locked(database, seconds=10):
    """Write as another process does, until the block ends or so many seconds are over."""
    with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(seconds, other.execute, ["ROLLBACK"])
        timer.start()
        yield
        timer.cancel()
        timer.join()
        if other.in_transaction:
            other.execute("ROLLBACK")


@pytest.fixture
def impatient(database):
    with closing(Storage.open(database, busy_timeout=0.05)) as storage:
        yield storage


def waits_in_vain(storage, patience=None):
    with pytest.raises(StorageError, match=r"fails: another process .*database is locked"):
        storage.writing(patience=patience).__enter__()


@pytest.mark.sqlite
def test_another_process_that_writes_for_too_long_is_our_fault_with_a_cure(impatient, database):
    with locked(database):
        waits_in_vain(impatient)
        with impatient.reading() as unit:
            assert unit.tenants.names() == []
    with impatient.writing() as unit:
        assert unit.outbox.reserve("Cust1", 1) == 1


@pytest.mark.sqlite
def test_who_has_less_patience_waits_less_and_the_others_as_before(database):
    with closing(Storage.open(database, busy_timeout=20)) as storage:
        with locked(database):
            waits_in_vain(storage, 0.05)
        with storage.writing(patience=0.05) as unit:
            assert unit.outbox.reserve("Cust1", 1) == 1


@pytest.mark.sqlite
def test_once_one_has_waited_in_vain_the_next_fail_at_once_until_one_succeeds(impatient, database, send):
    with locked(database):
        for patience in (None, 60, 60):
            waits_in_vain(impatient, patience)
    send(impatient)
    with locked(database, 0.2), impatient.writing(patience=60) as unit:
        assert unit.outbox.reserve("Cust1", 1) == 2


@pytest.mark.sqlite
def test_who_had_little_patience_says_nothing_of_what_others_would_find(storage, database, send):
    send(storage)
    with locked(database, 0.5):
        waits_in_vain(storage, 0.01)
        storage.ping()
        assert send(storage) == [2]


@pytest.mark.sqlite
def test_a_ping_fails_while_writes_wait_in_vain_and_no_longer(impatient, database):
    with locked(database):
        impatient.ping()
        waits_in_vain(impatient)
        with pytest.raises(StorageError, match="database is locked"):
            impatient.ping()
    impatient.ping()


@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_ping_fails_while_nothing_more_can_be_written_and_no_longer(storage, database, send):
    import resource  # noqa: PLC0415 - Windows has none

    send(storage)
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (Path(database + "-wal").stat().st_size + 5000, former[1]))
    try:
        with pytest.raises(StorageError, match="the disk cannot be read or written"):
            send(storage)
        with pytest.raises(StorageError, match="the disk cannot be read or written"):
            storage.ping()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    storage.ping()
    assert send(storage) == [2]


@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform == "win32", reason="support.postgres is not for Windows")
def test_another_thread_that_writes_for_too_long_is_our_fault_too(impatient):
    from support.postgres import writing_elsewhere  # noqa: PLC0415 - not on Windows

    with writing_elsewhere(impatient), pytest.raises(StorageError, match="another thread of this process"):
        impatient.writing().__enter__()
    with impatient.writing() as unit:
        assert unit.outbox.reserve("Cust1", 1) == 1


@pytest.mark.sqlite
def test_a_full_disk_is_our_fault_and_what_was_committed_stays(storage, send, entry):
    send(storage)
    large = entry(2, session_key="x" * 1_000_000)
    with pytest.raises(StorageError, match=r"the disk is full: free some space \(SQLite"), storage.writing() as unit:  # noqa: PT012 - a disk is hard to fill
        unit.change("PRAGMA max_page_count=20")
        unit.outbox.add("Cust1", [large])
    with storage.reading() as unit:
        assert unit.outbox.get("Cust1", 1) == entry(1)
        assert unit.outbox.get("Cust1", 2) is None


def damage(database, send, *, from_page):
    """Fill a file, and tamper all of it from a page on."""
    with closing(Storage.open(database)) as storage:
        send(storage, count=2000)
    whole = Path(database).read_bytes()
    kept = 4096 * (from_page - 1)
    Path(database).write_bytes(whole[:kept] + b"\xff" * (len(whole) - kept))


@pytest.mark.sqlite
def test_a_damaged_file_is_our_fault(database, send):
    damage(database, send, from_page=2)
    with pytest.raises(StorageError, match="it is damaged: delete the file"):
        Storage.open(database)


@pytest.mark.sqlite
def test_damage_that_shows_only_when_it_is_read_is_our_fault_too(database, send):
    damage(database, send, from_page=100)  # the tables begin before
    with closing(Storage.open(database)) as storage:
        with pytest.raises(StorageError, match="it is damaged: delete the file"), storage.reading() as unit:
            unit.outbox.search("Cust1", (), limit=1000)
        storage.ping()


@pytest.mark.sqlite
def test_tables_that_are_gone_are_our_fault(storage, database):
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("DROP TABLE inbox")
    with pytest.raises(StorageError, match="its tables are gone"), storage.reading() as unit:
        unit.inbox.get("Cust1", 1)
    storage.ping()


@pytest.mark.sqlite
def test_a_file_that_became_read_only_is_our_fault(storage):
    with pytest.raises(StorageError, match="cannot be written: check the rights"), storage.writing() as unit:  # noqa: PT012 - root may write all
        unit.change("PRAGMA query_only=1")
        unit.outbox.reserve("Cust1", 1)


@pytest.mark.sqlite
def test_a_file_that_cannot_be_opened_any_more_is_our_fault(storage, database):
    Path(database).unlink()
    Path(database).mkdir()
    with pytest.raises(StorageError, match=r"it cannot be opened|was replaced"), storage.reading():
        pytest.fail("it must not begin")


@pytest.mark.sqlite
@pytest.mark.parametrize("step", ["begin_write", "commit", "roll_back"])
@pytest.mark.parametrize(
    ("error", "expected"),
    [(KeyboardInterrupt(), KeyboardInterrupt), (sqlite3.OperationalError("disk I/O error"), StorageError)],
)
def test_a_step_that_breaks_leaves_nothing_locked(storage, monkeypatch, step, error, expected):
    def breaks(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Connection, step, breaks)
        with pytest.raises(expected), storage.writing() as unit:  # noqa: PT012 - every end is wanted
            unit.outbox.reserve("Cust1", 1)
            if step == "roll_back":
                raise KeyError
    with storage.writing() as unit:
        assert unit.outbox.reserve("Cust1", 1) == 1
