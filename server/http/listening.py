"""Binding a host and a port."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

_BACKLOG = 1024
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPALIVE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""Seconds of silence before the first probe (its second name is macOS's), seconds between two, how many unanswered."""


async def listen(
    protocol: Callable[[], asyncio.Protocol], host: str, port: int, tls: ssl.SSLContext | None, handshake_seconds: float
) -> list[asyncio.Server]:
    """Listen at every address of `host` and at one port, which is chosen by the system for port 0.

    Raises OSError when the port is taken or the host has no address of this machine.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    options = _tls_options(tls, handshake_seconds)
    servers: list[asyncio.Server] = []
    problem: OSError | None = None
    for address in dict.fromkeys(str(info[4][0]) for info in found):
        try:
            server = await loop.create_server(protocol, address, port, backlog=_BACKLOG, **options)
        except OSError as error:
            problem = problem or error
            continue
        servers.append(server)
        _keep_alive(server)
        # `localhost` is often two addresses; a client that tries the other one first must find the same server.
        port = port or server.sockets[0].getsockname()[1]
    if problem is not None and (not servers or problem.errno == errno.EADDRINUSE):
        for server in servers:
            server.close()
        raise problem
    return servers


def _keep_alive(server: asyncio.Server) -> None:
    """Find out within two minutes about a client that has vanished: accepted connections inherit the options."""
    for sock in server.sockets:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def stop_listening(servers: list[asyncio.Server]) -> None:
    """Accept nothing more, after those who have connected already were taken in and what they have sent was read."""
    loop = asyncio.get_running_loop()
    await _turns(2)
    for sock in (sock for server in servers for sock in server.sockets):
        # asyncio would lose (and not close) a connection that it has accepted but not made when its server is closed.
        with contextlib.suppress(NotImplementedError):
            loop.remove_reader(sock.fileno())
    await _turns(4)
    for server in servers:
        server.close()


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def _tls_options(tls: ssl.SSLContext | None, handshake_seconds: float) -> dict[str, Any]:
    if tls is None:
        return {}
    options: dict[str, Any] = {"ssl": tls, "ssl_handshake_timeout": handshake_seconds}
    if sys.version_info >= (3, 11):
        options["ssl_shutdown_timeout"] = 1.0
    return options
