"""Answers that end before their end, or are no HTTP at all."""

import contextlib
import os
import queue
import socket

import pytest
from support.sockets import GET, HEAD, MIB

from .applications import Closing, answering, check_closed

GET_10 = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
TEN = [("Content-Length", "10")]


class Cutting:
    """Does what a test says with the handle and the answer, in the application or in its iterator."""

    def __init__(self, in_app=None, parts=None, headers=TEN):
        self.in_app = in_app
        self.parts = parts
        self.headers = headers
        self.closed = queue.Queue()

    def __call__(self, environ, start_response):
        handle = environ["messaging_double.connection"]
        write = start_response("200 OK", list(self.headers))
        if self.in_app:
            self.in_app(handle, write)
        return Closing(self.parts(handle) if self.parts else iter(()), self.closed)


def write_and(act):
    def in_app(handle, write):
        write(b"half")
        act(handle)
        write(b" more")

    return in_app


def part_and(act):
    def parts(handle):
        yield b"half"
        act(handle)

    return parts


def part_and_more(act):
    def parts(handle):
        yield b"half"
        act(handle)
        yield b" more than"
        pytest.fail("was asked for more")

    return parts


def part_and_later(act):
    def parts(handle):
        yield b"half"
        handle.call_later(0.02, lambda: act(handle))
        handle.suspend()
        yield b" more"

    return parts


def part_and_a_while(act):
    def parts(handle):
        yield b"half"
        handle.pause(0.02)
        yield b""
        act(handle)

    return parts


def cases(act):
    return {
        "in the application": (Cutting(in_app=lambda handle, _: act(handle)), b""),
        "after write": (Cutting(in_app=write_and(act)), b"half"),
        "before a part": (Cutting(parts=lambda handle: (act(handle) for _ in range(1))), b""),
        "after a part": (Cutting(parts=part_and(act)), b"half"),
        "after a part, more follows": (Cutting(parts=part_and_more(act)), b"half"),
        "after a chunk": (Cutting(parts=part_and(act), headers=[]), b"4\r\nhalf\r\n"),
        "after a while": (Cutting(parts=part_and_a_while(act)), b"half"),
        "by a timer": (Cutting(parts=part_and_later(act)), b"half"),
        "twice": (Cutting(parts=part_and(lambda handle: (act(handle), act(handle)))), b"half"),
    }


NAMES = list(cases(None))


@pytest.mark.parametrize("name", NAMES)
def test_hanging_up_ends_the_connection_after_what_was_sent(serve_both, caplog, name):
    app, sent = cases(lambda handle: handle.hang_up())[name]
    client = serve_both(app).client().send(GET)
    assert client.rest().partition(b"\r\n\r\n")[2] == sent
    check_closed(app.closed)
    assert not caplog.records


@pytest.mark.parametrize("name", NAMES)
def test_aborting_resets_the_connection(serve_both, caplog, name):
    app, _ = cases(lambda handle: handle.abort())[name]
    client = serve_both(app).client().send(GET)
    # Below TLS, since Python's own ssl shows a reset as an ordinary end before 3.13.
    with socket.socket(fileno=os.dup(client.socket.fileno())) as below, below.makefile("rb") as file:
        below.settimeout(5)
        with pytest.raises(ConnectionResetError):
            file.read()
    check_closed(app.closed)
    assert not caplog.records


@pytest.mark.parametrize("act", ["hang_up", "abort"])
def test_an_error_of_the_application_is_told_though_nobody_is_answered(serve_both, caplog, act):
    def app(environ, _start_response):
        getattr(environ["messaging_double.connection"], act)()
        message = "secret"
        raise ValueError(message)

    server = serve_both(app)
    client = server.client().send(GET)
    try:
        assert client.rest() == b""
    except ConnectionResetError:
        assert act == "abort"
    server.stop()
    assert "secret" in caplog.text


def test_everything_that_was_sent_before_hanging_up_arrives(serve_both):
    def write_much(handle, write):
        write(b"x" * 20 * MIB)
        handle.hang_up()

    app = Cutting(in_app=write_much, headers=[])
    client = serve_both(app).client().send(GET_10)
    assert app.closed.get(timeout=5)
    client.head()
    assert client.rest() == b"x" * 20 * MIB


def test_requests_behind_one_that_was_hung_up_on_are_not_run(serve_both):
    states = queue.Queue()

    def hang_up(handle):
        handle.hang_up()
        states.put(handle.is_open)

    app = Cutting(parts=part_and(hang_up))
    client = serve_both(app).client().send(GET * 100)
    assert client.rest().endswith(b"\r\n\r\nhalf")
    assert states.get(timeout=5) is False
    assert states.empty()


def test_hanging_up_on_a_client_that_waits_for_nothing_closes_its_connection(serve):
    def hang_up_later(handle):
        handle.call_later(0.02, handle.hang_up)
        return [b"whole"]

    client = serve(answering(hang_up_later)).client().send(GET)
    assert client.response().body == b"whole"
    assert client.rest() == b""


@pytest.mark.parametrize("acts", [("abort", "hang_up"), ("hang_up", "abort")], ids=" ".join)
@pytest.mark.parametrize("request_bytes", [GET, GET + GET], ids=["one request", "another behind"])
def test_an_aborted_connection_may_be_hung_up_and_the_other_way_round(serve_both, caplog, acts, request_bytes):
    app = Cutting(in_app=lambda handle, _: [getattr(handle, act)() for act in acts])
    client = serve_both(app).client().send(request_bytes)
    with contextlib.suppress(ConnectionResetError):
        assert client.rest() == b""
    check_closed(app.closed)
    assert not caplog.records


NO_HTTP = b"\x00\xffnot HTTP\r\n"


def raw_only(handle, _write):
    handle.send_raw(NO_HTTP)


def raw_after_write(handle, write):
    write(b"half")
    handle.send_raw(NO_HTTP)


def raw_in_parts(handle):
    handle.send_raw(b"raw ")
    yield b"parts "
    yield b"unframed"


def raw_between(handle):
    yield b"half"
    handle.send_raw(NO_HTTP)
    yield b"rest"


def raw_and_cut(handle):
    handle.send_raw(NO_HTTP)
    yield b"half"
    handle.hang_up()


RAW = {
    "instead of an answer": (Cutting(in_app=raw_only), NO_HTTP),
    "nothing": (Cutting(in_app=lambda handle, _: handle.send_raw(b"")), b""),
    "before parts": (Cutting(parts=raw_in_parts), b"raw parts unframed"),
    "after write": (Cutting(in_app=raw_after_write), b"half" + NO_HTTP),
    "between parts": (Cutting(parts=raw_between), b"half" + NO_HTTP + b"rest"),
    "between chunks": (Cutting(parts=raw_between, headers=[]), b"4\r\nhalf\r\n" + NO_HTTP + b"rest"),
    "and cut": (Cutting(parts=raw_and_cut), NO_HTTP + b"half"),
}


@pytest.mark.parametrize(("app", "sent"), RAW.values(), ids=RAW)
@pytest.mark.parametrize("request_bytes", [GET, GET_10])
def test_raw_bytes_are_sent_as_they_are_and_end_the_connection(serve_both, caplog, app, sent, request_bytes):
    if request_bytes is GET_10:
        sent = sent.replace(b"4\r\nhalf\r\n", b"half")
    received = serve_both(app).client().send(request_bytes).rest()
    head, _, body = received.rpartition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") is sent.startswith((b"half", b"4"))
    assert body == sent
    assert app.closed.get(timeout=5)
    assert not caplog.records


def test_raw_bytes_are_sent_to_head_too(serve):
    assert serve(Cutting(in_app=raw_only)).client().send(HEAD).rest() == NO_HTTP


def test_an_application_need_not_call_start_response_for_raw_bytes(serve, caplog):
    def app(environ, _start_response):
        environ["messaging_double.connection"].send_raw(NO_HTTP)
        return []

    assert serve(app).client().send(GET + GET).rest() == NO_HTTP
    assert not caplog.records


def test_an_error_after_raw_bytes_cannot_be_answered(serve, caplog):
    def app(environ, _start_response):
        environ["messaging_double.connection"].send_raw(NO_HTTP)
        message = "secret"
        raise ValueError(message)

    assert serve(app).client().send(GET).rest() == NO_HTTP
    assert "secret" in caplog.text
