"""The embedded WSGI server: HTTP/1.1 on asyncio and httptools. It knows HTTP and WSGI, and nothing of this project."""

from .handle import ConnectionHandle
from .limits import Limits
from .refusal import BrokenRequest, Refusal, plain_wording
from .sent import Sent
from .server import HttpServer
from .tls import TlsError, adhoc_tls, file_tls

__all__ = [
    "BrokenRequest",
    "ConnectionHandle",
    "HttpServer",
    "Limits",
    "Refusal",
    "Sent",
    "TlsError",
    "adhoc_tls",
    "file_tls",
    "plain_wording",
]
