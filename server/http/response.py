"""One answer: what the application says, pulled part by part."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .framing import FramedAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed.wsgi import WSGIApplication

    from .channel import Channel
    from .head import Head

log = logging.getLogger("messaging_double.http")

PARTS_A_TURN = 16
"""Parts of a body that are sent before other connections get their turn."""
_NO_PARTS: Iterator[bytes] = iter(())


@dataclass(eq=False, slots=True)
class _Hold:
    """One reason to keep the answer back."""

    forget_on_eof: bool


class Answer(FramedAnswer):
    """Runs the application for one request and sends what it gives.

    The body is pulled part by part in `pump`, which goes on for as long as the channel is not blocked and nobody keeps
    the answer back.
    """

    __slots__ = ("_done", "_holds", "_over", "_parts", "_pending", "_rest")

    def __init__(self, channel: Channel, request: Head, interim: bytes = b"") -> None:
        super().__init__(channel, request, interim)
        self._parts = _NO_PARTS
        self._rest: Iterator[bytes] | None = None  # what comes after a part that was kept back
        self._holds: tuple[_Hold, ...] = ()
        self._pending = False  # a pump is to come
        self._done = False  # all of it is with the transport
        self._over = False  # and the connection was told so

    @property
    def forgets_on_eof(self) -> bool:
        """Whether it is kept back, and would not be wanted any more by a client that sends nothing more."""
        return not self._done and any(hold.forget_on_eof for hold in self._holds)

    def run(self, app: WSGIApplication, environ: dict[str, Any]) -> None:
        """Call the application and send as much of its answer as the client takes."""
        try:
            self._iterable = app(environ, self.start_response)
            self._parts = iter(self._iterable)
        except Exception as error:  # noqa: BLE001 - whatever an application raises is answered 500
            self._fail(error)
        self.pump()

    def pump(self) -> None:
        """Go on with the answer where it stopped; without effect when it is over."""
        for _ in range(PARTS_A_TURN):
            if self._over:
                return
            if self._cut or not self._channel.is_open:
                self.cancel()
                return
            if self._channel.blocked:
                return
            if self._done:
                self._over = True
                self._channel.answered(keep_alive=self._keep_alive)
                return
            if self._holds:
                return
            self._step()
        self.pump_soon()

    def pump_soon(self) -> None:
        """Go on after other connections had their turn."""
        if not self._pending:
            self._pending = True
            self._channel.soon(self._pump_pending)

    def suspend(self, *, forget_on_eof: bool) -> Callable[[], None]:
        """Keep parts back until the result is called, on the loop's thread."""
        hold = _Hold(forget_on_eof)
        self._holds = (*self._holds, hold)
        return partial(self._release, hold)

    def cut(self) -> None:
        """End the answer where it is. `close()` tells the application, once it is not at work any more."""
        self._send_nothing_more()
        self.pump_soon()

    def cancel(self) -> None:
        """Stop: the client is gone. `close()` tells the application."""
        self._over = True
        self._end(complete=self._left == 0)  # nobody asks a blocked answer whether it has ended

    def _pump_pending(self) -> None:
        self._pending = False
        self.pump()

    def _release(self, hold: _Hold) -> None:
        if hold in self._holds:
            self._holds = tuple(other for other in self._holds if other is not hold)
            self.pump()

    def _step(self) -> None:
        try:
            part = next(self._parts, None)
            if self._cut:
                return
            if self._holds:
                self._keep_back(part)
            elif part is None:
                self._go_on_without_part()
            else:
                self._send(part)
                if self._bodyless:
                    self._finish()
        except Exception as error:  # noqa: BLE001 - whatever an application raises is answered 500
            self._fail(error)

    def _keep_back(self, part: bytes | None) -> None:
        # The application has said "wait" before it gave this part. The end need not be kept: it comes again.
        if part is not None:
            self._parts, self._rest = iter((part,)), self._parts

    def _go_on_without_part(self) -> None:
        if self._rest is None:
            self._finish()
        else:
            self._parts, self._rest = self._rest, None

    def _finish(self) -> None:
        self._send_end()
        self._end(complete=True)

    def _fail(self, error: Exception) -> None:
        log.error("The application failed: %s %s", self._request.method, self._request.target, exc_info=error)
        replaced = not (self._sent or self._cut) and self._channel.is_open
        if replaced:
            self._send_error()
        elif not self._cut:
            self._channel.abort()  # the client must not take a torn answer for a whole one
        self._end(complete=replaced)

    def _end(self, *, complete: bool) -> None:
        """Ask for nothing more, let the application clean up, and tell what was sent; without effect when repeated."""
        self._done = True
        iterable, self._iterable, self._parts, self._rest = self._iterable, (), _NO_PARTS, None
        close = getattr(iterable, "close", None)
        if close is not None:
            self._tell_application(close)
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.end(complete=complete)

    def _tell_application(self, close: Callable[[], object]) -> None:
        try:
            close()
        except Exception:
            log.exception(
                "close() of the application's answer failed: %s %s", self._request.method, self._request.target
            )
