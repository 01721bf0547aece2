"""What the application is given."""

import pytest
from support.sockets import GET


def lines(*parts: str, body: bytes = b"") -> bytes:
    return "".join(f"{part}\r\n" for part in (*parts, "")).encode("latin-1") + body


def test_the_environ_of_a_post(recording, recorder):
    client = recording.client()
    raw = lines(
        "POST /a%20b/%C3%A6?q=%20&r HTTP/1.1",
        "Host: example.org:81",
        "Content-Type: text/xml; charset=utf-8",
        "content-length: 3",
        'SOAPAction: "x"',
        body=b"abc",
    )
    client.send(raw).response()
    environ = recorder.environs[0]
    address, port = client.socket.getsockname()
    expected = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a b/\xc3\xa6",
        "QUERY_STRING": "q=%20&r",
        "REQUEST_URI": "/a%20b/%C3%A6?q=%20&r",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(recording.port),
        "REMOTE_ADDR": address,
        "REMOTE_PORT": str(port),
        "CONTENT_TYPE": "text/xml; charset=utf-8",
        "CONTENT_LENGTH": "3",
        "HTTP_HOST": "example.org:81",
        "HTTP_SOAPACTION": '"x"',
        "wsgi.url_scheme": "http",
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.input_terminated": True,
        "messaging_double.raw_request": raw,
    }
    assert {key: environ[key] for key in expected} == expected
    assert environ["messaging_double.connection"].peer == f"{address}:{port}"
    assert recorder.bodies == [b"abc"]


@pytest.mark.parametrize(
    ("target", "path", "query", "host"),
    [
        ("/", "/", "", "a"),
        ("/x?", "/x", "", "a"),
        ("/x?a?b", "/x", "a?b", "a"),
        ("//x", "//x", "", "a"),
        ("/%2F%zz%", "//%zz%", "", "a"),
        ("http://b:80/x?y", "/x", "y", "b:80"),
        ("HTTP://b", "/", "", "b"),
        ("http://b?y", "/", "y", "b"),
        ("http://u:p@b/x", "/x", "", "b"),
        ("https://[::1]:8/x", "/x", "", "[::1]:8"),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_target_is_a_path_or_an_absolute_url_whose_host_wins(  # noqa: PLR0917 - the table's columns
    recording, recorder, target, path, query, host, version
):
    recording.ask(lines(f"POST {target} HTTP/{version}", "Host: a", "Content-Length: 1", body=b"x"))
    environ = recorder.environs[0]
    assert (environ["PATH_INFO"], environ["QUERY_STRING"], environ["HTTP_HOST"]) == (path, query, host)
    assert environ["REQUEST_URI"] == target
    assert environ["SERVER_PROTOCOL"] == f"HTTP/{version}"


@pytest.mark.parametrize(("target", "path"), [("*", ""), ("http://a", ""), ("http://a?b", "/")])
def test_options_of_the_server_as_a_whole_has_an_empty_path(recording, recorder, target, path):
    assert recording.ask(lines(f"OPTIONS {target} HTTP/1.1", "Host: a")).status == 200
    assert recorder.environs[0]["PATH_INFO"] == path


@pytest.mark.parametrize(
    ("headers", "key", "value"),
    [
        (["X-A: 1", "x-a: 2"], "HTTP_X_A", "1, 2"),
        (["Cookie: a=1", "Cookie: b=2"], "HTTP_COOKIE", "a=1; b=2"),
        (["X-A:"], "HTTP_X_A", ""),
        (["X-A: \t a  b \t "], "HTTP_X_A", "a  b"),
        (["X-A: \xe6"], "HTTP_X_A", "\xe6"),
        (["X_A: 1"], "HTTP_X_A", None),
        (["Content_Length: 5"], "CONTENT_LENGTH", None),
        (["Content-Length: 0"], "CONTENT_LENGTH", "0"),
        (["Upgrade: h2c", "Connection: upgrade"], "HTTP_UPGRADE", "h2c"),
        (["Expect: 100-continue"], "HTTP_EXPECT", "100-continue"),
    ],
)
def test_headers_become_wsgi_variables(recording, recorder, headers, key, value):
    recording.ask(lines("GET / HTTP/1.1", "Host: a", *headers))
    assert recorder.environs[0].get(key) == value


CHUNKED = lines("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: Chunked", body=b"3;x=y\r\na\r\n\r\n4\r\n\n\r\n\r\r\n")


@pytest.mark.parametrize("trailer", [b"", b"X-Trailer: 1\r\n", b"Upgrade: x\r\n"], ids=["none", "one", "upgrade"])
def test_a_chunked_body_is_handed_on_whole_with_its_length(recording, recorder, trailer):
    raw = CHUNKED + b"0\r\n" + trailer + b"\r\n"
    recording.ask(raw)
    environ = recorder.environs[0]
    assert recorder.bodies == [b"a\r\n\n\r\n\r"]
    assert environ["CONTENT_LENGTH"] == "7"
    assert "HTTP_TRANSFER_ENCODING" not in environ
    assert "HTTP_X_TRAILER" not in environ
    assert recorder.raw == [raw]


UPGRADE = ("Host: a", "Connection: Upgrade", "Upgrade: h2c")
UPGRADING = {
    "no body": lines("GET / HTTP/1.1", *UPGRADE),
    "length": lines("POST / HTTP/1.1", *UPGRADE, "Content-Length: 3", body=b"abc"),
    "chunked": lines("POST / HTTP/1.1", *UPGRADE, "Transfer-Encoding: chunked", body=b"3\r\nabc\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("raw", UPGRADING.values(), ids=UPGRADING)
def test_an_upgrade_is_ignored_and_the_connection_goes_on(recording, recorder, raw):
    client = recording.client().send(raw + GET)
    assert [client.response().status, client.response().status] == [200, 200]
    assert recorder.raw == [raw, GET]


def test_a_request_without_length_has_an_empty_body_and_does_not_wait(recording, recorder):
    assert recording.ask(lines("POST / HTTP/1.1", "Host: a")).status == 200
    assert recorder.bodies == [b""]
    assert "CONTENT_LENGTH" not in recorder.environs[0]


def test_empty_lines_before_a_request_are_ignored(recording, recorder):
    client = recording.client().send(b"\r\n\r\n\r\n" + GET)
    client.response()
    client.send(b"\r\n")
    client.send(GET + b"\r\n")
    client.response()
    client.send(GET)
    client.response()
    assert recorder.raw == [GET, GET, GET]


def test_http_10_needs_no_host(recording, recorder):
    assert recording.ask(b"GET /x HTTP/1.0\r\n\r\n").body == b"ok"
    assert "HTTP_HOST" not in recorder.environs[0]


@pytest.mark.parametrize("size", [1, 7, 50, 10_000])
def test_pipelined_requests_are_answered_in_order_with_their_own_bytes(serve, size):
    seen = []

    def app(environ, start_response):
        seen.append(environ["messaging_double.raw_request"])
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode() + environ["wsgi.input"].read()]

    requests = [
        GET,
        lines("POST /1 HTTP/1.1", "Host: a", "Content-Length: 5", body=b"\r\n\r\nG"),
        lines("POST /2 HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", body=b"4\r\n\r\n\r\n\r\n0\r\n\r\n"),
        lines("GET /3 HTTP/1.1", "Host: a"),
        lines("HEAD /4 HTTP/1.1", "Host: a"),
        lines("POST /5 HTTP/1.1", "Host: a", "Connection: close", "Content-Length: 1", body=b"x"),
    ]
    wire = b"".join(requests)
    client = serve(app).client()
    for start in range(0, len(wire), size):
        client.send(wire[start : start + size])
    bodies = [client.response(to_head=request.startswith(b"HEAD")).body for request in requests]
    assert bodies == [b"/", b"/1\r\n\r\nG", b"/2\r\n\r\n", b"/3", b"", b"/5x"]
    assert client.rest() == b""
    assert seen == requests


@pytest.mark.parametrize(
    ("request_lines", "stays_open"),
    [
        (["GET / HTTP/1.1", "Host: a"], True),
        (["GET / HTTP/1.1", "Host: a", "Connection: close"], False),
        (["GET / HTTP/1.1", "Host: a", "Connection: foo, CLOSE"], False),
        (["GET / HTTP/1.1", "Host: a", "Connection: close, keep-alive"], False),
        (["GET / HTTP/1.0"], False),
        (["GET / HTTP/1.0", "Connection: foo"], False),
        (["GET / HTTP/1.0", "Connection: Keep-Alive"], True),
    ],
)
def test_a_connection_persists_as_its_version_and_connection_header_say(recording, request_lines, stays_open):
    client = recording.client().send(lines(*request_lines))
    response = client.response()
    assert response.keeps_open is stays_open
    if request_lines[0].endswith("1.0"):
        assert response.headers["connection"] == ("keep-alive" if stays_open else "close")
    if stays_open:
        assert client.send(GET).response().status == 200
    else:
        assert client.rest() == b""


def test_a_client_that_ends_its_side_still_gets_its_answers(recording):
    client = recording.client().send(GET * 3).end()
    assert client.rest().count(b"200 OK") == 3


@pytest.mark.parametrize(
    ("framing", "body"),
    [("Content-Length: 3", b"abc"), ("Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n")],
)
def test_a_client_is_asked_for_the_body_that_it_announced(recording, recorder, framing, body):
    client = recording.client().send(lines("POST / HTTP/1.1", "Host: a", "Expect: 100-Continue", framing))
    assert client.head().head == b"HTTP/1.1 100 Continue\r\n"
    assert client.send(body).response().body == b"ok"
    assert recorder.bodies == [b"abc"]


EXPECTING = {
    "the body is there": lines("POST / HTTP/1.1", "Host: a", "Expect: 100-continue", "Content-Length: 1", body=b"x"),
    "there is no body": lines("GET / HTTP/1.1", "Host: a", "Expect: 100-continue"),
    "HTTP/1.0": lines("POST / HTTP/1.0", "Expect: 100-continue", "Content-Length: 1", body=b"x"),
    "HTTP/1.0, unknown": lines("POST / HTTP/1.0", "Expect: wonders", "Content-Length: 1", body=b"x"),
}


@pytest.mark.parametrize("raw", EXPECTING.values(), ids=EXPECTING)
def test_nobody_is_asked_for_a_body_that_needs_no_asking(recording, raw):
    assert recording.ask(raw).status == 200
