"""Waiting over real sockets: many at once, and clients that leave. Several processes: test_workers.py."""

import contextlib
import select

import pytest
from support.processes import eventually
from support.sockets import Client

FLAGS = ("--log-level", "warning")
LONG = "wait=60s"
WAITERS = 100
FURTHER_CALLS = 1000
"""Calls that others may make before the last one who waits is answered: a measure of time on any machine."""


def ask(server, path: str) -> Client:
    """Ask the control API; the answer may come later."""
    return Client(server.url).send(f"GET /_mock/v1/tenants/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())


def answer(client: Client) -> dict:
    with client:
        response = client.response()
    assert response.status == 200, response
    return response.json


@pytest.fixture(scope="module")
def sockets(shared_double):
    """Return how many sockets the double has open before anybody has connected."""
    return shared_double.sockets


@pytest.fixture
def wait_for(double, sockets, connect):
    """Return a client of ``Cust1``, which has a message, and a function that lets some wait for as many paths."""
    assert eventually(lambda: double.sockets == sockets), "those of the test before are gone"
    sender = connect(double)
    sender.send_messages("Cust1", "before")

    def wait(*paths):
        waiting = [ask(double, path) for path in paths]
        # What each asked for was sent with its connection.
        assert eventually(lambda: double.sockets == sockets + 1 + len(paths))
        return waiting

    return sender, wait


def test_a_hundred_wait_while_sends_go_on(double, wait_for):
    sender, wait = wait_for
    waiting = wait(*(f"Cust1/outbox?{LONG}&count={2 + number % 10}" for number in range(WAITERS)))
    for number in range(50):
        assert sender.send_messages("Cust1", f"call {number}") == [number + 2]
        sender.send_messages("Cust2", "of no interest")
    late, further_calls = waiting, 0
    while late and further_calls < FURTHER_CALLS:
        sender.send_messages("Cust2", "of no interest")
        further_calls += 1
        late = [each for each in late if not select.select([each.socket], [], [], 0)[0]]
    assert late == []
    for number, each in enumerate(waiting):
        assert answer(each)["total"] >= 2 + number % 10
    assert double.stderr == ""


def test_who_waits_costs_no_work(double, wait_for):
    _, wait = wait_for
    waiting = wait(*["Cust1/outbox?wait=1s&count=2"] * WAITERS)
    before = double.cpu_seconds
    for each in waiting:
        assert answer(each)["total"] == 1
    assert double.cpu_seconds - before < 0.8


def test_clients_that_hang_up_are_forgotten(double, sockets, wait_for):
    sender, wait = wait_for
    for each in wait(*[f"Cust1/outbox?{LONG}&count=1000"] * WAITERS):
        each.close()
    assert eventually(lambda: double.sockets == sockets + 1)
    before = double.cpu_seconds
    for number in range(20):
        sender.send_messages("Cust1", f"call {number}")
    assert double.cpu_seconds - before < 0.5, "nobody looks for them any more"
    assert double.stderr == ""


def test_who_waits_for_the_journal_gets_calls_as_they_are_answered(serve, connect):
    double = serve(*FLAGS)
    sender, count = connect(double), 0
    for unseen in (0, 3):  # before the first call, and with calls that nobody has looked at
        for number in range(unseen):
            sender.send_messages("Cust1", f"call {number}")
        waiting = [ask(double, f"Cust1/journal?{LONG}&count={count + unseen + more}") for more in (1, 2)]
        for each in waiting:
            sender.send_messages("Cust1", "a later call")
            assert answer(each)["total"] > count + unseen
        count += unseen + len(waiting)


def test_a_double_that_stops_keeps_nobody_waiting(serve, connect, shared_database):
    double = serve(*FLAGS, "--database", shared_database)
    connect(double).send_messages("Cust1", "before")
    before = double.sockets
    waiting = [ask(double, f"Cust1/outbox?{LONG}&count=2") for _ in range(10)]
    gone = [ask(double, f"Cust1/outbox?{LONG}&count=2") for _ in range(40)]
    assert eventually(lambda: double.sockets >= before + 50)
    for each in gone:
        each.close()
    assert eventually(lambda: double.sockets < before + 35)
    double.stop()
    for each in waiting:
        with each, contextlib.suppress(ConnectionResetError):
            assert b"500" not in each.socket.recv(100)
    assert double.stderr == ""
