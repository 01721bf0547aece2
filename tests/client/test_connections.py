"""One connection for each thread, kept open; one that the double has closed is noticed."""

import os
import socket
import struct
import subprocess
import sys
import threading
from itertools import count
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from messaging_double.client import MessagingDouble, Unreachable, connections


@pytest.fixture
def double():
    with MessagingDouble(keep_alive_seconds=0.2) as double:
        yield double


def test_threads_ask_at_once_and_see_the_same(tenant):
    tenant.load(outbox=[{"content": "Hei"}])
    found = []
    threads = [threading.Thread(target=lambda: found.extend(tenant.outbox() + tenant.outbox())) for _ in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [message.content for message in found] == ["Hei"] * 32


def test_a_connection_that_the_double_has_closed_is_replaced(double):
    assert len(double.outbox) == 0
    with socket.create_connection(("127.0.0.1", urlsplit(double.url).port)) as as_idle_as_ours:
        as_idle_as_ours.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        while as_idle_as_ours.recv(4096):
            pass  # until it is closed: ours was idle before
    assert len(double.outbox) == 0


def test_a_double_that_is_gone_is_unreachable():
    with MessagingDouble() as double, MessagingDouble.at(double.url) as attached:
        assert len(attached.outbox) == 0
        double.stop()
        with pytest.raises(Unreachable, match="No double answers at http://127"):
            attached.outbox()


FORKED = """
import os, sys
from messaging_double.client import MessagingDouble

with MessagingDouble.at(sys.argv[1], tenant=sys.argv[2]) as double:
    assert len(double.outbox) == 1
    child = os.fork()
    for _ in range(100):
        assert len(double.outbox) == 1
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_has_connections_of_its_own(running, tenant):
    tenant.load(outbox=[{"content": "Hei"}])
    command = [sys.executable, "-W", "error", "-c", FORKED, running.url, tenant.name]
    subprocess.run(command, check=True, timeout=60)


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
ASK = {
    "GET": lambda double: double.settings(),
    "PUT": lambda double: setattr(double, "auth", None),
    "DELETE": lambda double: double.delete(),
    "POST": lambda double: double.reset(),
}


class Peer:
    """Answers requests as a script says: what it sends, and whether it closes or resets the connection then.

    What is beyond the script gets a whole answer.
    """

    def __init__(self, *script):
        self.requests = []
        """The method of each, and on which connection it came."""
        self._script = list(script)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self):
        for number in count(1):
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as incoming:
                while self._serve_one(number, connection, incoming):
                    pass

    def _serve_one(self, number, connection, incoming):
        line = incoming.readline()
        if not line:
            return False
        headers = dict(each.strip().lower().split(b": ") for each in iter(incoming.readline, b"\r\n"))
        incoming.read(int(headers.get(b"content-length", 0)))
        self.requests.append((line.split()[0].decode(), number))
        answer, then = self._script.pop(0) if self._script else (ANSWER, "")
        connection.sendall(answer)
        if then == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return not then


WHOLE = (ANSWER, "")


@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_may_be_done_twice_is_asked_again_on_a_new_connection(method, then):
    with Peer(WHOLE, (b"", then)) as peer, MessagingDouble.at(peer.url) as double:
        ASK[method](double)
        assert peer.requests == [("GET", 1), (method, 1), (method, 2)]


@pytest.mark.parametrize(("answer", "then"), [(b"", "close"), (b"", "reset"), (ANSWER[:-1], "reset")])
def test_what_may_be_done_once_only_is_not_asked_again(answer, then):
    with Peer(WHOLE, (answer, then)) as peer, MessagingDouble.at(peer.url) as double:
        with pytest.raises(Unreachable, match=f"No double answers at {peer.url} "):
            double.reset()
        assert peer.requests == [("GET", 1), ("POST", 1)]


@pytest.mark.parametrize("method", ASK)
@pytest.mark.parametrize("answer", [b"HTTP/1.1 2", ANSWER[:-1]])
def test_nothing_is_asked_again_once_its_answer_has_begun(method, answer):
    with Peer(WHOLE, (answer, "close")) as peer, MessagingDouble.at(peer.url) as double:
        with pytest.raises(Unreachable):
            ASK[method](double)
        assert peer.requests == [("GET", 1), (method, 1)]


def test_nothing_is_asked_again_that_went_over_a_new_connection():
    with Peer((b"", "close")) as peer:
        with pytest.raises(Unreachable, match="closed without an answer"):
            MessagingDouble.at(peer.url, wait=0)
        assert peer.requests == [("GET", 1)]


@pytest.mark.parametrize(("idle", "connection"), [(29, 1), (31, 2)])
def test_a_connection_that_was_idle_for_long_is_replaced_before_anything_is_asked(monkeypatch, idle, connection):
    now = [1000.0]
    monkeypatch.setattr(connections, "system_clock", SimpleNamespace(monotonic=lambda: now[0]))
    with Peer() as peer, MessagingDouble.at(peer.url) as double:
        now[0] += idle
        double.reset()
        assert peer.requests == [("GET", 1), ("POST", connection)]
