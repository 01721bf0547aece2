"""The WSGI environ (PEP 3333)."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from .handle import ConnectionHandle
    from .request import Request


def connection_environ(transport: asyncio.BaseTransport) -> dict[str, Any]:
    """What is the same for each request of a connection."""
    local = transport.get_extra_info("sockname") or ("127.0.0.1", 0)
    remote = transport.get_extra_info("peername") or ("", 0)  # None when the client has hung up already
    host = f"[{local[0]}]" if ":" in local[0] else local[0]  # RFC 3875, 4.1.14
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": host,
        "SERVER_PORT": str(local[1]),
        "REMOTE_ADDR": remote[0],
        "REMOTE_PORT": str(remote[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if transport.get_extra_info("sslcontext") else "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }


def request_environ(base: dict[str, Any], request: Request, connection: ConnectionHandle) -> dict[str, Any]:
    """The environ of one request.

    Beyond PEP 3333 it has `REQUEST_URI` (the target as it came), `messaging_double.raw_request` (the request's exact
    bytes) and `messaging_double.connection` (its ConnectionHandle).
    """
    head = request.head
    environ = base.copy()
    environ.update(head.fields)
    if head.chunked:
        environ["CONTENT_LENGTH"] = str(len(request.body))
    environ["REQUEST_METHOD"] = head.method
    environ["PATH_INFO"] = head.path
    environ["QUERY_STRING"] = head.query
    environ["REQUEST_URI"] = head.target
    environ["SERVER_PROTOCOL"] = head.version
    environ["wsgi.input"] = BytesIO(request.body)
    environ["messaging_double.raw_request"] = request.raw
    environ["messaging_double.connection"] = connection
    return environ
