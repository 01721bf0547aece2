"""One connection: requests in, answers out, in order."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any, cast

from .environ import connection_environ, request_environ
from .handle import ConnectionHandle
from .refusal import BrokenRequest, Refusal, refusal_answer
from .request import Request, RequestReader, Stage
from .response import Answer
from .wire import Phase, Wire

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from .service import Service

log = logging.getLogger("messaging_double.http")

BACKLOG_BYTES = 65536
"""Bytes of later requests that are taken from a client while an answer is under way."""
_PLAIN_HTTP = Refusal(400, "This port speaks TLS, and plain HTTP was sent to it; the URL begins with https://")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CUT_SHORT = "The connection was closed in the middle of the request"


class Connection(Wire):
    """A client's connection, from its start to its end.

    Requests are run one at a time and on the loop's own thread; the next one is not looked at before the last answer
    was handed to the transport and the transport has room.
    """

    __slots__ = ("_answer", "_began", "_ended", "_environ", "_interim", "_reader", "handle")

    handle: ConnectionHandle
    _environ: dict[str, Any]

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self._reader = RequestReader(service.limits)
        self._answer: Answer | None = None
        self._began = service.loop.time()  # of the request that is being read
        self._interim = b""  # what the request that is being read was answered already
        self._ended = False  # the client sends nothing more

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected, and in TLS has shaken hands."""
        self.transport = cast("asyncio.Transport", transport)
        self._half_close = self.transport.can_write_eof()
        self._environ = connection_environ(transport)
        address, port = self._environ["REMOTE_ADDR"], self._environ["REMOTE_PORT"]
        peer = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        self.handle = ConnectionHandle(self._service.loop, self, peer)
        if self.stopping:
            self.close()
        elif self.refusal is not None and self.refusal is not _PLAIN_HTTP:
            self._refuse(self.refusal)
        else:
            self._become_idle(self._service.limits.header_seconds)

    def not_made(self) -> None:
        """The client has not shaken hands."""
        self._service.pool.forget(self)

    def refuse_plain_http(self) -> None:
        """The client speaks HTTP where TLS is spoken."""
        self.refusal = self.refusal or _PLAIN_HTTP

    def data_received(self, data: bytes) -> None:
        """The client has sent something."""
        try:
            self._take(data)
        except Exception as error:  # noqa: BLE001 - no error of ours may keep the connection
            self._fail(error)

    def _take(self, data: bytes) -> None:
        if self._phase is Phase.LINGER:
            self._discard(len(data))
        elif self._phase is not Phase.CLOSING:
            if not self._reader.backlog:
                self._began = self._service.loop.time()
            self._reader.feed(data)
            if self.refusal is not None:
                self._refuse(self.refusal)
            elif self._phase is not Phase.ANSWER:
                self._advance()
            elif self._reader.backlog > BACKLOG_BYTES:
                self._bound_backlog()

    def eof_received(self) -> bool:
        """The client sends nothing more, but may still read (RFC 9112, 9.6); True keeps the connection open."""
        self._ended = True
        if self._phase in {Phase.HEAD, Phase.BODY}:
            self._refuse(Refusal(400, _CUT_SHORT))
        elif self._answer is not None and self._answer.forgets_on_eof:
            self.abort()
        return self._half_close and self._phase is Phase.ANSWER

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, by whoever's doing."""
        self._service.pool.forget(self)
        self.transport.close()  # it is; but in Python 3.10 a TLS transport complains unless told so
        self.handle.detach()
        if self._answer is not None:
            self._answer.cancel()
            self._answer = None
        if self._phase in {Phase.HEAD, Phase.BODY}:
            lost = Refusal(400, f"The connection was lost in the middle of the request: {exc or 'closed'}")
            self._tell(lost, self._reader.drop(), b"")

    def resume_writing(self) -> None:
        """The client has kept up."""
        super().resume_writing()
        if self._phase is Phase.ANSWER and self._answer is not None:
            self.deadline = math.inf
            # Not at once: asyncio fails if the transport is closed within this call.
            self._answer.pump_soon()

    def expire(self, now: float) -> None:
        """The deadline has passed."""
        if self._phase in {Phase.HEAD, Phase.BODY}:
            self._refuse(Refusal(408, f"The {self._phase.name.lower()} of the request took too long to arrive"))
        else:
            super().expire(now)

    def answered(self, *, keep_alive: bool) -> None:
        """An answer was handed over: close, look for the next request, or wait for it."""
        self._answer = None
        if not keep_alive or self.stopping:
            self._close_after_answer()
        elif self._reader.backlog or self._ended:
            self._began = self._service.loop.time()
            self.soon(self._advance)
        else:
            self._become_idle(self._service.limits.keep_alive_seconds)
            self._resume_reading()

    def answer_under_way(self) -> Answer:
        """The answer to the request that was run last. Raises RuntimeError when it is over."""
        if self._answer is None:
            msg = "No answer is under way on this connection"
            raise RuntimeError(msg)
        return self._answer

    def suspend(self, *, forget_on_eof: bool) -> Callable[[], None]:
        """Keep the answer back until the result is called on the loop's thread. Raises RuntimeError when it is over."""
        release = self.answer_under_way().suspend(forget_on_eof=forget_on_eof)
        if forget_on_eof and self._ended:
            self.abort()
        elif forget_on_eof:
            self._resume_reading()  # only by reading does the server learn that the client is gone
        return release

    def hang_up(self) -> None:
        """Close after what was written already is sent; the answer ends where it is."""
        self._cut_answer()
        if self.is_leaving:
            return
        if self._half_close:
            self._close_after_answer()
        else:
            self.close()  # the client would learn of the end from nothing else

    def reset(self) -> None:
        """Drop the connection as a crash would; the answer ends where it is."""
        self._cut_answer()
        super().reset()

    def _bound_backlog(self) -> None:
        if self._answer is not None and self._answer.forgets_on_eof:
            # Not paused: then the end of the connection would not be seen, and the answer might be held back for ever.
            self.reset()
        else:
            self._pause_reading()

    def _cut_answer(self) -> None:
        if self._answer is not None:
            self._answer.cut()

    def _advance(self) -> None:
        """Run the next request, or wait for the rest of it."""
        if not self.is_open:
            return
        try:
            request = self._reader.next_request()
            if request is None:
                self._await_more(self._reader.stage)
            else:
                self._run(request)
        except Refusal as refusal:
            self._refuse(refusal)
        except Exception as error:  # noqa: BLE001 - no error of ours may keep the connection
            self._fail(error)

    def _run(self, request: Request) -> None:
        self._phase = Phase.ANSWER
        self.deadline = math.inf
        self._service.pool.busy(self)
        self._answer = Answer(self, request.head, self._interim)
        self._interim = b""
        self._answer.run(self._service.app, request_environ(self._environ, request, self.handle))

    def _await_more(self, stage: Stage) -> None:
        limits = self._service.limits
        if stage is Stage.NOTHING:
            self._await_request()
        elif self._ended:
            self._refuse(Refusal(400, _CUT_SHORT))
        elif stage is Stage.HEAD:
            self._become_busy(Phase.HEAD, limits.header_seconds)
        else:
            self._become_busy(Phase.BODY, limits.body_seconds)
            if self._reader.take_continue():
                self._interim = _CONTINUE
                self.send(_CONTINUE)
        self._resume_reading()

    def _await_request(self) -> None:
        if self._ended:
            self.close()
        elif self._phase is not Phase.IDLE:
            self._become_idle(self._service.limits.keep_alive_seconds)

    def _become_idle(self, seconds: float) -> None:
        if self.stopping:
            self.close()
            return
        self._phase = Phase.IDLE
        self._expect_within(seconds)
        self._service.pool.idle(self)

    def _become_busy(self, phase: Phase, seconds: float) -> None:
        if self._phase is not phase:
            self._phase = phase
            self._expect_within(seconds)
            self._service.pool.busy(self)

    def _close_after_answer(self) -> None:
        if self._reader.backlog and not self._ended:
            self._reader.drop()
            self._linger()
        else:
            self.close()

    def _fail(self, error: Exception) -> None:
        log.error("A request could not be read", exc_info=error)
        try:
            self._refuse(Refusal(500, "The server failed to read this request; its log says how"))
        except Exception:
            log.exception("A request could not be refused")
            self.abort()

    def _refuse(self, refusal: Refusal) -> None:
        raw = self._reader.drop()
        answer = refusal_answer(refusal, raw, self._service.wording) if self.is_open else b""
        self._tell(refusal, raw, answer)
        self.send(answer)
        if self._ended:
            self.close()
        else:
            self._linger()

    def _tell(self, refusal: Refusal, raw: bytes, answer: bytes) -> None:
        seconds = self._service.loop.time() - self._began
        status = refusal.status if answer else None
        interim, self._interim = self._interim, b""
        self._service.broken(BrokenRequest(raw, status, refusal.reason, self.handle.peer, interim + answer, seconds))
