"""One connection for each thread, kept open; one that the double has closed is noticed."""

import os
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest

from messaging_double.client import MessagingDouble, Unreachable


@pytest.fixture
def double():
    with MessagingDouble(keep_alive_seconds=0.2) as double:
        yield double


def test_threads_ask_at_once_and_see_the_same(tenant):
    tenant.fill(outbox=[{"content": "Hei"}])
    found = []
    threads = [threading.Thread(target=lambda: found.extend(tenant.outbox() + tenant.outbox())) for _ in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [message.content for message in found] == ["Hei"] * 32


def test_a_connection_that_the_double_has_closed_is_replaced(double):
    assert len(double.outbox) == 0
    with socket.create_connection(("127.0.0.1", urlsplit(double.url).port)) as as_idle_as_ours:
        as_idle_as_ours.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        while as_idle_as_ours.recv(4096):
            pass  # until it is closed: ours was idle before
    double.clock.advance("1h")


def test_a_double_that_is_gone_is_unreachable():
    with MessagingDouble() as double, MessagingDouble.at(double.url) as attached:
        assert len(attached.outbox) == 0
        double.stop()
        with pytest.raises(Unreachable, match="Nothing answers at http://127"):
            attached.outbox()


FORKED = """
import os, sys
from messaging_double.client import MessagingDouble

with MessagingDouble.at(sys.argv[1], tenant=sys.argv[2]) as double:
    assert len(double.outbox) == 1
    child = os.fork()
    for _ in range(100):
        assert len(double.outbox) == 1
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_has_connections_of_its_own(running, tenant):
    tenant.fill(outbox=[{"content": "Hei"}])
    command = [sys.executable, "-W", "error", "-c", FORKED, running.url, tenant.name]
    subprocess.run(command, check=True, timeout=60)
