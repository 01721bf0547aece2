"""The real command in a process of its own: ready, healthy, stopped. Warnings are errors there too."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Start = Callable[..., "Process"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it is stopped by signals")

COMMAND = [sys.executable, "-W", "error", "-m", "messaging_double.server"]
PATIENCE = 30


class Process:
    """``messaging-double serve`` on a free port."""

    def __init__(self, folder: Path, *flags: object, **environment: str) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.port_file = folder / "port.txt"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("MESSAGING_DOUBLE_")},
            "TMPDIR": str(self.temporary),
            "MESSAGING_DOUBLE_PORT": "0",
            "MESSAGING_DOUBLE_PORT_FILE": str(self.port_file),
            **environment,
        }
        self.child = subprocess.Popen(
            [*COMMAND, "serve", *map(str, flags)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.ready_line = ""

    def wait_for_ready(self) -> Process:
        assert self.child.stdout is not None
        self.ready_line = self.child.stdout.readline()
        assert self.ready_line, self.child.communicate(timeout=PATIENCE)[1]
        return self

    @property
    def url(self) -> str:
        return self.ready_line.removeprefix("READY url=").rstrip("\n")

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send the signal; return the exit status, the rest of standard output, and standard error."""
        self.child.send_signal(number)
        out, err = self.child.communicate(timeout=PATIENCE)
        return self.child.returncode, out, err

    def health(self, *flags: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, "health", *flags], env=self.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with contextlib.ExitStack() as at_the_end:

        def start(*flags: object, **environment: str) -> Process:
            process = Process(tmp_path, *flags, **environment)
            at_the_end.enter_context(process.child)
            at_the_end.callback(process.child.kill)
            return process

        yield start


def test_it_says_ready_tells_its_port_and_leaves_nothing_behind(start: Start) -> None:
    double = start().wait_for_ready()
    port = urlsplit(double.url).port
    assert double.ready_line == f"READY url=http://127.0.0.1:{port}\n"
    assert double.port_file.read_bytes() == f"{port}\n".encode()
    assert _get(double.url, "/livez") == 200
    status, out, err = double.stop()
    assert (status, out) == (0, "")
    assert "Traceback" not in err
    assert not double.port_file.exists()
    assert list(double.temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_under_a_second_even_with_a_request_half_way(start: Start, number: int) -> None:
    double = start("--shutdown-seconds", "0.3").wait_for_ready()
    with socket.create_connection(("127.0.0.1", urlsplit(double.url).port or 0)) as half_way:
        half_way.sendall(b"POST /Remote/Services88/Messaging.svc HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n<a>")
        begin = time.monotonic()
        status, _, err = double.stop(number)
        assert time.monotonic() - begin < 1
    assert status == 0
    assert "Traceback" not in err


def test_health_says_by_its_status_whether_it_is_ready(start: Start) -> None:
    double = start()
    waited = double.health("--wait", str(PATIENCE))  # from before it listens
    assert (waited.returncode, waited.stdout, waited.stderr) == (0, "", "")
    assert double.health().returncode == 0
    double.wait_for_ready()
    assert double.health("--url", double.url).returncode == 0
    double.stop()
    gone = double.health("--url", double.url)
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr.startswith("messaging-double: Not ready: no double answers at ")


def test_it_serves_on_when_nobody_reads_its_standard_output(start: Start) -> None:
    double = start()
    assert double.child.stdout is not None
    double.child.stdout.close()
    assert double.health("--wait", str(PATIENCE)).returncode == 0
    double.child.send_signal(signal.SIGTERM)
    assert double.child.wait(PATIENCE) == 0
    assert double.child.stderr is not None
    err = double.child.stderr.read()
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def test_adhoc_tls_is_trusted_by_its_ca_file_and_by_health(start: Start, tmp_path: Path) -> None:
    pytest.importorskip("trustme")
    double = start("--tls", "adhoc", "--tls-ca-file", tmp_path / "ca.pem", MESSAGING_DOUBLE_TLS="adhoc")
    assert double.wait_for_ready().url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    assert _get(double.url, "/readyz", context=context) == 200
    assert double.health().returncode == 0
    assert double.stop()[0] == 0


def test_a_database_file_is_kept(start: Start, tmp_path: Path) -> None:
    double = start("--database", tmp_path / "kept.sqlite").wait_for_ready()
    assert double.stop()[0] == 0
    assert (tmp_path / "kept.sqlite").stat().st_size > 0


def test_its_log_is_json_lines_with_a_line_for_each_answered_call(start: Start) -> None:
    double = start("--log-format", "json").wait_for_ready()
    assert _get(double.url, "/Cust1/Remote/Services88/Messaging.svc?wsdl=%0aforged") < 500
    records = [json.loads(line) for line in double.stop()[2].splitlines()]
    calls = [record for record in records if record["logger"] == "messaging_double.calls"]
    assert [(call["method"], call["path"], call["tenant"], call["services"]) for call in calls] == [
        ("GET", "/Cust1/Remote/Services88/Messaging.svc", "Cust1", "Services88")
    ]


def test_a_broken_request_is_a_line_in_the_log(start: Start) -> None:
    double = start("--log-format", "json").wait_for_ready()
    with socket.create_connection(("127.0.0.1", urlsplit(double.url).port or 0)) as client:
        client.sendall(b"this is no HTTP\r\n\r\n")
        assert client.makefile("rb").readline().startswith(b"HTTP/1.1 400 ")
    messages = [json.loads(line).get("message", "") for line in double.stop()[2].splitlines()]
    assert any(message.startswith("a broken request from 127.0.0.1:") for message in messages)


def test_at_level_warning_the_log_has_the_refused_calls_alone_and_says_why(start: Start) -> None:
    double = start("--log-format", "json", "--log-level", "warning").wait_for_ready()
    assert _get(double.url, "/Remote/Services88/Messaging.svc?wsdl") == 200
    assert _get(double.url, "/Remote/Services88/Messaging.asmx") == 404
    assert _get(double.url, "/Remote/Services88/Messaging.svc", "PUT") == 405
    (wrong_path, wrong_method) = [json.loads(line) for line in double.stop()[2].splitlines()]
    assert [each["level"] for each in (wrong_path, wrong_method)] == ["warning", "warning"]
    assert "did you mean /Remote/Services88/Messaging.svc?" in wrong_path["notes"][0]
    assert wrong_method["notes"] == ["POST a SOAP envelope, or GET ?wsdl"]


def test_two_doubles_at_one_port_are_refused_and_the_first_serves_on(start: Start) -> None:
    double = start().wait_for_ready()
    port = str(urlsplit(double.url).port)
    second = subprocess.run(
        [*COMMAND, "serve", "--port", port], env=double.environment, capture_output=True, text=True, check=False
    )
    assert (second.returncode, second.stdout) == (2, "")
    assert f"Cannot listen on 127.0.0.1 port {port} (" in second.stderr
    assert "Traceback" not in second.stderr
    assert double.health().returncode == 0  # its port file is still there


def _get(url: str, path: str, method: str = "GET", *, context: ssl.SSLContext | None = None) -> int:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=context)
        if context
        else http.client.HTTPConnection(host, port, timeout=PATIENCE)
    )
    with contextlib.closing(connection):
        connection.request(method, path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
