"""One connection of a client: requests in, responses out, in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import socket
import struct
import sys
from typing import TYPE_CHECKING, Any, cast

from .refusal import BrokenRequest, Refusal
from .request import RequestReader
from .response import Response, refusal_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from .head import Head
    from .server import HttpServer

log = logging.getLogger("messaging_double.http")

# What a connection waits for.
IDLE = 0  # the first byte of a request
HEAD = 1  # the rest of a head
BODY = 2  # the rest of a body
RESPONSE = 3  # the application, or the client to take its response
DRAIN = 4  # a client that was refused to stop sending
CLOSING = 5  # the last bytes to be sent

BACKLOG_BYTES = 65536
"""Bytes of later requests that are taken from a client while a response is under way."""
DRAIN_SECONDS = 5.0
"""Seconds for which a client that was refused may go on sending, so that it comes to read the response."""
DRAIN_BYTES = 32 * 1024 * 1024
"""Bytes that it may send meanwhile: most clients read nothing before they have sent their whole body."""

_HELD_BYTES = 16 * 1024
"""More than this is sent at once: the client may not keep up."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CUT_SHORT = "The connection was closed in the middle of the request"
_FULL = Refusal(503, "All connections of this server are in use")
_PLAIN_HTTP = Refusal(400, "This port expects TLS and got plain HTTP: use a URL that begins with https://")
# struct linger {on, 0 seconds}: close() then sends RST instead of FIN.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connection(asyncio.BufferedProtocol):
    """A client's connection, from the moment at which it is accepted.

    Requests are run one at a time and on the loop's own thread; the next one is not looked at before the last response
    was handed to the transport and its buffer is below the limit.
    """

    transport: asyncio.Transport
    _reader: RequestReader

    def __init__(self, server: HttpServer, *, is_refused: bool) -> None:
        """Begin the connection of a client that has not shaken hands yet; with `is_refused` it will be answered 503."""
        self.server = server
        self.loop = server.loop
        self.deadline = math.inf  # in the loop's time: when it has waited too long
        self._refusal = _FULL if is_refused else None  # why nothing is taken on this connection
        self._state = IDLE
        self._response: Response | None = None
        self._began = server.loop.time()  # the request that is being read
        self._unsent = 0  # bytes, when the deadline was set
        self._timers: set[asyncio.TimerHandle] = set()
        # Not in the class, as those of a response.
        self.peer = ""
        self.is_blocked = False
        """The client does not keep up with its response."""
        self.is_lost = False
        self._can_half_close = False  # one direction can be closed without the other (not in TLS)
        self._is_half_closed = False  # the client sends nothing more
        self._is_paused = False  # nothing is read from the client
        self._held = b""  # what is sent at the end of the loop's turn
        self._interim = b""  # what was sent to the request that is being read
        self._drained = 0

    def refuse_plain_http(self) -> None:
        """Refuse plain HTTP on a TLS port."""
        self._refusal = self._refusal or _PLAIN_HTTP

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected, and in TLS has shaken hands."""
        self.transport = cast("asyncio.Transport", transport)
        self._can_half_close = self.transport.can_write_eof()
        environ = _environ(transport)
        self._reader = RequestReader(self.server.limits, environ)
        address, port = environ["REMOTE_ADDR"], environ["REMOTE_PORT"]
        self.peer = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        self._expect_within(self.server.limits.header_seconds)
        if self.server.is_closed:
            self.close()
        elif self._refusal is _FULL:
            self._refuse(_FULL)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - as asyncio wants it
        """Say where to put what the client sends: into one place for all connections, each takes it out at once.

        asyncio.Protocol takes 256 KiB from the system for each read, to give most of it back: 2 % of a call.
        """
        return self.server.received

    def buffer_updated(self, nbytes: int) -> None:
        """The client has sent something."""
        data = bytes(self.server.received[:nbytes])
        reader, state = self._reader, self._state
        if state == DRAIN:
            self._drained += nbytes
            if self._drained > DRAIN_BYTES:
                self.close()
        elif state == RESPONSE:
            reader.feed(data)
            if len(reader.buffer) > BACKLOG_BYTES:
                self._bound_backlog()
        elif state != CLOSING:
            if not reader.buffer:
                self._began = self.loop.time()
            reader.feed(data)
            self._advance()

    def eof_received(self) -> bool:
        """The client sends nothing more, but may still read (RFC 9112, 9.6); True keeps the connection open."""
        self._is_half_closed = True
        if self._state in {HEAD, BODY}:
            self._refuse(Refusal(400, _CUT_SHORT))
        elif self._response is not None and self._response.ends_with_client:
            self.abort()
        return self._can_half_close and self._state == RESPONSE

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up after the connection has ended, on either side."""
        self.server.connections.discard(self)
        self.is_lost = True
        self.transport.close()  # it is closed; in Python 3.10 a TLS transport complains otherwise
        for timer in self._timers:
            timer.cancel()
        if self._response is not None:
            self._response.cancel()
            self._response = None
        if self._state in {HEAD, BODY}:
            reason = f"The connection was lost in the middle of the request: {exc or 'closed'}"
            self._report(self._reader.drop(), None, reason, b"")
        self._state = CLOSING

    def pause_writing(self) -> None:
        """The client does not keep up with its response."""
        self.is_blocked = True
        self._expect_progress()

    def resume_writing(self) -> None:
        """The client has kept up."""
        self.is_blocked = False
        if self._state == RESPONSE and self._response is not None:
            self.deadline = math.inf
            # Not at once: asyncio fails if the transport is closed within this call.
            self._response.go_on_soon()

    # What the server and a response call.

    def write(self, data: bytes) -> None:
        """Send bytes. Where several connections are open small ones are sent at the end of the loop's turn.

        Clients that are woken in the middle of a turn take the processor from it, and find more answers with each wait
        if all of a turn are sent together: with 16 of them a quarter more calls are answered.
        """
        if len(data) > _HELD_BYTES or self.is_blocked or len(self.server.connections) == 1:
            self.flush()
            self.transport.write(data)
        else:
            if not self._held:
                self.server.flush_soon(self)
            self._held += data

    def flush(self) -> None:
        """Hand what is held back to the transport."""
        held, self._held = self._held, b""
        if held and not self.transport.is_closing():
            self.transport.write(held)

    @property
    def is_open(self) -> bool:
        """Whether the application can still send anything."""
        return self._state not in {DRAIN, CLOSING} and not self.transport.is_closing()

    def expire(self) -> None:
        """Do what is to be done when the deadline has passed."""
        if self._state in {HEAD, BODY}:
            what = "head" if self._state == HEAD else "body"
            self._refuse(Refusal(408, f"The {what} of the request took too long to arrive"))
        elif self._state in {IDLE, DRAIN}:
            self.close()
        elif self._unsent_bytes() < self._unsent:
            self._expect_progress()  # slow, but alive
        else:
            self.abort()

    def responded(self, *, keep_alive: bool) -> None:
        """A response was handed over: close, look for the next request, or wait for it."""
        self._response = None
        if not keep_alive or self.server.is_stopping:
            self._close_after_response()
        elif self._reader.buffer or self._is_half_closed:
            self._began = self.loop.time()
            self.loop.call_soon(self._advance)
        else:
            self._wait_in(IDLE, self.server.limits.keep_alive_seconds)

    def expect_end(self) -> None:
        """Learn of the client's end while its response is held back, and drop the connection then."""
        if self._is_half_closed:
            self.abort()
        else:
            self._resume_reading()

    def call_later(self, seconds: float, fn: Callable[[], object]) -> asyncio.TimerHandle:
        """Call `fn` in so many seconds, unless the connection is gone by then."""

        def run() -> None:
            self._timers.discard(timer)
            fn()

        timer = self.loop.call_later(seconds, run)
        self._timers.add(timer)
        if self.is_lost:
            timer.cancel()
        return timer

    def hang_up(self) -> None:
        """Close after what was written already is sent; the response ends where it is."""
        if self._response is not None:
            self._response.cut()
        if self._state in {DRAIN, CLOSING}:
            return
        if self._can_half_close:
            self._close_after_response()
        else:
            self.close()  # the client would learn of the end from nothing else

    def reset(self) -> None:
        """Drop the connection as a crash would: the client gets a RST. The response ends where it is."""
        if self._response is not None:
            self._response.cut()
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):  # the client was faster
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.abort()

    def abort(self) -> None:
        """Drop the connection and whatever is unsent."""
        self.flush()
        self._state = CLOSING
        self.transport.abort()

    def close_if_idle(self) -> None:
        """Close unless it is at a request; notify a response without an end that the server stops."""
        if self._state in {IDLE, DRAIN}:
            self.close()
        elif self._response is not None:
            self._response.stopping()

    def close(self) -> None:
        """Close after what was written already is sent."""
        if self._state == CLOSING:
            return  # a TLS transport that is closed twice cannot be aborted any more
        owes_nothing = self._state == IDLE
        self.flush()
        self._state = CLOSING
        self._expect_progress()
        self.transport.close()
        if owes_nothing and not self._can_half_close:
            # In TLS close() waits for the client's own; one that expects no response need not be waited for.
            self.loop.call_soon(self.transport.abort)

    # From request to request.

    def _advance(self) -> None:
        """Run the next request, or wait for the rest of it."""
        if self._state in {DRAIN, CLOSING} or self.transport.is_closing():
            return
        if self._refusal is not None:
            self._refuse(self._refusal)
            return
        try:
            request = self._reader.next_request()
            if request is None:
                self._wait_for_more()
            else:
                self._run(*request)
        except Refusal as refusal:
            self._refuse(refusal)
        except Exception:  # no error of ours may keep the connection
            log.exception("A request could not be read")
            if self._response is None:
                self._refuse(Refusal(500, "The server failed to read this request; its log says how"))
            else:
                self.reset()

    def _run(self, head: Head, environ: dict[str, Any]) -> None:
        self._state = RESPONSE
        self.deadline = math.inf
        self._response = environ["messaging_double.connection"] = response = Response(self, head, self._interim)
        self._interim = b""
        response.run(self.server.app, environ)

    def _wait_for_more(self) -> None:
        reader, limits = self._reader, self.server.limits
        if self._is_half_closed and reader.buffer:
            raise Refusal(400, _CUT_SHORT)
        if self._is_half_closed:
            self.close()
        elif not reader.buffer:
            self._wait_in(IDLE, limits.keep_alive_seconds)
        elif reader.head is None:
            self._wait_in(HEAD, limits.header_seconds)
        elif self._state != BODY:
            self._wait_in(BODY, limits.body_seconds)
            # RFC 9110, 10.1.1: 100 may be left out when some of the body is there already.
            if reader.head.expects_continue and len(reader.buffer) == reader.head_bytes:
                self._interim = _CONTINUE
                self.write(_CONTINUE)

    def _wait_in(self, state: int, seconds: float) -> None:
        if self._state != state:
            self._state = state
            self.deadline = self.loop.time() + seconds
            if self._is_paused:
                self._resume_reading()

    def _bound_backlog(self) -> None:
        if self._response is not None and self._response.ends_with_client:
            self.reset()  # not paused: then the end of the connection would not be seen, and it might stay for ever
        elif not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self.transport.resume_reading()

    def _expect_within(self, seconds: float) -> None:
        self.deadline = self.loop.time() + seconds

    def _expect_progress(self) -> None:
        self._unsent = self._unsent_bytes()
        self._expect_within(self.server.limits.write_seconds)

    def _unsent_bytes(self) -> int:
        self.flush()
        try:
            return self.transport.get_write_buffer_size()
        except AttributeError:  # a TLS transport in Python 3.10 that has lost its connection
            return 0

    # The end.

    def _close_after_response(self) -> None:
        if not self._reader.buffer or self._is_half_closed:
            self.close()
        else:
            self._reader.drop()
            self._drain()

    def _drain(self) -> None:
        """Close in two steps (RFC 9112, 9.6).

        If the whole connection were closed while bytes arrive, the client's system would throw the response away.
        """
        self.flush()
        self._state = DRAIN
        self._expect_within(DRAIN_SECONDS)
        if self._can_half_close:
            with contextlib.suppress(OSError):  # the client has reset the connection
                self.transport.write_eof()
        self._resume_reading()

    def _refuse(self, refusal: Refusal) -> None:
        raw = self._reader.drop()
        if self.transport.is_closing():
            self._state = CLOSING
            self._report(raw, None, refusal.reason, b"")
            return
        response = refusal_response(refusal, raw, self.server.error_body)
        self._report(raw, refusal.status, refusal.reason, response)
        self.write(response)
        if self._is_half_closed:
            self.close()
        else:
            self._drain()

    def _report(self, raw: bytes, status: int | None, reason: str, response: bytes) -> None:
        answer, self._interim = self._interim + response, b""
        seconds = self.loop.time() - self._began
        try:
            self.server.on_broken(BrokenRequest(raw, status, reason, self.peer, answer, seconds))
        except Exception:  # an observer's error is not the client's
            log.exception("on_broken failed")


def _environ(transport: asyncio.BaseTransport) -> dict[str, Any]:
    """What is the same for each request of a connection."""
    local = transport.get_extra_info("sockname") or ("127.0.0.1", 0)
    remote = transport.get_extra_info("peername") or ("", 0)  # None when the client has hung up already
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": f"[{local[0]}]" if ":" in local[0] else local[0],  # RFC 3875, 4.1.14
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
