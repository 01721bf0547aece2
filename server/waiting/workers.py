"""Threads for what would keep the event loop: large requests, searches, and whatever waits for another writer."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from messaging_double.server.http import Response as HttpResponse

_T = TypeVar("_T")
_R = TypeVar("_R")
_MOST_THREADS = 32
"""More requests than this wait in line. Most threads wait for a lock themselves; they start as they are needed."""
_LARGEST_BATCH = 32
"""Calls: the first one is answered after the last one is carried out."""


class Workers:
    """Runs functions on threads while responses are held back on the loop."""

    def __init__(self) -> None:
        """Start no thread yet."""
        self._pool = ThreadPoolExecutor(_MOST_THREADS, "messaging-double")

    def run(
        self, connection: HttpResponse, function: Callable[[], _T], abandoned: Callable[[_T], object] | None = None
    ) -> Generator[bytes, None, _T]:
        """Hold the response back until the function has returned, as ``held`` does."""
        return held(connection, self._pool.submit(function), abandoned)

    def submit(self, function: Callable[[], _T]) -> Future[_T]:
        """Run a function; return its result as a future."""
        return self._pool.submit(function)

    def close(self) -> None:
        """Let what runs come to its end, and begin nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def held(
    connection: HttpResponse, future: Future[_T], abandoned: Callable[[_T], object] | None = None
) -> Generator[bytes, None, _T]:
    """Hold the response back until the future is done; return or raise what it has.

    It yields the empty part that the embedded server waits at. ``abandoned`` is called with the result, in the thread,
    if the client is gone by then.
    """
    resume = connection.suspend(forget_on_eof=False)
    future.add_done_callback(lambda _: resume())
    try:
        yield b""
    except GeneratorExit:
        if abandoned is not None:
            future.add_done_callback(lambda done: done.exception() or abandoned(done.result()))
        raise
    return future.result()


class Batches(Generic[_T, _R]):
    """Carries out the calls of each tenant in batches, one batch of a tenant at a time.

    Those that come while others of their tenant are carried out are the next batch. Where each step waits for a
    database server, one thread and one transaction for several calls cost less than several.
    """

    def __init__(self, workers: Workers, carry_out: Callable[[str, Sequence[_T]], Sequence[_R]]) -> None:
        """Let ``carry_out`` return the results of some of a tenant's calls, in a thread of ``workers``."""
        self._workers = workers
        self._carry_out = carry_out
        self._waiting: dict[str, deque[tuple[_T, Future[_R]]]] = {}
        self._lock = threading.Lock()

    def submit(self, tenant: str, call: _T, connection: HttpResponse) -> Future[_R]:
        """Let a call be carried out; return its result, or what its batch raised, as a future."""
        future: Future[_R] = Future()
        with self._lock:
            is_first = tenant not in self._waiting
            self._waiting.setdefault(tenant, deque()).append((call, future))
        if is_first:
            self._start(tenant, connection)
        return future

    def _start(self, tenant: str, connection: HttpResponse) -> None:
        """Begin two turns of the loop later: clients that were just answered have sent their next call by then."""
        run = partial(self._workers.submit, partial(self._run, tenant, connection))
        connection.wake(partial(connection.soon, partial(connection.soon, run)))

    def _run(self, tenant: str, connection: HttpResponse) -> None:
        """Carry out the calls that wait, and let those follow that come meanwhile."""
        with self._lock:
            waiting = self._waiting[tenant]
            batch = [waiting.popleft() for _ in range(min(len(waiting), _LARGEST_BATCH))]
        try:
            results = self._carry_out(tenant, [call for call, _ in batch])
        except BaseException as error:  # noqa: BLE001 - who waits for the futures raises it
            for _, future in batch:
                future.set_exception(error)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                future.set_result(result)
        with self._lock:
            if not waiting:
                del self._waiting[tenant]
                return
        self._start(tenant, connection)
