"""A file of an older version is brought to this one, with all that is in it."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from messaging_double.models.exchanges import Exchange
from messaging_double.storage import Storage, StorageError
from messaging_double.storage.schema import APPLICATION_ID, SCHEMA_VERSION, definitions

pytestmark = pytest.mark.sqlite

SENT = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=timezone.utc)
DUMP = Path(__file__).with_name("schema6.sql").read_text("utf-8")
"""What version 6 had kept: two messages of one call, an answer, statuses, a ticket, a rule, a snapshot, a journal."""


def write(path, dump=DUMP):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(dump)
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute("PRAGMA user_version=6")


@pytest.fixture
def old(database):
    write(database)
    return database


@pytest.fixture
def upgraded(old):
    with closing(Storage.open(old)) as storage, storage.reading() as unit:
        yield unit


def test_its_messages_are_there_with_their_histories(upgraded):
    entries, total = upgraded.outbox.search("Cust6", (), limit=9)
    assert total == 3
    third, second, first = entries
    assert [each.message.content for each in (first, second, third)] == ["first", "second", "third"]
    assert first.config == (("k", "v"), ("k", None))
    assert [(each.status, each.at, each.by) for each in first.statuses] == [
        (1, SENT, "SendMessagesWithConfig"),
        (3, SENT, "SetDeliveryStatus"),
    ]
    assert [each.by for each in third.statuses] == ["SendMessages"]
    assert second.session_key == "own key"


def test_its_threads_and_external_ids_are_found(upgraded):
    thread = upgraded.threads.messages("Cust6", "own key")
    assert [each.message.content for each in thread] == ["second", "answer"]
    for number in (1, 2, 3):
        entry = upgraded.outbox.get("Cust6", number)
        assert upgraded.outbox.find("Cust6", "CM", entry.external_message_id) == number
        assert number in [each.messaging_id for each in upgraded.threads.messages("Cust6", entry.session_key)
                          if hasattr(each, "messaging_id")]  # fmt: skip


def test_everything_else_is_there(upgraded):
    ticket = upgraded.tickets.get("Cust6", 1)
    assert (ticket.user, ticket.expires) == ("ole", SENT + timedelta(hours=6))
    assert [(each.name, each.made) for each in upgraded.rules.all("Cust6")] == [("later", SENT)]
    assert [(each.name, each.messages) for each in upgraded.snapshots.list("Cust6")] == [("before", 3)]
    assert upgraded.tenants.state("Cust6").frozen == datetime(2026, 5, 5, 12, tzinfo=timezone.utc)
    assert upgraded.status_reports.count("Cust6", ()) == 1
    exchange = upgraded.journal.get("Cust6", 1)
    assert exchange.operation == "SendMessagesWithConfig"
    assert exchange.request.raw.startswith(b"POST ")
    assert exchange.request.kept == len(exchange.request.raw)


def test_its_ids_go_on_and_its_snapshot_can_be_restored(old, send):
    with closing(Storage.open(old)) as storage:
        assert send(storage, "Cust6") == [4]
        with storage.writing() as unit:
            assert unit.tickets.reserve("Cust6") == 2
            assert unit.snapshots.restore("Cust6", "before")
            assert unit.outbox.count("Cust6", ()) == 2


def test_its_tables_are_those_of_a_new_file(old, tmp_path):
    paths = [old, str(tmp_path / "new.sqlite")]
    tables = []
    for path in paths:
        Storage.open(path).close()
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA user_version").fetchall() == [(SCHEMA_VERSION,)]
            tables.append(sorted(connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()))
            tables.append(sorted(connection.execute("SELECT * FROM sqlite_stat1").fetchall()))
    assert tables[:2] == tables[2:]
    assert len(tables[0]) >= len(list(definitions()))


def test_a_file_of_version_7_keeps_its_journal(database, noon):
    with closing(Storage.open(database)) as storage, storage.writing() as unit:
        unit.journal.add("Cust1", [Exchange(0, noon, "GET", "/", 200, 0.5)], most_entries=9, most_bytes=99)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for name in ("request_id", "received"):
            connection.execute(f"ALTER TABLE journal DROP COLUMN {name}")
        connection.execute("PRAGMA user_version=7")
    with closing(Storage.open(database)) as storage, storage.reading() as unit:
        assert unit.journal.get("Cust1", 1) == Exchange(1, noon, "GET", "/", 200, 0.5)


def test_several_that_open_it_at_once_upgrade_it_once(old):
    failures = []

    def open_it():
        try:
            Storage.open(old).close()
        except StorageError as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    with closing(Storage.open(old)) as storage, storage.reading() as unit:
        assert unit.outbox.count("Cust6", ()) == 3


def test_a_file_that_only_says_that_it_is_of_that_version_is_left_as_it_was(database):
    write(database, "CREATE TABLE theirs (a);")
    before = Path(database).read_bytes()
    with pytest.raises(StorageError, match="its tables are gone or not ours"):
        Storage.open(database)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
        assert connection.execute("PRAGMA user_version").fetchall() == [(6,)]
    assert before[:16] == Path(database).read_bytes()[:16]
