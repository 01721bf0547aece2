"""Clients that leave while their answer waits."""

import contextlib
import queue
from pathlib import Path

import pytest
from support.sockets import GET, HEAD, MIB, WAIT, until

from messaging_double.server.http import Limits

from .applications import Closing, answering, check_closed, never


def waiting(closed, **options):
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/wait":
            environ["messaging_double.connection"].suspend(**options)
            return Closing(never(), closed)
        start_response("200 OK", [])
        return [b"at once"]

    return app


def test_a_client_that_does_not_read_what_it_was_sent_is_dropped(serve):
    closed = queue.Queue()

    def app(environ, start_response):
        start_response("200 OK", [])(b"x" * 20 * MIB)
        environ["messaging_double.connection"].suspend()
        return Closing(never(), closed)

    client = serve(app, limits=Limits(write_seconds=0.2)).client().send(GET)
    client.head()
    assert closed.get(timeout=5)


@pytest.mark.parametrize("forget_on_eof", [True, False])
def test_a_client_that_resets_its_connection_is_forgotten(serve, forget_on_eof):
    closed = queue.Queue()
    server = serve(waiting(closed, forget_on_eof=forget_on_eof))
    client = server.client().send(WAIT)
    assert server.ask(GET).status == 200
    client.reset()
    assert closed.get(timeout=5)


def test_a_client_that_closes_is_forgotten(serve_both):
    closed = queue.Queue()
    server = serve_both(waiting(closed))
    client = server.client().send(WAIT)
    assert server.ask(GET).status == 200
    client.close()
    check_closed(closed)


@pytest.mark.parametrize("before", [b"", GET], ids=["first", "behind another answer"])
def test_a_client_that_sends_nothing_more_is_forgotten(serve, before):
    closed = queue.Queue()
    client = serve(waiting(closed)).client().send(before + WAIT).end()
    assert closed.get(timeout=5)
    assert client.rest().endswith(b"at once" if before else b"")


def test_an_end_that_came_before_the_wait_counts_too(serve):
    closed = queue.Queue()

    def parts(handle):
        try:
            yield b"x" * 30 * MIB  # the client's end comes while this waits for it to read
            yield b"y" * MIB
            handle.suspend()
            yield b"never"
        finally:
            closed.put("closed")

    server = serve(answering(parts))
    client = server.client().send(GET).end()
    assert server.client().send(HEAD).response(to_head=True).status == 200  # and so the end was seen
    assert closed.get(timeout=5)  # HEAD's
    client.head()
    assert len(client.rest()) >= 30 * MIB
    assert closed.get(timeout=5)


FULL = b"x" * 300_000


def test_a_client_that_sends_more_than_the_backlog_behind_a_request_that_waits_is_reset(serve_both):
    closed = queue.Queue()
    server = serve_both(waiting(closed), limits=Limits(max_connections=1))
    client = server.client().send(WAIT)
    client.send_what_is_taken(FULL)
    assert closed.get(timeout=5)
    until(lambda: server.ask(GET).status == 200)  # its place is free again


def test_a_client_with_a_full_backlog_that_closes_while_its_answer_waits_is_forgotten(serve):
    closed = queue.Queue()

    def parts(handle):
        yield b"x" * 30 * MIB  # reading is paused while the client takes none of it
        handle.suspend()
        yield b"never"

    app = answering(lambda handle: Closing(parts(handle), closed), headers=[("Content-Length", str(31 * MIB))])
    client = serve(app).client().send(GET)
    client.send(FULL[: 3 * 65536])
    client.head()
    with contextlib.suppress(ConnectionResetError):  # what was not read before is more than the backlog
        client.file.read(30 * MIB)
    client.close()
    assert closed.get(timeout=5)


TCP = Path("/proc/self/net/tcp")
KEEPALIVE = "02"  # proc(5): the timer that is running


@pytest.mark.skipif(not TCP.is_file(), reason="reads the timers of connections as Linux lists them")
def test_a_client_that_vanishes_without_a_word_is_found_out_by_keepalive(serve):
    server = serve(waiting(queue.Queue()))
    client = server.client().send(WAIT)
    assert server.ask(GET).status == 200
    ends = {f":{server.port:04X}", f":{client.socket.getsockname()[1]:04X}"}
    (timer,) = [
        fields[5]
        for fields in map(str.split, TCP.read_text("ascii").splitlines())
        if {fields[1][-5:], fields[2][-5:]} == ends and fields[1].endswith(f":{server.port:04X}")
    ]
    assert timer.startswith(KEEPALIVE)
