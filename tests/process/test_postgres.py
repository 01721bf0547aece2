"""Replicas on one PostgreSQL database: one of them killed, the server gone for a while."""

import contextlib
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.envelopes import sending
from support.processes import eventually
from support.sockets import SENDING, Client, path_of

WAYS_IN = (
    ("POST", path_of("Cust1"), sending("x")),
    ("POST", "/Cust1/api/v1/Agents/Messaging/GetPlugins", b"{}"),
    ("GET", "/_mock/v1/tenants/Cust1/outbox", None),
)


class Sender(threading.Thread):
    """Sends to a double until it is to end; keeps the ids and the other statuses that it got."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.ids: list[int] = []
        self.statuses: list[int] = []
        self.end = threading.Event()

    def run(self) -> None:
        with Client(self.url) as client:
            while not self.end.is_set():
                response = client.ask("POST", path_of("Cust1"), sending("x"), SENDING)
                if response.status == 200:
                    self.ids += [int(response.body.partition(b"MessagingId>")[2].partition(b"<")[0])]
                else:
                    self.statuses.append(response.status)
                    self.end.wait(0.05)


@pytest.fixture
def own_server():
    """Return a PostgreSQL server that the test may stop."""
    from support.postgres import Server  # noqa: PLC0415 - not on Windows

    server = Server()
    yield server
    server.remove()


def test_while_the_server_is_gone_clients_get_503_and_nothing_answered_is_lost(serve, connect, own_server):
    double = serve("--database", own_server.schema(), "--log-level", "error")
    senders = [Sender(double.url) for _ in range(4)]
    for each in senders:
        each.start()
    try:
        assert eventually(lambda: all(each.ids for each in senders))
        own_server.stop()
        assert eventually(lambda: all(each.statuses for each in senders))
        one = connect(double)
        assert one.ask("GET", "/livez").status == 200
        assert one.ask("GET", "/readyz").status == 503
        for method, path, body in WAYS_IN:
            response = one.ask(method, path, body, SENDING if body != b"{}" else {"Content-Type": "application/json"})
            assert (response.status, response.headers["retry-after"]) == (503, "1")
        before = [len(each.ids) for each in senders]
        own_server.start()
        assert eventually(lambda: all(len(each.ids) > count for each, count in zip(senders, before, strict=True)))
    finally:
        for each in senders:
            each.end.set()
        for each in senders:
            each.join()
    assert {status for each in senders for status in each.statuses} == {503}
    answered = sorted(number for each in senders for number in each.ids)
    assert len(answered) == len(set(answered))
    kept = {each["messagingId"] for each in connect(double).listed("Cust1/outbox")}
    assert set(answered) <= kept
    assert connect(double).ask("GET", "/readyz").status == 200


def test_a_replica_that_is_killed_loses_nothing_it_has_answered_and_frees_its_tenants(serve, connect, postgres):
    flags = ("--database", postgres.schema(), "--log-level", "error")
    killed, staying = serve(*flags), serve(*flags)

    def send_all(url):
        sent = []
        with contextlib.suppress(OSError, EOFError), Client(url) as one:
            while len(sent) < 50:
                sent += one.send_messages("Cust1", "x")
                if url == killed.url and len(sent) == 10:
                    killed.process.send_signal(signal.SIGKILL)
        return sent

    with ThreadPoolExecutor(6) as threads:
        sent = [number for each in threads.map(send_all, [killed.url, staying.url] * 3) for number in each]
    assert len(sent) == len(set(sent)) > 150
    kept = [each["messagingId"] for each in connect(staying).listed("Cust1/outbox")]
    assert len(kept) == len(set(kept))
    assert set(sent) <= set(kept)
    assert connect(staying).send_messages("Cust1", "after") == [max(kept) + 1]


def test_the_counter_of_a_rule_is_exact_over_replicas(serve, connect, postgres):
    flags = ("--database", postgres.schema(), "--log-level", "error")
    doubles = [serve(*flags) for _ in range(2)]
    rule = {"name": "half", "when": {"operation": "SendMessages"}, "then": {"fault": {"text": "no"}}, "times": 25}
    connect(doubles[0]).control("Cust1/rules", "POST", rule)

    def statuses(number):
        with Client(doubles[number % 2].url) as one:
            return [one.ask("POST", path_of("Cust1"), sending("x"), SENDING).status for _ in range(10)]

    with ThreadPoolExecutor(6) as threads:
        answered = [status for each in threads.map(statuses, range(6)) for status in each]
    assert (answered.count(500), answered.count(200)) == (25, 35)
    assert connect(doubles[1]).control("Cust1/rules/half")["used"] == 25
    assert connect(doubles[0]).control("Cust1/outbox?limit=1")["total"] == 35


def test_no_password_of_the_database_is_shown(serve, connect, postgres):
    url = postgres.schema().replace("double@", "double:top%2Dsecret@")
    double = serve("--database", url)
    shown = connect(double).ask("GET", "/_mock/v1/settings").body.decode()
    assert "postgresql+psycopg://double:***@127.0.0.1" in shown
    assert "secret" not in shown + double.stderr
