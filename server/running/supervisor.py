"""Several processes that share a port and a database: ``messaging-double serve --workers N``.

The first process listens, and forks the workers, which accept from its sockets; so a worker that ends leaves no client
waiting at a socket of its own. It serves nothing itself: it starts workers again that die, and ends all of them.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, NoReturn

from messaging_double.models import system_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_log = logging.getLogger("messaging_double.serve")
_STOPPING = ("SIGTERM", "SIGINT", "SIGHUP")
_MOST_DEATHS, _DEATH_SECONDS = 5, 10.0
"""So many deaths for each worker within so many seconds are too many: it would not get better."""
_GRACE_SECONDS = 3.0
"""How long workers may take to end, besides the time for calls in progress."""
_READY = b"ready"

_main_process: int | None = None


class WorkersError(Exception):
    """The workers cannot be had; the text is a sentence for the user."""


def process_id() -> int:
    """Return the process that was started: that of the workers, if this is one of several."""
    return _main_process or os.getpid()


class Supervisor:
    """The process that has workers."""

    def __init__(
        self,
        count: int,
        sockets: Sequence[socket.socket],
        serve: Callable[[Callable[[], None]], None],
        stop_seconds: float,
    ) -> None:
        """Let ``count`` workers ``serve``; each calls what it is given once it answers.

        A worker is killed that has not ended some time after the ``stop_seconds`` that its own stop may take.
        """
        self._count = count
        self._sockets = sockets
        self._serve = serve
        self._end_seconds = stop_seconds + _GRACE_SECONDS
        self._workers: dict[int, bool] = {}
        """By process, whether it has said that it is ready."""
        self._deaths: deque[float] = deque(maxlen=_MOST_DEATHS * count)
        self._problem = ""
        self._is_stopping = False
        self._said, self._say = os.pipe()
        self._alive, self._life = os.pipe()
        """The workers read the first end: when this process is gone, whatever ended it, they read its end."""

    def run(self, ready: Callable[[], object]) -> None:
        """Serve until a signal comes; ``ready`` is called once all workers answer.

        Raises WorkersError if they cannot start, or die again and again.
        """
        wake, woken = socket.socketpair()
        with wake, woken, self._signals(wake):
            for _ in range(self._count):
                self._start()
            is_ready = False
            try:
                while not self._is_stopping and not self._problem:
                    self._wait(woken, None)
                    self._bury()
                    if not is_ready and all(self._workers.values()) and len(self._workers) == self._count:
                        is_ready = True
                        ready()
            finally:
                self._stop(woken)
        if self._problem:
            raise WorkersError(self._problem)

    def _start(self) -> None:
        stops = {getattr(signal, name) for name in (*_STOPPING, "SIGCHLD") if hasattr(signal, name)}
        signal.pthread_sigmask(signal.SIG_BLOCK, stops)
        try:
            process = os.fork()
            if not process:
                self._work(stops)
            self._workers[process] = False
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)

    def _work(self, stops: set[Any]) -> NoReturn:  # pragma: no cover - in the child, where coverage does not look
        """Be a worker until it ends."""
        global _main_process  # noqa: PLW0603 - there is one in a process
        status = 1
        try:
            _main_process = os.getppid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for number in stops - {signal.SIGCHLD}:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    signal.signal(number, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)
            os.close(self._said)
            os.close(self._life)
            self._serve(self._tell_ready)
            status = 0
        except KeyboardInterrupt:
            status = 0
        except Exception as error:  # noqa: BLE001 - whatever it is, the process that started this one says it
            self._tell(f"{error}")
            status = 2
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(status)

    def _tell_ready(self) -> None:  # pragma: no cover - as _work
        import asyncio  # noqa: PLC0415 - loaded in a worker anyway

        loop = asyncio.get_running_loop()

        def end() -> None:
            loop.remove_reader(self._alive)
            os.kill(os.getpid(), signal.SIGTERM)

        loop.add_reader(self._alive, end)  # it can be read when the main process is gone
        self._tell(_READY.decode())

    def _tell(self, text: str) -> None:  # pragma: no cover - as _work
        line = f"{os.getpid()} {' '.join(text.split())}"[: select.PIPE_BUF - 1]
        with contextlib.suppress(OSError):
            os.write(self._say, line.encode("utf-8", "replace")[: select.PIPE_BUF - 1] + b"\n")

    def _wait(self, woken: socket.socket, seconds: float | None) -> None:
        """Wait until a worker says something, one ends, or a signal comes."""
        readable, _, _ = select.select([woken.fileno(), self._said], [], [], seconds)
        if woken.fileno() in readable:
            woken.recv(4096)
        if self._said in readable:
            for line in os.read(self._said, 65536).splitlines():
                process, _, text = line.partition(b" ")
                if text != _READY:
                    self._problem = self._problem or text.decode("utf-8", "replace")
                elif int(process) in self._workers:
                    self._workers[int(process)] = True

    def _bury(self) -> None:
        """Start another worker for each that has died."""
        for process, status in _ended():
            was_ready = self._workers.pop(process, True)
            if self._is_stopping or self._problem:
                continue
            _log.warning("worker %d died (%s): another one is started", process, _reason(status))
            now = system_clock.monotonic()
            is_full = len(self._deaths) == self._deaths.maxlen
            if is_full and now - self._deaths[0] < _DEATH_SECONDS:
                self._problem = "The workers die again and again: the log above says how the last of them died."
            elif not was_ready and not any(self._workers.values()):
                self._problem = f"A worker died before it could serve ({_reason(status)})."
            else:
                self._deaths.append(now)
                self._start()

    def _stop(self, woken: socket.socket) -> None:
        """Accept nothing more, and let the workers end; who takes too long is killed."""
        self._is_stopping = True
        for each in self._sockets:
            each.close()
        self._signal(signal.SIGTERM)
        end = system_clock.monotonic() + self._end_seconds
        while self._workers and system_clock.monotonic() < end:
            self._bury()
            if self._workers:
                self._wait(woken, max(0.0, min(0.5, end - system_clock.monotonic())))
        if self._workers:
            _log.warning("%d workers did not end in time: they are killed", len(self._workers))
            self._signal(signal.SIGKILL)
            for process in tuple(self._workers):
                os.waitpid(process, 0)
        for pipe in (self._said, self._say, self._alive, self._life):
            os.close(pipe)

    def _signal(self, number: int) -> None:
        for process in self._workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    @contextlib.contextmanager
    def _signals(self, wake: socket.socket) -> Iterator[None]:
        def on_signal(number: int, _: object) -> None:
            if number != signal.SIGCHLD:
                self._is_stopping = True

        wake.setblocking(False)  # noqa: FBT003 - the name of the method says it
        former_wake = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        numbers = [getattr(signal, name) for name in _STOPPING]
        numbers = [each for each in numbers if signal.getsignal(each) is not signal.SIG_IGN]
        former = {number: signal.signal(number, on_signal) for number in (*numbers, signal.SIGCHLD)}
        try:
            yield
        finally:
            signal.set_wakeup_fd(former_wake)
            for number, handler in former.items():
                signal.signal(number, handler)


def _ended() -> Iterator[tuple[int, int]]:
    """Yield the processes that have ended, with their statuses."""
    with contextlib.suppress(ChildProcessError):
        while True:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            yield process, os.waitstatus_to_exitcode(status)


def _reason(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
