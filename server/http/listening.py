"""Binding a host and a port, accepting connections, and TLS: with a throw-away certificate, or one from files."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import ssl
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from pathlib import Path

    from .connection import Connection
    from .server import HttpServer

log = logging.getLogger("messaging_double.http")

_BACKLOG = 1024
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPALIVE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""Seconds of silence before the first probe (its second name is macOS's), seconds between two, how many unanswered."""
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Listener:
    """The listening sockets of a server, and its clients that have not shaken hands yet.

    asyncio's own server would write a traceback for each of many attempts where open files run out, and would report
    no connection before its handshake is over.
    """

    def __init__(self, server: HttpServer, tls: ssl.SSLContext | None) -> None:
        self._server = server
        self._tls = tls
        self._sockets: list[socket.socket] = []
        self._accepting: set[asyncio.Task[None]] = set()
        self._opening: set[asyncio.Task[None]] = set()

    def start(self, host: str, port: int, sockets: Sequence[socket.socket] = ()) -> int:
        """Accept from `sockets` that listen already, else listen as `listen` does; give the port.

        Raises OSError when the port is taken or the host has no address of this machine.
        """
        self._sockets = list(sockets) or listen(host, port)
        for sock in self._sockets:
            _start(self._accept(sock), self._accepting)
        return int(self._sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Accept nothing more, let those who are accepted begin, and drop those who are still shaking hands."""
        for sock in self._sockets:
            with contextlib.suppress(NotImplementedError):  # Windows
                asyncio.get_running_loop().remove_reader(sock)
        await asyncio.sleep(0)  # a task that is cancelled before it takes what was accepted would lose it
        for task in self._accepting:
            task.cancel()
        _close(self._sockets)
        await asyncio.sleep(0)  # and one that is cancelled before it has begun would not close its socket
        for task in self._opening if self._tls is not None else ():
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        await asyncio.sleep(0)  # so that what they have sent is read

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                self._take((await loop.sock_accept(listening))[0])
            except ConnectionError:  # its client is gone already
                continue
            except OSError as error:  # most of all: too many open files
                log.warning("no connection can be accepted, the next attempt is in a second: %s", error)
                await asyncio.sleep(1)
            await asyncio.sleep(0)  # a flood of clients does not keep those waiting who are here

    def _take(self, sock: socket.socket) -> None:
        connection = self._server.new_connection()
        if connection is None:
            sock.close()
        else:
            sock.settimeout(0)
            _start(self._open(sock, connection), self._opening)

    async def _open(self, sock: socket.socket, connection: Connection) -> None:
        is_open = False
        try:
            options = await self._tls_options(sock, connection)
            await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, sock, **options)
            is_open = True
        except (OSError, asyncio.TimeoutError) as error:
            log.info("a client and the server do not agree on TLS: %s", error or "the handshake took too long")
        finally:
            if not is_open:
                self._server.connections.discard(connection)
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)  # in Python 3.10 the transport of a cancelled handshake goes on
                sock.close()

    async def _tls_options(self, sock: socket.socket, connection: Connection) -> dict[str, Any]:
        if self._tls is None:
            return {}
        seconds = self._server.limits.header_seconds
        if await asyncio.wait_for(_begins_with_a_letter(sock), seconds):
            # The client sends HTTP without TLS: no handshake begins with a letter, and every request does.
            connection.refuse_plain_http()
            return {}
        options: dict[str, Any] = {"ssl": self._tls, "ssl_handshake_timeout": seconds}
        if sys.version_info >= (3, 11):
            options["ssl_shutdown_timeout"] = 1.0
        return options


def listen(host: str, port: int) -> list[socket.socket]:
    """Listen at every address of `host` and at one port, which is chosen by the system for port 0.

    Raises OSError when the port is taken or the host has no address of this machine.
    """
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    problem: OSError | None = None
    sockets: list[socket.socket] = []
    for family, address in dict.fromkeys((info[0], str(info[4][0])) for info in found):
        try:
            sockets.append(_listening_socket(family, address, port))
        except OSError as error:
            problem = problem or error
            continue
        # `localhost` is often two addresses; a client that tries the other one first must find the same server.
        port = port or sockets[0].getsockname()[1]
    if problem is not None and (not sockets or problem.errno == errno.EADDRINUSE):
        _close(sockets)
        raise problem
    return sockets


def _close(sockets: list[socket.socket]) -> None:
    for sock in sockets:
        sock.close()
    sockets.clear()


def _start(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    """Run `work`, and keep it in `tasks` meanwhile: the loop itself keeps no task alive."""
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def _begins_with_a_letter(sock: socket.socket) -> bool:
    """Wait for the first byte, and leave it where it is."""
    loop = asyncio.get_running_loop()
    is_readable = asyncio.Event()
    try:
        loop.add_reader(sock, is_readable.set)
    except NotImplementedError:  # Windows; a handshake fails there as it may
        return False
    try:
        await is_readable.wait()
    finally:
        loop.remove_reader(sock)
    return sock.recv(1, socket.MSG_PEEK).isalpha()


def _listening_socket(family: int, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let a second server take the same port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # A client that vanishes is found out within two minutes: accepted connections inherit the options.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name in _KEEPALIVE.keys() & vars(socket).keys():
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), _KEEPALIVE[name])
        sock.settimeout(0)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


class TlsError(Exception):
    """TLS cannot be set up as asked. The message is a sentence for the person who asked."""


def adhoc_tls(hosts: Sequence[str]) -> tuple[ssl.SSLContext, bytes]:
    """A context with a certificate made for the moment, and as PEM the CA that clients are to trust.

    It is valid for `localhost`, `127.0.0.1`, `::1` and the given hosts. Raises TlsError without the package trustme.
    """
    try:
        import trustme  # noqa: PLC0415 - it brings cryptography, which is heavy and not everyone's
    except ImportError:
        raise TlsError(
            'A certificate can be made only with the package trustme: pip install "messaging-double[tls]"'
        ) from None
    authority = trustme.CA()
    names = dict.fromkeys((*_LOCAL, *(host.strip("[]") for host in hosts if host)))
    try:
        certificate = authority.issue_cert(*names)
    except ValueError as error:
        raise TlsError(f"No certificate can be made for {', '.join(names)}: {error}") from None
    context = _server_context()
    certificate.configure_cert(context)
    return context, authority.cert_pem.bytes()


def file_tls(cert: Path, key: Path) -> ssl.SSLContext:
    """A context with the certificate (and its chain) and the private key of two PEM files.

    Raises TlsError for files that are missing, unreadable, encrypted, no PEM, or not of one pair.
    """
    for what, path in (("certificate", cert), ("key", key)):
        try:
            path.read_bytes()  # OpenSSL's error does not say which of the two it is about
        except OSError as error:  # noqa: PERF203 - two files
            raise TlsError(f"The TLS {what} {path} cannot be read: {error.strerror}") from None
    context = _server_context()
    try:
        context.load_cert_chain(cert, key, password=lambda: _refuse_password(key))
    except ssl.SSLError as error:
        msg = f"The TLS files {cert} and {key} are not a PEM certificate and a PEM private key: {error}"
        if error.reason == "KEY_VALUES_MISMATCH":
            msg = f"The TLS key {key} is not the key of the certificate {cert}"
        raise TlsError(msg) from None
    return context


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _refuse_password(key: Path) -> str:
    # Without this OpenSSL would ask on the terminal, and a container would hang.
    raise TlsError(
        f"The TLS key {key} is encrypted; give one without a passphrase (openssl pkey -in {key.name} -out plain.pem)"
    )
