"""The response to one request: what the application gives, as bytes, and what it may do to its connection."""

from __future__ import annotations

import logging
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from .head import response_lines
from .refusal import plain_error_body, request_line

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import WSGIApplication

    from .connection import Connection
    from .head import Head
    from .refusal import ErrorBody, Refusal

log = logging.getLogger("messaging_double.http")

_TURN = range(16)
"""Parts of a body that are sent before other connections get their turn."""
_LARGEST_PART = 512 * 1024
"""Bytes of a body that are handed to the transport at once: to copy and send 20 MB would delay all other clients."""
_WITHOUT_BODY = ("204", "304")
"""Statuses of responses that never have a body (RFC 9112, 6.3)."""


_NOTHING: Iterator[bytes] = iter(())


class Sent(NamedTuple):
    """What was handed to the transport of one response."""

    raw: bytes
    """Its bytes, those of an interim response before it included: the first ones, as many as were asked for."""
    size: int
    """How many bytes there were."""
    interim: int
    """How many of them were an interim response, before the response itself: `100 Continue`."""
    complete: bool
    """Whether the response reached its end; the server's own 500 is a whole response too."""


class Response:
    """The response to one request; `environ["messaging_double.connection"]`.

    Its public methods are what an application may do, besides PEP 3333, to its response and to the connection. They
    are to be called on the thread of the server's event loop, which is the one that calls the application. What
    concerns the response raises RuntimeError once that is over.
    """

    _lines: bytes  # of the head

    def __init__(self, connection: Connection, request: Head, interim: bytes) -> None:
        """Respond to `request`, to which `interim` was sent already."""
        self._connection = connection
        self._request = request
        self._interim = interim
        self._keep_alive = request.keep_alive
        self._holds: dict[object, bool] = {}  # reasons to hold it back: whether the client's end is its own
        self._listeners: tuple[tuple[Callable[[Sent], None], int], ...] = ()
        self._stop_listeners: tuple[Callable[[], object], ...] = ()
        self._recorded: list[bytes] = []
        # Not in the class: Python 3.11 looks such defaults up in a slow way.
        self._status = ""  # empty until start_response is called
        self._length: int | None = None  # that the application has announced
        self._left: int | None = None  # bytes of the announced length that are still to come
        self._iterable: Iterable[bytes] = ()
        self._parts: Iterator[bytes] = _NOTHING
        self._kept: bytes | None = None  # a part that is held back
        self._has_one_part = False
        self._is_bodyless = False
        self._is_chunked = False
        self._is_sent = False  # some of it, so that it cannot be replaced by an error any more
        self._is_cut = False  # nothing more may be sent
        self._is_due = False  # to be gone on with
        self._is_whole = False  # nothing more is to be sent
        self._is_over = False  # and the connection has gone on to the next request, or is gone
        self._size = 0  # bytes that were sent
        self._room = 0  # bytes that may still be recorded

    # What an application may do.

    @property
    def peer(self) -> str:
        """The client's `address:port`."""
        return self._connection.peer

    @property
    def is_open(self) -> bool:
        """Whether anything can still be sent."""
        return self._connection.is_open

    @property
    def is_stopping(self) -> bool:
        """Whether the server was asked to stop."""
        return self._connection.server.is_stopping

    @property
    def connections(self) -> int:
        """How many connections the server has open."""
        return len(self._connection.server.connections)

    def suspend(self, *, forget_on_eof: bool = True) -> Callable[[], None]:
        """Hold the response back until the result is called: from any thread, and as often as one likes.

        The body's iterator is not asked for its next part, and a part that it is about to give waits too; `write` and
        `send_raw` do not. If the client goes away meanwhile, the iterable is closed. With `forget_on_eof` that it sends
        nothing more counts as going away: a client that waits and one that left look alike otherwise. So does
        sending over 64 KiB behind the request. Without it the wait must end by itself.
        """
        release = self._hold(forget_on_eof=forget_on_eof)
        return partial(self.wake, release)

    def pause(self, seconds: float, *, forget_on_eof: bool = True) -> None:
        """Hold the response back for so many seconds, as `suspend` does."""
        self.call_later(seconds, self._hold(forget_on_eof=forget_on_eof))

    def send_head(self) -> None:
        """Send the head at once, if it was not sent yet: it waits for the first byte of the body otherwise."""
        self._check_not_over()
        if not self._is_sent:
            self._write(self._head(None))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are, at once: instead of what `start_response` was given, or after it.

        Parts that follow are sent as they are too, and the connection ends with the response.
        """
        self._check_not_over()
        self._is_sent = True
        self._keep_alive = self._is_chunked = self._is_bodyless = False
        self._left = None
        self._write(data)

    def on_sent(self, fn: Callable[[Sent], None], keep: int) -> None:
        """Call `fn` when the response is over: with the transport to its end, or cut short on either side.

        It gets the exact bytes, at most the first `keep` of them. Raises RuntimeError if some were sent already.
        """
        self._check_not_over()
        if self._is_sent:
            raise RuntimeError("The response has begun; what was sent of it was not recorded")
        self._listeners += ((fn, keep),)
        if keep > self._room:  # noqa: PLR1730 - every call asks, and max() takes longer
            self._room = keep

    def on_stop(self, fn: Callable[[], object]) -> None:
        """Call `fn` once the server is asked to stop: for a response that has no end of its own."""
        self._check_not_over()
        self._stop_listeners += (fn,)

    def hang_up(self) -> None:
        """Close the connection after what was sent so far. The iterable is asked for nothing more, and closed."""
        self._connection.hang_up()

    def abort(self) -> None:
        """Reset the connection now: the client gets a RST, and nothing of what it was not sent yet."""
        self._connection.reset()

    def call_later(self, seconds: float, fn: Callable[[], object]) -> asyncio.TimerHandle:
        """Call `fn` on the loop in so many seconds, unless the connection is gone by then or the result cancelled."""
        return self._connection.call_later(seconds, fn)

    def wake(self, fn: Callable[[], object]) -> None:
        """Call `fn` on the loop, from any thread, also if the connection is gone by then."""
        self._connection.server.call_soon_threadsafe(fn)

    def soon(self, fn: Callable[[], object], seconds: float = 0.0) -> None:
        """Call `fn` on the loop after what is ready now had its turn, also if the connection is gone by then."""
        if seconds:
            self._connection.loop.call_later(seconds, fn)
        else:
            self._connection.loop.call_soon(fn)

    # What the connection calls.

    @property
    def ends_with_client(self) -> bool:
        """Whether it is held back, and would not be wanted any more by a client that sends nothing more."""
        return not self._is_whole and any(self._holds.values())

    def run(self, app: WSGIApplication, environ: dict[str, Any]) -> None:
        """Call the application and send as much of its response as the client takes."""
        try:
            self._iterable = parts = app(environ, self._start_response)
            self._parts = iter(parts)
            self._has_one_part = isinstance(parts, (list, tuple)) and len(parts) == 1
        except Exception as error:  # noqa: BLE001 - whatever an application raises is answered 500
            self._fail(error)
        self._go_on()

    def go_on_soon(self) -> None:
        """Go on where it stopped, after other connections had their turn."""
        if not self._is_due:
            self._is_due = True
            self._connection.loop.call_soon(self._go_on)

    def stopping(self) -> None:
        """Call those who wait for the server's end."""
        for fn in self._stop_listeners:
            _call(fn, "on_stop failed")

    def cut(self) -> None:
        """End it where it is. `close()` is called on the application's iterable, once it is idle."""
        self._is_cut = True
        self.go_on_soon()

    def cancel(self) -> None:
        """Stop: the client is gone. `close()` is called on the application's iterable."""
        self._is_over = True
        self._end(complete=self._left == 0)  # a response that the client does not read was not asked for its end

    # From part to part.

    def _go_on(self) -> None:
        self._is_due = False
        connection = self._connection
        for _ in _TURN:
            if self._is_over:
                return
            if self._is_cut or connection.transport.is_closing():
                self.cancel()
                return
            if connection.is_blocked:
                return
            if self._is_whole:
                self._is_over = True
                connection.responded(keep_alive=self._keep_alive)
                return
            if self._holds:
                return
            try:
                self._take_part()
            except Exception as error:  # noqa: BLE001 - whatever an application raises is answered 500
                self._fail(error)
        self.go_on_soon()

    def _take_part(self) -> None:
        part, self._kept = self._kept, None
        if part is None:
            part = next(self._parts, None)
        if self._is_cut:
            return
        if self._holds:
            # The application has said "wait" before it gave this part. The end need not be kept: it comes again.
            self._kept = part
            return
        if isinstance(part, bytes) and len(part) > _LARGEST_PART:
            part = self._divided(part)
        if part is not None:
            self._send(part)
        if part is None or (part and self._is_bodyless) or (self._has_one_part and not self._connection.is_blocked):
            if self._left != 0 or not self._is_sent:
                self._send_end()
            self._end(complete=True)

    def _divided(self, part: bytes) -> bytes:
        """Put a large part in front of the next ones as several; return the first of them."""
        if self._has_one_part:
            self._has_one_part = False
            if self._length is None:
                self._length = len(part)
        self._parts = self._rest_of(part, self._parts)
        return part[:_LARGEST_PART]

    def _rest_of(self, part: bytes, following: Iterator[bytes]) -> Iterator[bytes]:
        for start in range(_LARGEST_PART, len(part), _LARGEST_PART):
            if start + _LARGEST_PART >= len(part):
                self._parts = following  # not behind this iterator: each large part would add one
            yield part[start : start + _LARGEST_PART]

    def _hold(self, *, forget_on_eof: bool) -> Callable[[], None]:
        self._check_not_over()
        hold = object()
        self._holds[hold] = forget_on_eof
        if forget_on_eof:
            self._connection.expect_end()
        return partial(self._release, hold)

    def _release(self, hold: object) -> None:
        if self._holds.pop(hold, None) is not None:
            self._go_on()

    def _check_not_over(self) -> None:
        if self._is_over:
            raise RuntimeError("The connection is gone" if self._connection.is_lost else "The response is over")

    def _fail(self, error: Exception) -> None:
        request = self._request
        log.error("The application failed: %s %s", request.method, request.target, exc_info=error)
        is_replaced = not (self._is_sent or self._is_cut or self._connection.transport.is_closing())
        if is_replaced:
            self._status = ""
            self._start_response("500 Internal Server Error", [])
            self._write(self._head(0))
        elif not self._is_cut:
            self._connection.abort()  # the client must not take a torn response for a whole one
        self._end(complete=is_replaced)

    def _end(self, *, complete: bool) -> None:
        """Ask for nothing more, let the application clean up, report what was sent; no effect if repeated."""
        self._is_whole = True
        iterable, self._iterable, self._parts, self._kept = self._iterable, (), _NOTHING, None
        if hasattr(iterable, "close"):
            request = self._request
            _call(iterable.close, f"close() of the application's response failed: {request.method} {request.target}")
        if self._listeners:
            raw = b"".join((self._interim, *self._recorded))
            interim = len(self._interim)
            listeners, self._listeners = self._listeners, ()
            for fn, keep in listeners:
                sent = Sent(raw[:keep], interim + self._size, interim, complete)
                _call(fn, "on_sent failed", sent)

    # As bytes.

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], None]:
        """The callable of PEP 3333. Raises ValueError or TypeError for a status or header that must not be sent."""
        if exc_info is not None and self._is_sent and exc_info[1] is not None:
            raise exc_info[1].with_traceback(exc_info[2])
        if self._status and exc_info is None:
            raise RuntimeError("start_response was called twice, the second time without exc_info")
        self._lines, self._length = response_lines(status, headers)
        self._status = status
        return self._send

    def _send(self, part: bytes) -> None:
        if not isinstance(part, bytes):
            raise TypeError(f"The parts of a body are bytes, not {type(part).__name__}")
        if not part:
            return  # PEP 3333: the head waits for the first byte
        # PEP 3333: the length is known where the iterable has a length of one.
        head = b"" if self._is_sent else self._head(len(part) if self._has_one_part else None)
        if self._is_bodyless:
            part = b""
        elif self._is_chunked:
            part = b"%x\r\n%b\r\n" % (len(part), part)
        elif self._left is not None:
            if len(part) > self._left:
                log.error("The application sent more than its Content-Length; the rest is dropped")
                part = part[: self._left]
            self._left -= len(part)
        self._write(head + part)

    def _send_end(self) -> None:
        """Send what is missing when no part is to come. Raises RuntimeError if that is some of the announced length."""
        head = b""
        if not self._is_sent:
            # An empty body's length is not what HEAD's (RFC 9110, 9.3.2) or 304's Content-Length would be about.
            is_unknown = self._request.method == "HEAD" or self._status.startswith(_WITHOUT_BODY)
            head = self._head(None if is_unknown else 0)
        if self._left and not self._is_bodyless:
            raise RuntimeError(f"The application ended its body {self._left} bytes before its Content-Length")
        if head or self._is_chunked:
            self._write(head + b"0\r\n\r\n" if self._is_chunked else head)

    def _head(self, length: int | None) -> bytes:
        """The bytes of the head; `length` is that of the body, where the application did not announce one."""
        if not self._status:
            raise RuntimeError("The application sent its body without calling start_response")
        if self._length is not None:
            length = self._length
        is_http_11 = self._request.version == "HTTP/1.1"
        has_no_body = self._status.startswith(_WITHOUT_BODY)
        self._is_bodyless = has_no_body or self._request.method == "HEAD"
        self._left = length
        self._is_chunked = length is None and not self._is_bodyless and is_http_11
        if self._connection.server.is_stopping or (length is None and not self._is_bodyless and not self._is_chunked):
            self._keep_alive = False
        head = self._lines
        if length is not None and not (has_no_body and self._status.startswith("204")):  # RFC 9110, 8.6: MUST NOT
            head += b"Content-Length: %d\r\n" % length
        if self._is_chunked:
            head += b"Transfer-Encoding: chunked\r\n"
        if not self._keep_alive:
            head += b"Connection: close\r\n"
        elif not is_http_11:
            head += b"Connection: keep-alive\r\n"
        return head + b"\r\n"

    def _write(self, data: bytes) -> None:
        self._is_sent = True
        connection = self._connection
        if self._is_cut or connection.transport.is_closing():
            return
        if self._listeners:
            self._size += len(data)
            if self._room > 0:
                self._recorded.append(data if len(data) <= self._room else data[: self._room])
                self._room -= len(data)
        connection.write(data)


def refusal_response(refusal: Refusal, raw: bytes, error_body: ErrorBody) -> bytes:
    """The whole response to a refused request, whose bytes were `raw`.

    It ends the connection, since where the next request starts is unknown.
    """
    method, target = request_line(raw)
    try:
        content_type, body = error_body(target, refusal)
    except Exception:
        log.exception("the body of an error failed")
        content_type, body = plain_error_body(target, refusal)
    status = f"{refusal.status} {HTTPStatus(refusal.status).phrase}"
    lines, _ = response_lines(status, [("Content-Type", content_type)])
    ending = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    return b"".join((lines, ending, b"" if method == "HEAD" else body))


def _call(fn: Callable[..., object], problem: str, *arguments: object) -> None:
    try:
        fn(*arguments)
    except Exception:  # what an observer, or an application that cleans up, does wrong is not the client's
        log.exception(problem)
