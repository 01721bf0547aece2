"""Threads for what would keep the event loop: large requests, searches, and whatever waits for another writer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from concurrent.futures import Future

    from messaging_double.server.http import Response as HttpResponse

_T = TypeVar("_T")
_MOST_THREADS = 32
"""More requests than this wait in line. Most threads wait for a lock themselves; they start as they are needed."""


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
