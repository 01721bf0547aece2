"""Serialises the writers of this process in arrival order.

SQLite would let them wait as well, but by polling: unfairly, and with pauses of up to a tenth of a second.
"""

from __future__ import annotations

import threading
from collections import deque


class WriteLock:
    """A lock that is handed to who has waited longest."""

    def __init__(self) -> None:
        """Begin unlocked."""
        self._mutex = threading.Lock()
        self._waiting: deque[tuple[threading.Lock, int]] = deque()
        self._owner: int | None = None

    def acquire(self, seconds: float) -> bool:
        """Wait for the lock at most so long; 0 does not wait. Raises RuntimeError in the thread that holds it."""
        thread = threading.get_ident()
        with self._mutex:
            if self._owner is None:
                self._owner = thread
                return True
            if self._owner == thread:
                raise RuntimeError(
                    "writing() inside writing() would wait for itself: use the unit of work that is there."
                )
            if seconds <= 0:
                return False
            handed_over = threading.Lock()
            handed_over.acquire()
            place = (handed_over, thread)
            self._waiting.append(place)
        if handed_over.acquire(timeout=seconds):
            return True
        with self._mutex:
            if place in self._waiting:
                self._waiting.remove(place)
                return False
        return True  # it was handed over between the two

    def release(self) -> None:
        """Hand the lock to the next thread, if one waits."""
        with self._mutex:
            if not self._waiting:
                self._owner = None
                return
            handed_over, self._owner = self._waiting.popleft()
            handed_over.release()
