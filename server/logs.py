"""The log: standard error, as text or as JSON lines, and one line for each answered call.

A record is one line. What a client may have written is escaped, so that no client can forge a line; only the
traceback of an error of ours takes further lines, in text, and each of them begins with a bar.
Tickets, tokens and what a message says have no place in a record.
"""

from __future__ import annotations

import json
import logging
import os
import re
import select
import stat
import sys
from functools import lru_cache, partial
from time import gmtime, strftime
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct
from msgspec.structs import asdict

from messaging_double.models.system_clock import perf_counter, time
from messaging_double.server.calls.paths import readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from messaging_double.server.calls.call import Call
    from messaging_double.server.settings import Settings

OURS = logging.getLogger("messaging_double")
CALLS = logging.getLogger("messaging_double.calls")

_DELAY = 0.02
"""Seconds for which lines of calls are gathered, to be written at once."""
_LONGEST_WRITE = 3900
"""Characters that are written at once to a pipe, besides how many lines were left out.

POSIX lets a pipe that is ready take 4,096 bytes (PIPE_BUF on Linux) without waiting.
"""
_PLAIN = re.compile(r"[\w./:+@~,*-]+", re.ASCII)
_FORGING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _shown(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


class CallRecord(Struct, frozen=True):
    """One answered call, for the log."""

    method: str
    """Of HTTP: ``POST``."""
    path: str
    """Without the query."""
    status: int | None
    """Of HTTP; ``None`` where a rule or a magic recipient lets no answer be sent."""
    duration_ms: float
    request_id: str
    """The journal has it too, and the answer to a refused call."""
    tenant: str | None = None
    tenant_time: str | None = None
    """When the call came, by the tenant's clock; ``None`` where that is the machine's."""
    services: str | None = None
    """The Services version it came through: ``Services88``."""
    operation: str | None = None
    messages: int | None = None
    """How many messages it carried."""
    notes: tuple[str, ...] = ()
    """What was tolerated that the real service would refuse, and why the call was refused."""

    def __str__(self) -> str:
        """Return the call in a line of text."""
        request = _request_in_text(self.method, self.path, self.status)
        meaning = _meaning_in_text(self.tenant, self.tenant_time, self.services, self.operation)
        line = f"{request} {self.duration_ms:.1f}ms request_id={self.request_id}{meaning}"
        if self.messages is not None:
            line += f" messages={self.messages}"
        return line + f" notes={json.dumps('; '.join(self.notes))}" if self.notes else line


# Most calls differ in neither of these from an earlier one.
@lru_cache(maxsize=256)
def _request_in_text(method: str, path: str, status: int | None) -> str:
    return f"{_shown(method)} {_shown(path)} {'-' if status is None else status}"


@lru_cache(maxsize=256)
def _meaning_in_text(tenant: str | None, tenant_time: str | None, services: str | None, operation: str | None) -> str:
    said = {"tenant": tenant, "tenant_time": tenant_time, "services": services, "operation": operation}
    return "".join([f" {name}={_shown(text)}" for name, text in said.items() if text is not None])


class Decision(Struct, frozen=True):
    """Why a call is answered as it is: what a rule asked for, which profile a message got."""

    request_id: str
    tenant: str
    decision: str

    def __str__(self) -> str:
        """Return it in a line of text."""
        return f"request_id={self.request_id} tenant={json.dumps(self.tenant)} {self.decision}"


explains = partial(CALLS.isEnabledFor, logging.DEBUG)
"""Returns whether decisions are logged."""


def explain(call: Call, decisions: Iterable[str]) -> None:
    """Log why a call is answered as it is."""
    for each in decisions:
        CALLS.debug(Decision(call.request_id, call.tenant, each))


def log_call(call: Call, status: int | None) -> None:
    """Log an answered call, a refused one as a warning."""
    level = logging.WARNING if call.refused is not None and call.fault is None else logging.INFO
    if CALLS.isEnabledFor(level):
        line = CallRecord(
            call.method,
            readable(call.path),
            status,
            (perf_counter() - call.began) * 1000,
            call.request_id,
            call.tenant,
            None if call.received is None else f"{call.now.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z",
            call.services,
            call.operation,
            call.messages,
            call.notes,
        )
        handler = _only_handler()
        if handler is None or call.connection is None:
            # As CALLS.log does, without a search of the stack for who logs.
            CALLS.handle(logging.LogRecord(CALLS.name, level, __file__, 0, line, (), None))
        elif handler.hold(time(), level, line) == 1:
            call.connection.soon(handler.flush, _DELAY)


def _only_handler() -> UnblockedHandler | None:
    """Return our handler where no other one gets the records of calls: then no record has to be made of them."""
    root = logging.root.handlers
    if len(root) == 1 and type(root[0]) is UnblockedHandler and not CALLS.handlers and not OURS.handlers:
        return root[0]
    return None


def configure(settings: Settings) -> None:
    """Send the log of this process to standard error, in the form and from the level of the settings.

    Other libraries log from warnings on: SQLAlchemy, for one, logs the contents of messages below that.
    """
    level = logging.getLevelName(settings.log_level.upper())
    handler = UnblockedHandler(sys.stderr)
    handler.setLevel(level)  # SQLAlchemy gives its own logger a level, which would pass by that of the root
    handler.setFormatter(_JsonFormatter() if settings.log_format == "json" else _TextFormatter())
    root = logging.getLogger()
    # By its type a second call recognises the handler of the first, and leaves other handlers alone.
    for former in [each for each in root.handlers if isinstance(each, UnblockedHandler)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(max(level, logging.WARNING))
    OURS.setLevel(level)
    quiet_spyne()


def quiet_spyne() -> None:
    """Silence spyne, which logs the faults of clients with tracebacks and with the bodies of their requests."""
    spyne = logging.getLogger("spyne")
    spyne.setLevel(logging.CRITICAL)
    spyne.propagate = False
    if not spyne.handlers:
        spyne.addHandler(logging.NullHandler())


class UnblockedHandler(logging.StreamHandler):  # type: ignore[type-arg]  # generic from Python 3.11 on only
    """Writes whole lines to standard error, those that can be written without waiting.

    A process that starts the double with its standard error on a pipe and does not read it would block the double once
    the pipe is full (64 KiB, some hundred calls). Lines that do not fit are left out and counted instead.
    """

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
        return line if self._poll is None or len(line) <= _LONGEST_WRITE else f"{line[:_LONGEST_WRITE]}…"


def _chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the lines in as few parts as a pipe takes without waiting."""
    chunk: list[str] = []
    room = _LONGEST_WRITE
    for line in lines:
        if chunk and len(line) >= room:
            yield chunk
            chunk, room = [], _LONGEST_WRITE
        chunk.append(line)
        room -= len(line) + 1
    if chunk:
        yield chunk


class _Formatter(logging.Formatter):
    def lines(self, held: Iterable[tuple[float, int, CallRecord]]) -> list[str]:
        """Return the lines of calls: each with when it was logged, and its level."""
        line = self.line
        return [line(created, logging.getLevelName(level), CALLS.name, call) for created, level, call in held]

    def format(self, record: logging.LogRecord) -> str:
        message = record.msg if isinstance(record.msg, Struct) else record.getMessage()
        traceback = self.formatException(record.exc_info) if record.exc_info else ""
        return self.line(record.created, record.levelname, record.name, message, traceback)

    def line(self, created: float, level: str, name: str, message: Struct | str, traceback: str = "") -> str:
        raise NotImplementedError


class _TextFormatter(_Formatter):
    def line(self, created: float, level: str, name: str, message: Struct | str, traceback: str = "") -> str:
        text = str(message) if isinstance(message, CallRecord) else _FORGING.sub(_escape, str(message))
        line = f"{_time_of(created)} {level} {name} {text}"
        if traceback:
            line += "".join(f"\n    | {_FORGING.sub(_escape, each)}" for each in traceback.split("\n"))
        return line


class _JsonFormatter(_Formatter):
    def line(self, created: float, level: str, name: str, message: Struct | str, traceback: str = "") -> str:
        fields: dict[str, object] = {"time": _time_of(created), "level": level.lower(), "logger": name}
        if isinstance(message, Struct):
            fields |= asdict(message)
            if isinstance(message, CallRecord):
                fields["duration_ms"] = round(message.duration_ms, 3)
        else:
            fields["message"] = message
        if traceback:
            fields["traceback"] = traceback
        return json.dumps(fields)


def _time_of(created: float) -> str:
    second = int(created)
    return f"{_time_until_second(second)}.{int(created % 1 * 1000):03d}Z"


@lru_cache(maxsize=1)
def _time_until_second(second: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(second))


def _escape(found: re.Match[str]) -> str:
    return ascii(found[0])[1:-1]
