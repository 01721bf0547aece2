"""A thousand idle connections, two hundred that drip: who comes new is served, and all of them end by the limits."""

import contextlib
import resource
import selectors
import socket
import time

import pytest
from support.envelopes import sending
from support.hostile import post
from support.processes import eventually
from support.sockets import Client, parse_replies

IDLE, SLOW = 1000, 200
SECONDS = 3
LIMITS = ("--header-seconds", SECONDS, "--body-seconds", SECONDS, "--keep-alive-seconds", SECONDS)
LIVEZ = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(autouse=True)
def _room():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + SLOW + 200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"this system lets a process open {hard} files only")
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        yield
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Crowd:
    """Connections that are read as they end, and that drip a byte at each turn if they have any."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._selector = selectors.DefaultSelector()
        self._received: dict[socket.socket, bytes] = {}
        self._drips: dict = {}
        self.ended: list[bytes] = []
        """What each of those that the server has closed was told."""

    def join(self, first: bytes = b"", drips: bytes = b"") -> None:
        connection = socket.create_connection(self._address, timeout=10)
        connection.sendall(first)
        connection.settimeout(0)
        self._selector.register(connection, selectors.EVENT_READ)
        self._received[connection] = b""
        if drips:
            self._drips[connection] = iter(drips)

    def __len__(self) -> int:
        return len(self._received)

    def turn(self, seconds: float = 0.02) -> None:
        """Let the slow ones send a byte each, and look for a moment at what all of them are told."""
        for connection, drips in list(self._drips.items()):
            with contextlib.suppress(OSError, StopIteration):
                connection.send(bytes([next(drips)]))
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                self._read(key.fileobj)

    def _read(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(65536)
        except OSError:
            data = b""
        self._received[connection] += data
        if not data:
            self._selector.unregister(connection)
            self._drips.pop(connection, None)
            self.ended.append(self._received.pop(connection))
            connection.close()

    def close(self) -> None:
        for connection in self._received:
            connection.close()
        self._selector.close()


def _serve_a_new_client(url: str, content: str) -> None:
    with Client(url) as client:
        client.send_messages("Cust1", content)


def test_new_clients_are_served_meanwhile_and_all_others_are_ended_by_the_limits(serve):
    double = serve(*LIMITS)
    _serve_a_new_client(double.url, "the first call")
    assert eventually(lambda: double.open_files < 15)
    files = double.open_files
    body = post(sending("dripped"))
    head = body.index(b"\r\n\r\n") + 4
    with contextlib.closing(Crowd(double.address)) as crowd:
        for number in range(IDLE):
            crowd.join(b"" if number % 2 else LIVEZ)
        for number in range(SLOW):
            if number % 2:
                crowd.join(body[:head], drips=body[head:])
            else:
                crowd.join(body[:5], drips=body[5:])
        assert len(crowd) == IDLE + SLOW, "a connection was closed before the time"

        served = 0
        while len(crowd):
            _serve_a_new_client(double.url, f"call {served}")
            served += 1
            crowd.turn()
            assert served < 2000, f"{len(crowd)} are still there"
        assert served > 10

    told = [parse_replies(each) for each in crowd.ended]
    assert not any(rest for _, rest in told)
    statuses = [tuple(reply.status for reply in replies) for replies, _ in told]
    # Half of the idle had an answer before; the slow ones get the reason; all others get nothing.
    assert {each: statuses.count(each) for each in set(statuses)} == {(): IDLE // 2, (200,): IDLE // 2, (408,): SLOW}
    with Client(double.url) as client:
        assert client.control("Cust1/outbox?limit=1")["total"] == served + 1
        assert client.control("Cust666/outbox?limit=1")["total"] == 0
    assert eventually(lambda: double.open_files <= files)
    assert "Traceback" not in double.stderr
    double.stop()
