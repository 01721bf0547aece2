"""A double starts in a thread or in a process, says why it does not, and leaves nothing behind."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from urllib.parse import urlsplit

import pytest
from support.soap_calls import send

from messaging_double.client import MessagingDouble, StartFailed, Unreachable
from messaging_double.server.http import HttpServer
from messaging_double.server.running.background import BackgroundDouble

BOTH = pytest.mark.parametrize("way", ["thread", "process"])


@pytest.fixture(scope="module", params=["thread", "process"])
def double(request):
    """A double that was started while the environment named settings."""
    double = MessagingDouble(start=request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MESSAGING_DOUBLE_STRICT", "true")
        patch.setenv("MESSAGING_DOUBLE_NONSENSE", "1")
        double.start()
    with double:
        yield double


def test_a_double_takes_what_an_application_sends(double):
    send(double.soap_url(), To="+447700900500")
    assert [message.to for message in double.outbox] == ["+447700900500"]
    double.reset()


def test_two_doubles_do_not_know_each_other(double):
    with MessagingDouble() as other:
        assert double.url != other.url
        send(other.soap_url())
        assert (len(double.outbox), len(other.outbox)) == (0, 1)


def test_the_environment_of_the_tests_is_not_that_of_the_double(double):
    assert double.settings()["strict"] is False


@BOTH
def test_settings_are_keywords_in_the_forms_of_python_and_of_the_configuration_file(way, tmp_path):
    settings = {
        "strict": True,
        "ticket_seconds": 60,
        "max_body_bytes": "1MiB",
        "clock": datetime(2026, 1, 1, tzinfo=timezone.utc),
        "database": str(tmp_path / "kept.sqlite"),
        "seed": 'a "quoted" \x7f seed \u00e5 \U0001f600',
        "allowed_hosts": ("qa.example.com",),
        "users": [{"name": "ole", "password": "secret"}],
        "rules": [{"name": "down", "when": {"to": {"pattern": "+47*"}}, "then": [{"http": 503}]}],
    }
    with MessagingDouble(start=way, **settings) as double:
        shown = double.settings()
        assert double.clock.now == settings["clock"]
        assert [rule.name for rule in double.rules] == ["down"]
    assert (shown["strict"], shown["ticket-seconds"], shown["max-body-bytes"]) == (True, 60.0, 1024**2)
    assert (shown["seed"], shown["allowed-hosts"]) == (settings["seed"], ["qa.example.com"])
    assert (tmp_path / "kept.sqlite").exists()


@BOTH
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"strickt": True}, "did you mean strict?"),
        ({"strict": "perhaps"}, '"perhaps", but true or false'),
        ({"profile": "nonsense"}, "there is no such profile"),
        ({"database": "no/such/folder/a.sqlite"}, "no/such/folder"),
        ({"host": "192.0.2.1"}, "Cannot listen on 192.0.2.1"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_start_that_fails_says_why(way, settings, said):
    with pytest.raises(StartFailed) as failed:
        MessagingDouble(start=way, **settings).start()
    assert said in str(failed.value)
    assert "Traceback" not in str(failed.value)


def test_another_way_to_start_is_refused():
    with pytest.raises(ValueError, match="start is 'fork'; expected one of 'thread', 'process'"):
        MessagingDouble(start="fork")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@BOTH
def test_a_forked_process_leaves_the_double_of_its_parent_alone(way, tmp_path):
    code = (
        "import os, sys, tempfile; from messaging_double.client import MessagingDouble\n"
        f"with MessagingDouble(start={way!r}) as double:\n"
        "    double.outbox()\n"
        "    before = [name for name in os.listdir(tempfile.gettempdir()) if not name.endswith(('-wal', '-shm'))]\n"
        "    for end in (sys.exit, lambda: (double.stop(), os._exit(0))):\n"
        "        if (child := os.fork()) == 0: end()\n"
        "        os.waitpid(child, 0)\n"
        "        assert before and set(before) <= set(os.listdir(tempfile.gettempdir()))\n"
        "        assert double.outbox() == []\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, timeout=60, check=True)


@pytest.mark.parametrize("settings", [{"port_file": "port.txt"}, {"workers": 2, "database": "messages.sqlite"}])
def test_what_only_a_process_does_is_refused_in_a_thread(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StartFailed, match=rf'The setting {next(iter(settings))} is for .* start="process"'):
        MessagingDouble(start="thread", **settings).start()
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_takes_too_long_is_ended():
    with pytest.raises(StartFailed, match=r"not ready within 0\.001 seconds"):
        MessagingDouble(start="process", wait=0.001).start()


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The temporary folder for one test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_a_thread_leaves_nothing_behind_whoever_is_still_connected(temporary):
    threads = threading.active_count()
    with contextlib.ExitStack() as at_the_end, MessagingDouble() as double:
        host, port = urlsplit(double.url).hostname, urlsplit(double.url).port
        waiting = http.client.HTTPConnection(host, port)
        at_the_end.callback(waiting.close)
        waiting.request("GET", "/_mock/v1/tenants/default/outbox?wait=60s")
        half_way = at_the_end.enter_context(socket.create_connection((host, port)))
        half_way.sendall(b"POST / HTTP/1.1\r\n")
        assert any(temporary.iterdir())
        begin = time.monotonic()
        double.stop()
        assert time.monotonic() - begin < 1  # some 10 ms, if the machine has nothing else to do
        assert threading.active_count() == threads
        assert list(temporary.iterdir()) == []
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, port))


def test_a_process_leaves_nothing_behind(temporary):
    with MessagingDouble(start="process") as double:
        url = double.url
        assert any(temporary.iterdir())
    assert list(temporary.iterdir()) == []
    with pytest.raises(Unreachable, match="No double answers"):
        MessagingDouble.at(url, wait=0)


@BOTH
def test_a_double_that_nobody_stops_ends_with_python(way, tmp_path):
    start = f"double = MessagingDouble(start={way!r}); double.start(); print(double.url)"
    code = f"from messaging_double.client import MessagingDouble; {start}"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Unreachable):
        MessagingDouble.at(done.stdout.strip(), wait=0)


def test_stopping_a_double_that_has_just_ended_is_no_error(monkeypatch):
    ended, goes_on = threading.Event(), threading.Event()
    run = HttpServer.run

    def run_and_linger(server, ready):
        try:
            run(server, ready)
        finally:
            ended.set()
            goes_on.wait(30)

    monkeypatch.setattr(HttpServer, "run", run_and_linger)
    double = BackgroundDouble({})
    joined = threading.Event()
    monkeypatch.setattr(double, "join", lambda: (joined.set(), BackgroundDouble.join(double)))
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(double.stop)
        assert ended.wait(30)
        joined.clear()
        second = threads.submit(double.stop)
        second.add_done_callback(lambda _: joined.set())
        joined.wait(30)
        goes_on.set()
        assert (first.result(30), second.result(30)) == (None, None)


def test_it_can_be_started_again():
    double = MessagingDouble()
    for _ in range(2):
        with double:
            assert len(double.outbox) == 0
            send(double.soap_url())


def test_one_that_does_not_run_says_so():
    double = MessagingDouble()
    assert repr(double) == "<MessagingDouble, not running>"
    with pytest.raises(Unreachable, match="with MessagingDouble"):
        double.outbox()
    with double:
        assert repr(double) == f"<MessagingDouble at {double.url}>"
    with pytest.raises(Unreachable, match="not running"):
        _ = double.url
