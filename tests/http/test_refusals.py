"""Requests that never reach the application."""

import queue
import select

import pytest
from support.sockets import until

from messaging_double.server.http import Limits, connection, head

from .applications import answering


def post(*headers: str, version: str = "1.1", target: str = "/", body: bytes = b"") -> bytes:
    head = "".join(f"{header}\r\n" for header in (f"POST {target} HTTP/{version}", *headers, ""))
    return head.encode("latin-1") + body


HOST = "Host: a"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
REFUSED = {
    "length and chunked": (400, post(HOST, "Content-Length: 3", "Transfer-Encoding: chunked", body=b"0\r\n\r\n")),
    "chunked and length": (400, post(HOST, "Transfer-Encoding: chunked", "Content-Length: 3", body=b"0\r\n\r\n")),
    "two lengths": (400, post(HOST, "Content-Length: 3", "Content-Length: 4", body=b"abcd")),
    "a list of lengths": (400, post(HOST, "Content-Length: 3, 4", body=b"abcd")),
    "a signed length": (400, post(HOST, "Content-Length: +3", body=b"abc")),
    "a negative length": (400, post(HOST, "Content-Length: -3", body=b"abc")),
    "a hexadecimal length": (400, post(HOST, "Content-Length: 0x3", body=b"abc")),
    "an empty length": (400, post(HOST, "Content-Length:")),
    "a junk length": (400, post(HOST, "Content-Length: abc")),
    "an overflowing length": (400, post(HOST, "Content-Length: 99999999999999999999999")),
    "a length with many zeros": (400, post(HOST, f"Content-Length: {'0' * 20}3", body=b"abc")),
    "unknown coding": (400, post(HOST, "Transfer-Encoding: gzip")),
    "unknown coding, then chunked": (501, post(HOST, "Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n")),
    "chunked twice": (400, post(HOST, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=b"0\r\n\r\n")),
    "chunked with a vertical tab": (400, post(HOST, "Transfer-Encoding: \x0bchunked")),
    "chunked in HTTP/1.0": (400, post(HOST, "Transfer-Encoding: chunked", version="1.0", body=b"0\r\n\r\n")),
    "junk chunk size": (400, post(HOST, "Transfer-Encoding: chunked", body=b"xyz\r\n")),
    "a chunk longer than its size": (400, post(HOST, "Transfer-Encoding: chunked", body=b"1\r\nabc\r\n")),
    "chunk size ended by LF": (400, post(HOST, "Transfer-Encoding: chunked", body=b"1\na\r\n")),
    "chunk size with a sign": (400, post(HOST, "Transfer-Encoding: chunked", body=b"+1\r\na\r\n")),
    "no host": (400, post()),
    "no host, absolute target": (400, post(target="http://a/")),
    "two hosts": (400, post(HOST, HOST)),
    "a host with a path": (400, post("Host: a/b")),
    "a host with a space": (400, post("Host: a b")),
    "a target without host": (400, post(HOST, target="http:///x")),
    "a target with a port alone": (400, post(HOST, target="http://:80/x")),
    "a target with a junk host": (400, post(HOST, target="http://a:b:c/")),
    "a target with a fragment": (400, post(HOST, target="/a#b")),
    "a target of another scheme": (400, post(HOST, target="ftp://a/")),
    "an asterisk for POST": (400, post(HOST, target="*")),
    "a space before the colon": (400, post("Host : a")),
    "a folded header": (400, post(HOST, "X: a", " b")),
    "a header without a colon": (400, post(HOST, "junk")),
    "a header without a name": (400, post(HOST, ": x")),
    "an invalid header name": (400, post(HOST, "X(y): x")),
    "CR in a value": (400, post(HOST, "X: a\rb")),
    "LF alone": (400, post(HOST, "X: a\nY: b")),
    "NUL in a value": (400, post(HOST, "X: a\0b")),
    "LF line ends": (400, b"GET / HTTP/1.1\nHost: a\n\n"),
    "two spaces": (400, b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a space in the target": (400, b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a lone CR before the request": (400, b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a lone LF before the request": (400, b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "HTTP/0.9": (400, b"GET /\r\n"),
    "HTTP/1.2": (505, b"GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
    "HTTP/2.0": (505, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    "HTTP/3": (505, b"GET / HTTP/3\r\nHost: a\r\n\r\n"),
    "the preface of HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS": (400, bytes.fromhex("16030102000100 01fc0303") + bytes(200)),
    "random bytes": (400, b"\x00\xff\x80\r\n\r\n"),
    "another protocol": (400, b"EHLO example.org\r\n"),
    "RTSP": (400, b"DESCRIBE rtsp://a/ RTSP/1.0\r\n\r\n"),
    "CONNECT": (501, b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
    "an unknown expectation": (417, post(HOST, "Expect: wonders", "Content-Length: 3")),
    "a body over the limit": (413, post(HOST, "Content-Length: 1001")),
    "the greatest length": (413, post(HOST, f"Content-Length: {2**64 - 1}")),
    "a body over the limit, not asked for": (413, post(HOST, "Expect: 100-continue", "Content-Length: 1001")),
    "a chunked body over the limit": (413, post(HOST, "Transfer-Encoding: chunked", body=b"3e9\r\n" + b"x" * 1001)),
    "a long header": (431, post(HOST, f"X: {'x' * 2000}")),
    "an invalid header name before a long header": (400, post(HOST, "X(y): x", f"X: {'x' * 2000}")),
    "an invalid header name behind a long header": (431, post(HOST, f"X: {'x' * 2000}", "X(y): x")),
    "a long target": (431, post(HOST, target="/" + "x" * 2000)),
    "many headers": (431, post(HOST, *["X: 1"] * 20)),
}
LIMITS = Limits(max_body_bytes=1000, max_header_bytes=1000, max_header_fields=20)


@pytest.mark.parametrize(("status", "sent"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_short_plain_text_and_ends_the_connection(serve, recorder, status, sent):
    server = serve(recorder.app, limits=LIMITS)
    client = server.client().send(sent)
    response = client.response()
    assert response.status == status
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(response.body) < 200
    assert b"<" not in response.body
    assert "date" in response.headers
    assert not response.keeps_open
    assert client.rest() == b""
    assert recorder.environs == []
    (broken,) = server.broken
    address, port = client.socket.getsockname()
    assert (broken.status, broken.peer) == (status, f"{address}:{port}")
    assert broken.raw == sent.removeprefix(b"\r\n")
    assert broken.reason in response.body.decode()
    assert broken.answer == response.head + b"\r\n" + response.body


def test_the_application_may_word_refusals_by_their_targets(serve, recorder):
    server = serve(recorder.app, error_body=lambda target, refusal: ("text/x", f"{target} {refusal.status}".encode()))
    sent = post(target="/some%20where?a=b")
    response = server.ask(sent)
    assert (response.headers["content-type"], response.body) == ("text/x", b"/some%20where?a=b 400")
    assert server.ask(b"\0\0\r\n\r\n").body == b" 400"
    assert [broken.request_line for broken in server.broken] == [("POST", "/some%20where?a=b"), ("", "")]


@pytest.mark.parametrize(
    ("target", "reason"),
    [("/\xe5", b"a byte is to be %E5"), ("/a?b=\xc3\xa5", b"a byte is to be %C3"), ("/a?b=c d", b"%20")],
)
def test_a_target_that_is_not_percent_encoded_is_told_so_however_it_is_cut(recording, target, reason):
    sent = post(HOST, target=target)
    client = recording.client()
    for byte in sent:
        client.send_what_is_taken(bytes([byte]))
    assert reason in client.response().body
    assert reason in recording.ask(sent).body


def test_how_long_a_refused_request_took_is_counted_from_its_first_byte(serve, recorder):
    server = serve(recorder.app, limits=Limits(header_seconds=0.2))
    client = server.client().send(post(HOST))
    assert client.response().status == 200
    assert client.send(b"GET / HT").response().status == 408
    (broken,) = server.broken
    assert 0.2 <= broken.seconds < 5


def test_the_limits_themselves_are_taken(serve, recorder):
    server = serve(recorder.app, limits=LIMITS)
    filler = "x" * (1000 - len(post(HOST, "Content-Length: 1000", "X: ")))
    sent = post(HOST, "Content-Length: 1000", f"X: {filler}", body=b"x" * 1000)
    assert server.ask(sent).status == 200
    assert server.ask(post(HOST, *["X: 1"] * 19)).status == 200


def test_a_refused_head_request_gets_no_body(recording):
    client = recording.client().send(b"HEAD / HTTP/1.1\r\n\r\n")
    response = client.response(to_head=True)
    assert response.status == 400
    assert client.rest() == b""
    assert [broken.answer for broken in recording.broken] == [response.head + b"\r\n"]


def test_requests_before_a_broken_one_are_answered(recording, recorder):
    client = recording.client().send(post(HOST) * 2 + b"junk\r\n\r\n" + post(HOST))
    assert [client.response().status for _ in range(3)] == [200, 200, 400]
    assert client.rest() == b""
    assert len(recorder.environs) == 2
    assert [broken.raw for broken in recording.broken] == [b"junk\r\n\r\n" + post(HOST)]


@pytest.mark.parametrize("framing", ["Content-Length: 20000000", "Transfer-Encoding: chunked"])
def test_a_413_reaches_a_client_that_is_still_sending(serve, recorder, framing):
    server = serve(recorder.app, limits=LIMITS)
    client = server.client()
    size = 20_000_000
    client.send(post(HOST, framing) + (b"%x\r\n" % size if "chunked" in framing else b""))
    client.send_what_is_taken(b"x" * size)  # like a client that reads nothing before it has sent everything
    assert client.response().status == 413
    assert client.rest() == b""


def test_the_raw_bytes_of_a_broken_request_are_bounded(serve, recorder):
    server = serve(recorder.app, limits=Limits(max_header_bytes=200_000))
    server.client().send(b"GET /" + b"x" * 210_000).response()
    assert server.broken[0].raw == b"GET /" + b"x" * (65536 - 5)


@pytest.mark.parametrize("sent", [b"GET / HT", post(HOST, "Content-Length: 5", body=b"abc")], ids=["head", "body"])
def test_a_request_that_ends_early_is_answered_to_a_client_that_still_reads(recording, sent):
    assert recording.client().send(sent).end().response().status == 400
    assert [broken.raw for broken in recording.broken] == [sent]


def test_a_failing_observer_does_not_harm_the_answer(serve, recorder, caplog):
    def observe(_request):
        message = "observer"
        raise RuntimeError(message)

    assert serve(recorder.app, on_broken=observe).ask(b"junk\r\n\r\n").status == 400
    assert "on_broken failed" in caplog.text


FIRST_OR_PIPELINED = pytest.mark.parametrize("before", [0, 1], ids=["first", "pipelined"])


@FIRST_OR_PIPELINED
def test_a_length_of_thousands_of_digits_is_refused(recording, before):
    endless = post(HOST, f"Content-Length: {'0' * 5000}3", body=b"abc")
    client = recording.client().send(post(HOST) * before + endless)
    assert [client.response().status for _ in range(before + 1)] == [200] * before + [400]
    assert client.rest() == b""


@FIRST_OR_PIPELINED
def test_an_unforeseen_error_while_a_request_is_read_is_a_500_and_frees_the_connection(
    serve, recorder, caplog, monkeypatch, before
):
    def split(_method, target):
        if target == "/unforeseen":
            message = "secret"
            raise KeyError(message)
        return None, target, ""

    monkeypatch.setattr(head, "_split_target", split)
    server = serve(recorder.app, limits=Limits(max_connections=1))
    unforeseen = post(HOST, target="/unforeseen")
    client = server.client().send(post(HOST) * before + unforeseen + post(HOST))
    assert [client.response().status for _ in range(before + 1)] == [200] * before + [500]
    assert client.rest() == b""
    assert [(broken.status, broken.raw) for broken in server.broken] == [(500, unforeseen + post(HOST))]
    assert b"secret" not in server.broken[0].answer
    assert "secret" in caplog.text
    client.close()
    until(lambda: server.ask(post(HOST)).status == 200)


def test_a_failing_error_body_does_not_keep_the_sender_from_an_answer(serve, recorder, caplog):
    def word(_target, _refusal):
        message = "error_body"
        raise RuntimeError(message)

    response = serve(recorder.app, error_body=word).ask(post())
    assert (response.status, response.body) == (400, b"An HTTP/1.1 request needs a Host header\n")
    assert "the body of an error failed" in caplog.text


def test_a_client_that_is_reset_in_the_middle_of_its_request_is_told_of(serve, recorder):
    told = queue.Queue()
    client = serve(recorder.app, on_broken=told.put).client()
    sent = post(HOST, "Expect: 100-continue", "Content-Length: 5")
    assert client.send(sent).head().status == 100
    client.reset()
    broken = told.get(timeout=5)
    assert (broken.raw, broken.status, broken.answer) == (sent, None, CONTINUE)
    assert "The connection was lost in the middle of the request" in broken.reason


def test_what_follows_a_last_request_is_thrown_away(recording, recorder):
    client = recording.client().send(post(HOST, "Connection: close") + post(HOST) * 1000)
    assert client.response().status == 200
    assert client.rest() == b""
    assert len(recorder.environs) == 1


def test_half_a_request_behind_a_whole_one_is_refused_when_the_client_ends(recording):
    client = recording.client().send(post(HOST) + b"GET / HT").end()
    assert [client.response().status, client.response().status] == [200, 400]
    assert client.rest() == b""


def test_half_a_request_behind_a_big_answer_is_refused_when_the_client_ends(serve):
    app = answering([b"x" * 30_000_000], headers=[("Content-Length", "30000000")])
    client = serve(app, on_broken=None).client().send(post(HOST) + b"GET / HT").end()
    assert [client.response().status, client.response().status] == [200, 400]


def test_100_continue_is_among_the_bytes_of_an_answer_to_a_broken_request(serve, recorder):
    server = serve(recorder.app, limits=Limits(body_seconds=0.2))
    client = server.client().send(post(HOST, "Expect: 100-continue", "Content-Length: 5"))
    received = client.rest()
    assert received.startswith(CONTINUE + b"HTTP/1.1 408 ")
    assert [(broken.status, broken.answer) for broken in server.broken] == [(408, received)]


def trickle(client):
    while True:
        client.send(b"x")
        select.select([], [], [], 0.01)


def test_a_refused_client_that_never_stops_is_cut_off(serve, recorder, monkeypatch):
    monkeypatch.setattr(connection, "DRAIN_SECONDS", 0.2)
    client = serve(recorder.app, limits=Limits(keep_alive_seconds=0.2)).client().send(b"junk\r\n\r\n")
    assert client.response().status == 400
    assert client.rest() == b""
    assert client.socket.recv(1) == b""
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        trickle(client)


def test_a_refused_client_that_sends_without_measure_is_cut_off(serve, recorder, monkeypatch):
    monkeypatch.setattr(connection, "DRAIN_BYTES", 1_000_000)
    client = serve(recorder.app).client().send(b"junk\r\n\r\n")
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        client.send(b"x" * 30_000_000)
