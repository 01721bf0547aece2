"""How much, and for how long, one client may ask of the server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The bounds of one server; each one is answered (or closed) as its comment says, none is ever waited for."""

    max_header_bytes: int = 65536
    """Bytes of a request line and its headers together; more is answered 431."""
    max_header_fields: int = 100
    """Header lines of one request; more are answered 431."""
    max_body_bytes: int = 8 * 1024 * 1024
    """Bytes of a body, de-chunked; more is answered 413, before it is read where its Content-Length says so."""
    max_connections: int = 4096
    """Connections open at once, TLS handshakes among them; a further one is answered 503."""
    header_seconds: float = 10
    """Seconds from connecting, or a request's first byte, until its headers are complete; then 408."""
    body_seconds: float = 30
    """Seconds from complete headers until the body is complete; then 408."""
    keep_alive_seconds: float = 75
    """Seconds of silence between two requests; then the connection is closed without a word."""
    write_seconds: float = 30
    """Seconds in which a client takes nothing of a waiting answer; then it is dropped."""

    @property
    def shortest_seconds(self) -> float:
        """The shortest of the times above, in seconds."""
        return min(self.header_seconds, self.body_seconds, self.keep_alive_seconds, self.write_seconds)
