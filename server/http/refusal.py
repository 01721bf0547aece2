"""Requests that the server itself refuses: the reason, and the response."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

RAW_BYTES_KEPT = 65536
"""Bytes of a broken request that are handed on."""
_REQUEST_LINE = re.compile(rb"\s*([!-~]{1,40}) +([!-~\x80-\xff]{1,8000})")

ErrorBody = Callable[[str, "Refusal"], "tuple[str, bytes]"]
"""Says to the sender of a request with that target why it is refused: the Content-Type and the body of the answer."""


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
    status: int | None
    """The HTTP status that it was answered with; None if its sender was gone before it could be."""
    reason: str
    """A sentence saying what was wrong with it."""
    peer: str
    """Where it came from, as `address:port`."""
    answer: bytes
    """The bytes that it was answered with, an interim `100 Continue` included."""
    seconds: float
    """How long it took from its first byte, or from connecting where there was none."""

    @property
    def request_line(self) -> tuple[str, str]:
        """Its method and its target, as far as they can be read; else empty."""
        return request_line(self.raw)


def request_line(raw: bytes) -> tuple[str, str]:
    """The method and the target that the bytes of a request begin with; empty where they are no such thing."""
    found = _REQUEST_LINE.match(raw)
    return (found[1].decode("ascii"), found[2].decode("utf-8", "replace")) if found else ("", "")


def plain_error_body(target: str, refusal: Refusal) -> tuple[str, bytes]:  # noqa: ARG001 - an ErrorBody
    """The reason, as plain text."""
    return "text/plain; charset=utf-8", f"{refusal.reason}\n".encode()
