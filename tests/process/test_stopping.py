"""How it ends: soon, by its own will, with every answer whole and nothing left behind."""

import contextlib
import http.client
import signal
import socket
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.processes import PATIENCE, eventually
from support.sockets import Client

HANG_UP = pytest.param(
    signal.SIGHUP,
    marks=pytest.mark.skipif(
        signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, reason="under nohup it is ignored, by children too"
    ),
)
SUFFIXES = ("sqlite-wal", "sqlite-shm", "sqlite-lock")
LIVEZ = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"


def _left_behind(double) -> list[str]:
    return [each.name for each in double.temporary.iterdir()]


def _was_clean(double) -> bool:
    return double.process.returncode == 0 and "Traceback" not in double.stderr and not double.port_file.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, HANG_UP])
def test_it_ends_soon_with_idle_and_half_done_connections(serve, connect, number):
    double = serve()
    connect(double).send_messages("Cust1", "a message")
    assert {name.rpartition(".")[2] for name in _left_behind(double)} == {"sqlite", *SUFFIXES}
    with contextlib.ExitStack() as connections:
        for _ in range(200):
            idle = connections.enter_context(socket.create_connection(double.address, timeout=PATIENCE))
            idle.sendall(LIVEZ)
            assert idle.recv(12) == b"HTTP/1.1 200"
        connections.enter_context(socket.create_connection(double.address))  # silent
        half = connections.enter_context(socket.create_connection(double.address))
        half.sendall(b"POST /Remote/Services88/Messaging.svc HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n<a")
        double.stop(number)
    assert _was_clean(double)
    assert _left_behind(double) == []


def test_an_answer_that_has_begun_is_finished(serve, connect):
    double = serve("--shutdown-seconds", PATIENCE)
    good = connect(double)
    for _ in range(10):
        good.send_messages("Cust1", *["x" * 50_000] * 10)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(PATIENCE)
        slow.connect(double.address)
        slow.sendall(b"GET /_mock/v1/tenants/Cust1/outbox?limit=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = http.client.HTTPResponse(slow)
        answer.begin()
        double.process.send_signal(signal.SIGTERM)
        # It accepts no client any more, and is still there for this one.
        assert eventually(lambda: not _accepts(double.address))
        body = answer.read()
    assert len(body) == int(answer.headers["Content-Length"]) > 5_000_000
    assert double.process.wait(PATIENCE) == 0
    assert _was_clean(double)


def test_while_it_drains_it_serves_calls_and_is_not_ready(serve, connect):
    double = serve("--drain-seconds", 3600)
    before = connect(double)
    assert before.ask("GET", "/readyz").status == 200
    double.process.send_signal(signal.SIGTERM)
    assert eventually(lambda: connect(double).ask("GET", "/readyz").status == 503)
    refused = connect(double).ask("GET", "/readyz")
    assert (refused.json["error"], refused.headers["connection"]) == ("the double was asked to stop", "close")
    assert connect(double).ask("GET", "/livez").status == 200
    assert before.send_messages("Cust1", "on a connection from before") == [1]
    assert connect(double).send_messages("Cust1", "on a new one") == [2]


def test_it_ends_when_it_has_drained(serve, connect):
    double = serve("--drain-seconds", 0.1)
    connect(double).send_messages("Cust1", "a message")
    double.stop()
    assert _was_clean(double)
    assert _left_behind(double) == []


def _accepts(address: tuple[str, int]) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=1):
        return True
    return False


class Load:
    """Calls until there is no server any more; a client that gets no answer gets nothing, never half of one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.running = threading.Semaphore(0)
        self.answered: list[int] = []

    def run(self, thread: int) -> None:
        # An IncompleteRead, and a body that is no answer, are no OSError.
        with Client(self._url) as client, contextlib.suppress(OSError):
            for number in range(100_000):
                self.answered += client.send_messages("Cust1", f"thread {thread}, call {number}")
                self.running.release()


def test_under_load_every_call_is_answered_whole_or_not_begun(serve, tmp_path):
    double = serve("--database", tmp_path / "kept.sqlite", "--log-level", "warning")
    load = Load(double.url)
    with ThreadPoolExecutor(6) as threads:
        running = [threads.submit(load.run, thread) for thread in range(6)]
        for _ in range(300):
            assert load.running.acquire(timeout=PATIENCE)
        double.stop()
    for each in running:
        each.result()
    assert _was_clean(double)
    with contextlib.closing(sqlite3.connect(tmp_path / "kept.sqlite")) as database:
        kept = [each for (each,) in database.execute("SELECT messaging_id FROM outgoing_message ORDER BY 1")]
    assert kept == sorted(load.answered) == list(range(1, len(kept) + 1))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, HANG_UP])
def test_signals_that_go_on_do_not_keep_it_from_cleaning_up(serve, connect, number):
    double = serve()
    connect(double).send_messages("Cust1", "a message")

    def ended():
        double.process.send_signal(number)
        return double.process.poll() is not None

    assert eventually(ended)
    assert _was_clean(double)
    assert _left_behind(double) == []
