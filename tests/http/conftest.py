"""A server on a loop of its own thread, and a client that knows exactly what it sends."""

import asyncio
import functools
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from wsgiref.validate import validator

import pytest
from support.answers import Response
from support.sockets import PATIENCE, Client

from messaging_double.server.http import BrokenRequest, HttpServer, adhoc_tls


class Running:
    """An HttpServer that serves in a thread."""

    def __init__(self, app: Any, *, trusted: ssl.SSLContext | None = None, **options: Any) -> None:
        self._trusted = trusted
        self.broken: list[BrokenRequest] = []
        options.setdefault("on_broken", self.broken.append)
        self.server = HttpServer(app, port=0, **options)
        self._clients: list[Client] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._stopped = False
        try:
            self.do(self.server.start())
        except BaseException:
            self._end()
            raise

    def do(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    @property
    def port(self) -> int:
        port = urlsplit(self.server.url).port
        assert port
        return port

    def client(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Client:
        client = Client((host, self.port), tls=tls or self._trusted, name="localhost")
        self._clients.append(client)
        return client

    def ask(self, data: bytes, *, to_head: bool = False) -> Response:
        client = self.client()
        try:
            return client.send(data).response(to_head=to_head)
        finally:
            client.close()

    def stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            try:
                self.do(self.server.stop())
            finally:
                self._end()

    def _end(self) -> None:
        self._stopped = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.stop()


@pytest.fixture
def serve() -> Iterator[Callable[..., Running]]:
    """Start servers; they and their clients end with the test."""
    running: list[Running] = []

    def start(app: Any, **options: Any) -> Running:
        running.append(Running(app, **options))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture(scope="session")
def certified() -> dict[str, ssl.SSLContext]:
    """Options of a server with TLS, whose clients trust it."""
    context, authority = adhoc_tls([])
    return {"tls": context, "trusted": ssl.create_default_context(cadata=authority.decode())}


@pytest.fixture(params=["http", "https"])
def serve_both(request: pytest.FixtureRequest, serve: Callable[..., Running]) -> Callable[..., Running]:
    """As `serve`, for a test that runs both ways."""
    if request.param == "http":
        return serve
    return functools.partial(serve, **request.getfixturevalue("certified"))


@dataclass
class Recorder:
    """A valid WSGI application that keeps what it was called with and answers `ok`."""

    environs: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = validator(self._app)

    def _app(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.environs.append(environ)
        self.bodies.append(environ["wsgi.input"].read(-1))
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"ok"]

    @property
    def raw(self) -> list[bytes]:
        return [environ["messaging_double.raw_request"] for environ in self.environs]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def recording(serve: Callable[..., Running], recorder: Recorder) -> Running:
    """A server of the recorder."""
    return serve(recorder.app)
