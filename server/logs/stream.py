"""Standard error for the log: never blocks on a pipe that is not read.

A process that starts the double with its standard error on a pipe and does not read it would block the double once the
pipe is full (64 KiB, some hundred calls).  Lines that do not fit are left out and counted instead.
"""

from __future__ import annotations

import logging
import os
import select
import stat
from typing import TextIO

LONGEST = 4000
"""Characters of a line; POSIX lets a pipe that is ready take 4,096 bytes (PIPE_BUF on Linux) without waiting."""


class UnblockedHandler(logging.StreamHandler):  # type: ignore[type-arg]  # generic from Python 3.11 on only
    """Writes whole lines, those that can be written without waiting."""

    def __init__(self, stream: TextIO) -> None:
        """Write to ``stream``; only one that is a pipe or a socket is asked each time whether it is ready."""
        super().__init__(stream)
        self._left_out = 0
        self._poll: select.poll | None = None
        try:
            number = stream.fileno()
            mode = os.fstat(number).st_mode
        except (OSError, ValueError, AttributeError):
            return  # no file of the system: what it does is its own affair
        if hasattr(select, "poll") and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            self._poll = select.poll()
            self._poll.register(number, select.POLLOUT)

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, or count it as left out."""
        if self._poll is not None and not self._poll.poll(0):
            self._left_out += 1
            return
        if self._left_out:
            count, self._left_out = self._left_out, 0
            text = "%d lines are left out here: standard error was not read"
            super().emit(logging.LogRecord("messaging_double.logs", logging.WARNING, "", 0, text, (count,), None))
        super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; on a pipe no more of it than the pipe is sure to take."""
        line = super().format(record)
        return line if self._poll is None or len(line) <= LONGEST else f"{line[:LONGEST]}…"
