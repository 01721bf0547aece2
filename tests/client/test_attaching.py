"""A double that runs already."""

import socket
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from support.answering import answering
from support.soap_calls import send

from messaging_double.client import ControlError, MessagingDouble, Unreachable
from messaging_double.client import double as attaching
from messaging_double.server.settings import Settings

TOKEN = "a-long-random-text"  # noqa: S105 (of a test)


def test_what_it_has_is_seen_by_all_who_are_attached(running, tenant):
    send(tenant.soap_url(), Content="Hei")
    with MessagingDouble.at(running.url, tenant=tenant.name) as double:
        assert [message.content for message in double.outbox] == ["Hei"]
        assert repr(double) == f"<MessagingDouble at {running.url}, tenant {tenant.name}>"
    assert running.health().status == "ready"  # it is not ours to stop


def test_attaching_waits_until_the_double_is_ready():
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    late = MessagingDouble(port=port)
    starting = threading.Timer(0.1, late.start)
    starting.start()
    try:
        with MessagingDouble.at(f"http://127.0.0.1:{port}") as double:
            assert len(double.outbox) == 0
    finally:
        starting.join()
        late.stop()


def test_nobody_there_is_said():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(Unreachable, match=f"No double answers at {url} "):
            MessagingDouble.at(url, wait=0.1)


def test_attaching_to_what_is_silent_takes_no_longer_than_it_may_wait(monkeypatch):
    now, asked = [1000.0], []

    def pass_by(seconds):
        now[0] += seconds

    def connect(_address, timeout, *_):
        asked.append(timeout)
        pass_by(timeout)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(attaching, "time", SimpleNamespace(sleep=pass_by))
    monkeypatch.setattr(attaching, "system_clock", SimpleNamespace(monotonic=lambda: now[0]))
    for wait, most in ((1, 1), (12, 5), (0, 5)):
        begin = now[0]
        asked.clear()
        with pytest.raises(Unreachable):
            MessagingDouble.at("http://127.0.0.1:8080", wait=wait)
        assert max(asked) == most
        assert now[0] - begin <= (wait or most) + 0.2


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8080", "ftp://localhost", "http://", "", None, "http://127.0.0.1:99999", "http://127.0.0.1:1?x"]
)
def test_what_is_no_url_is_refused(url):
    with pytest.raises(ValueError, match="no URL of a double; for example"):
        MessagingDouble.at(url)


def test_a_token_that_no_header_can_have_is_refused_and_not_shown(running):
    with pytest.raises(ValueError, match="no header can have") as refused:
        MessagingDouble.at(running.url, "secret\nb")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("wait", ["zz", -1, float("nan"), float("inf"), "1 month", None])
def test_a_wait_that_is_no_length_of_time_is_refused(running, wait):
    with pytest.raises(ValueError, match="no length of time; expected seconds, a timedelta, or"):
        MessagingDouble.at(running.url, wait=wait)


def test_another_server_is_no_double():
    said = r"No double that can do this answers at .*: 200 <h1>"
    with answering(b"<h1>") as server, pytest.raises(Unreachable, match=said):
        MessagingDouble.at(server.url, wait=0)


def test_the_control_token_is_carried_and_shown_nowhere():
    with MessagingDouble(control_token=TOKEN) as double:
        with MessagingDouble.at(double.url, TOKEN) as attached:
            assert attached.tenants() == []
            assert TOKEN not in repr((attached, attached.outbox, attached.clock, attached.rules, double))
        with pytest.raises(ControlError) as refused:
            MessagingDouble.at(double.url, "another-text")
        assert (refused.value.status, refused.value.error) == (401, "the Authorization header has another token")


def test_a_throw_away_certificate_of_this_machine_is_taken():
    pytest.importorskip("trustme")
    with MessagingDouble(tls="adhoc") as double:
        assert double.url.startswith("https://127.0.0.1:")
        with MessagingDouble.at(double.url) as attached:
            assert attached.health().status == "ready"
            assert attached.health().status == "ready"


def test_nothing_of_the_server_is_imported(running):
    code = (
        "import sys; from messaging_double.client import MessagingDouble\n"
        f"with MessagingDouble.at({running.url!r}) as double: double.outbox()\n"
        "print([name for name in sys.modules if name.startswith(('messaging_double.s', 'spyne', 'lxml', 'werkzeug'))])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_variable_that_names_a_double_is_no_setting_of_one():
    assert Settings.from_sources({}, {"MESSAGING_DOUBLE_URL": "http://127.0.0.1:8080"}) == Settings()
