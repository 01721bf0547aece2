"""From binding a port to letting it go."""

import contextlib
import signal
import socket
import sys
import threading

import pytest
from support.processes import Server
from support.sockets import GET, MIB, until

from messaging_double.server.http import HttpServer, Limits

from .applications import answering, hello


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - what is tested
        ("", "127.0.0.1"),
        pytest.param("::1", "[::1]", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")),
        pytest.param("::", "[::1]", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")),
    ],
)
def test_the_url_is_one_that_a_client_on_this_machine_can_use(serve, host, shown):
    server = serve(hello, host=host)
    assert server.server.url == f"http://{shown}:{server.port}"
    assert server.client(shown.strip("[]")).send(GET).response().body == b"hello"


def test_there_is_no_url_before_the_start():
    with pytest.raises(RuntimeError, match="before it is started"):
        _ = HttpServer(hello).url


def test_the_environ_of_an_ipv6_client(serve, recorder):
    if not has_ipv6():
        pytest.skip("no IPv6 here")
    server = serve(recorder.app, host="::1")
    client = server.client("::1").send(GET)
    client.response()
    environ = recorder.environs[0]
    assert (environ["SERVER_NAME"], environ["REMOTE_ADDR"]) == ("[::1]", "::1")
    assert environ["messaging_double.connection"].peer == f"[::1]:{client.socket.getsockname()[1]}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_that_is_taken_is_an_error(serve, host):
    taken = serve(hello)
    with pytest.raises(OSError, match=r"(?i)address already in use"):
        taken.do(HttpServer(hello, host=host, port=taken.port).start())


def test_a_host_that_is_not_here_is_an_error(serve):
    with pytest.raises(OSError, match=r".+"):
        serve(hello, host="192.0.2.1")


def test_a_stopped_server_lets_go_of_its_port_and_can_be_started_again(serve):
    server = serve(hello)
    client = server.client().send(GET)
    client.response()
    server.do(server.server.stop())
    assert client.rest() == b""
    with pytest.raises(ConnectionRefusedError):
        server.client()
    server.do(server.server.stop())
    server.do(server.server.start())
    assert server.ask(GET).status == 200


def test_stopping_lets_answers_under_way_be_finished(serve):
    begun = threading.Event()

    def answer(_handle):
        begun.set()
        return (b"x" * MIB for _ in range(32))

    server = serve(answering(answer, headers=[("Content-Length", str(32 * MIB))]), shutdown_seconds=5)
    idle, busy = server.client(), server.client().send(GET)
    half = server.client().send(GET[:10])
    assert begun.wait(5)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    assert idle.rest() == b""
    assert busy.head().status == 200
    assert len(busy.rest()) == 32 * MIB
    half.send(GET[10:])
    response = half.response()
    assert (len(response.body), response.headers["connection"]) == (32 * MIB, "close")
    stopping.join(5)
    assert half.rest() == b""


def test_stopping_does_not_wait_for_ever(serve):
    server = serve(answering(lambda _: (b"x" * MIB for _ in range(1000))), shutdown_seconds=0.2)
    reader = server.client().send(GET)
    reader.head()
    server.client().send(GET[:10])
    server.stop()
    assert len(reader.rest()) < 1000 * MIB


SCRIPT = """
import os, resource, sys, time
from messaging_double.server.http import HttpServer, Limits
hard = 300 if "few files" in sys.argv else resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
taken = []
def app(environ, start_response):
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/take":
        try:
            while True:
                taken.append(os.dup(0))
        except OSError:
            pass
    while environ["PATH_INFO"] == "/busy":
        time.sleep(0.01)
    while environ["PATH_INFO"] == "/give" and taken:
        os.close(taken.pop())
    return [b"hello"]
def ready(server):
    print(server.url, resource.getrlimit(resource.RLIMIT_NOFILE)[0], flush=True)
HttpServer(app, port=0, shutdown_seconds=0.5 if "impatient" in sys.argv else 60).run(ready)
print("ended", flush=True)
while "cleaning up" in sys.argv:
    time.sleep(0.01)
"""


@pytest.fixture
def start_process(tmp_path):
    with contextlib.ExitStack() as stack:
        command = [sys.executable, "-W", "error", "-c", SCRIPT]
        yield lambda *arguments: stack.enter_context(Server(tmp_path, [*command, *arguments], where=r"^(\S+) \d+\n"))


def connected(server):
    return socket.create_connection(server.address, timeout=5)


def said(server):
    """Return what it said after where it listens, on both streams."""
    return server.stdout.partition("\n")[2], server.stderr


def test_a_signal_ends_the_process_without_waiting_for_a_thousand_idle_connections(start_process):
    server = start_process()
    assert int(server.stdout.split()[1]) > 1000
    idle = [connected(server) for _ in range(1000)]
    idle[-1].sendall(GET)
    assert idle[-1].recv(1000).endswith(b"hello")
    server.stop()
    assert said(server) == ("ended\n", "")
    assert server.process.returncode == 0
    for client in idle:
        client.close()


def test_a_process_without_open_files_left_says_so_in_a_line_and_goes_on_once_it_has_some(start_process):
    server = start_process("few files")
    here, *waiting = (connected(server) for _ in range(2))
    here.sendall(GET.replace(b"/", b"/take", 1))
    assert here.recv(1000).endswith(b"hello")
    waiting += [connected(server) for _ in range(50)]
    until(lambda: "no connection can be accepted" in server.stderr)
    here.sendall(GET.replace(b"/", b"/give", 1))
    assert here.recv(1000).endswith(b"hello")
    for client in waiting:
        client.sendall(GET)
        assert client.recv(1000).endswith(b"hello")
    server.stop()
    assert server.stderr.count("\n") < 10  # a line a second, and no traceback
    for client in (here, *waiting):
        client.close()


def test_a_process_with_few_open_files_has_some_for_clients_that_it_refuses(start_process):
    server = start_process("few files")
    crowd = [connected(server) for _ in range(400)]
    crowd[0].sendall(GET)
    assert crowd[0].recv(1000).endswith(b"hello")
    assert {client.recv(12) for client in crowd[200:]} <= {b"HTTP/1.1 503", b""}
    server.stop()
    assert said(server) == ("ended\n", "")
    for client in crowd:
        client.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_process_that_a_request_keeps_busy_is_ended_by_a_later_signal(start_process, number):
    server = start_process("impatient")
    with connected(server) as client:
        client.sendall(GET.replace(b"/", b"/busy", 1))

        def ended():
            server.process.send_signal(number)
            return server.process.poll() is not None

        until(ended)
    assert said(server) == ("", "")
    assert server.process.returncode == 128 + number


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_process_that_cleans_up_for_long_is_ended_by_a_later_signal(start_process, number):
    server = start_process("impatient", "cleaning up")

    def ended():
        server.process.send_signal(number)
        return server.process.poll() is not None

    until(ended)
    assert said(server) == ("ended\n", "")
    assert server.process.returncode == 128 + number


def test_run_in_another_thread_does_without_signals():
    ready, servers = threading.Event(), []

    def on_ready(server):
        servers.append(server)
        ready.set()
        message = "enough"
        raise KeyError(message)

    ended = []

    def run():
        with pytest.raises(KeyError):
            HttpServer(hello, port=0).run(on_ready)
        ended.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(5)
    thread.join(5)
    assert ended


def test_the_limits_are_what_is_documented():
    assert Limits() == Limits(65536, 100, 8 * MIB, 4096, 10, 30, 75, 30)
