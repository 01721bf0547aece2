"""Probes, and what the control API says to what it does not have."""

from __future__ import annotations

import os
import re
from datetime import datetime, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.control import INBOX, OUTBOX, REPORTS, assert_problem, fill
from support.envelopes import outgoing
from support.simulated import BEGIN, moment

from messaging_double.storage import StorageError


@pytest.mark.parametrize(("url", "status"), [("/livez", "alive"), ("/readyz", "ready"), ("/_mock/v1/health", "ready")])
def test_probes(double, url, status) -> None:
    assert double.get(url).json["status"] == status


@pytest.mark.parametrize("url", ["/readyz", "/_mock/v1/health"])
def test_readiness_shows_the_process_and_its_start(start_double, url) -> None:
    before = datetime.now(timezone.utc)
    double = start_double(clock=BEGIN)
    after = datetime.now(timezone.utc)
    shown = double.get(url).json
    assert shown["pid"] == os.getpid()
    assert shown["version"]
    assert before <= moment(shown["started"]) <= after
    assert double.get(url).json == shown


def test_a_double_that_cannot_reach_its_storage_is_alive_and_not_ready(start_double) -> None:
    double = start_double()
    double.app.close()
    assert double.get("/livez").status == 200
    assert_problem(double.get("/readyz"), 503)
    assert_problem(double.get(OUTBOX), 503)


def test_a_double_whose_database_was_replaced_is_not_ready_and_loses_nothing(start_double, tmp_path) -> None:
    folder, kept = tmp_path / "folder", tmp_path / "kept"
    folder.mkdir()
    double = start_double(database=str(folder / "messages.sqlite"))
    fill(double, 1)
    folder.rename(kept)
    folder.mkdir()
    other = start_double(database=str(folder / "messages.sqlite"))
    for url in ("/readyz", "/_mock/v1/health"):
        assert_problem(double.get(url), 503, "was replaced", "Start the double anew")
    assert double.get("/livez").status == 200
    assert double.send(outgoing()).status == 500
    assert other.get("/readyz").status == 200
    assert other.is_empty()
    folder.rename(tmp_path / "other")
    kept.rename(folder)
    assert double.get("/readyz").status == 200
    assert double.send(outgoing()).succeeded
    assert len(double.outbox()) == 2


@pytest.mark.parametrize("error", [StorageError("the disk is gone"), ZeroDivisionError("secret")])
def test_a_failure_of_the_double_has_a_status_of_its_own_and_shows_no_secret(double, monkeypatch, error) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("messaging_double.storage.Storage.reading", fail)
    answer = double.get(OUTBOX)
    assert_problem(answer, 503 if isinstance(error, StorageError) else 500)
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/_mock/v1/tenants/default/nothing",
        "/_mock/v1/tenants//outbox",
        "/_mock/v1/tenants/a/b/outbox",
        "/_mock/v2/tenants/default/outbox",
        "/_MOCK/v1/tenants/default/outbox",
        "/_mock/v1/tenants/default/outbox/1/more",
        "/livez/x",
        "/%00",
        "/%FF%FE",
        "/<script>",
        "//",
        "",
    ],
)
def test_an_unknown_path_is_404_with_a_path_that_is_there(double, path) -> None:
    answer = double.get(path)
    assert_problem(answer, 404, "nothing is at ")
    (there,) = re.findall(r"/_mock/\S+", answer.json["hint"])
    assert double.get(there).status == 200


@pytest.mark.parametrize("path", ["/_mock", "/_mock/", "/_mock/v1", "/_mock/v1/"])
def test_the_beginnings_of_its_paths_answer_the_index(double, path) -> None:
    assert double.get(path).json == double.get("/").json
    assert_problem(double.request("POST", path), 405, "POST")
    assert double.get(path, Host="attacker.example").status == 403


@pytest.mark.parametrize("url", [OUTBOX, INBOX, REPORTS, "/livez", "/readyz"])
def test_head_is_get_without_a_body(double, url) -> None:
    fill(double, 2)
    head, get = double.request("HEAD", url), double.get(url)
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


def test_a_trailing_slash_is_passed_over(double) -> None:
    fill(double, 1)
    assert double.get(f"{OUTBOX}/").json == double.get(OUTBOX).json


@pytest.mark.parametrize("box", [OUTBOX, INBOX, REPORTS, OUTBOX.rpartition("/")[0]])
def test_an_empty_id_deletes_nothing(double, box) -> None:
    fill(double, 2)
    assert_problem(double.request("DELETE", f"{box}/"), 404, "nothing is at")
    assert len(double.outbox()) == 2


def test_reading_changes_nothing(double) -> None:
    fill(double, 2)
    first = [double.get(url).body for url in (OUTBOX, INBOX, REPORTS)]
    for url in ("/livez", "/readyz", f"{OUTBOX}/1", "/nothing", f"{OUTBOX}?limit=x"):
        double.get(url)
    assert [double.get(url).body for url in (OUTBOX, INBOX, REPORTS)] == first


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(max_codepoint=255), max_size=30), st.text(st.characters(max_codepoint=255), max_size=30))
def test_any_path_and_query_get_json(double, path, query) -> None:
    for prefix in ("/", "/_mock/v1/tenants/", "/_mock/v1/tenants/default/outbox/"):
        answer = double.request("GET", "/", PATH_INFO=prefix + path, QUERY_STRING=query)
        if answer.status >= 400 or (answer.call is None and answer.status < 300):
            assert answer.json


def test_an_upgrade_to_another_protocol_is_ignored(double) -> None:
    answer = double.get("/livez", Connection="Upgrade", Upgrade="websocket")
    assert answer.status == 200
