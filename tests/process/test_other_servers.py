"""The same application under servers of others."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
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


class Server:
    """How to start one, and what it can do."""

    def __init__(self, *flags: str, script: str = "", chunked: bool = True, app: str = "double:make()") -> None:
        self._flags = flags
        self._script = script
        self._app = app
        self.chunked = chunked

    def start(self, run_server, folder: Path):
        database = folder / "shared.sqlite"
        if self._script:
            pytest.importorskip(self._script)
            return run_server([sys.executable, str(SCRIPT), self._script, str(database)])
        pytest.importorskip("gunicorn")
        (folder / "double.py").write_text(DOUBLE.format(str(database), str(database)))
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--bind",
            "127.0.0.1:0",
            "--chdir",
            str(folder),
            *self._flags,
            "--env",
            f"MESSAGING_DOUBLE_DATABASE={database}",
            self._app,
        ]
        return run_server(command, where=LISTENING, on_stderr=True)


SERVERS = {
    "gunicorn, threads": Server("--workers", "2", "--worker-class", "gthread", "--threads", "4"),
    "gunicorn, loaded before the fork": Server("--workers", "2", "--preload", app="double:app"),
    "gunicorn, made by the factory and set by its environment": Server("--workers", "2", app=FACTORY),
    "waitress": Server(script="waitress"),
    "wsgiref, validated": Server(script="wsgiref", chunked=False),  # it hands over no body without a Content-Length
}


@pytest.fixture(params=SERVERS)
def server(request):
    return SERVERS[request.param]


@pytest.fixture
def running(server, run_server, tmp_path):
    child = server.start(run_server, tmp_path)
    yield child
    child.stop()
    assert "Traceback" not in child.stderr


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
        ("chunked", chunked, "200" if server.chunked else BAD),
    ):
        found = converse(running.address, [data], half_close=name == "bytes that break off")
        labels = [label_of(reply) for reply in found.replies]
        # A server may hang up itself on a request that breaks off.
        assert labels == [expected] or (name == "bytes that break off" and labels == []), (name, found)
        assert not any(b"Traceback" in reply.body or "html" in (reply.content_type or "") for reply in found.replies)
    with Client(running.url) as client:
        assert client.control("Cust666/outbox")["total"] == server.chunked


def test_the_factory_makes_a_double_of_its_own(run_server, connect):
    pytest.importorskip("gunicorn")
    command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", FACTORY]
    child = run_server(command, where=LISTENING, on_stderr=True)
    assert connect(child).send_messages("Cust1", "hello") == [1]
    child.stop()
    assert child.process.returncode == 0
    assert [each.name for each in child.temporary.iterdir() if each.name.startswith("messaging-double-")] == []


@pytest.mark.parametrize(
    ("flags", "warned"),
    [
        (["--workers", "2"], True),
        (["--workers", "2", "--env", "MESSAGING_DOUBLE_DATABASE=shared.sqlite"], False),
        (["--workers", "2", "--preload"], False),
        (["--workers", "1"], False),
    ],
    ids=["several", "several with a database", "several that share a temporary one", "one"],
)
def test_several_processes_without_a_common_database_are_warned_of_once_each(
    run_server, connect, tmp_path, flags, warned
):
    pytest.importorskip("gunicorn")
    (tmp_path / "double.py").write_text("from messaging_double.server.app import create_app\napp = create_app()\n")
    command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--chdir", str(tmp_path), *flags]
    child = run_server([*command, "double:app"], where=LISTENING, on_stderr=True)
    for _ in range(3):
        assert connect(child).ask("GET", "/livez").status == 200
    child.stop()
    warnings = child.stderr.count("this server has several processes")
    assert 1 <= warnings <= 2 if warned else warnings == 0
