"""The same application under servers of others."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import processes
from support.envelopes import sending
from support.hostile import BAD, TYPE, label_of, post
from support.sockets import Client, converse, path_of

SCRIPT = Path(__file__).parents[1] / "support" / "wsgi_server.py"
DOUBLE = """\
from messaging_double.server.app import create_app
from messaging_double.server.settings import Settings

app = create_app(Settings(database={!r}))


def make():
    return create_app(Settings(database={!r}))
"""
FACTORY = "messaging_double.server.app:create_app()"
MIB = 1024 * 1024
THREADS, CALLS = 4, 25
LISTENING = r"Listening at: (http://\S+)"
WARNING = "this server has several processes"


@dataclass(frozen=True)
class Server:
    """How to start one, and what it can do."""

    flags: str = ""
    script: str = ""
    app: str = "double:make()"
    takes_chunks: bool = True
    waits: bool = False
    """Whether a call that waits leaves a thread for others."""

    def start(self, folder):
        database = folder / "shared.sqlite"
        if self.script:
            pytest.importorskip(self.script)
            return processes.Server(folder, [sys.executable, SCRIPT, self.script, database])
        (folder / "double.py").write_text(DOUBLE.format(str(database), str(database)))
        return gunicorn(folder, *self.flags.split(), "--env", f"MESSAGING_DOUBLE_DATABASE={database}", self.app)


def gunicorn(folder, *flags):
    pytest.importorskip("gunicorn")
    command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--chdir", folder, *flags]
    return processes.Server(folder, command, where=LISTENING, on_stderr=True)


SERVERS = {
    "gunicorn, threads": Server("--workers 2 --worker-class gthread --threads 4", waits=True),
    "gunicorn, loaded before the fork": Server("--workers 2 --preload", app="double:app"),
    "waitress": Server(script="waitress", waits=True),
    # It hands over no body without a Content-Length.
    "wsgiref, validated": Server(script="wsgiref", takes_chunks=False),
}


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    return SERVERS[request.param]


@pytest.fixture(scope="module")
def running(server, tmp_path_factory):
    with server.start(tmp_path_factory.mktemp("server")) as child:
        yield child
        child.stop()
        assert "Traceback" not in child.stderr
        assert WARNING not in child.stderr, "they share a database"


def _calls(url: str, thread: int) -> dict[int, str]:
    found = {}
    for number in range(CALLS):
        with Client(url) as client:  # a new connection each: any of the workers
            content = f"thread {thread}, call {number}: Blåbær €"
            found[client.send_messages("Cust1", content)[0]] = content
    return found


def test_a_round_of_calls(server, running):
    with ThreadPoolExecutor(THREADS) as threads:
        sent = [
            pair
            for each in threads.map(lambda thread: _calls(running.url, thread), range(THREADS))
            for pair in each.items()
        ]
    assert sorted(number for number, _ in sent) == list(range(1, THREADS * CALLS + 1))
    with Client(running.url) as client:
        assert {each["messagingId"]: each["content"] for each in client.listed("Cust1/outbox", limit=30)} == dict(sent)
        wsdl = client.ask("GET", f"{path_of('Cust1')}?wsdl")
        assert (wsdl.status, f'location="{running.url}{path_of("Cust1")}"'.encode() in wsdl.body) == (200, True)
        assert client.ask("HEAD", f"{path_of('Cust1')}?wsdl").status == 200
        assert client.ask("GET", "/readyz").status == 200
        assert client.ask("GET", "/nowhere").status == 404
        client.control("Cust2/reset", "POST")

    whole = sending("chunked")
    chunked = post(b"", "Transfer-Encoding: chunked", length=False) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(whole), whole)
    for name, data, expected in (
        ("over the limit", post(b"<" * (8 * MIB + 1)), "413"),
        ("no body", post(b""), BAD),
        ("no XML", post(b"this is not XML"), BAD),
        ("no Content-Type", post(whole, content_type=None), TYPE),
        ("bytes that break off", post(whole)[:-10], BAD),
        ("chunked", chunked, "200" if server.takes_chunks else BAD),
    ):
        found = converse(running.address, [data], half_close=name == "bytes that break off")
        labels = [label_of(reply) for reply in found.replies]
        # A server may hang up itself on a request that breaks off.
        assert labels == [expected] or (name == "bytes that break off" and labels == []), (name, found)
        assert not any(b"Traceback" in reply.body or "html" in (reply.content_type or "") for reply in found.replies)
    with Client(running.url) as client:
        assert client.control("Cust666/outbox")["total"] == server.takes_chunks


def test_who_waits_is_answered_by_what_comes(server, running):
    def ask(count):
        request = f"GET /_mock/v1/tenants/Cust3/outbox?wait=60s&count={count} HTTP/1.1\r\nHost: a\r\n\r\n"
        return Client(running.url).send(request.encode())

    waiting = [ask(count) for count in (1, 2, 3) if server.waits]
    for content in ("1", "2", "3"):
        with Client(running.url) as sender:  # gunicorn closes kept connections as it likes
            sender.send_messages("Cust3", content)
    for each in waiting or [ask(3)]:
        with each:
            assert each.response().json["total"] >= 1
    with Client(running.url) as looker:
        found = looker.control("Cust3/journal?wait=20s&count=3")
        assert [each["operation"] for each in found["exchanges"]] == ["SendMessages"] * 3
    with Client(running.url) as looker:
        raw = looker.ask("GET", "/_mock/v1/tenants/Cust3/journal/1/request").body
    assert raw.startswith(b"POST /Cust3/Remote/Services88/Messaging.svc HTTP/1.1\r\n")
    assert b"<Content>" in raw


def test_the_factory_makes_a_double_of_its_own_that_its_environment_sets(tmp_path, connect):
    with gunicorn(tmp_path, "--env", "MESSAGING_DOUBLE_COMPANY=Double AS", FACTORY) as child:
        assert connect(child).send_messages("Cust1", "hello") == [1]
        assert connect(child).ask("GET", "/_mock/v1/settings").json["company"] == "Double AS"
        child.stop()
    assert child.process.returncode == 0
    assert WARNING not in child.stderr, "it is one process"
    assert [each.name for each in child.temporary.iterdir() if each.name.startswith("messaging-double-")] == []


@pytest.mark.parametrize(
    ("flags", "warned"), [((), True), (("--preload",), False)], ids=["each its own", "a temporary one that they share"]
)
def test_several_processes_without_a_common_database_are_warned_of_once_each(connect, tmp_path, flags, warned):
    (tmp_path / "double.py").write_text("from messaging_double.server.app import create_app\napp = create_app()\n")
    with gunicorn(tmp_path, "--workers", "2", *flags, "double:app") as child:
        for _ in range(3):
            assert connect(child).ask("GET", "/livez").status == 200
        child.stop()
    assert child.stderr.count(WARNING) in ((1, 2) if warned else (0,))
