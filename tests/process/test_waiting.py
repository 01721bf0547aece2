"""Waiting over real sockets: many at once, clients that leave, several processes, servers of others."""

import contextlib
import select
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.processes import eventually
from support.sockets import Client

SCRIPT = Path(__file__).parents[1] / "support" / "wsgi_server.py"
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


def has_waiters(double, count: int) -> bool:
    """Say whether so many have connected; what each asked for was sent with it."""
    return eventually(lambda: double.open_files >= count)


def test_a_hundred_wait_while_sends_go_on(serve, connect):
    double = serve("--log-level", "warning")
    sender = connect(double)
    sender.send_messages("Cust1", "before")
    idle = double.open_files
    waiting = [ask(double, f"Cust1/outbox?{LONG}&count={2 + number % 10}") for number in range(WAITERS)]
    assert has_waiters(double, idle + WAITERS)
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


def test_who_waits_costs_no_work(serve, connect):
    double = serve("--log-level", "warning")
    connect(double).send_messages("Cust1", "before")
    idle = double.open_files
    waiting = [ask(double, "Cust1/outbox?wait=1s&count=2") for _ in range(WAITERS)]
    assert has_waiters(double, idle + WAITERS)
    before = double.cpu_seconds
    for each in waiting:
        assert answer(each)["total"] == 1
    assert double.cpu_seconds - before < 0.8


@pytest.mark.parametrize("shared", [False, True], ids=["its own database", "a shared one"])
def test_clients_that_hang_up_are_forgotten(serve, connect, shared_database, shared):
    double = serve("--log-level", "warning", *(("--database", shared_database) if shared else ()))
    sender = connect(double)
    sender.send_messages("Cust1", "before")
    idle = double.open_files
    waiting = [ask(double, f"Cust1/outbox?{LONG}&count=1000") for _ in range(WAITERS)]
    assert has_waiters(double, idle + WAITERS)
    for each in waiting:
        each.close()
    assert eventually(lambda: double.open_files < idle + WAITERS / 2)
    before = double.cpu_seconds
    for number in range(20):
        sender.send_messages("Cust1", f"call {number}")
    assert double.cpu_seconds - before < 0.5, "nobody looks for them any more"
    double.stop()
    assert double.stderr == ""


@pytest.mark.parametrize("before", [0, 3], ids=["before the first call", "with calls that nobody has looked at"])
def test_who_waits_for_the_journal_gets_calls_as_they_are_answered(serve, connect, before):
    double = serve("--log-level", "warning")
    sender = connect(double)
    for number in range(before):
        sender.send_messages("Cust1", f"call {number}")
    idle = double.open_files
    waiting = [ask(double, f"Cust1/journal?{LONG}&count={before + more}") for more in (1, 2)]
    assert has_waiters(double, idle + len(waiting))
    for more, each in enumerate(waiting, 1):
        sender.send_messages("Cust1", f"later call {more}")
        assert answer(each)["total"] >= before + more


def test_a_double_that_stops_keeps_nobody_waiting(serve, connect):
    double = serve("--log-level", "warning")
    connect(double).send_messages("Cust1", "before")
    idle = double.open_files
    waiting = [ask(double, f"Cust1/outbox?{LONG}&count=2") for _ in range(10)]
    assert has_waiters(double, idle + 10)
    double.stop()
    for each in waiting:
        with each, contextlib.suppress(ConnectionResetError):
            assert b"500" not in each.socket.recv(100)


def test_what_another_process_was_sent_ends_the_waiting(pair, connect):
    here, there = pair
    connect(here).send_messages("Cust1", "1")
    waiting = [ask(here, f"Cust1/outbox?{LONG}&count={count}") for count in (2, 3, 4)]
    sender = connect(there)
    for content in ("2", "3", "4"):
        sender.send_messages("Cust1", content)
    for count, each in zip((2, 3, 4), waiting, strict=True):
        assert answer(each)["total"] >= count


def test_verify_waits_for_what_another_process_is_sent(pair, connect):
    here, there = map(connect, pair)
    expectation = {"match": {"content": "from there"}, "count": 1, "within": "60s"}
    with ThreadPoolExecutor(1) as threads:
        verifying = threads.submit(here.control, "Cust1/verify", "POST", expectation)
        there.send_messages("Cust1", "from there")
        assert verifying.result(60)


@pytest.mark.parametrize("server", ["waitress", "gunicorn"])
def test_under_servers_of_others_a_thread_waits(run_server, shared_database, server):
    pytest.importorskip(server)
    database = shared_database
    if server == "waitress":
        child = run_server([sys.executable, str(SCRIPT), server, database])
    else:
        command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--workers", "2"]
        command += ["--worker-class", "gthread", "--threads", "4", "--env", f"MESSAGING_DOUBLE_DATABASE={database}"]
        command.append("messaging_double.server.app:create_app()")
        child = run_server(command, where=r"Listening at: (http://\S+)", on_stderr=True)
    waiting = [ask(child, f"Cust1/outbox?{LONG}&count={count}") for count in (1, 2, 3)]
    for content in ("1", "2", "3"):
        with Client(child.url) as sender:  # gunicorn closes kept connections as it likes
            sender.send_messages("Cust1", content)
    for count, each in zip((1, 2, 3), waiting, strict=True):
        assert answer(each)["total"] >= count
    found = answer(ask(child, "Cust1/journal?wait=20s&count=3"))
    assert [each["operation"] for each in found["exchanges"]] == ["SendMessages"] * 3
    with Client(child.url) as looker:
        raw = looker.ask("GET", "/_mock/v1/tenants/Cust1/journal/1/request").body
    assert raw.startswith(b"POST /Cust1/Remote/Services88/Messaging.svc HTTP/1.1\r\n")
    assert b"<Content>" in raw
    child.stop()
    assert "Traceback" not in child.stderr
