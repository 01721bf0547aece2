"""A database of an older version is brought to this one, with all that is in it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.processes import eventually, run

from messaging_double.server import cli
from messaging_double.storage import Storage, StorageError, UnknownSchema
from messaging_double.storage.schema import APPLICATION_ID, SCHEMA_VERSION, definitions

pytestmark = pytest.mark.sqlite

SENT = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=timezone.utc)


def dump(name):
    """Return what a version had kept: messages, an answer, statuses, a ticket, a rule, a snapshot, a journal."""
    return Path(__file__).with_name(f"schema{name}.sql").read_text("utf-8")


def write(path, version=6, script=None):
    if version == 8:  # its tables are those of version 9 but for two names
        write(path, 7)
        Storage.open(path).close()
        script = 'ALTER TABLE tenants RENAME "offset" TO ahead; ALTER TABLE outgoing_message RENAME profile TO outcome'
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(script or dump(version))
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={version}")


def load(postgres):
    """Put the tables of version 7 into a schema of PostgreSQL; return its URL."""
    url = postgres.schema()
    postgres.execute(f"SET search_path = {url.rpartition('%3D')[2]}; {dump('7_postgres')}")
    return url


def migrate(database, *flags):
    return cli.main(["migrate", "--database", database, *flags])


@pytest.fixture(params=[6, 7, 8])
def old(request, database):
    write(database, request.param)
    return database


@pytest.fixture(params=["6", "7", "8", "7 postgres"])
def upgraded(request, database):
    if "postgres" in request.param:
        database = load(request.getfixturevalue("postgres"))
        assert migrate(database) == 0
    else:
        write(database, int(request.param))
    with closing(Storage.open(database)) as storage, storage.reading() as unit:
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


def test_all_tenants_are_listed_those_with_a_journal_only_too_and_none_is_to_be_forgotten(upgraded):
    listed = {name: counts for name, _, *counts in upgraded.tenants.counted()}
    assert listed["Cust6"][0] == 3
    assert upgraded.tenants.names() == sorted(listed)
    assert all(upgraded.journal.count(name, ()) == counts[3] for name, counts in listed.items())
    assert upgraded.tenants.unused(0, most=9) == []


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


def test_several_that_open_it_at_once_upgrade_it_once(old):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: Storage.open(old).close(), range(4)))
    with closing(Storage.open(old)) as storage, storage.reading() as unit:
        assert unit.outbox.count("Cust6", ()) == 3


def test_a_file_that_only_says_that_it_is_of_that_version_is_left_as_it_was(database):
    write(database, script="CREATE TABLE theirs (a);")
    before = Path(database).read_bytes()
    with pytest.raises(StorageError, match="its tables are gone or not ours"):
        Storage.open(database)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
        assert connection.execute("PRAGMA user_version").fetchall() == [(6,)]
    assert before[:16] == Path(database).read_bytes()[:16]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_migrate_says_from_which_version_to_which_and_check_changes_nothing(request, database, engine, capsys):
    if engine == "postgres":
        database = load(request.getfixturevalue("postgres"))
    else:
        write(database, 7)
    said = []
    for flags, status in ((("--check",), 1), (("--check",), 1), ((), 0), (("--check",), 0), ((), 0)):
        assert migrate(database, *flags) == status
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert f"schema 7, this version reads schema {SCHEMA_VERSION}: messaging-double migrate upgrades it" in said[0]
    assert f"upgraded from schema 7 to schema {SCHEMA_VERSION}" in said[2]
    assert said[3] == said[4]
    assert f"has schema {SCHEMA_VERSION}" in said[3]


def test_a_postgresql_database_of_an_older_version_says_what_to_do_and_stays_as_it_was(postgres):
    url = load(postgres)
    with pytest.raises(UnknownSchema, match=r"its schema is 7, this one reads \d+\. .* run messaging-double migrate"):
        Storage.open(url)
    assert migrate(url, "--check") == 1


def test_of_several_that_migrate_a_postgresql_database_one_does(postgres, capsys):
    url = load(postgres)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [url] * 4))
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.count("upgraded from schema 7") == 1
    assert said.out.count(f"has schema {SCHEMA_VERSION}") == 3


def test_its_tables_in_postgresql_are_those_of_a_new_database(postgres):
    shown = []
    for url in (load(postgres), postgres.schema()):
        migrate(url)
        schema = url.rpartition("%3D")[2]
        columns = "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        indexes = f"SELECT replace(indexdef, '{schema}.', '') FROM pg_indexes WHERE schemaname = '{schema}' ORDER BY 1"  # noqa: S608
        shown.append(
            (postgres.execute(f"{columns} WHERE table_schema = '{schema}' ORDER BY 1, 2"), postgres.execute(indexes))
        )
    assert shown[0] == shown[1]


def test_a_process_whose_tables_were_upgraded_meanwhile_is_told(postgres, monkeypatch, tmp_path):
    url = load(postgres)
    monkeypatch.setattr("messaging_double.storage.postgres.SCHEMA_VERSION", 7)
    with closing(Storage.open(url)) as storage:
        storage.on_change(lambda _: None)
        # By another process, which does not take itself for one of version 7.
        assert run(tmp_path, "migrate", "--database", url).returncode == 0

        def failure():
            try:
                storage.ping()
            except StorageError as error:
                return str(error)
            return ""

        assert eventually(lambda: "was upgraded by a newer messaging-double" in failure())


def test_nothing_to_migrate_is_a_sentence(capsys, monkeypatch):
    monkeypatch.delenv("MESSAGING_DOUBLE_DATABASE", raising=False)
    assert cli.main(["migrate"]) == 2
    assert "name one with --database" in capsys.readouterr().err
