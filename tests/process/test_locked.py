"""While another process keeps the database locked: who waits, who fails at once, and what comes after."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from support.envelopes import sending
from support.hostile import TENANT, post
from support.processes import ServedDouble, eventually
from support.sockets import converse, path_of

AT_ONCE = 4
READS = 100
SECONDS = 9
"""In which everything is answered: three seconds are waited once, not by each call."""


@pytest.fixture(scope="module")
def shared_double(tmp_path_factory):
    folder = tmp_path_factory.mktemp("locked")
    with ServedDouble(folder, "--database", folder / "shared.sqlite") as double:
        yield double


@contextmanager
def locked(double):
    """Write to the database as another process does."""
    with closing(sqlite3.connect(double.folder / "shared.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def get(path):
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def test_one_of_several_calls_waits_and_the_probes_answer(double, connect):
    assert connect(double).send_messages("Cust1", "before") == [1]

    def ask(request):
        found = converse(double.address, [request], seconds=SECONDS)
        assert not found.late, request[:40]
        return found.replies[0].status

    with locked(double), ThreadPoolExecutor() as threads:
        assert [ask(get(path)) for path in ("/livez", "/readyz")] == [200, 200]
        calls = [post(sending(f"call {number}")) for number in range(AT_ONCE)]
        asked = list(threads.map(ask, [*calls, get("/livez"), get("/_mock/v1/health")]))
        assert asked[: AT_ONCE + 1] == [500] * AT_ONCE + [200]
        assert [ask(get(path)) for path in ("/livez", "/readyz", "/_mock/v1/health")] == [200, 503, 503]
        assert [ask(each) for each in calls] == [500] * AT_ONCE
    assert ask(get("/readyz")) == 200
    assert connect(double).send_messages("Cust1", "after") == [2]
    found = connect(double).control(f"{TENANT}/journal")
    assert ([each["status"] for each in found["exchanges"]], found["lost"]) == ([500] * 2 * AT_ONCE, 0)


def test_what_the_journal_could_not_write_is_not_tried_again_for_each_call(double, connect):
    one = connect(double)
    with locked(double):
        for _ in range(READS):
            assert one.ask("GET", f"{path_of('Cust1')}?wsdl").status == 200
        assert one.control("Cust1/journal")["total"] == 0
        assert eventually(lambda: "exchanges to write" in double.stderr)
    assert double.stderr.count("exchanges to write") < READS / 5
    assert one.control("Cust1/journal")["total"] == READS
