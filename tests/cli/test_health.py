"""The health check against real sockets, with a clock that is told what time it is."""

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.answering import answering

from messaging_double.client.connections import check_url
from messaging_double.server.cli.double import NotReadyError, probe, url_of, wait_until_ready
from messaging_double.server.settings import Settings


@pytest.fixture
def server():
    with answering() as server:
        yield server


class Clock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept = 0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += 1

    def wait(self, find_url: Callable[[], str], seconds: float) -> str:
        return wait_until_ready(find_url, seconds, clock=lambda: self.now, sleep=self.sleep)


def test_a_double_that_answers_200_is_ready(server):
    probe(server.url)
    probe(server.url + "/")
    probe(server.url + "/behind/a/proxy/")
    assert server.asked == ["/readyz", "/readyz", "/behind/a/proxy/readyz"]


def test_any_other_answer_is_told(server):
    server.statuses, server.body = [503], b"the database\nis locked\n" + b"x" * 1000
    with pytest.raises(
        NotReadyError, match=r"^Not ready: http://127.0.0.1:\d+ answers 503 the database is locked x+\.$"
    ):
        probe(server.url)


def test_nobody_there_is_told(closed_url):
    with pytest.raises(
        NotReadyError, match=r"^Not ready: no double answers at http://127.0.0.1:\d+ \(.*refused\): start one"
    ):
        probe(closed_url)


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_something_else_there_is_told(said):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NotReadyError, match=r"^Not ready: no double answers at "):
            probe(f"http://127.0.0.1:{listening.getsockname()[1]}")
        thread.join()


def test_a_silent_server_does_not_hold_the_probe_for_ever():
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(NotReadyError, match="timed out"),
    ):
        probe(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.05)


def test_an_unknown_certificate_is_good_enough_for_the_probe(server):
    trustme = pytest.importorskip("trustme")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("elsewhere.test").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.scheme = "https"
    probe(server.url)


def test_only_the_process_that_is_asked_for_will_do(server):
    server.body = b'{"status": "ready", "pid": 17}'
    probe(server.url, pid=17)
    with pytest.raises(NotReadyError, match=r"is answered by process 17, not by 18: end that one first\.$"):
        probe(server.url, pid=18)


@pytest.mark.parametrize("body", [b"ok", b'{"status": "ready"}', b"[17]", b"\xff"])
def test_an_answer_that_tells_no_process_will_do_where_none_is_asked_for(server, body):
    server.body = body
    probe(server.url)
    with pytest.raises(NotReadyError, match="is answered by process unknown, not by 17"):
        probe(server.url, pid=17)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_waiting_ends_with_the_process_that_is_waited_for(server):
    server.body = b'{"status": "ready", "pid": 17}'
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(30)
    clock = Clock()
    with pytest.raises(NotReadyError, match=rf"process {ended.pid} has ended; its log says why"):
        wait_until_ready(lambda: server.url, 30, pid=ended.pid, clock=lambda: clock.now, sleep=clock.sleep)
    assert clock.slept == 0


def test_waiting_ends_as_soon_as_it_is_ready(server):
    server.statuses = [503, 503, 200]
    clock = Clock()
    assert clock.wait(lambda: server.url, 30) == server.url
    assert clock.slept == 2


def test_waiting_ends_when_the_time_is_up(closed_url):
    clock = Clock()
    with pytest.raises(NotReadyError):
        clock.wait(lambda: closed_url, 1)
    assert clock.now == pytest.approx(1)


def test_without_waiting_it_asks_once(server):
    server.statuses = [503]
    clock = Clock()
    with pytest.raises(NotReadyError):
        clock.wait(lambda: server.url, 0)
    assert (len(server.asked), clock.slept) == (1, 0)


def test_waiting_sees_a_port_file_that_comes_later(server, tmp_path):
    settings = Settings(port=0, port_file=tmp_path / "port.txt")
    clock = Clock()

    def sleep(seconds):
        clock.sleep(seconds)
        (tmp_path / "port.txt").write_text(f"{server.server_port}\n")

    assert wait_until_ready(lambda: url_of(settings), 30, clock=lambda: clock.now, sleep=sleep) == server.url


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (Settings(), "http://127.0.0.1:8080"),
        (Settings(host="localhost", port=1), "http://localhost:1"),
        (Settings(host="0.0.0.0"), "http://127.0.0.1:8080"),  # noqa: S104 - asked, not bound
        (Settings(host="::"), "http://[::1]:8080"),
        (Settings(tls="adhoc"), "https://127.0.0.1:8080"),
        (Settings(tls_cert=Path("c"), tls_key=Path("k")), "https://127.0.0.1:8080"),
        (Settings(port=1, port_file=Path("is not asked")), "http://127.0.0.1:1"),
    ],
)
def test_the_url_is_where_a_double_with_these_settings_listens(settings, url):
    assert url_of(settings) == url


def test_a_free_port_is_read_from_the_port_file(tmp_path):
    (tmp_path / "port.txt").write_text("40000\n")
    assert url_of(Settings(port=0, port_file=tmp_path / "port.txt")) == "http://127.0.0.1:40000"


def test_a_free_port_without_a_port_file_cannot_be_known():
    with pytest.raises(NotReadyError, match="say it with --url"):
        url_of(Settings(port=0))


@pytest.mark.parametrize("content", [None, b"", b"http", b"\xff"])
def test_a_port_file_that_tells_nothing_is_not_ready(content, tmp_path):
    path = tmp_path / "port.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NotReadyError, match=r"^Not ready: .*port file .*port\.txt"):
        url_of(Settings(port=0, port_file=path))


@pytest.mark.parametrize("text", ["http://a", "https://[::1]:8443/x", "http://127.0.0.1:8080/"])
def test_urls_are_taken(text):
    assert check_url(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "localhost:8080",
        "ftp://a",
        "http://",
        "http://a:x",
        "http://a:70000",
        "http://a:0",
        "http://[",
        "http://a b",
        "http://a?b",
        "http://a#b",
        "http://\xe6",
        None,
    ],
)
def test_what_is_no_url_is_refused(text):
    with pytest.raises(ValueError, match=r"is no URL of a double; for example http://127\.0\.0\.1:8080"):
        check_url(text)
