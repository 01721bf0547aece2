"""Requests that never reach the application: why, and what their senders are told."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from .date import http_date

RAW_BYTES_KEPT = 65536
"""Bytes of a broken request that are handed on."""


class Refusal(Exception):  # noqa: N818 - it is the client's fault, not an error of ours
    """The request cannot be taken.

    `status` is the HTTP status to answer, `reason` a sentence for the sender.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class BrokenRequest:
    """What is left of a request that never reached the application."""

    raw: bytes
    """The bytes as they came, at most the first 64 KiB."""
    status: int
    """The HTTP status that it was answered with; 400 if its sender was gone before it could be."""
    reason: str
    """A sentence saying what was wrong with it."""
    peer: str
    """Where it came from, as `address:port`."""


def refusal_answer(refusal: Refusal, *, with_body: bool) -> bytes:
    """The whole answer to a refused request. It ends the connection, since where the next request starts is unknown."""
    body = f"{refusal.reason}\n".encode()
    head = (
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\n"
        f"Date: {http_date()}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + (body if with_body else b"")
