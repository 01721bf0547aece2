"""Slow clients, many clients."""

import contextlib
import select

import pytest
from support.sockets import GET, MIB, until

from messaging_double.server.http import Limits

from .applications import Closing, answering, hello

POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"


@pytest.mark.parametrize(
    ("limits", "sent", "in_words"),
    [
        (Limits(header_seconds=0.2), b"GET / HTTP/1.1\r\nHost", "The head of the request took too long to arrive"),
        (Limits(body_seconds=0.2), POST + b"abc", "The body of the request took too long to arrive"),
    ],
)
def test_a_slow_sender_is_told_so(serve, limits, sent, in_words):
    server = serve(hello, limits=limits)
    response = server.ask(sent)
    assert (response.status, response.body.decode()) == (408, f"{in_words}\n")
    assert [(broken.raw, broken.status) for broken in server.broken] == [(sent, 408)]


@pytest.mark.parametrize(
    ("limits", "first"),
    [(Limits(header_seconds=0.3), b"GET /"), (Limits(body_seconds=0.3), POST.replace(b"5", b"5000"))],
    ids=["head", "body"],
)
def test_bytes_that_trickle_in_do_not_prolong_the_time(serve, limits, first):
    client = serve(hello, limits=limits).client().send(first)
    sent = 0
    while not select.select([client.socket], [], [], 0.02)[0]:
        client.send_what_is_taken(b"x")
        sent += 1
        assert sent < 1000
    assert client.response().status == 408


def test_a_client_that_sends_nothing_is_closed_without_a_word(serve):
    server = serve(hello, limits=Limits(header_seconds=0.2))
    assert server.client().rest() == b""
    assert server.client().send(b"\r\n").rest() == b""
    assert server.broken == []


def test_an_idle_connection_is_closed_without_a_word(serve_both):
    server = serve_both(hello, limits=Limits(keep_alive_seconds=0.2))
    client = server.client().send(GET)
    assert client.response().status == 200
    assert client.rest() == b""
    assert server.broken == []


def megabytes(count, limits, serve):
    """Return a response of one part of so many MiB, and a client that has its head."""
    body = Closing([b"x" * MIB * count])
    app = answering(body, headers=[("Content-Length", str(MIB * count))])
    client = serve(app, limits=limits).client().send(GET)
    client.head()
    return body, client


def test_a_client_that_does_not_read_its_answer_is_dropped(serve):
    body, client = megabytes(100, Limits(write_seconds=0.2), serve)
    assert body.closed.get(timeout=5)
    assert len(client.rest()) < 100 * MIB


def test_a_slow_reader_that_does_read_is_not_dropped(serve):
    _, client = megabytes(40, Limits(write_seconds=0.3), serve)
    for _ in range(8):
        assert len(client.file.read(3 * MIB)) == 3 * MIB
        select.select([], [], [], 0.1)
    assert len(client.file.read(16 * MIB)) == 16 * MIB


def test_when_full_a_new_connection_is_told_so_until_one_is_closed(serve):
    server = serve(hello, limits=Limits(max_connections=2))
    busy = [server.client().send(POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")) for _ in range(2)]
    for client in busy:
        assert client.head().status == 100
        client.send(b"a")
    response = server.ask(GET)
    assert (response.status, response.keeps_open) == (503, False)
    assert [(broken.raw, broken.status) for broken in server.broken] == [(b"", 503)]
    for client in busy:
        assert client.send(b"bcde").response().status == 200
    busy[0].close()
    until(lambda: server.ask(GET).status == 200)


def test_when_full_a_crowd_that_goes_on_connecting_is_refused_and_takes_nothing_from_the_others(serve):
    server = serve(hello, limits=Limits(max_connections=20))
    half = [server.client().send(POST) for _ in range(20)]
    for client in half:
        client.send(b"a")
    told = []
    for _ in range(500):
        crowd = server.client()
        with contextlib.suppress(ConnectionResetError):
            told.append(crowd.rest()[:12])
        crowd.close()
    assert set(told) == {b"HTTP/1.1 503"}
    for client in half:
        assert client.send(b"bcde").response().status == 200
        client.close()
    until(lambda: server.ask(GET).status == 200)
