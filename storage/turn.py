"""Whose turn it is to write, among the threads of this process."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import Locked

if TYPE_CHECKING:
    from collections.abc import Iterator


class Turn:
    """A queue for the writers of one process.

    SQLite would let them wait as well, but by polling: unfair, and with pauses of up to a tenth of a second.
    """

    def __init__(self) -> None:
        """Begin with nobody's turn."""
        self._lock = threading.Lock()
        self._writer: int | None = None

    @contextmanager
    def mine(self, path: str, patience: float) -> Iterator[None]:
        """Hold the turn; ``patience`` is in seconds, ``path`` is for the sentences of errors.

        Raises Locked when the turn does not come, RuntimeError for a thread that has it already.
        """
        if self._writer == threading.get_ident():
            msg = "writing() inside writing() would wait for itself: use the unit of work that is there."
            raise RuntimeError(msg)
        if not self._lock.acquire(timeout=patience):
            msg = f"The database {path} is locked: another thread of this process has been writing for {patience} s."
            raise Locked(msg)
        self._writer = threading.get_ident()
        try:
            yield
        finally:
            self._writer = None
            self._lock.release()
