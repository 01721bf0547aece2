"""The real command in a process of its own, where warnings are errors. How it ends: process/test_stopping.py."""

import json
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from support.processes import COMMAND, PATIENCE, ServedDouble, environment, eventually, run
from support.sockets import Client, converse, path_of

from messaging_double.server import cli

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it is stopped by signals")


@pytest.fixture(scope="module")
def double(tmp_path_factory):
    with ServedDouble(tmp_path_factory.mktemp("double"), "--log-format", "json") as double:
        yield double


def logged(double, logger, **members):
    """Return the records of a logger that have these members."""
    records = [json.loads(line) for line in double.stderr.splitlines()]
    return [each for each in records if each["logger"] == logger and each.items() >= members.items()]


def test_it_says_ready_and_tells_its_port(double):
    port = urlsplit(double.url).port
    assert double.stdout == f"READY url=http://127.0.0.1:{port}\n"
    assert double.port_file.read_bytes() == f"{port}\n".encode()


def test_two_doubles_at_one_port_are_refused_and_the_first_serves_on(double, tmp_path, monkeypatch):
    port = urlsplit(double.url).port
    second = run(tmp_path, "serve", "--port", port, "--port-file", double.port_file)
    assert (second.returncode, second.stdout) == (2, "")
    assert f"Cannot listen on 127.0.0.1 port {port} (" in second.stderr
    assert "Traceback" not in second.stderr
    monkeypatch.setenv("MESSAGING_DOUBLE_PORT", "0")
    monkeypatch.setenv("MESSAGING_DOUBLE_PORT_FILE", str(double.port_file))
    assert cli.main(["health"]) == 0, "its port file is still there"


def test_its_log_has_a_line_for_each_answered_call(double):
    with Client(double.url) as client:
        assert client.ask("GET", f"{path_of('Cust1')}?wsdl=%0aforged").status == 200
    assert eventually(lambda: logged(double, "messaging_double.calls", tenant="Cust1"))
    (call,) = logged(double, "messaging_double.calls", tenant="Cust1")
    assert (call["method"], call["path"], call["services"]) == ("GET", path_of("Cust1"), "Services88")


def test_a_broken_request_is_a_line_in_its_log(double):
    assert [each.status for each in converse(double.address, [b"this is no HTTP\r\n\r\n"]).replies] == [400]
    assert '"message": "a broken request from 127.0.0.1:' in double.stderr


def test_the_refused_calls_alone_are_warnings_and_say_why(double):
    calls = (("GET", "svc?wsdl", 200), ("GET", "asmx", 404), ("PUT", "svc", 405))
    with Client(double.url) as client:
        for method, end, status in calls:
            assert client.ask(method, path_of("Cust2").replace("svc", end)).status == status
    assert eventually(lambda: len(logged(double, "messaging_double.calls", tenant="Cust2")) == len(calls))
    wrong_path, wrong_method = logged(double, "messaging_double.calls", tenant="Cust2", level="warning")
    assert "did you mean /Cust2/Remote/Services88/Messaging.svc?" in wrong_path["notes"][0]
    assert wrong_method["notes"] == ["POST a SOAP envelope, or GET ?wsdl"]


def test_it_serves_on_when_nobody_reads_its_standard_output(tmp_path):
    place = {"MESSAGING_DOUBLE_PORT": "0", "MESSAGING_DOUBLE_PORT_FILE": str(tmp_path / "port.txt")}
    command, pipe = [*COMMAND, "serve"], subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment(**place)) as process:
        process.stdout.close()
        waiting = run(tmp_path, "health", "--wait", PATIENCE, **place)  # from before it listens
        process.terminate()
        err = process.stderr.read()
    assert (waiting.returncode, waiting.stdout, waiting.stderr) == (0, "", "")
    assert process.returncode == 0
    assert "Traceback" not in err
    assert "Exception ignored" not in err
