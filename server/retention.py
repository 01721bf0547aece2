"""What makes room: tenants that are not used, journals that are too large together, free pages of the file.

Each step is bounded, and others write between two of them. Steps run before tenants are listed, after something large
was deleted, after much was written to journals, and, where tenants are to be forgotten, in a thread from time to time.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from messaging_double.storage import StorageBusyError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from messaging_double.server.counters import Counters
    from messaging_double.server.settings import Settings
    from messaging_double.storage import Storage

_log = logging.getLogger("messaging_double.retention")
_AT_ONCE = 20
"""Tenants that are deleted in one transaction."""
_MARKS = 8
"""How often the last use of a tenant is written while it could become old enough to be forgotten."""
_LONGEST_MARK = 60.0
_MICROSECONDS = 1_000_000


def mark_seconds(settings: Settings) -> float:
    """Return for how long the last use of a tenant is not written again."""
    after = settings.forget_tenants_after
    return _LONGEST_MARK if after is None else min(_LONGEST_MARK, after.total_seconds() / _MARKS)


class Retention:
    """Makes room in the storage of one double."""

    deleted: Callable[[str], object] = staticmethod(lambda _: None)
    """Is called with each tenant that was forgotten."""
    flush: Callable[[], object] = staticmethod(lambda: None)
    """Writes the journal, and so when tenants were last used."""

    def __init__(self, storage: Storage, settings: Settings, now: Callable[[], int], counters: Counters) -> None:
        """Delete what ``settings`` do not let stay; ``now`` is the machine's time in microseconds."""
        self._storage = storage
        self._now = now
        self._counters = counters
        after = settings.forget_tenants_after
        self._pause = mark_seconds(settings)
        # A use may not have been written yet, here or in another process.
        self._after = None if after is None else (after.total_seconds() + self._pause) * _MICROSECONDS
        self._most_journal_bytes = settings.journal_bytes_total
        self._written = 0
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Forget tenants from time to time from now on, where that is asked for."""
        if self._after is not None and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="messaging-double-retention", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()

    def forget(self) -> int:
        """Delete the tenants that were not used for long enough; return how many. Raises ``StorageError``."""
        if self._after is None:
            return 0
        self.flush()
        since, count = int(self._now() - self._after), 0
        while not self._is_over.is_set():
            with self._storage.reading() as work:
                names = work.tenants.unused(since, most=_AT_ONCE)
            if not names:
                break
            for name in names:
                self._shrink(name, since)
            with self._storage.writing() as work:
                forgotten = [name for name in names if work.tenants.is_unused(name, since)]
                for name in forgotten:
                    work.tenants.delete(name)
            for name in forgotten:
                self.deleted(name)
            count += len(forgotten)
        if count:
            self._counters.add("tenants_forgotten", count)
            _log.info("forgot %d tenants that were not used", count)
            self.give_back_space()
        return count

    def note_use(self, tenant: str) -> None:
        """Write that a tenant is used, where that is not known, and no other thread is writing."""
        if self._storage.quotas.is_to_be_marked(tenant):
            with suppress(StorageError), self._storage.writing(tenant, patience=0.0) as work:
                work.tenants.use(tenant)

    def journal_written(self, size: int) -> bool:
        """Count raw bytes that were written to journals; say whether it is time to trim them."""
        self._written += size
        return self._written >= self._most_journal_bytes // 16

    def trim_journals(self) -> None:
        """Evict the journals of those tenants that were not used for longest, until all together keep the bound."""
        self._written = 0
        is_done = False
        try:
            while not is_done:
                with self._storage.writing() as work:
                    evicted, is_done = work.journal.trim(self._most_journal_bytes)
                self._counters.add("journal_evicted", evicted)
        except StorageError as error:
            _log.warning("the journals keep more than journal-bytes-total for now: %s", error)

    def give_back_space(self) -> None:
        """Give free pages of the file back to the disk, unless others are writing."""
        try:
            self._storage.give_back_space()
        except StorageBusyError:
            pass
        except StorageError as error:
            _log.warning("no space was given back to the disk: %s", error)

    def _shrink(self, name: str, since: int) -> None:
        is_more = True
        while is_more:
            with self._storage.writing(name) as work:
                is_more = work.tenants.is_unused(name, since) and work.tenants.shrink(name)

    def _run(self) -> None:
        while not self._is_over.wait(self._pause):
            try:
                self.forget()
            except StorageError as error:  # noqa: PERF203 - the loop is there for this exception
                _log.warning("no tenants could be forgotten for now: %s", error)
