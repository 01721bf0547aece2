"""What an application is told of its answer."""

import queue

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sockets import GET, GET_10, MIB

from messaging_double.server.http import Sent

CLOSE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
CLOSE_HEAD = CLOSE.replace(b"GET", b"HEAD")
POST = CLOSE.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
ALL = 1 << 30


def error():
    message = "secret"
    raise ValueError(message)


def failing(part):
    yield part
    error()


def hanging_up(handle):
    yield b"half"
    handle.hang_up()
    yield b"more"


def dripping(handle):
    for part in (b"a", b"b", b"c"):
        yield part
        handle.pause(0.01)


class Telling:
    """An application that keeps what it was told of its answers."""

    def __init__(self, parts, headers=(), keep=ALL):
        self.parts = parts
        self.headers = list(headers)
        self.keep = keep
        self.told = queue.Queue()

    def __call__(self, environ, start_response):
        handle = environ["messaging_double.connection"]
        handle.on_sent(self.told.put, self.keep)
        start_response("200 OK", self.headers)
        return self.parts(handle)


ANSWERS = {
    "one part": ([], lambda _: [b"hello"]),
    "several parts": ([], lambda _: iter([b"he", b"", b"llo"])),
    "a length": ([("Content-Length", "5")], lambda _: iter([b"he", b"llo"])),
    "nothing": ([], lambda _: []),
    "more than its length": ([("Content-Length", "3")], lambda _: [b"he", b"llo"]),
    "slow": ([], dripping),
    "raw": ([], lambda handle: handle.send_raw(b"raw") or [b"more"]),
    "an error, answered by the server": ([], lambda _: error()),
    "an error before the first byte": ([], lambda _: failing(b"")),
    "nothing of its length": ([("Content-Length", "3")], lambda _: []),
}
TORN = {
    "less than its length": ([("Content-Length", "5")], lambda _: [b"half"]),
    "an error after some parts": ([("Content-Length", "5")], lambda _: failing(b"half")),
    "an error after some chunks": ([], lambda _: failing(b"half")),
    "hung up": ([("Content-Length", "5")], hanging_up),
    "hung up before the first byte": ([], lambda handle: handle.hang_up() or [b"more"]),
}


@pytest.mark.parametrize(("headers", "parts"), ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("request_bytes", [CLOSE, GET_10, CLOSE_HEAD], ids=["1.1", "1.0", "HEAD"])
def test_it_is_told_the_bytes_of_a_whole_answer(serve_both, headers, parts, request_bytes):
    app = Telling(parts, headers)
    received = serve_both(app).client().send(request_bytes).rest()
    assert app.told.get(timeout=5) == Sent(received, len(received), 0, complete=True)
    assert app.told.empty()


@pytest.mark.parametrize(("headers", "parts"), TORN.values(), ids=TORN)
def test_it_is_told_the_bytes_of_an_answer_that_broke_off(serve_both, headers, parts):
    app = Telling(parts, headers)
    received = serve_both(app).client().send(CLOSE).rest()
    assert app.told.get(timeout=5) == Sent(received, len(received), 0, complete=False)
    assert app.told.empty()


def test_each_request_is_told_of_its_own_answer(serve):
    app = Telling(None)
    app.parts = lambda _: [b"answer %d" % app.told.qsize()]
    received = serve(app).client().send(GET + GET + CLOSE).rest()
    told = [app.told.get(timeout=5) for _ in range(3)]
    assert b"".join(sent.raw for sent in told) == received
    assert [sent.raw[-8:] for sent in told] == [b"answer 0", b"answer 1", b"answer 2"]


@pytest.mark.parametrize("keep", [10, ALL])
def test_100_continue_is_among_the_bytes_of_its_answer(serve, keep):
    app = Telling(lambda _: [b"ok"], keep=keep)
    client = serve(app).client().send(POST)
    interim = client.head().head + b"\r\n"
    received = interim + client.send(b"abc").rest()
    assert app.told.get(timeout=5) == Sent(received[:keep], len(received), len(interim), complete=True)


@pytest.mark.parametrize("keep", [0, 1, 50, 1000])
def test_as_many_bytes_are_kept_as_were_asked_for_and_all_are_counted(serve, keep):
    app = Telling(lambda _: iter([b"x" * 100, b"y" * MIB]), keep=keep)
    received = serve(app).client().send(CLOSE).rest()
    assert app.told.get(timeout=5) == Sent(received[:keep], len(received), 0, complete=True)


def test_all_bytes_are_told_of_however_they_are_cut(serve):
    app = Telling(None)
    client = serve(app).client()

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.binary(max_size=20), max_size=40), st.integers(0, 600), st.booleans())
    def told(parts, keep, chunked):
        body = b"".join(parts)
        app.parts, app.keep = lambda _: iter(parts), keep
        app.headers = [] if chunked and body else [("Content-Length", str(len(body)))]
        response = client.send(GET).response()
        assert response.body == body
        sent = app.told.get(timeout=5)
        assert (response.head + b"\r\n" + body).startswith(sent.raw) or chunked
        assert len(sent.raw) == min(keep, sent.size)
        assert sent.complete

    told()


def test_it_is_told_of_an_answer_whose_client_has_left(serve):
    def parts(handle):
        yield b"half"
        handle.suspend()
        yield b"never"

    app = Telling(parts)
    client = serve(app).client().send(GET)
    head = client.head().head
    client.close()
    sent = app.told.get(timeout=5)
    assert (sent.raw, sent.complete) == (head + b"\r\n4\r\nhalf\r\n", False)
    assert app.told.empty()


def test_it_is_told_of_an_answer_that_was_aborted(serve):
    def parts(handle):
        yield b"half"
        handle.abort()

    app = Telling(parts)
    client = serve(app).client().send(GET)
    sent = app.told.get(timeout=5)
    assert sent.raw.endswith(b"\r\n4\r\nhalf\r\n")
    assert not sent.complete
    with pytest.raises(ConnectionResetError):
        client.rest()


def test_a_client_that_was_gone_before_was_sent_nothing(serve):
    app = Telling(lambda handle: handle.abort() or error())
    client = serve(app).client().send(GET)
    assert app.told.get(timeout=5) == Sent(b"", 0, 0, complete=False)
    with pytest.raises(ConnectionResetError):
        client.rest()


def test_a_whole_answer_is_whole_although_its_client_leaves_before_it_was_read(serve):
    app = Telling(lambda _: [b"x" * (MIB // 2)], keep=0)
    client = serve(app).client().send(GET)
    size = len(client.head().head) + 2 + MIB // 2
    client.reset()
    assert app.told.get(timeout=5) == Sent(b"", size, 0, complete=True)
    assert app.told.empty()


def test_a_large_answer_whose_client_leaves_before_all_of_it_was_sent_is_not_whole(serve):
    app = Telling(lambda _: [b"x" * 20 * MIB], keep=0)
    client = serve(app).client().send(GET)
    client.head()
    client.reset()
    assert not app.told.get(timeout=5).complete
    assert app.told.empty()


def test_several_may_ask_and_one_that_fails_harms_nobody(serve, caplog):
    told = queue.Queue()

    def app(environ, start_response):
        handle = environ["messaging_double.connection"]
        handle.on_sent(lambda _: error(), 10)
        handle.on_sent(told.put, 4)
        handle.on_sent(told.put, ALL)
        start_response("200 OK", [])
        return [b"hello"]

    received = serve(app).client().send(CLOSE).rest()
    assert [told.get(timeout=5).raw for _ in range(2)] == [received[:4], received]
    assert "on_sent failed" in caplog.text


def test_an_answer_that_has_begun_cannot_be_told_of_any_more(serve):
    raised = queue.Queue()

    def app(environ, start_response):
        start_response("200 OK", [])(b"begun")
        with pytest.raises(RuntimeError, match="The response has begun"):
            environ["messaging_double.connection"].on_sent(raised.put, ALL)
        raised.put("raised")
        return []

    assert serve(app).ask(GET).body == b"begun"
    assert raised.get(timeout=5) == "raised"
