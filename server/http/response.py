"""One answer: what the application says, as bytes on the wire."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from .response_head import ResponseHead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import WSGIApplication

    from .head import Head

log = logging.getLogger("messaging_double.http")

PARTS_A_TURN = 16
"""Parts of a body that are sent before other connections get their turn."""


class Channel(Protocol):
    """What an answer needs of its connection."""

    @property
    def blocked(self) -> bool:
        """Whether the client does not keep up; `Answer.pump` is called again when it does."""

    @property
    def is_open(self) -> bool:
        """Whether anything can still be sent."""

    @property
    def stopping(self) -> bool:
        """Whether this is to be the connection's last answer."""

    def send(self, data: bytes) -> None:
        """Hand bytes to the transport."""

    def abort(self) -> None:
        """Drop the connection."""

    def soon(self, fn: Callable[[], None]) -> None:
        """Call `fn` after other connections had their turn."""

    def answered(self, *, keep_alive: bool) -> None:
        """The answer was handed over."""


class Answer:
    """Runs the application for one request and sends what it gives.

    The body is pulled part by part in `pump`, which goes on for as long as the channel is not blocked. Whoever wants to
    slow an answer down, cut it short or keep it back does it there: block the channel, and pump again from a timer of
    the loop.
    """

    __slots__ = (
        "_bodyless", "_channel", "_chunked", "_done", "_head", "_iterable", "_keep_alive", "_left", "_over", "_parts",
        "_request", "_sent",
    )  # fmt: skip

    def __init__(self, channel: Channel, request: Head) -> None:
        self._channel = channel
        self._request = request
        self._keep_alive = request.keep_alive
        self._head: ResponseHead | None = None
        self._iterable: Iterable[bytes] = ()
        self._parts: Iterator[bytes] = iter(())
        self._bodyless = False
        self._chunked = False
        self._left: int | None = None  # bytes of the announced length that are still to come
        self._sent = False  # the head is on its way, and cannot be replaced by an error any more
        self._done = False  # all of it is with the transport
        self._over = False  # and the connection was told so

    def run(self, app: WSGIApplication, environ: dict[str, Any]) -> None:
        """Call the application and send as much of its answer as the client takes."""
        try:
            self._iterable = app(environ, self.start_response)
            self._parts = iter(self._iterable)
        except Exception as error:  # noqa: BLE001 - whatever an application raises is answered 500
            self._fail(error)
        self.pump()

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

    def pump(self) -> None:
        """Go on with the answer where it stopped; without effect when it is over."""
        for _ in range(PARTS_A_TURN):
            if self._over:
                return
            if not self._channel.is_open:
                self.cancel()
                return
            if self._channel.blocked:
                return
            if self._done:
                self._over = True
                self._channel.answered(keep_alive=self._keep_alive)
                return
            self._step()
        self._channel.soon(self.pump)

    def cancel(self) -> None:
        """Stop: the client is gone. `close()` tells the application."""
        self._over = self._done = True
        self._close_iterable()

    def _step(self) -> None:
        try:
            part = next(self._parts, None)
            if part is None:
                self._finish()
            else:
                self._send(part)
                if self._bodyless:
                    self._finish()
        except Exception as error:  # noqa: BLE001 - whatever an application raises is answered 500
            self._fail(error)

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
        self._channel.send(head + part if head else part)

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

    def _finish(self) -> None:
        if not self._sent:
            # An empty body's length is not what HEAD's (RFC 9110, 9.3.2) or 304's Content-Length would be about.
            head = self._begin(
                None if self._request.method == "HEAD" or (self._head and self._head.forbids_body) else 0
            )
            self._check_length()
            self._sent = True
            self._channel.send(head)
        else:
            self._check_length()
        if self._chunked:
            self._channel.send(b"0\r\n\r\n")
        self._done = True
        self._close_iterable()

    def _check_length(self) -> None:
        if self._left and not self._bodyless:
            msg = f"The application ended its body {self._left} bytes before its Content-Length"
            raise RuntimeError(msg)

    def _fail(self, error: Exception) -> None:
        log.error("The application failed: %s %s", self._request.method, self._request.target, exc_info=error)
        self._done = True
        self._close_iterable()
        if self._sent:
            self._channel.abort()  # the client must not take a torn answer for a whole one
        else:
            self._head, self._iterable = ResponseHead("500 Internal Server Error", []), ()
            self._sent = True
            self._channel.send(self._begin(0))

    def _close_iterable(self) -> None:
        iterable, self._iterable, self._parts = self._iterable, (), iter(())
        close = getattr(iterable, "close", None)
        if close is None:
            return
        try:
            close()
        except Exception:
            log.exception(
                "close() of the application's answer failed: %s %s", self._request.method, self._request.target
            )
