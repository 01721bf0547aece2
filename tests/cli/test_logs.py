"""The log: one line a record, nothing a client can forge, nothing secret."""

import io
import json
import logging
import os
import re
import sys
from collections.abc import Callable

import pytest
from support.processes import ServedDouble

from messaging_double.models.versions import VERSIONS
from messaging_double.server import cli, logs
from messaging_double.server.calls.call import Call
from messaging_double.server.logs import CallRecord
from messaging_double.server.settings import Settings

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
FORGED = "x\r\n2026-01-01T00:00:00.000Z INFO forged\x1b[2K\x85\u2028\x00\ud800"


def call(**members) -> Call:
    """Return a call with notes, and with these members."""
    path = "/Cust1/Remote/Services88/Messaging.svc"
    made = Call({"REQUEST_METHOD": "POST", "PATH_INFO": path}, "Cust1", "Messaging", VERSIONS[88])
    usual = {
        "operation": "SendMessages",
        "messages": 2,
        "notes": ("Content-Type text/plain", "ticket beside soap:Header"),
    }
    for name, value in (usual | members).items():
        setattr(made, name, value)
    return made


@pytest.fixture(autouse=True)
def _former_logging():
    loggers = [logging.getLogger(name) for name in (None, "messaging_double", "messaging_double.calls", "spyne")]
    former = [(each, each.level, each.handlers[:], each.propagate) for each in loggers]
    yield
    for each, level, handlers, propagate in former:
        each.setLevel(level)
        each.handlers[:] = handlers
        each.propagate = propagate


@pytest.fixture
def log(monkeypatch):
    def configure(**settings):
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        # Pytest's own handlers would put the forged text into its report, and pytest-xdist cannot send half of a
        # surrogate pair to its main process: the worker ends.
        logging.getLogger().handlers.clear()
        logs.configure(Settings(**settings))
        return stream

    return configure


def test_a_call_is_one_line_of_text(log):
    stream = log()
    logs.log_call(call(), 200)
    assert re.fullmatch(
        TIME + r" INFO messaging_double\.calls POST /Cust1/Remote/Services88/Messaging\.svc 200 \d+\.\dms "
        r"request_id=[0-9a-f]{8}-\d+ tenant=Cust1 services=Services88 operation=SendMessages messages=2 "
        r'notes="Content-Type text/plain; ticket beside soap:Header"\n',
        stream.getvalue(),
    )


def test_a_refused_call_is_a_warning(log):
    stream = log(log_level="warning")
    logs.log_call(call(), 200)
    assert stream.getvalue() == ""
    logs.log_call(call(refused="no ticket"), 500)
    assert re.fullmatch(TIME + r" WARNING messaging_double\.calls POST /Cust1/.* notes=\".*\n", stream.getvalue())


def test_what_a_call_does_not_have_is_left_out_of_the_text(log):
    stream = log()
    logs.log_call(Call({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, "default"), None)
    assert re.fullmatch(
        TIME + r" INFO messaging_double\.calls GET / - \d+\.\dms request_id=\S+ tenant=default\n", stream.getvalue()
    )


def test_a_call_is_one_json_object_with_every_field(log):
    stream = log(log_format="json")
    this = call()
    logs.log_call(this, 200)
    line = json.loads(stream.getvalue())
    assert re.fullmatch(TIME, line.pop("time"))
    assert isinstance(line.pop("duration_ms"), float)
    assert line == {
        "level": "info",
        "logger": "messaging_double.calls",
        "method": "POST",
        "path": "/Cust1/Remote/Services88/Messaging.svc",
        "status": 200,
        "request_id": this.request_id,
        "tenant": "Cust1",
        "tenant_time": None,
        "services": "Services88",
        "operation": "SendMessages",
        "messages": 2,
        "notes": ["Content-Type text/plain", "ticket beside soap:Header"],
    }


@pytest.mark.parametrize(("log_format", "shown"), [("text", 'POST "/\\u00e6/x" 200'), ("json", '"path": "/\\u00e6/x"')])
def test_a_path_is_logged_as_the_text_that_it_is(log, log_format, shown):
    stream = log(log_format=log_format)
    logs.log_call(call(path="/\xc3\xa6/x"), 200)
    assert shown in stream.getvalue()


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("field", ["method", "path", "tenant", "services", "operation", "notes"])
def test_a_client_cannot_forge_a_line_through_a_call(log, log_format, field):
    stream = log(log_format=log_format)
    forged = (FORGED,) if field == "notes" else FORGED
    logs.log_call(call(**{field: forged}), 200)
    assert _one_printable_line(stream)


def test_a_client_cannot_add_a_field_to_the_text_of_a_call(log):
    stream = log()
    logs.log_call(call(tenant='a operation=forged "'), 200)
    assert r'tenant="a operation=forged \"" ' in stream.getvalue()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_client_cannot_forge_a_line_through_any_record(log, log_format):
    stream = log(log_format=log_format)
    logging.getLogger("messaging_double.server").warning("broken request %s", FORGED)
    assert _one_printable_line(stream)
    assert r"broken request x\r\n2026" in stream.getvalue()


def test_the_traceback_of_an_error_of_ours_is_barred_in_text(log):
    stream = log()
    _log_an_error_of_ours()
    first, *others = stream.getvalue().splitlines()
    assert first.endswith(" ERROR messaging_double.server it broke")
    assert [line[:6] for line in others] == ["    | "] * len(others)
    assert others[0] == "    | Traceback (most recent call last):"
    assert "ValueError: invalid literal for int()" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_the_traceback_of_an_error_of_ours_is_a_field_in_json(log):
    stream = log(log_format="json")
    _log_an_error_of_ours()
    assert _one_printable_line(stream)
    assert json.loads(stream.getvalue())["traceback"].startswith("Traceback (most recent call last):\n")


def test_the_level_is_for_our_records_and_others_are_heard_from_warnings_on(log):
    stream = log(log_level="debug")
    logging.getLogger("messaging_double.server").debug("ours")
    logging.getLogger("sqlalchemy.engine").info("INSERT ... a secret message")
    logging.getLogger("sqlalchemy.pool").warning("theirs")
    assert [line.split()[-1] for line in stream.getvalue().splitlines()] == ["ours", "theirs"]


def test_at_level_error_warnings_are_not_heard(log):
    stream = log(log_level="error")
    logging.getLogger("messaging_double.server").warning("ours")
    logging.getLogger("sqlalchemy.pool").warning("theirs")
    logs.log_call(call(), 200)
    assert stream.getvalue() == ""


def test_a_call_is_not_put_into_words_when_nobody_reads_them(log, monkeypatch):
    log(log_level="warning")
    monkeypatch.delattr(logs, "CallRecord")
    logs.log_call(call(), 200)


def test_spyne_is_silent(log):
    stream = log(log_level="debug")
    logging.getLogger("spyne.application.client").error("a ticket")
    logging.getLogger("spyne.protocol.xml").critical("a ticket")
    assert stream.getvalue() == ""


def test_configuring_twice_does_not_say_everything_twice(log):
    log()
    stream = log()
    logs.log_call(call(), 200)
    assert len(stream.getvalue().splitlines()) == 1


def test_a_call_has_no_place_for_secrets_and_contents():
    assert set(CallRecord.__struct_fields__) == {
        *("method", "path", "status", "duration_ms", "request_id", "tenant", "tenant_time"),
        *("services", "operation", "messages", "notes"),
    }


def test_a_log_that_nobody_reads_breaks_nothing(monkeypatch):
    class Broken(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    stream = Broken()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure(Settings())
    logs.log_call(call(), 200)


def _log_an_error_of_ours() -> None:
    try:
        int(FORGED)
    except ValueError:
        logging.getLogger("messaging_double.server").exception("it broke")


def _one_printable_line(stream: io.StringIO) -> bool:
    text = stream.getvalue()
    return text.endswith("\n") and text[:-1].isprintable()


def test_the_log_says_when_it_began_and_ended_and_who_changed_what(tmp_path):
    with ServedDouble(tmp_path) as double:
        for line in ("fault http=503 --name down --tenant Cust1", "verify --never", "outbox", "reset --all"):
            assert cli.main([*line.split(), "--url", double.url]) == 0
        double.stop()
    said = [line.split(" ", 3)[1:] for line in double.stderr.splitlines()]
    assert said == [
        ["INFO", "messaging_double.serve", f"started: process {double.process.pid} listens at {double.url}"],
        ["INFO", "messaging_double.control", 'createRule tenant="Cust1" by="127.0.0.1"'],
        ["INFO", "messaging_double.control", 'resetAll tenant="all" by="127.0.0.1"'],
        ["INFO", "messaging_double.serve", "stopped"],
    ]


class Connection:
    """An embedded server's response, whose loop does later what it is given when a test says so."""

    def __init__(self) -> None:
        self.later: list[Callable[[], object]] = []

    def soon(self, fn: Callable[[], object], _seconds: float) -> None:
        self.later.append(fn)


def test_lines_of_calls_are_gathered_and_stand_before_later_records(log):
    stream, connection = log(), Connection()
    for status in (200, 201):
        logs.log_call(call(connection=connection), status)
    assert stream.getvalue() == ""
    logging.getLogger("messaging_double.app").warning("afterwards")
    logs.log_call(call(connection=connection), 202)
    assert len(connection.later) == 2
    for flush in connection.later:
        flush()
    found = [re.search(r"svc (\d+)|afterwards", line)[0] for line in stream.getvalue().splitlines()]
    assert found == ["svc 200", "svc 201", "afterwards", "svc 202"]


def test_gathered_lines_that_a_pipe_does_not_take_are_left_out_and_counted(monkeypatch):
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as pipe, os.fdopen(writing, "w", encoding="utf-8") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        logging.getLogger().handlers.clear()
        logs.configure(Settings())
        written = 0
        while b"left out" not in (read := pipe.read(65536) if written else b""):
            connection = Connection()
            for _ in range(1000):
                logs.log_call(call(connection=connection, notes=("x" * 200,)), 200)
            connection.later[0]()
            written += 1000
        lines = read.splitlines()
        assert all(re.match(TIME.encode(), line) for line in lines[:-1])
        logging.getLogger().handlers.clear()
