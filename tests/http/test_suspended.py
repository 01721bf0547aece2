"""Responses that are held back, and what else an application may do to its connection."""

import queue
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.sockets import GET, WAIT

from messaging_double.server.http import Limits

from .applications import Closing, answering


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
        return Closing(self._late(start_response), self.closed)

    @staticmethod
    def _late(start_response):
        start_response("200 OK", [])
        yield b"late"

    def resume(self):
        self.resumes.get(timeout=5)()


def test_an_answer_waits_until_another_thread_lets_it_go_while_others_are_answered(serve_both):
    app = Waiting()
    server = serve_both(app)
    client = server.client().send(WAIT)
    resume = app.resumes.get(timeout=5)
    assert server.ask(GET).body == b"at once"
    resume()
    assert client.response().body == b"late"
    assert client.send(GET).response().body == b"at once"


def test_many_answers_that_worker_threads_make_reach_their_clients(serve):
    with ThreadPoolExecutor(4) as workers:

        def app(environ, start_response):
            resume = environ["messaging_double.connection"].suspend(forget_on_eof=False)
            result = workers.submit(environ["wsgi.input"].read)
            result.add_done_callback(lambda _: resume())
            return later(result, start_response)

        def later(result, start_response):
            yield b""
            start_response("200 OK", [])
            yield result.result(0)

        server = serve(app)
        clients = [server.client() for _ in range(8)]
        for number in range(20):
            for index, client in enumerate(clients):
                body = b"client %d, request %d" % (index, number)
                client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        for number in range(20):
            for index, client in enumerate(clients):
                assert client.response().body == b"client %d, request %d" % (index, number)


def test_an_answer_may_be_let_go_before_it_is_returned(serve):
    app = answering(lambda handle: handle.suspend()() or [b"now"])
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
    client.check_silence()
    second()
    assert client.response().body == b"late"


def test_an_answer_that_waits_for_two_waits_for_both(serve):
    resumes = queue.Queue()

    def wait_twice(handle):
        for _ in range(2):
            resumes.put(handle.suspend())
        return iter([b"both"])

    client = serve(answering(wait_twice)).client().send(GET)
    resumes.get(timeout=5)()
    client.check_silence()
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


def test_each_part_and_the_end_come_once_they_may(serve_both):
    resumes = queue.Queue()

    def parts(handle):
        for part in (b"a", b"b"):
            yield part
            resumes.put(handle.suspend())

    client = serve_both(answering(parts)).client().send(GET)
    client.head()
    for part in (b"a", b"b"):
        assert [client.file.readline() for _ in range(2)] == [b"1\r\n", part + b"\r\n"]
        resume = resumes.get(timeout=5)
        client.check_silence()
        resume()
    assert client.file.readline() == b"0\r\n"


@pytest.mark.parametrize("every", [1, 2, 7, 15, 16, 17])
def test_parts_may_be_kept_back_any_number_of_times(serve, every):
    def parts(handle):
        for number in range(5000):
            if number % every == 0:
                handle.suspend()()
            yield b"x"

    assert serve(answering(parts)).ask(GET).body == b"x" * 5000


def test_nobody_who_waits_runs_out_of_time(serve):
    app = answering(lambda handle: handle.pause(0.5) or [b"patience"])
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
    assert raised.get(timeout=5) == "The response is over"


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


def test_timers_of_a_connection_that_is_gone_never_fire(serve):
    fired, told = [], threading.Event()

    def app(environ, start_response):
        connection = environ["messaging_double.connection"]
        connection.call_later(0.2, lambda: fired.append("gone"))
        start_response("200 OK", [])
        return [b""]

    def later(environ, start_response):
        environ["messaging_double.connection"].call_later(0.3, told.set)
        environ["messaging_double.connection"].call_later(0.1, lambda: fired.append("cancelled")).cancel()
        return (
            app(environ, start_response) if environ["PATH_INFO"] == "/gone" else [start_response("200 OK", []), b""][1:]
        )

    server = serve(later)
    gone = server.client().send(GET.replace(b"/ ", b"/gone "))
    gone.response()
    gone.close()
    staying = server.client().send(GET)
    staying.response()
    assert told.wait(5)
    assert fired == []


def test_small_packets_are_not_delayed(serve):
    options = []

    def app(environ, start_response):
        transport = environ["messaging_double.connection"]._connection.transport  # noqa: SLF001
        options.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        start_response("200 OK", [])
        return [b""]

    serve(app).ask(GET)
    assert options != [0]


def test_stopping_waits_for_a_while_and_then_ends_what_waits(serve):
    app = Waiting()
    server = serve(app, shutdown_seconds=0.4)
    idle, waiting = server.client(), server.client().send(WAIT)
    resume = app.resumes.get(timeout=5)
    lost = server.client().send(WAIT)
    app.resumes.get(timeout=5)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    assert idle.rest() == b""
    resume()
    response = waiting.response()
    assert (response.body, response.keeps_open) == (b"late", False)
    assert app.closed.get(timeout=5)
    assert app.closed.empty()
    stopping.join(5)
    assert app.closed.get(timeout=5)
    assert lost.rest() == b""
