"""Opening and closing: which file, is it ours, what is left behind."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from messaging_double.storage import Storage, StorageError, UnknownSchema, sqlite
from messaging_double.storage.schema import APPLICATION_ID, SCHEMA_VERSION
from messaging_double.storage.upgrade import OLDEST

pytestmark = pytest.mark.sqlite


def sqlite_file(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_closed_file_is_one_file_and_keeps_its_messages_until_it_is_opened_again(database, send, entry):
    with closing(Storage.open(database)) as storage:
        send(storage, count=2)
    assert os.listdir(Path(database).parent) == ["messages.sqlite"]  # noqa: PTH208 - names are all that matters
    with closing(Storage.open(database)) as storage:
        assert send(storage) == [3]
        with storage.reading() as unit:
            assert unit.outbox.get("Cust1", 2) == entry(2)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few users make links")
def test_a_file_behind_a_link_takes_as_much_of_the_disk(tmp_path, send):
    path, link = tmp_path / "messages.sqlite", tmp_path / "link.sqlite"
    link.symlink_to(path)
    with closing(Storage.open(str(link))) as linked, closing(Storage.open(str(path))) as storage:
        send(linked)
        assert linked.size() == storage.size() > path.stat().st_size


def test_the_log_of_a_large_write_shrinks_again(storage, database, send):
    log = Path(database + "-wal")
    send(storage, count=20_000)
    large = log.stat().st_size
    for _ in range(3):
        send(storage)
    assert log.stat().st_size <= 4 * 1024 * 1024 < large


@pytest.mark.parametrize(
    "form",
    [
        "{path}",
        "sqlite:///{path}",
        "sqlite+pysqlite:///{path}",
        "messages.sqlite",
        "./messages.sqlite",
        "sqlite:///messages.sqlite",
        "with space ?#%20&é.sqlite",
        "c:messages.sqlite",
    ],
)
def test_a_database_is_a_path_or_a_sqlite_url(monkeypatch, tmp_path, form):
    monkeypatch.chdir(tmp_path)
    with closing(Storage.open(form.format(path=tmp_path / "messages.sqlite"))) as storage:
        assert Path(storage.path).is_absolute()
        assert Path(storage.path).parent == tmp_path
        assert Path(storage.path).is_file()
        storage.ping()


@pytest.mark.parametrize(
    ("database", "sentence"),
    [
        ("mysql://u:secret@h/db", r"'mysql://u:\*\*\*@h/db' cannot .*such as sqlite:///messages.sqlite"),
        ("mysql://u:the/secret@h/db", r"'mysql://u:\*\*\*@h/db' cannot"),
        ("mysql://u:the@[secret@h/db", r"'mysql://u:\*\*\*@h/db' cannot"),
        ("nonsense://", "the URL of a PostgreSQL database, such as postgresql"),
        ("sqlite://host/x.sqlite", "Expected the path of a SQLite file"),
        ("sqlite:///x.sqlite?mode=ro", "its URL without options"),
        ("sqlite:x.sqlite", "Expected the path of a SQLite file"),
        ("sqlite://", "names no file.*leave the setting away"),
        ("sqlite:///:memory:", "names no file"),
        (":memory:", "names no file"),
        ("", "names no file"),
        ("a\0b", "names no file"),
    ],
)
def test_anything_else_is_refused_with_what_was_expected(monkeypatch, tmp_path, database, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageError, match=sentence) as caught:
        Storage.open(database)
    assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_none_is_a_file_that_is_gone_after_close(monkeypatch, tmp_path, send):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    storage, other = Storage.open(None), Storage.open(None)
    assert send(storage) == send(other) == [1]
    assert Path(storage.path).parent == tmp_path
    for each in (storage, other, storage):
        each.close()
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_folder_that_is_not_there_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(StorageError, match=r"No temporary file can be made .*set TMPDIR"):
        Storage.open(None)


def test_a_temporary_file_that_cannot_be_opened_is_removed(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sqlite, "APPLICATION_ID", "nonsense (")
    with pytest.raises(StorageError):
        Storage.open(None)
    assert list(tmp_path.iterdir()) == []


def test_a_closed_storage_says_so_and_closes_twice(storage, database):
    storage.close()
    storage.close()
    for use in (storage.ping, lambda: storage.reading().__enter__(), lambda: storage.writing().__enter__()):
        with pytest.raises(StorageError, match=r"messages.sqlite is closed"):
            use()
    assert Path(database).exists()


def test_a_unit_of_work_may_outlive_close(storage, database):
    with storage.writing() as unit:
        storage.close()
        unit.outbox.reserve("Cust1", 1)
    assert not Path(database + "-wal").exists(), "its connection was closed at its end"
    with closing(Storage.open(database)) as again, again.reading() as unit:
        assert unit.tenants.names() == ["Cust1"]


def test_ping_notices_that_the_file_is_gone(storage, database):
    storage.ping()
    Path(database).unlink()
    with pytest.raises(StorageError, match=r"is gone: its file was removed"):
        storage.ping()


@pytest.fixture
def folder(tmp_path):
    """A folder for a database: what SQLite keeps beside the file moves along with it."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


def gone(folder):
    folder.rename(folder.with_name("kept"))


def replaced(folder):
    gone(folder)
    folder.mkdir()
    Storage.open(str(folder / "messages.sqlite")).close()


@pytest.mark.parametrize(
    ("act", "sentence"), [(gone, "is gone: its file was removed"), (replaced, "another file has its name now")]
)
def test_what_would_be_lost_with_a_file_that_has_lost_its_name_is_refused(folder, send, act, sentence):
    with closing(Storage.open(str(folder / "messages.sqlite"))) as storage:
        act(folder)
        for use in (lambda: send(storage), storage.ping, lambda: send(storage)):
            with pytest.raises(StorageError, match=sentence):
                use()
        if folder.exists():
            folder.rename(folder.with_name("other"))
        folder.with_name("kept").rename(folder)
        storage.ping()
        assert send(storage) == [1]


def test_a_ping_finds_a_file_that_a_newer_version_has_upgraded_and_leaves_it_so(tmp_path):
    path = str(tmp_path / "messages.sqlite")
    with closing(Storage.open(path)) as storage, closing(sqlite3.connect(path, isolation_level=None)) as newer:
        newer.execute("PRAGMA user_version=1000")
        with pytest.raises(StorageError, match="was upgraded by a newer messaging-double: its schema is 1000"):
            storage.ping()
        assert newer.execute("PRAGMA user_version").fetchone() == (1000,)


def test_a_ping_finds_a_file_that_was_replaced_at_once_and_then_a_write_does(folder, send):
    with closing(Storage.open(str(folder / "messages.sqlite"))) as storage:
        send(storage)
        replaced(folder)
        for use in (storage.ping, lambda: send(storage)):
            with pytest.raises(StorageError, match="was replaced"):
                use()


def test_the_file_says_whose_it_is_and_which_schema_it_has(storage, database):
    with closing(sqlite3.connect(database)) as connection:
        asked = ("application_id", "user_version", "journal_mode")
        found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
    assert found == [APPLICATION_ID, SCHEMA_VERSION, "wal"]
    storage.ping()


FOREIGN = ["CREATE TABLE t (x)", "INSERT INTO t VALUES (1)"]


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        pytest.param(
            FOREIGN, r"is a SQLite file of something else: its application_id is 0 and its user_version 0", id="foreign"
        ),
        pytest.param(
            ["PRAGMA user_version=7"], f"user_version 7, expected 1296322389 and {SCHEMA_VERSION}", id="foreign version"
        ),
        pytest.param(["PRAGMA application_id=5", *FOREIGN], "application_id is 5", id="foreign application"),
        pytest.param(
            [f"PRAGMA application_id={APPLICATION_ID}", f"PRAGMA user_version={SCHEMA_VERSION + 1}"],
            f"by a newer messaging-double: its schema is {SCHEMA_VERSION + 1}, this one reads {SCHEMA_VERSION}. "
            "Run that version, name another database",
            id="newer",
        ),
        pytest.param(
            [f"PRAGMA application_id={APPLICATION_ID}", f"PRAGMA user_version={OLDEST - 1}", *FOREIGN],
            f"by an older messaging-double: its schema is {OLDEST - 1}, this one reads {SCHEMA_VERSION}",
            id="older",
        ),
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_left_untouched(database, statements, sentence):
    sqlite_file(database, *statements)
    before = Path(database).read_bytes()
    with pytest.raises(UnknownSchema, match=sentence) as caught:
        Storage.open(database)
    assert database in str(caught.value)
    assert Path(database).read_bytes() == before
    assert os.listdir(Path(database).parent) == ["messages.sqlite"]  # noqa: PTH208 - names are all that matters


@pytest.mark.parametrize("content", [b"no database", b"x" * 5000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_untouched(database, content):
    Path(database).write_bytes(content)
    with pytest.raises(UnknownSchema, match=r"is no SQLite database: expected one of messaging-double or no file"):
        Storage.open(database)
    assert Path(database).read_bytes() == content


def test_an_empty_file_is_a_new_one(database, send):
    Path(database).touch()
    with closing(Storage.open(database)) as storage:
        assert send(storage) == [1]


@pytest.mark.parametrize("path", ["", "gone/messages.sqlite"])
def test_a_folder_or_a_missing_folder_is_told(tmp_path, path):
    with pytest.raises(StorageError, match="check that it is a file, and that its folder exists and may be written"):
        Storage.open(str(tmp_path / path))


@pytest.mark.parametrize("statement", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE"])
def test_a_locked_new_file_is_told(database, statement, monkeypatch):
    monkeypatch.setattr(sqlite, "_OPENING_SECONDS", 0.05)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute(statement)
        with pytest.raises(StorageError, match="another process is writing"):
            Storage.open(database, busy_timeout=0.05)


def test_neither_the_orm_nor_the_driver_of_postgresql_is_imported_nor_a_warning_raised():
    code = (
        "import sys; from messaging_double.storage import Storage; Storage.open(None).close(); "
        "sys.exit(str(loaded) if (loaded := {'sqlalchemy.orm', 'psycopg'} & {*sys.modules}) else 0)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=30)


LINUX_AND_MAC = pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these locks")
KEEPS = """
import os, sys
from messaging_double.storage import Storage
storage = Storage.open(None)
with storage.writing() as unit:
    unit.outbox.reserve("Cust1", 1)
{then}
print(storage.path, flush=True)
sys.stdin.read()
"""
IS_FORKED = """
if os.fork():
    os._exit(0)
"""


@pytest.fixture
def keep(monkeypatch, tmp_path):
    """Start processes that keep a temporary database; kill them at the end."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with ExitStack() as at_the_end:

        def start(then=""):
            command = [sys.executable, "-W", "error", "-c", KEEPS.format(then=then)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            child = at_the_end.enter_context(subprocess.Popen(command, env=environment, **pipes))
            at_the_end.callback(child.stdin.close)
            path = Path(child.stdout.readline().strip())
            assert path.exists()
            return child, path

        yield start


@LINUX_AND_MAC
def test_what_a_killed_process_left_behind_is_removed_by_the_next(keep, tmp_path):
    child, path = keep()
    others = [tmp_path / name for name in ("messaging-double-mine.sqlite", "messaging-double-mine.lock")]
    for each in others:
        each.touch()
    child.kill()
    child.wait(10)
    assert len(list(tmp_path.glob(f"{path.stem}*"))) == 4
    Storage.open(None).close()
    assert sorted(tmp_path.iterdir()) == sorted(others)


@LINUX_AND_MAC
@pytest.mark.parametrize("then", ["", IS_FORKED], ids=["its process", "a child of its process"])
def test_what_somebody_uses_is_not_removed(keep, then):
    _, path = keep(then)
    with closing(Storage.open(None)) as own:
        Storage.open(None).close()
        for each in (path, Path(own.path)):
            assert each.exists()
            with closing(Storage.open(str(each))) as again:
                again.ping()


@LINUX_AND_MAC
def test_a_link_is_not_followed(keep, tmp_path):
    _, path = keep()
    (tmp_path / "messaging-double-link.sqlite-lock").symlink_to(tmp_path / "kept")
    (tmp_path / "kept").touch()
    Storage.open(None).close()
    assert (tmp_path / "kept").exists()
    assert path.exists()


@LINUX_AND_MAC
@pytest.mark.parametrize("error", [OSError(errno.ENOLCK, "No locks available"), OSError(errno.ENOTSUP, "Not here")])
def test_a_folder_without_locks_will_do(monkeypatch, tmp_path, send, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("messaging_double.storage.files.fcntl.flock", fail)
    with closing(Storage.open(None)) as storage:
        Storage.open(None).close()
        assert send(storage) == [1]
    assert list(tmp_path.iterdir()) == []
