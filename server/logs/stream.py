"""Standard error for the log: never blocks on a pipe that is not read.

A process that starts the double with its standard error on a pipe and does not read it would block the double once the
pipe is full (64 KiB, some hundred calls). Lines that do not fit are left out and counted instead.
"""

from __future__ import annotations

import logging
import os
import select
import stat
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from . import CallRecord

LONGEST = 3900
"""Characters that are written at once to a pipe, besides how many lines were left out.

POSIX lets a pipe that is ready take 4,096 bytes (PIPE_BUF on Linux) without waiting.
"""


class UnblockedHandler(logging.StreamHandler):  # type: ignore[type-arg]  # generic from Python 3.11 on only
    """Writes whole lines, those that can be written without waiting."""

    def __init__(self, stream: TextIO) -> None:
        """Write to ``stream``; only one that is a pipe or a socket is asked each time whether it is ready."""
        super().__init__(stream)
        self._left_out = 0
        self._held: list[tuple[float, int, CallRecord]] = []
        self._poll: select.poll | None = None
        try:
            number = stream.fileno()
            mode = os.fstat(number).st_mode
        except (OSError, ValueError, AttributeError):
            return  # no file of the system: what it does is its own affair
        if hasattr(select, "poll") and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            self._poll = select.poll()
            self._poll.register(number, select.POLLOUT)

    def hold(self, created: float, level: int, call: CallRecord) -> int:
        """Keep what is logged of a call, to be written with others; return how many are kept now."""
        with self.lock:  # type: ignore[union-attr]  # as in flush, which another thread's record may call meanwhile
            self._held.append((created, level, call))
            return len(self._held)

    def flush(self) -> None:
        """Write the lines that are kept, as many at once as a pipe is sure to take."""
        with self.lock:  # type: ignore[union-attr]  # logging.Handler makes one
            held, self._held = self._held, []
            if not held:
                return
            lines: list[str] = self.formatter.lines(held)  # type: ignore[union-attr]  # one of ours
            for chunk in [lines] if self._poll is None else _chunks(map(self._cut, lines)):
                self._write(chunk)

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record after all lines that are kept, or count it as left out."""
        try:
            if self._held:
                self.flush()
            self._write([self.format(record)])
        except Exception:  # noqa: BLE001 - what is done with it is logging's to decide
            self.handleError(record)

    def _write(self, lines: list[str]) -> None:
        if self._poll is not None and not self._poll.poll(0):
            self._left_out += len(lines)
            return
        if self._left_out:
            count, self._left_out = self._left_out, 0
            text = "%d lines are left out here: standard error was not read"
            left_out = logging.LogRecord("messaging_double.logs", logging.WARNING, "", 0, text, (count,), None)
            lines = [self.format(left_out), *lines]
        self.stream.write(self.terminator.join(lines) + self.terminator)
        super().flush()  # else what the pipe is asked about is not what is written to it

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; on a pipe no more of it than the pipe is sure to take."""
        return self._cut(super().format(record))

    def _cut(self, line: str) -> str:
        return line if self._poll is None or len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the lines in as few parts as a pipe takes without waiting."""
    chunk: list[str] = []
    room = LONGEST
    for line in lines:
        if chunk and len(line) >= room:
            yield chunk
            chunk, room = [], LONGEST
        chunk.append(line)
        room -= len(line) + 1
    if chunk:
        yield chunk
