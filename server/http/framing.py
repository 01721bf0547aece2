"""An answer as bytes: its head, its body with the framing, its end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .response_head import ResponseHead
from .sent import Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import OptExcInfo

    from .channel import Channel
    from .head import Head
    from .sent import Sent

log = logging.getLogger("messaging_double.http")


class FramedAnswer:
    """Writes what it is given as an HTTP answer. When to go on, and where the parts come from, is not decided here."""

    __slots__ = (
        "_bodyless", "_channel", "_chunked", "_cut", "_head", "_interim", "_iterable", "_keep_alive", "_left",
        "_recording", "_request", "_sent", "_write",
    )  # fmt: skip

    def __init__(self, channel: Channel, request: Head, interim: bytes) -> None:
        self._channel = channel
        self._interim = interim
        self._request = request
        self._write: Callable[[bytes], None] = channel.send
        self._recording: Recording | None = None
        self._keep_alive = request.keep_alive
        self._head: ResponseHead | None = None
        self._iterable: Iterable[bytes] = ()
        self._bodyless = False
        self._chunked = False
        self._left: int | None = None  # bytes of the announced length that are still to come
        self._sent = False  # the head is on its way, and cannot be replaced by an error any more
        self._cut = False  # nothing more may be sent

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], None]:
        """The callable of PEP 3333. Raises ValueError or TypeError for a status or header that must not be sent."""
        if exc_info is not None and self._sent and exc_info[1] is not None:
            raise exc_info[1].with_traceback(exc_info[2])
        if self._head is not None and exc_info is None:
            msg = "start_response was called twice, the second time without exc_info"
            raise RuntimeError(msg)
        self._head = ResponseHead(status, headers)
        return self._send

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are; so are all parts from now on, and the connection ends with the answer."""
        self._sent = True
        self._keep_alive = self._chunked = self._bodyless = False
        self._left = None
        self._write(data)

    def on_sent(self, fn: Callable[[Sent], None], keep: int) -> None:
        """Tell `fn` what was sent, once it is over. Raises RuntimeError if some of it has been sent already."""
        if self._sent:
            msg = "The answer has begun; what was sent of it cannot be told any more"
            raise RuntimeError(msg)
        if self._recording is None:
            self._recording = Recording(self._channel, self._interim)
            if not self._cut:
                self._write = self._recording.send
        self._recording.tell(fn, keep)

    def _send(self, part: bytes) -> None:
        if not isinstance(part, bytes):
            msg = f"The parts of a body are bytes, not {type(part).__name__}"
            raise TypeError(msg)
        if not part:
            return  # PEP 3333: the head waits for the first byte
        head = b"" if self._sent else self._begin(self._length_if_only(part))
        if self._bodyless:
            part = b""
        elif self._chunked:
            part = b"%x\r\n%b\r\n" % (len(part), part)
        elif self._left is not None:
            part = self._within_length(part, self._left)
        self._sent = True
        self._write(head + part if head else part)

    def _send_end(self) -> None:
        """Send what is missing when no part is to come. Raises RuntimeError if that is some of the announced length."""
        if not self._sent:
            # An empty body's length is not what HEAD's (RFC 9110, 9.3.2) or 304's Content-Length would be about.
            head = self._begin(
                None if self._request.method == "HEAD" or (self._head and self._head.forbids_body) else 0
            )
            self._check_length()
            self._sent = True
            self._write(head)
        else:
            self._check_length()
        if self._chunked:
            self._write(b"0\r\n\r\n")

    def _send_error(self) -> None:
        self._head = ResponseHead("500 Internal Server Error", [])
        self._sent = True
        self._write(self._begin(0))

    def _send_nothing_more(self) -> None:
        self._cut = True
        self._write = _nowhere

    def _length_if_only(self, part: bytes) -> int | None:
        # PEP 3333: the length is known where the iterable has a length of one.
        return len(part) if isinstance(self._iterable, (list, tuple)) and len(self._iterable) == 1 else None

    def _begin(self, length: int | None) -> bytes:
        head = self._head
        if head is None:
            msg = "The application sent its body without calling start_response"
            raise RuntimeError(msg)
        if head.content_length is not None:
            length = head.content_length
        self._bodyless = head.forbids_body or self._request.method == "HEAD"
        self._left = length
        self._chunked = length is None and not self._bodyless and self._request.version == "HTTP/1.1"
        if self._channel.stopping or (length is None and not self._bodyless and not self._chunked):
            self._keep_alive = False
        return head.written(length=length, chunked=self._chunked, connection=self._connection_header())

    def _connection_header(self) -> str:
        if not self._keep_alive:
            return "close"
        return "keep-alive" if self._request.version == "HTTP/1.0" else ""

    def _within_length(self, part: bytes, left: int) -> bytes:
        if len(part) > left:
            log.error("The application sent more than its Content-Length; the rest is dropped")
            part = part[:left]
        self._left = left - len(part)
        return part

    def _check_length(self) -> None:
        if self._left and not self._bodyless:
            msg = f"The application ended its body {self._left} bytes before its Content-Length"
            raise RuntimeError(msg)


def _nowhere(data: bytes) -> None:
    """Take the bytes of an answer that was cut short."""
