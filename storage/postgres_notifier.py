"""Announces commits to the other processes on a database, and hears of theirs, by LISTEN and NOTIFY.

A thread of its own sends what the writers leave to it. A NOTIFY within their transactions would let the commits of all
tenants wait for each other: PostgreSQL lets only one transaction at a time commit that has one.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import socket
import threading
from typing import TYPE_CHECKING

import psycopg

from messaging_double.models import system_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    _Readable = socket.socket | psycopg.Connection

CHANNEL = "messaging_double"
UPGRADED = {"upgraded": True}
"""What is sent in the place of a list of tenants when the tables of a schema were upgraded."""
_LONGEST_PAYLOAD = 7_000
"""Bytes; PostgreSQL takes less than 8,000."""
_PAUSE_SECONDS = 0.02
"""Between two announcements: what is committed meanwhile is announced together."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.25, 2.0
"""Seconds until a connection that ended is made again, twice as many each time."""
_CLOSING_SECONDS = 5.0
"""How long the last announcements may take: a server that is silent is left alone."""
_log = logging.getLogger("messaging_double.storage")


class Notifier:
    """The thread that announces and hears; it begins with the first use."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection], check: Callable[[psycopg.Connection], object]
    ) -> None:
        """Connect by ``connect``, at the first use; ``check`` each connection, and again after an upgrade."""
        self._connect = connect
        self._check = check
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process = 0
        self._is_closed = False
        self._heard: Callable[[AbstractSet[str]], None] | None = None
        self._to_announce: set[str] = set()
        self._received: list[psycopg.Notify] = []
        self._changes = 0
        self._bell: socket.socket | None = None

    def listen(self, heard: Callable[[AbstractSet[str]], None]) -> None:
        """Call ``heard`` with the tenants of what other processes have committed, from the notifier's thread."""
        self._heard = heard
        self._start()

    def announce(self, tenants: AbstractSet[str]) -> None:
        """Announce that something of the tenants has changed, soon."""
        with self._lock:
            is_first = not self._to_announce
            self._to_announce |= tenants
        if is_first:
            self._start()
            self._ring()

    def changes(self, seconds: float) -> int:
        """Return a number that changes with whatever was heard, with each new connection, and after ``seconds``."""
        return self._changes + int(system_clock.monotonic() / seconds)

    def close(self) -> None:
        """Announce what is left to announce, and end."""
        self._is_closed = True
        if self._thread is not None and self._process == os.getpid():
            self._ring()
            self._thread.join(_CLOSING_SECONDS)
            self._thread = None

    def _ring(self) -> None:
        with self._lock:
            if self._bell is not None:
                self._bell.send(b"x")

    def _start(self) -> None:
        """Start the thread, also in a child process, which has none."""
        with self._lock:
            if self._is_closed or (self._thread is not None and self._process == os.getpid()):
                return
            self._process = os.getpid()
            self._bell, rung = socket.socketpair()
            self._bell.settimeout(0)
            self._thread = threading.Thread(target=self._run, args=(rung,), name="messaging-double-notify", daemon=True)
            self._thread.start()

    def _run(self, rung: socket.socket) -> None:
        pause = _SHORTEST_PAUSE
        while not self._is_closed:
            try:
                with self._connect() as connection:
                    connection.add_notify_handler(self._received.append)
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._check(connection)
                    self._changes += 1  # something may have been missed
                    pause = _SHORTEST_PAUSE
                    self._serve(connection, rung)
            except (psycopg.Error, OSError) as error:  # noqa: PERF203 - the loop is there for this exception
                _log.warning("no news of other processes on the database for now: %s", " ".join(str(error).split()))
                if rung in _wait(pause, rung):
                    rung.recv(4096)  # else no later pause would last
                pause = min(2 * pause, _LONGEST_PAUSE)
        with self._lock:
            bell, self._bell = self._bell, None
        for each in (bell, rung):
            if each is not None:
                each.close()

    def _serve(self, connection: psycopg.Connection, rung: socket.socket) -> None:
        """Announce and hear until the notifier is closed or the connection breaks."""
        while True:
            self._send(connection)
            self._hear(connection)
            if self._is_closed:
                return
            ready = _wait(None, rung, connection)
            if rung in ready:
                rung.recv(4096)
                _wait(_PAUSE_SECONDS, connection)
            connection.pgconn.consume_input()

    def _send(self, connection: psycopg.Connection) -> None:
        with self._lock:
            tenants, self._to_announce = self._to_announce, set()
        if not tenants:
            return
        try:
            for payload in _payloads(sorted(tenants)):
                connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
        except psycopg.Error:
            with self._lock:
                self._to_announce |= tenants
            raise

    def _hear(self, connection: psycopg.Connection) -> None:
        while (notification := connection.pgconn.notifies()) is not None:
            self._received.append(psycopg.Notify(CHANNEL, notification.extra.decode(), notification.be_pid))
        own = connection.pgconn.backend_pid
        payloads = [json.loads(each.payload) for each in self._received if each.pid != own]
        self._received.clear()
        if UPGRADED in payloads:
            self._check(connection)
        tenants = {name for payload in payloads if payload != UPGRADED for name in payload}
        if tenants:
            self._changes += 1
            if self._heard is not None:
                self._heard(tenants)


def _wait(seconds: float | None, *sources: _Readable) -> list[object]:
    """Wait until one of the sources can be read; return those that can."""
    with selectors.DefaultSelector() as selector:
        for each in sources:
            selector.register(each, selectors.EVENT_READ)
        return [key.fileobj for key, _ in selector.select(seconds)]


def _payloads(tenants: list[str]) -> Iterator[str]:
    """Yield JSON lists of the tenants, each short enough for a notification."""
    batch: list[str] = []
    size = 2
    for tenant in tenants:
        length = len(json.dumps(tenant)) + 2
        if length > _LONGEST_PAYLOAD:
            continue  # who waits for a tenant of such a name looks from time to time
        if batch and size + length > _LONGEST_PAYLOAD:
            yield json.dumps(batch)
            batch, size = [], 2
        batch.append(tenant)
        size += length
    if batch:
        yield json.dumps(batch)
