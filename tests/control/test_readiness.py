"""What makes a double unready: it says why at /readyz, stays alive, and is ready again once the cause is gone."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from support.control import assert_problem
from support.envelopes import outgoing


@contextmanager
def full(database):
    import resource  # noqa: PLC0415 - Windows has none

    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (Path(f"{database}-wal").stat().st_size + 5000, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)


@contextmanager
def gone(database):
    database.parent.rename(database.parent.with_name("kept"))
    yield
    database.parent.with_name("kept").rename(database.parent)


@contextmanager
def locked(database):
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit, and keeps files that are open")
@pytest.mark.parametrize(
    ("cause", "reason"),
    [(full, "the disk cannot be read or written"), (gone, "its file was removed"), (locked, "is writing to it")],
)
def test_a_sqlite_file_that_cannot_be_written(start_double, monkeypatch, tmp_path, cause, reason):
    monkeypatch.setattr("messaging_double.server.app._PATIENCE", 0.05)
    (tmp_path / "folder").mkdir()
    database = tmp_path / "folder" / "messages.sqlite"
    double = start_double(database=str(database), journal_entries=0)
    assert double.send(outgoing()).succeeded
    assert double.get("/readyz").status == 200
    with cause(database):
        double.send(outgoing(Content="x" * 50_000))  # that a file is locked shows in a call that waits in vain
        assert_problem(double.get("/readyz"), 503, reason)
        assert double.send(outgoing(Content="x" * 50_000)).status == 500
        assert double.get("/livez").status == 200
    assert double.get("/readyz").status == 200
    assert double.send(outgoing()).succeeded


def test_a_postgresql_database_that_may_only_be_read(start_double, postgres):
    database = postgres.schema()
    assert start_double(database=database).get("/readyz").status == 200
    double = start_double(database=f"{database}{quote(' -c default_transaction_read_only=on')}")
    assert_problem(double.get("/readyz"), 503, "read-only transaction")
    assert double.get("/livez").status == 200
