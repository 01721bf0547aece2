"""What an application can do to its connection."""

from __future__ import annotations

import socket
import threading

import pytest

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def test_abort_before_the_answer_resets_the_connection(serve, caplog):
    def app(environ, _start_response):
        connection = environ["messaging_double.connection"]
        connection.abort()
        connection.abort()
        assert not connection.is_open
        return []

    client = serve(app).client().send(GET)
    with pytest.raises(ConnectionResetError):
        client.rest()
    assert not caplog.records


def test_abort_in_the_middle_of_an_answer_resets_the_connection(serve):
    closed = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "10")])

        def parts():
            try:
                yield b"part"
                environ["messaging_double.connection"].call_later(0.05, environ["messaging_double.connection"].abort)
                while environ["messaging_double.connection"].is_open:
                    yield b""
            finally:
                closed.set()

        return parts()

    client = serve(app).client().send(GET)
    assert client.head().status == 200
    with pytest.raises(ConnectionResetError):
        client.rest()
    assert closed.wait(5)


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
        transport = environ["messaging_double.connection"]._line.transport  # noqa: SLF001
        options.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        start_response("200 OK", [])
        return [b""]

    serve(app).ask(GET)
    assert options != [0]
