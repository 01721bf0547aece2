"""Binding a host and a port, accepting connections, shaking hands."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine

    from .connection import Connection

log = logging.getLogger("messaging_double.http")

_BACKLOG = 1024
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPALIVE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""Seconds of silence before the first probe (its second name is macOS's), seconds between two, how many unanswered."""


class Listener:
    """The listening sockets of a server, and the connections that are not made yet."""

    def __init__(
        self, new_connection: Callable[[], Connection | None], tls: ssl.SSLContext | None, handshake_seconds: float
    ) -> None:
        """Call `new_connection` for each client that is accepted; it gives None where there are too many."""
        self._new_connection = new_connection
        self._tls = tls
        self._handshake_seconds = handshake_seconds
        self._sockets: list[socket.socket] = []
        self._accepting: set[asyncio.Task[None]] = set()
        self._opening: set[asyncio.Task[None]] = set()

    def start(self, host: str, port: int) -> int:
        """Listen at every address of `host` and at one port, which is chosen by the system for port 0; give the port.

        Raises OSError when the port is taken or the host has no address of this machine.
        """
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        problem: OSError | None = None
        for family, address in dict.fromkeys((info[0], str(info[4][0])) for info in found):
            try:
                sock = _listening_socket(family, address, port)
            except OSError as error:
                problem = problem or error
                continue
            self._sockets.append(sock)
            # `localhost` is often two addresses; a client that tries the other one first must find the same server.
            port = port or sock.getsockname()[1]
        if problem is not None and (not self._sockets or problem.errno == errno.EADDRINUSE):
            self._close()
            raise problem
        for sock in self._sockets:
            _keep(self._accepting, self._accept(sock))
        return port

    async def stop(self) -> None:
        """Accept nothing more, after those who have connected already were taken in and what they have sent was read.

        Those who are still shaking hands are dropped.
        """
        await _turns(2)
        for task in self._accepting:
            task.cancel()
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                while True:
                    self._take(sock.accept()[0])
        self._close()
        await _turns(4)
        for task in self._opening:
            task.cancel()
        await _turns(1)

    def _close(self) -> None:
        for sock in self._sockets:
            sock.close()
        self._sockets.clear()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, _ = await loop.sock_accept(listening)
            except ConnectionError:  # its client is gone already
                continue
            except OSError as error:  # most of all: too many open files
                log.warning("no connection can be accepted, the next attempt is in a second: %s", error)
                await asyncio.sleep(1)
                continue
            self._take(sock)
            await asyncio.sleep(0)  # a flood of clients does not keep those waiting who are here

    def _take(self, sock: socket.socket) -> None:
        connection = self._new_connection()
        if connection is None:
            sock.close()
        else:
            sock.settimeout(0)
            _keep(self._opening, self._open(sock, connection))

    async def _open(self, sock: socket.socket, connection: Connection) -> None:
        made = False
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection, sock, **await self._options(sock, connection)
            )
            made = True
        except (OSError, asyncio.TimeoutError) as error:
            # A client that fails to shake hands or hangs up is everyday business, not an error with a traceback.
            log.info("a client and the server do not agree on TLS: %s", error or "the handshake took too long")
        finally:
            if not made:
                connection.not_made()
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)  # in Python 3.10 the transport of a cancelled handshake goes on
                sock.close()

    async def _options(self, sock: socket.socket, connection: Connection) -> dict[str, Any]:
        if self._tls is None:
            return {}
        if await self._begins_with_a_letter(sock):
            connection.refuse_plain_http()
            return {}
        options: dict[str, Any] = {"ssl": self._tls, "ssl_handshake_timeout": self._handshake_seconds}
        if sys.version_info >= (3, 11):
            options["ssl_shutdown_timeout"] = 1.0
        return options

    async def _begins_with_a_letter(self, sock: socket.socket) -> bool:
        """Whether the client speaks HTTP without TLS: no handshake begins with a letter, and every request does."""
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        try:
            loop.add_reader(sock, readable.set)
        except NotImplementedError:  # Windows; the handshake fails there
            return False
        try:
            await asyncio.wait_for(readable.wait(), self._handshake_seconds)
        finally:
            loop.remove_reader(sock)
        return sock.recv(1, socket.MSG_PEEK).isalpha()


def _keep(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    """Run `work`; the loop itself keeps no task alive."""
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def _listening_socket(family: int, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let a second server take the same port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # A client that vanishes is found out within two minutes: accepted connections inherit the options.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        sock.settimeout(0)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
