"""Answers that are kept back: for a while, for as long as somebody says, for ever."""

from __future__ import annotations

import queue
import threading
import time

import pytest

from messaging_double.server.http import Limits

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
WAIT = b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"


class Late:
    """Calls start_response when it is asked for its one part, and says when it was closed."""

    def __init__(self, start_response, closed):
        self.start_response = start_response
        self.parts = iter([b"late"])
        self.closed = closed

    def __iter__(self):
        return self

    def __next__(self):
        part = next(self.parts)
        self.start_response("200 OK", [])
        return part

    def close(self):
        self.closed.put("closed")


class Waiting:
    """Answers `/wait` when it is told to, and anything else at once."""

    def __init__(self, **options):
        self.options = options
        self.resumes = queue.Queue()
        self.closed = queue.Queue()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] != "/wait":
            start_response("200 OK", [])
            return [b"at once"]
        self.resumes.put(environ["messaging_double.connection"].suspend(**self.options))
        return Late(start_response, self.closed)

    def resume(self):
        self.resumes.get(timeout=5)()


def dripping(parts, seconds):
    def app(environ, start_response):
        start_response("200 OK", [])
        return drip(environ["messaging_double.connection"])

    def drip(handle):
        for part in parts:
            yield part
            handle.pause(seconds)

    return app


def test_an_answer_waits_until_another_thread_lets_it_go_while_others_are_answered(serve_both):
    app = Waiting()
    server = serve_both(app)
    client = server.client().send(WAIT)
    resume = app.resumes.get(timeout=5)
    assert server.ask(GET).body == b"at once"
    resume()
    assert client.response().body == b"late"
    assert client.send(GET).response().body == b"at once"


def test_an_answer_may_be_let_go_before_it_is_returned(serve):
    def app(environ, start_response):
        environ["messaging_double.connection"].suspend()()
        start_response("200 OK", [])
        return [b"now"]

    assert serve(app).ask(GET).body == b"now"


def test_letting_go_twice_does_not_let_the_next_answer_go(serve):
    app = Waiting()
    server = serve(app)
    client = server.client().send(WAIT + WAIT)
    first = app.resumes.get(timeout=5)
    first()
    first()
    assert client.response().body == b"late"
    second = app.resumes.get(timeout=5)
    first()
    assert server.ask(GET).body == b"at once"
    client.socket.setblocking(False)  # noqa: FBT003 - the socket's own
    with pytest.raises(BlockingIOError):
        client.socket.recv(1)
    client.socket.settimeout(5)
    second()
    assert client.response().body == b"late"


def test_an_answer_that_waits_for_two_waits_for_both(serve):
    resumes = queue.Queue()

    def app(environ, start_response):
        for _ in range(2):
            resumes.put(environ["messaging_double.connection"].suspend())
        start_response("200 OK", [])
        return iter([b"both"])

    server = serve(app)
    client = server.client().send(GET)
    resumes.get(timeout=5)()
    client.socket.settimeout(0.1)
    with pytest.raises(TimeoutError):
        client.socket.recv(1)
    client.socket.settimeout(5)
    client.file = client.socket.makefile("rb")
    resumes.get(timeout=5)()
    assert client.response().body == b"both"


def test_letting_go_what_is_gone_has_no_effect(serve, caplog):
    app = Waiting()
    server = serve(app)
    server.client().send(WAIT).close()
    resume = app.resumes.get(timeout=5)
    resume()
    assert server.ask(GET).status == 200
    server.stop()
    resume()
    assert not caplog.records


def test_parts_and_the_end_come_in_the_order_in_which_they_are_written(serve_both):
    client = serve_both(dripping([b"a", b"b"], 0.2)).client().send(GET)
    began = time.monotonic()
    client.head()
    times = []
    for line in (b"1\r\n", b"a\r\n", b"1\r\n", b"b\r\n", b"0\r\n"):
        assert client.file.readline() == line
        times.append(time.monotonic() - began)
    assert times[1] < 0.15
    assert 0.15 < times[3] < 0.35
    assert 0.35 < times[4] < 0.6


@pytest.mark.parametrize("every", [1, 2, 7, 15, 16, 17])
def test_parts_may_be_kept_back_any_number_of_times(serve, every):
    def parts(handle):
        for number in range(5000):
            if number % every == 0:
                handle.suspend()()
            yield b"x"

    def app(environ, start_response):
        start_response("200 OK", [])
        return parts(environ["messaging_double.connection"])

    assert serve(app).ask(GET).body == b"x" * 5000


def test_nobody_who_waits_runs_out_of_time(serve):
    def app(environ, start_response):
        environ["messaging_double.connection"].pause(0.5)
        start_response("200 OK", [])
        return [b"patience"]

    impatient = Limits(header_seconds=0.1, body_seconds=0.1, keep_alive_seconds=0.1, write_seconds=0.1)
    assert serve(app, limits=impatient).ask(GET).body == b"patience"


def test_a_client_that_sends_nothing_more_is_answered_where_that_is_wanted(serve):
    app = Waiting(forget_on_eof=False)
    server = serve(app)
    client = server.client().send(WAIT).end()
    assert server.ask(GET).status == 200
    app.resume()
    assert client.response().body == b"late"
    assert client.rest() == b""


def test_requests_behind_one_that_waits_are_answered_in_their_turn(serve):
    app = Waiting()
    client = serve(app).client().send(WAIT + GET)
    app.resume()
    assert [client.response().body, client.response().body] == [b"late", b"at once"]


def test_an_application_that_fails_after_suspending_is_answered_at_once(serve, caplog):
    def app(environ, _start_response):
        environ["messaging_double.connection"].suspend()
        message = "no"
        raise ValueError(message)

    client = serve(app).client()
    assert client.send(GET).response().status == 500
    assert client.send(GET).response().status == 500
    assert "The application failed" in caplog.text


def test_what_is_written_or_sent_raw_does_not_wait(serve):
    app = Waiting()

    def writing(environ, start_response):
        parts = app(environ, lambda *_: None)
        start_response("200 OK", [("Content-Length", "9")])(b"first")
        return parts

    client = serve(writing).client().send(WAIT)
    client.head()
    assert client.file.read(5) == b"first"
    app.resume()
    assert client.file.read(4) == b"late"


def test_an_answer_that_is_over_cannot_be_suspended(serve):
    raised = queue.Queue()

    def app(environ, start_response):
        handle = environ["messaging_double.connection"]

        def attempt():
            with pytest.raises(RuntimeError) as error:
                handle.pause(1)
            raised.put(str(error.value))

        handle.call_later(0, attempt)
        start_response("200 OK", [])
        return [b""]

    serve(app).ask(GET)
    assert raised.get(timeout=5) == "No answer is under way on this connection"


def test_soon_outlives_the_connection_and_timers_do_not(serve):
    told = queue.Queue()

    def app(environ, _start_response):
        handle = environ["messaging_double.connection"]

        def afterwards():
            handle.call_later(0, lambda: told.put("a timer"))
            with pytest.raises(RuntimeError, match="The connection is gone"):
                handle.suspend()
            handle.hang_up()
            handle.abort()
            handle.soon(lambda: handle.soon(lambda: told.put("soon")))

        handle.abort()
        handle.soon(lambda: handle.soon(lambda: handle.soon(afterwards)))
        return []

    serve(app).client().send(GET)
    assert told.get(timeout=5) == "soon"
    assert told.empty()


def test_stopping_waits_for_a_while_and_then_ends_what_waits(serve):
    app = Waiting()
    server = serve(app, shutdown_seconds=0.4)
    idle, waiting = server.client(), server.client().send(WAIT)
    resume = app.resumes.get(timeout=5)
    lost = server.client().send(WAIT)
    app.resumes.get(timeout=5)
    began = time.monotonic()
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    assert idle.rest() == b""
    resume()
    response = waiting.response()
    assert (response.body, response.keeps_open) == (b"late", False)
    assert app.closed.get(timeout=5)
    assert app.closed.empty()
    stopping.join(5)
    assert 0.4 <= time.monotonic() - began < 0.9
    assert app.closed.get(timeout=5)
    assert lost.rest() == b""
