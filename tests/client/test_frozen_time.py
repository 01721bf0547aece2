"""A double in a thread of a process whose tests freeze the time with freezegun: whatever waits there ends."""

import contextlib
import http.client
import socket
import subprocess
import sys
import textwrap
from datetime import datetime, timezone
from urllib.parse import urlsplit

import pytest
from freezegun import freeze_time
from support.soap_calls import send

from messaging_double.client import ExpectationFailed, MessagingDouble, NotArrived, Unreachable, actions

NOW = datetime.now(timezone.utc)


FROZEN = freeze_time("2012-01-14")


@pytest.fixture(scope="module", params=["started before", "started while frozen"])
def double(request):
    how = contextlib.nullcontext() if request.param == "started before" else FROZEN
    with contextlib.ExitStack() as at_the_end:
        with how:
            double = at_the_end.enter_context(MessagingDouble(body_seconds=0.2))
        yield double


@FROZEN
def test_an_expectation_that_is_not_met_ends_after_its_time(double):
    with pytest.raises(ExpectationFailed):
        double.tenant("Cust2").verify(count=1, within="300ms")


@FROZEN
def test_a_poll_ends_after_its_time(double):
    with pytest.raises(NotArrived):
        double.tenant("Cust2").outbox.wait(within="100ms")


@FROZEN
def test_a_delayed_answer_comes(double):
    slow = double.tenant("Cust1")
    slow.rules.add(actions.delay("100ms"))
    assert b"Succeeded" in send(slow.soap_url())


@FROZEN
def test_a_request_that_does_not_go_on_is_answered(double):
    parts = urlsplit(double.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as slow:
        slow.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc")
        answer = http.client.HTTPResponse(slow)
        answer.begin()
        assert answer.status == 408


@FROZEN
def test_the_time_of_the_double_goes_on(double):
    assert double.clock.now >= NOW
    send(double.soap_url())
    assert double.outbox.latest().registered >= NOW
    assert double.journal.latest().duration_ms > 0


def test_waiting_for_a_double_that_is_not_there_ends():
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with FROZEN, pytest.raises(Unreachable):
        MessagingDouble.at(url, wait=0.1)


@FROZEN
def test_a_process_that_froze_the_time_before_it_imports_the_double_is_served_too():
    code = textwrap.dedent("""
        from freezegun import freeze_time
        with freeze_time("2012-01-14"):
            from messaging_double.client import MessagingDouble
            with MessagingDouble() as double:
                double.verify(never=True, within="100ms")
                assert double.clock.now.year > 2012
    """)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
