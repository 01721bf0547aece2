"""The server: from binding a port to letting it go."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from messaging_double.models import system_clock

from .connection import Connection
from .listening import Listener
from .refusal import plain_error_body
from .request import Limits

try:
    import resource
except ImportError:  # Windows, which has no such limits
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterator, Sequence

    from _typeshed.wsgi import WSGIApplication

    from .refusal import BrokenRequest, ErrorBody

log = logging.getLogger("messaging_double.http")

_MOST_REFUSED = 64
"""Connections beyond the limit that are answered 503 at one time; more are closed without an answer."""
_OTHER_FILES = 64
"""Open files that are not connections: the database, the listening sockets, what the interpreter needs."""
_READ_BYTES = 64 * 1024
"""Bytes that are read from a connection at once."""
_LATE_SECONDS = 1.0
"""Seconds after which the server should have seen a signal; and those that a reset may take to be done."""
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to show, not to bind


class HttpServer:
    """A WSGI server for HTTP/1.1 and 1.0 on one event loop, whose thread also runs the application.

    `sockets` listen already, for several servers at once; without any it listens at `host` and `port`.
    `app` is the WSGI application, `port` 0 lets the system choose one, `tls` makes it HTTPS, `shutdown_seconds` is how
    long `stop` waits for calls under way, `drain_seconds` how long `run` goes on before that once a signal has come,
    `on_broken` is called with every request that never reaches the application, and `error_body` makes the bodies of
    such errors.
    """

    loop: asyncio.AbstractEventLoop

    def __init__(  # noqa: PLR0913 - all but the application are keywords
        self,
        app: WSGIApplication,
        *,
        host: str = "127.0.0.1",
        port: int = 8080,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        tls: ssl.SSLContext | None = None,
        shutdown_seconds: float = 0.5,
        drain_seconds: float = 0.0,
        on_broken: Callable[[BrokenRequest], object] = lambda _: None,
        error_body: ErrorBody = plain_error_body,
        sockets: Sequence[socket.socket] = (),
    ) -> None:
        self.app = app
        self.limits = limits
        self.on_broken = on_broken
        self.error_body = error_body
        self._host = host
        self._port = port
        self._tls = tls
        self._shutdown_seconds = shutdown_seconds
        self._drain_seconds = drain_seconds
        self._sockets = sockets
        self._listener: Listener | None = None
        self._url = ""
        self.connections: set[Connection] = set()
        self._called: deque[Callable[[], object]] = deque()
        self._is_woken = False
        self._holding: list[Connection] = []
        self.received = memoryview(bytearray(_READ_BYTES))
        self._most_connections = 0
        self.is_stopping = False
        """Whether it was asked to stop: each connection ends with its response."""
        self.is_closed = False
        """Whether it takes no connections any more."""

    @property
    def url(self) -> str:
        """Where a client on this machine finds the server: `http://127.0.0.1:8080`.

        Raises RuntimeError before `start`.
        """
        if not self._url:
            raise RuntimeError("The server has no URL before it is started")
        return self._url

    async def start(self) -> None:
        """Listen, and serve on the running loop.

        Raises OSError when the port is taken or the host is not this machine.
        """
        self.loop = asyncio.get_running_loop()
        self.is_stopping = self.is_closed = self._is_woken = False
        self._most_connections = _room_for_connections(self.limits.max_connections)
        listener = Listener(self, self._tls)
        port = listener.start(self._host, self._port, self._sockets)
        self._listener = listener
        self._url = url_of(self._host, port, is_tls=self._tls is not None)
        self._sweep()

    def call_soon_threadsafe(self, fn: Callable[[], object]) -> None:
        """Call `fn` on the loop, from any thread. The loop is woken once for all that come before it has its turn."""
        self._called.append(fn)
        if not self._is_woken:
            self._is_woken = True
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self.loop.call_soon_threadsafe(self._call_all)

    def _call_all(self) -> None:
        self._is_woken = False  # before it looks: what is added from here on wakes it again
        while self._called:
            self.loop.call_soon(self._called.popleft())

    def flush_soon(self, connection: Connection) -> None:
        """Let a connection send at the end of this turn of the loop what it holds back."""
        if not self._holding:
            self.loop.call_soon(self._flush)
        self._holding.append(connection)

    def _flush(self) -> None:
        connections, self._holding = self._holding, []
        for each in connections:
            each.flush()

    async def stop(self) -> None:
        """Accept nothing more, close what is idle, let calls under way finish for a while, then drop the rest."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        end = self.loop.time() + self._shutdown_seconds
        await listener.stop()
        self.is_stopping = self.is_closed = True
        self._timer.cancel()
        for connection in tuple(self.connections):
            connection.close_if_idle()
        await self._all_gone(end)
        for connection in tuple(self.connections):
            connection.abort()
        await self._all_gone(self.loop.time() + _LATE_SECONDS)

    def run(self, ready: Callable[[HttpServer], None] | None = None) -> None:
        """Serve on a loop of its own until SIGTERM, SIGINT or SIGHUP. `ready` is called once the server listens.

        Once a signal has come further ones are ignored, also after the return: the caller cleans up undisturbed and
        ends. But where a request keeps the loop or the caller busy, one that comes a second later ends the process.
        Raises OSError like `start`. In another thread than the main one, where signals cannot be had, it runs for ever.
        """
        asyncio.run(self._serve(ready))

    def new_connection(self) -> Connection | None:
        """Take in a client; None when so many are here that this one cannot even be refused."""
        excess = len(self.connections) - self._most_connections
        if excess >= _MOST_REFUSED:
            return None
        connection = Connection(self, is_refused=excess >= 0)
        self.connections.add(connection)
        return connection

    async def _serve(self, ready: Callable[[HttpServer], None] | None) -> None:
        self.loop = asyncio.get_running_loop()
        self.loop.set_exception_handler(_quiet_about_clients)
        self.loop.time = system_clock.monotonic  # type: ignore[method-assign] # asyncio's may be frozen by a test
        asked_to_stop = asyncio.Event()
        with self._stopped_by_signals(asked_to_stop):
            await self.start()
            try:
                if ready is not None:
                    ready(self)
                await asked_to_stop.wait()
                self.is_stopping = True
                await asyncio.sleep(self._drain_seconds)
            finally:
                await self.stop()

    @contextlib.contextmanager
    def _stopped_by_signals(self, stop: asyncio.Event) -> Iterator[None]:
        asked_at: float | None = None
        grace = self._drain_seconds + self._shutdown_seconds
        numbers: list[signal.Signals] = []
        if threading.current_thread() is threading.main_thread():  # elsewhere they cannot be had
            numbers = [signal.SIGTERM, signal.SIGINT]
            # The end of its terminal too, unless it was started to outlive that (nohup).
            if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
                numbers.append(signal.SIGHUP)

        def on_signal(number: int, _: object) -> None:
            nonlocal asked_at
            now = self.loop.time()
            if asked_at is None:
                asked_at = now
                self.loop.call_soon_threadsafe(stop.set)
            elif now > asked_at + _LATE_SECONDS + (grace if stop.is_set() else 0):
                os._exit(128 + number)  # the status that shells give for a signal

        former = {number: signal.signal(number, on_signal) for number in numbers}
        try:
            yield
        finally:
            if asked_at is None:
                for number, handler in former.items():
                    signal.signal(number, handler)

    def _sweep(self) -> None:
        """Look at all deadlines: one timer for all connections."""
        limits = self.limits
        shortest = min(limits.header_seconds, limits.body_seconds, limits.keep_alive_seconds, limits.write_seconds)
        self._timer = self.loop.call_later(min(1.0, max(0.02, shortest / 4)), self._sweep)
        now = self.loop.time()
        for connection in tuple(self.connections):
            if connection.deadline < now:
                connection.expire()

    async def _all_gone(self, end: float) -> None:
        while self.connections and self.loop.time() < end:  # noqa: ASYNC110 - once in a life
            await asyncio.sleep(0.001)


def url_of(host: str, port: int, *, is_tls: bool) -> str:
    """Return the URL of a server for a client on this machine."""
    shown = _EVERYWHERE.get(host, host)
    return f"{'https' if is_tls else 'http'}://{f'[{shown}]' if ':' in shown else shown}:{port}"


def _room_for_connections(wanted: int) -> int:
    """Raise the soft limit of open files, up to the hard one, for so many connections; gives how many will fit."""
    if resource is None:
        return wanted
    others = _OTHER_FILES + _MOST_REFUSED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < wanted + others:
        more = wanted + others if hard == unlimited else min(wanted + others, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
            soft = more
    return wanted if soft == unlimited else max(1, min(wanted, soft - others))


def _quiet_about_clients(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A client that hangs up is everyday business, not an error with a traceback.
    error = context.get("exception")
    if isinstance(error, (OSError, asyncio.TimeoutError)):
        log.debug("%s: %s", context.get("message"), error)
    else:
        loop.default_exception_handler(context)
