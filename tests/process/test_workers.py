"""``serve --workers N``: processes that share a port and a database are one double."""

import os
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
from support.processes import ServedDouble, eventually, run
from support.sockets import Client

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the tests look for processes in /proc")


def workers_of(double) -> list[int]:
    """Return the processes that a double has started."""
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, fields = each.read_text("ascii", "replace").rpartition(")")
            state, parent, *_ = fields.split()
            if int(parent) == double.process.pid and state != "Z":
                found.append(int(name.partition(" ")[0]))
    return found


@pytest.fixture(scope="module")
def shared_double(new_database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("workers")
    with ServedDouble(folder, "--workers", 3, "--database", new_database(folder)) as double:
        yield double


def test_it_is_one_double_whichever_worker_answers(double, connect):
    assert len(workers_of(double)) == 3
    assert connect(double).ask("GET", "/readyz").json["pid"] == double.process.pid

    def send_all(_):
        with Client(double.url) as one:
            return [number for _ in range(25) for number in one.send_messages("Cust1", "x")]

    with ThreadPoolExecutor(6) as threads:
        sent = [number for each in threads.map(send_all, range(6)) for number in each]
    assert sorted(sent) == list(range(1, 151))
    for _ in range(6):
        with Client(double.url) as one:
            assert one.control("Cust1/outbox?limit=1")["total"] == 150
    assert "Traceback" not in double.stderr


def test_who_waits_is_answered_by_what_arrives_at_any_worker(double):
    expectation = {"match": {"content": "x"}, "count": 12, "within": "20s"}

    def wait(number):
        with Client(double.url) as one:
            if number % 2:
                return one.control("Cust1/verify", "POST", expectation)["found"]
            return one.control("Cust1/outbox?wait=20s&count=12")["total"]

    with ThreadPoolExecutor(6) as threads:
        waiting = threads.map(wait, range(6))
        for _ in range(12):
            with Client(double.url) as one:
                one.send_messages("Cust1", "x")
        assert list(waiting) == [12] * 6


def test_a_worker_that_is_killed_is_started_again_and_nothing_answered_is_lost(double, connect):
    before = workers_of(double)
    sent = []
    for _ in range(10):
        with Client(double.url) as one:
            sent += one.send_messages("Cust1", "x")
    os.kill(before[0], signal.SIGKILL)
    assert eventually(lambda: len(workers_of(double)) == 3 and before[0] not in workers_of(double))
    assert eventually(lambda: double.stderr.count("started: process") == 5)
    for _ in range(10):
        with Client(double.url) as one:
            sent += one.send_messages("Cust1", "y")
    assert sent == list(range(1, 21))
    assert f"worker {before[0]} died (signal SIGKILL): another one is started" in double.stderr
    assert len(list(connect(double).listed("Cust1/outbox"))) == 20


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_them(serve, number, tmp_path):
    double = serve("--workers", 2, "--database", tmp_path / "x.sqlite")
    workers = workers_of(double)
    double.stop(number)
    assert double.process.returncode == 0
    assert not any(Path(f"/proc/{each}").exists() for each in workers)
    assert not double.port_file.exists()
    with closing(socket.socket()) as one:
        assert one.connect_ex(double.address) != 0
    assert "Traceback" not in double.stderr
    assert double.stderr.rstrip().endswith("stopped")


def test_workers_end_when_the_process_that_started_them_is_killed(serve, tmp_path):
    double = serve("--workers", 2, "--database", tmp_path / "x.sqlite")
    workers = workers_of(double)
    double.stop(signal.SIGKILL)
    assert eventually(lambda: not any(_runs(each) for each in workers))


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_workers_that_die_again_and_again_end_it_with_a_sentence(serve, tmp_path):
    double = serve("--workers", 2, "--database", tmp_path / "x.sqlite")

    def kill_all():
        for each in workers_of(double):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        return double.process.poll() is not None

    assert eventually(kill_all)
    assert double.process.returncode == 2
    assert "Traceback" not in double.stderr
    assert "messaging-double: " in double.stderr


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--database", "/nowhere/x.sqlite"), "The database /nowhere/x.sqlite fails: it cannot be opened"),
        (("--database", "x.sqlite", "--host", "192.0.2.1"), "Cannot listen on 192.0.2.1"),
    ],
)
def test_workers_that_cannot_be_had_are_one_sentence(tmp_path, flags, words):
    done = run(tmp_path, "serve", "--workers", "2", "--port", "0", *flags)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("messaging-double: ") == 1
    assert done.stdout == ""


def test_they_share_one_throw_away_certificate(serve, tmp_path):
    ssl = pytest.importorskip("ssl")
    pytest.importorskip("trustme", reason="messaging-double[tls] is not installed")
    authority = tmp_path / "ca.pem"
    double = serve("--workers", 2, "--database", tmp_path / "x.sqlite", "--tls", "adhoc", "--tls-ca-file", authority)
    certificates = set()
    context = ssl.create_default_context(cafile=str(authority))
    for _ in range(8):
        with (
            closing(socket.create_connection(double.address)) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            certificates.add(secured.getpeercert(binary_form=True))
    assert len(certificates) == 1
