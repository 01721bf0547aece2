"""What becomes of the journal when its tenant is reset, filled or deleted, and when that fails."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from support.control import assert_problem
from support.double import control_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.double import Double

TENANT = control_url("default", "")
EMPTIES = {
    "reset": ("POST", "reset", None),
    "delete": ("DELETE", "", None),
    "fill": ("PUT", "", {"outbox": [{"to": "1"}]}),
}


@pytest.fixture
def database(tmp_path) -> str:
    return str(tmp_path / "messages.sqlite")


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Let nobody wait long for a lock."""
    monkeypatch.setattr("messaging_double.server.app._PATIENCE", 0.01)
    monkeypatch.setattr("messaging_double.server.journal.recorder._PATIENCE", 0.01)


@contextmanager
def unfinished(double: Double) -> Iterator[None]:
    """Let the answers within end only afterwards, as those to a slow client do."""
    app, bodies = double.app, []

    def hold(environ, start_response):
        bodies.append(app(environ, start_response))
        return list(bodies[-1])

    double.app = hold
    yield
    double.app = app
    for body in bodies:
        body.close()


@contextmanager
def locked(database: str) -> Iterator[None]:
    """Write to the database as another process."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def journal(double: Double) -> dict[str, int]:
    found = double.get(control_url("default", "journal")).json
    return {name: found[name] for name in ("total", "lost")}


@pytest.mark.parametrize("empty", EMPTIES)
@pytest.mark.parametrize("used", [False, True], ids=["a new tenant", "a used one"])
@pytest.mark.parametrize("by_another", [False, True], ids=["by itself", "by another process"])
def test_a_call_that_is_still_answered_when_its_tenant_is_emptied_is_not_in_the_new_journal(
    start_double, database, empty, used, by_another
) -> None:
    double, other = start_double(database=database), start_double(database=database)
    if used:
        double.plugins()
    with unfinished(double):
        double.plugins()
    before = int(used) + 1
    assert journal(other)["total"] == before, "otherwise this test shows nothing"
    with unfinished(double):
        double.plugins()
        assert (other if by_another else double).steer(*EMPTIES[empty]).status in (200, 204)
    double.plugins(tenant="Cust1")
    assert [journal(each) for each in (double, other)] == [{"total": 0, "lost": 0}] * 2
    double.plugins()
    assert journal(other)["total"] == 1


def test_a_call_is_kept_although_another_tenant_was_emptied_meanwhile(double) -> None:
    with unfinished(double):
        double.plugins()
        double.reset("Cust1")
    assert journal(double)["total"] == 1


def test_a_fill_that_is_refused_leaves_the_journal_as_it_is(double) -> None:
    double.plugins()
    with unfinished(double):
        double.plugins()
        twice = {"outbox": [{"messagingId": 1}, {"messagingId": 1}]}
        assert_problem(double.steer("PUT", "", twice), 400, "messagingId 1")
    assert journal(double) == {"total": 2, "lost": 0}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("empty", EMPTIES)
def test_what_waits_to_be_written_outlives_a_reset_that_fails(start_double, database, empty) -> None:
    double = start_double(database=database)
    with locked(database):
        double.plugins()
        double.plugins()
        assert_problem(double.steer(*EMPTIES[empty]), 503, "locked")
    assert journal(double) == {"total": 2, "lost": 0}


@pytest.mark.usefixtures("impatient")
def test_lost_exchanges_are_counted_until_a_reset_by_any_process(start_double, database) -> None:
    double, other = (start_double(database=database, journal_entries=1) for _ in range(2))
    with locked(database):
        for _ in range(3):
            double.plugins()
        assert double.request("POST", f"{TENANT}/reset").status == 503
        assert journal(double) == {"total": 0, "lost": 2}
    assert journal(double) == {"total": 1, "lost": 2}
    other.reset()
    assert journal(double) == {"total": 0, "lost": 0}
