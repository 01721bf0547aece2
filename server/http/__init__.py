"""The embedded WSGI server: HTTP/1.1 on asyncio and httptools. It does not depend on this project."""

from .listening import TlsError, adhoc_tls, file_tls, listen
from .refusal import BrokenRequest, Refusal, plain_error_body
from .request import Limits
from .response import Response, Sent
from .server import HttpServer, url_of

__all__ = [
    "BrokenRequest",
    "HttpServer",
    "Limits",
    "Refusal",
    "Response",
    "Sent",
    "TlsError",
    "adhoc_tls",
    "file_tls",
    "listen",
    "plain_error_body",
    "url_of",
]
