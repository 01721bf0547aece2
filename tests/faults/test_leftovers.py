"""No fault leaves anything behind: no thread, no socket, no lock, no response that keeps the double from ending."""

from __future__ import annotations

import contextlib
import resource
import selectors
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import eventually
from support.sockets import MIB

from messaging_double.models.faults import FAULTS, WIRE
from messaging_double.server.rules.faults import OVERSIZE

from .support.target import Target

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

CROWD = 1000
WITHOUT_BODY = {"empty-reply", "reset-before", "reply-lost", "garbage"}
DRIP = {"drip": {"bytes": 1, "every": "500ms"}}


def threads_of(double) -> int:
    return sum(1 for _ in Path(f"/proc/{double.process.pid}/task").iterdir())


def target_of(double, tenant="Cust1") -> Target:
    return Target(double.url, tenant)


MOST_THREADS = 34
"""The loop's, at most 32 workers, and one that parses."""


def test_after_all_faults_there_are_as_many_sockets_as_before_and_a_bounded_number_of_threads(serve):
    double = serve()
    target = target_of(double)
    target.rule({"http": 503})
    target.no_rule()
    target.succeeds()
    sockets = double.sockets
    for fault in FAULTS:
        then = {"delay": "10s"} if fault.name == "delay" else fault.then
        target.rule(then)
        for _ in range(3):
            target.talk(0.05)  # what is late then is left by its client
        target.no_rule()
        target.succeeds()
    assert eventually(lambda: double.sockets <= sockets and threads_of(double) <= MOST_THREADS), double.sockets
    assert "Traceback" not in double.stderr
    double.stop()


def test_delayed_responses_do_not_keep_the_double_from_ending(serve):
    double = serve()
    target = target_of(double)
    late = [{"wire": "never-answered"}, DRIP, {"delay": "1h"}]
    target.rule(*late)
    with contextlib.ExitStack() as connections:
        for _ in late:
            connections.enter_context(target.connect()).sendall(target.request)
        assert eventually(lambda: target.control("GET", "rules")["rules"][0]["used"] == len(late))
        double.stop()
    assert double.process.returncode == 0
    assert "Traceback" not in double.stderr


@pytest.mark.parametrize("name", [name for name in WIRE if name != "never-answered"])
def test_a_fault_may_come_late_and_in_pieces(target, name):
    size = 1_000_000 if name == "oversized" else 300
    drip = {} if name in WITHOUT_BODY else {"drip": {"bytes": size, "every": "1ms"}}
    target.rule({"wire": name, "delay": "50ms", **drip})
    late = target.talk(0.4)
    target.control("PUT", "rules/the%20rule", {"then": {"wire": name}})
    at_once = target.talk(0.4)
    assert without_date(late[0]) == without_date(at_once[0])
    assert late[1] == at_once[1]


def test_many_oversized_answers_at_once_take_neither_memory_nor_files(serve):
    double = serve()
    target = target_of(double)
    target.succeeds()
    target.rule({"wire": "oversized"})
    mib, files = double.resident_mib, double.open_files
    for burst in (1, 2):
        with contextlib.ExitStack() as crowd:
            for _ in range(20):
                crowd.enter_context(target.connect()).sendall(target.request)
            assert eventually(lambda count=20 * burst: target.sent() == count + 1)
            assert double.resident_mib - mib < 20 * OVERSIZE / 4 / MIB
        assert eventually(lambda: double.open_files <= files)


def test_an_oversized_response_evicts_nothing_from_the_journal(serve):
    double = serve("--journal-bytes", "1048576")
    target = target_of(double)
    target.succeeds()
    target.rule({"wire": "oversized"})
    received = [target.talk(0.5)[0] for _ in range(5)]
    journal = target.control("GET", "journal")
    kept = journal["exchanges"][0]["response"]
    assert (journal["total"], journal["evicted"]) == (6, 0)
    assert (kept["bytes"], kept["cut"]) == (len(received[-1]), True)
    assert kept["bytes"] > OVERSIZE


def without_date(answer: bytes) -> list[bytes]:
    return [line for line in answer.split(b"\r\n") if not line.startswith((b"Date: ", b"<"))]


def test_a_dripping_response_ends_when_its_client_leaves(serve):
    double = serve()
    sockets = double.sockets
    target = target_of(double)
    target.rule(DRIP)
    with target.connect() as connection:
        connection.sendall(target.request)
        assert connection.recv(12) == b"HTTP/1.1 200"
        assert double.sockets > sockets
    assert eventually(lambda: double.sockets <= sockets)
    assert eventually(lambda: target.control("GET", "journal")["total"] == 1)
    exchange = target.exchange()
    assert (exchange["status"], exchange["fault"]) == (200, "drip 1 bytes every PT0.5S")
    assert exchange["response"]["bytes"] < 800, "it says what was sent, not what would have been"


@pytest.fixture
def room() -> Iterator[None]:
    """Let this process open so many files; the double sees to itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CROWD + 200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"this system lets a process open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted) if soft != resource.RLIM_INFINITY else soft, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("room")
def test_a_thousand_calls_without_an_answer_or_dripping_do_not_delay_others(serve):
    double = serve("--log-level", "warning")
    victim, other = target_of(double), target_of(double, "Cust2")
    other.succeeds()
    sockets = double.sockets
    victim.rule({"wire": "never-answered"}, DRIP, times=CROWD)
    with contextlib.ExitStack() as crowd:
        connections = [crowd.enter_context(victim.connect()) for _ in range(CROWD)]
        for connection in connections:
            connection.sendall(victim.request)
        assert eventually(lambda: victim.control("GET", "rules")["rules"][0]["used"] == CROWD)
        assert eventually(lambda: double.sockets >= CROWD)
        for _ in range(20):
            other.succeeds()
        assert threads_of(double) <= MOST_THREADS
        assert _answered(connections) == CROWD // 2, "each second one drips"
    assert eventually(lambda: double.sockets <= sockets + 1)
    assert victim.sent() == CROWD // 2
    victim.succeeds()
    double.stop()


def _answered(connections: list[socket.socket]) -> int:
    """Count those that have received something, and that nobody has closed."""
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ)
        ready = [key.fileobj for key, _ in selector.select(0)]
    assert all(connection.recv(1) for connection in ready)
    return len(ready)
