"""Two replicas on one PostgreSQL database behind nginx, with the configuration of docker/nginx.conf."""

import re
import shutil
import signal
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support.envelopes import sending
from support.processes import ServedDouble, eventually
from support.sockets import SENDING, Client, path_of

CONFIGURATION = Path(__file__).parents[2] / "docker" / "nginx.conf"


class Proxy:
    """nginx in front of replicas."""

    def __init__(self, folder: Path, *replicas) -> None:
        """Start it with the configuration, but for the addresses and the folder."""
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
        if program is None:
            pytest.skip("nginx is not installed (Debian's package nginx-light has it)")
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        text = CONFIGURATION.read_text("utf-8").replace("/tmp/", f"{folder}/")  # noqa: S108 - of a container
        text = re.sub(r"listen \d+", f"listen 127.0.0.1:{port}", text)
        for number, each in enumerate(replicas, 1):
            text = text.replace(f"double-{number}:8080", f"127.0.0.1:{each.address[1]}")
        (folder / "nginx.conf").write_text(text, "utf-8")
        command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
        self.address, self.url = ("127.0.0.1", port), f"http://127.0.0.1:{port}"
        assert eventually(self._listens), (folder / "log").read_text("utf-8")

    def _listens(self) -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(self.address) == 0 or self.process.poll() is not None

    def close(self) -> None:
        """End it, with its worker."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


@contextmanager
def running(folder: Path, database: str):
    flags = ("--database", database, "--trust-proxy", "--log-level", "warning")
    with (
        ServedDouble(folder / "one", *flags) as one,
        ServedDouble(folder / "other", *flags) as other,
        closing(Proxy(folder, one, other)) as proxy,
    ):
        yield proxy, (one, other)


@pytest.fixture(scope="module")
def shared(postgres, tmp_path_factory):
    with running(tmp_path_factory.mktemp("nginx"), postgres.schema()) as both:
        yield both


@pytest.fixture
def proxy(shared, connect):
    assert connect(shared[0]).ask("DELETE", "/_mock/v1/tenants").status == 200
    return shared[0]


@pytest.fixture
def replicas(shared):
    return shared[1]


def test_both_replicas_answer_and_are_one_double(proxy, replicas, connect):
    pids = {connect(proxy).ask("GET", "/readyz").json["pid"] for _ in range(20)}
    assert pids == {each.process.pid for each in replicas}
    ids = [number for each in range(20) for number in connect(proxy).send_messages("Cust1", f"call {each}")]
    assert ids == list(range(1, 21))


def test_the_wsdl_and_the_journal_have_the_address_of_the_proxy_and_of_the_client(proxy, connect):
    one = connect(proxy)
    wsdl = one.ask("GET", "/Cust1/Remote/Services88/Messaging.svc?wsdl").body.decode()
    assert f'location="{proxy.url}/Cust1/Remote/Services88/Messaging.svc"' in wsdl
    assert eventually(lambda: one.control("Cust1/journal")["total"] == 1)
    assert one.control("Cust1/journal")["exchanges"][0]["peer"] == "127.0.0.1"


def test_a_long_poll_is_answered_by_an_arrival_at_whichever_replica(proxy, connect):
    with ThreadPoolExecutor() as threads:
        waiting = [threads.submit(connect(proxy).control, "Cust1/outbox?wait=60s&count=4") for _ in range(4)]
        for _ in range(4):
            connect(proxy).send_messages("Cust1", "arrives")
        assert [each.result()["total"] for each in waiting] == [4] * 4


def test_events_pass_as_they_happen(proxy, connect):
    with closing(socket.create_connection(proxy.address, timeout=30)) as stream, stream.makefile("rb") as lines:
        stream.sendall(b"GET /_mock/v1/tenants/Cust1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert any(line.startswith(b"event: tenant") for line in lines)
        for count in range(1, 4):
            connect(proxy).send_messages("Cust1", "arrives")
            assert any(b'"outbox":%d,' % count in line for line in lines)


def test_a_connection_that_is_reset_on_purpose_is_502_and_takes_the_double_from_nobody(proxy, connect):
    rule = {"when": {"operation": "SendMessages"}, "then": {"wire": "reset-before"}}
    connect(proxy).control("Cust1/rules", "POST", rule)
    for _ in range(4):
        assert connect(proxy).ask("POST", path_of("Cust1"), sending("x"), SENDING).status == 502
        assert connect(proxy).send_messages("Cust2", "for somebody else")
    assert connect(proxy).control("Cust1/outbox")["total"] == 0


@pytest.fixture
def ending(postgres, tmp_path):
    with running(tmp_path, postgres.schema()) as both:
        yield both


def test_a_replica_that_stops_takes_no_answer_back_and_the_other_one_goes_on(ending, connect):
    proxy, replicas = ending
    stopped = threading.Event()

    def load():
        ids = []
        while not stopped.is_set():
            with Client(proxy.url) as client:
                response = client.ask("POST", path_of("Cust1"), sending("under load"), SENDING)
            assert response.status in (200, 502), response  # 502: it closed the connection at that moment
            ids += [int(each) for each in re.findall(rb"<MessagingId>(\d+)<", response.body)]
        return ids

    def kept():
        return connect(proxy).control("Cust1/outbox")["total"]

    with ThreadPoolExecutor() as threads:
        running = [threads.submit(load) for _ in range(3)]
        assert eventually(lambda: kept() > 20)
        replicas[0].stop()
        assert replicas[0].process.returncode == 0
        before = kept()
        assert eventually(lambda: kept() > before + 20)
        stopped.set()
        answered = sorted(number for each in running for number in each.result())
    assert len(answered) > 40
    assert len(set(answered)) == len(answered)
    assert set(answered) <= {each["messagingId"] for each in connect(proxy).listed("Cust1/outbox")}
