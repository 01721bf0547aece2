"""What becomes of the application's answer."""

import re
import sys
import threading
from wsgiref.validate import validator

import pytest
from support.sockets import GET, GET_10, HEAD, MIB

from .applications import Closing, answering

TEXT = ("Content-Type", "text/plain")


@pytest.mark.parametrize(
    ("parts", "headers", "framing"),
    [
        ([b"hello"], [TEXT], ("content-length", "5")),
        ((b"hello",), [TEXT], ("content-length", "5")),
        ([b"hello"], [TEXT, ("content-length", "5")], ("content-length", "5")),
        ([b"he", b"", b"llo"], [TEXT], ("transfer-encoding", "chunked")),
        (lambda _: iter([b"he", b"llo"]), [TEXT], ("transfer-encoding", "chunked")),
        (lambda _: iter([b"he", b"llo"]), [TEXT, ("Content-Length", "5")], ("content-length", "5")),
    ],
)
def test_a_body_has_the_length_that_is_known_or_is_chunked(serve, parts, headers, framing):
    client = serve(answering(parts, headers=headers)).client()
    for _ in range(2):
        response = client.send(GET).response()
        assert response.body == b"hello"
        assert {"content-length", "transfer-encoding"} & response.headers.keys() == {framing[0]}
        assert response.headers[framing[0]] == framing[1]
        assert response.headers["content-type"] == "text/plain"


def test_a_large_part_is_sent_as_several_so_that_others_have_their_turn(serve):
    body = bytes(range(256)) * 4096 * 3
    response = serve(answering([body])).ask(GET)
    assert (response.body, response.headers["content-length"]) == (body, str(3 * MIB))
    client = serve(answering(lambda _: iter([body]))).client().send(GET)
    client.head()
    for start in range(0, 3 * MIB, MIB // 2):
        assert client.file.readline() == b"%x\r\n" % (MIB // 2)
        assert client.file.read(MIB // 2 + 2) == body[start : start + MIB // 2] + b"\r\n"
    assert client.file.readline() == b"0\r\n"


def test_large_and_small_parts_are_sent_in_their_order(serve):
    sizes = (3 * MIB, 1, MIB // 2 + 1, 0, MIB, MIB // 2, 7, MIB + 1)
    parts = [bytes([number]) * size for number, size in enumerate(sizes)]
    assert serve(answering(lambda _: iter(parts))).ask(GET).body == b"".join(parts)


def test_a_body_of_unknown_length_ends_with_the_connection_in_http_10(serve):
    client = serve(answering(lambda _: iter([b"he", b"llo"]))).client()
    response = client.send(GET_10.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n")).response()
    assert (response.body, response.headers["connection"]) == (b"hello", "close")
    assert not {"content-length", "transfer-encoding"} & response.headers.keys()


@pytest.mark.parametrize("parts", [[], [b""], [b"", b""], lambda _: iter(())], ids=["none", "one", "two", "iterator"])
@pytest.mark.parametrize("request_bytes", [GET, GET_10])
def test_an_empty_body_has_length_zero(serve, parts, request_bytes):
    response = serve(answering(parts)).ask(request_bytes)
    assert (response.headers["content-length"], response.body) == ("0", b"")


@pytest.mark.parametrize(
    ("parts", "headers", "length"),
    [
        ([b"hello"], [], "5"),
        ([], [("Content-Length", "5")], "5"),
        ([b"hello"], [("Content-Length", "5")], "5"),
        (lambda _: iter([b"he", b"llo"]), [], None),
        ([], [], None),
    ],
)
def test_head_has_the_headers_of_get_without_its_body(serve, parts, headers, length):
    client = serve(answering(parts, headers=headers)).client().send(HEAD + HEAD)
    for _ in range(2):
        assert client.response(to_head=True).headers.get("content-length") == length


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_answers_that_never_have_a_body_have_none(serve, status):
    client = serve(answering([b"body"], status)).client().send(GET + GET)
    for _ in range(2):
        response = client.response()
        assert response.status == int(status[:3])
        assert "transfer-encoding" not in response.headers
        assert ("content-length" in response.headers) is (status[0] == "3")


def test_a_date_is_added_unless_the_application_gave_one(serve):
    date = serve(answering([])).ask(GET).headers["date"]
    assert re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", date)
    assert serve(answering([], headers=[("date", "mine")])).ask(GET).headers["date"] == "mine"


def test_headers_about_the_connection_are_the_servers_business(serve):
    headers = [
        ("Connection", "close"),
        ("Keep-Alive", "x"),
        ("Transfer-Encoding", "gzip"),
        ("Upgrade", "x"),
        ("X", "y"),
    ]
    response = serve(answering([b"hello"], headers=headers)).ask(GET)
    assert response.headers.keys() == {"x", "date", "content-length"}


def test_a_status_without_a_phrase_keeps_its_space(serve):
    assert serve(answering([], "299")).ask(GET).head.startswith(b"HTTP/1.1 299 \r\n")


def test_latin_1_goes_through(serve):
    assert serve(answering([], headers=[("X", "\xe6")])).ask(GET).headers["x"] == "\xe6"


NOT_TO_BE_SENT = {
    "LF in a value": ("200 OK", [("X", "a\nY: b")], [b""]),
    "CR in a value": ("200 OK", [("X", "a\rb")], [b""]),
    "NUL in a value": ("200 OK", [("X", "a\0b")], [b""]),
    "beyond latin-1": ("200 OK", [("X", "\u20ac")], [b""]),
    "a value that is no text": ("200 OK", [("X", 1)], [b""]),
    "a name that is no text": ("200 OK", [(b"X", "1")], [b""]),
    "LF in a name": ("200 OK", [("X\nY", "a")], [b""]),
    "a colon in a name": ("200 OK", [("X:", "a")], [b""]),
    "an empty name": ("200 OK", [("", "a")], [b""]),
    "LF in the status": ("200 OK\r\nX: y", [], [b""]),
    "no status": ("OK", [], [b""]),
    "an interim status": ("100 Continue", [], [b""]),
    "a status that is no text": (200, [], [b""]),
    "two lengths": ("200 OK", [("Content-Length", "1"), ("Content-Length", "1")], [b"x"]),
    "a junk length": ("200 OK", [("Content-Length", "-1")], [b""]),
    "text in the body": ("200 OK", [], ["text"]),
    "nothing of what was announced": ("200 OK", [("Content-Length", "5")], []),
    "not iterable": ("200 OK", [], None),
}


@pytest.mark.parametrize(("status", "headers", "parts"), NOT_TO_BE_SENT.values(), ids=NOT_TO_BE_SENT)
def test_what_must_not_be_sent_becomes_an_empty_500(serve, caplog, status, headers, parts):
    client = serve(answering(parts, status, headers)).client()
    for _ in range(2):
        response = client.send(GET).response()
        assert (response.status, response.body) == (500, b"")
        assert response.headers.keys() == {"date", "content-length"}
    assert "The application failed: GET /" in caplog.text


ERROR = ValueError("secret")


class Failing(Closing):
    """A response whose ``close()`` fails."""

    def close(self):
        super().close()
        raise ERROR


def broken(*parts):
    """Give some parts, then fail."""
    yield from parts
    raise ERROR


def raising(_environ, _start_response):
    raise ERROR


def raising_after_start(_environ, start_response):
    start_response("200 OK", [("X", "y")])
    raise ERROR


FAILING = {
    "at once": raising,
    "after start_response": raising_after_start,
    "first part": answering(lambda _: broken()),
    "second part, first empty": answering(lambda _: broken(b"")),
    "start_response not called": lambda *_: [b"x"],
    "nothing at all": lambda *_: [],
}


@pytest.mark.parametrize("app", FAILING.values(), ids=FAILING)
def test_an_error_before_the_first_byte_is_an_empty_500_and_a_line_in_the_log(serve, caplog, app):
    client = serve(app).client().send(GET)
    response = client.response()
    assert (response.status, response.body, response.headers.keys()) == (500, b"", {"date", "content-length"})
    assert client.send(GET).response().status == 500
    assert {record.name for record in caplog.records} == {"messaging_double.http"}
    assert all(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    ("headers", "parts"),
    [([], broken), ([("Content-Length", "10")], broken), ([("Content-Length", "10")], lambda part: [part])],
    ids=["error, chunked", "error, length", "too short"],
)
def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(serve, caplog, headers, parts):
    body = Closing(parts(b"part"))
    client = serve(answering(body, headers=headers)).client().send(GET)
    response = client.head()
    assert response.status == 200
    assert client.rest() == (b"part" if headers else b"4\r\npart\r\n")
    assert body.closed.get(timeout=5)
    assert "The application failed" in caplog.text


def test_more_than_the_announced_length_is_dropped(serve, caplog):
    client = serve(answering([b"hel", b"lo", b"!"], headers=[("Content-Length", "4")])).client().send(GET + GET)
    assert [client.response().body, client.response().body] == [b"hell", b"hell"]
    assert "more than its Content-Length" in caplog.text


@pytest.mark.parametrize("request_bytes", [GET, HEAD])
def test_close_is_called_and_may_fail(serve, caplog, request_bytes):
    body = Failing([b"hello"])
    server = serve(answering(body, headers=[("Content-Length", "5")]))
    server.ask(request_bytes, to_head=request_bytes is HEAD)
    assert body.closed.get(timeout=5)
    assert server.ask(GET).status == 500  # its length was announced, and the iterator is used up
    assert "close() of the application's response failed" in caplog.text


def test_close_is_called_when_the_application_fails(serve):
    body = Closing(broken())
    serve(answering(body)).ask(GET)
    assert body.closed.get(timeout=5)


def test_close_is_called_when_the_client_leaves(serve):
    body = Closing([b"x" * MIB] * 200)
    server = serve(answering(body))
    client = server.client().send(GET)
    client.head()
    client.close()
    assert body.closed.get(timeout=5)


def test_write_sends_before_the_iterable(serve):
    def app(_environ, start_response):
        write = start_response("200 OK", [TEXT])
        write(b"a")
        write(b"")
        write(b"b")
        return [b"c"]

    server = serve(validator(app))
    assert server.ask(GET).body == b"abc"
    assert server.ask(GET_10).body == b"abc"
    assert "content-type" in server.ask(HEAD, to_head=True).headers


def test_start_response_may_be_called_again_with_an_error(serve):
    def app(_environ, start_response):
        start_response("200 OK", [("X", "y")])
        try:
            raise ERROR
        except ValueError:
            start_response("503 Sorry", [("Retry-After", "1")], sys.exc_info())
        return [b"sorry"]

    response = serve(app).ask(GET)
    assert (response.status, response.body, response.headers.get("x")) == (503, b"sorry", None)


def test_start_response_with_an_error_after_the_first_byte_raises_it(serve, caplog):
    def app(_environ, start_response):
        start_response("200 OK", [])(b"part")
        try:
            raise ERROR
        except ValueError:
            start_response("500 Oops", [], sys.exc_info())
        return []

    assert serve(app).client().send(GET).rest().endswith(b"4\r\npart\r\n")
    assert "secret" in caplog.text


def test_start_response_twice_is_the_applications_error(serve):
    def app(_environ, start_response):
        start_response("200 OK", [])
        start_response("200 OK", [])
        return [b""]

    assert serve(app).ask(GET).status == 500


def test_a_big_answer_waits_for_its_client_while_others_are_served(serve):
    made = []

    def big():
        for _ in range(40):
            made.append(1)
            yield b"x" * MIB

    def app(environ, start_response):
        start_response("200 OK", [])
        return big() if environ["PATH_INFO"] == "/big" else [b"small"]

    server = serve(app)
    slow = server.client().send(GET.replace(b"/ ", b"/big ") + GET)
    assert slow.head().status == 200
    for _ in range(20):
        assert server.ask(GET).body == b"small"
    assert len(made) < 30  # the rest is made as the client reads
    assert len(slow.chunks()) == 40 * MIB
    assert slow.response().body == b"small"


def test_a_client_that_reads_nothing_cannot_have_requests_run_or_read(serve):
    runs = []

    def answer(_handle):
        runs.append(1)
        return [b"x" * MIB]

    server = serve(answering(answer))
    client = server.client()
    client.socket.settimeout(0.5)
    client.send_what_is_taken(GET * 500_000)
    assert len(runs) < 20
    client.socket.settimeout(5)
    for _ in range(50):
        assert client.response().body == b"x" * MIB


def test_reading_goes_on_when_a_backlog_is_worked_off(serve):
    def app(environ, start_response):
        start_response("200 OK", [])
        return [b"x" * 20 * MIB] if environ["PATH_INFO"] == "/big" else [b"small"]

    client = serve(app).client()
    sender = threading.Thread(target=client.send, args=(GET.replace(b"/ ", b"/big ") + GET * 10_000,))
    sender.start()
    assert len(client.response().body) == 20 * MIB
    assert {client.response().body for _ in range(10_000)} == {b"small"}
    sender.join(5)


def test_a_head_and_its_body_are_one_packet(serve):
    client = serve(answering([b"hello"])).client().send(GET)
    assert client.socket.recv(65536).endswith(b"\r\n\r\nhello")


def test_validated_answers_are_valid(serve):
    server = serve(validator(answering([b"hello"], headers=[TEXT])))
    assert server.ask(GET).body == b"hello"
    assert server.ask(HEAD, to_head=True).status == 200
