"""Who is told of changes, and how those of others are noticed."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from .errors import FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable

    from .sessions import Session

    Listener = Callable[[frozenset[str]], None]

_log = logging.getLogger("messaging_double.storage")


class Listeners:
    """Those who want to know for which tenants this process has written."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._all: dict[object, Listener] = {}

    def add(self, listener: Listener) -> Callable[[], None]:
        """Tell the listener from now on, until what is returned is called."""
        token = object()
        self._all[token] = listener

        def remove() -> None:
            self._all.pop(token, None)

        return remove

    def tell(self, tenants: frozenset[str]) -> None:
        """Call every listener; one that raises undoes nothing and keeps no other from being told."""
        for listener in tuple(self._all.values()) if tenants else ():
            _tell(listener, tenants)


def _tell(listener: Listener, tenants: frozenset[str]) -> None:
    try:
        listener(tenants)
    except Exception:  # noqa: BLE001 - whatever it is, the commit stands
        _log.exception("A listener to changes of the storage failed.")


class Watch:
    """A connection that never writes, to see that another one did: SQLite's data_version is of each connection."""

    def __init__(self, connect: Callable[[], Session]) -> None:
        """Connect at the first look."""
        self._connect = connect
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._connections = 0

    def look(self) -> int:
        """Give a number that is another one whenever something was committed.  Raises what ``connect`` does, FAILURES.

        Also after connecting anew: then the version may begin again, and nobody knows what was missed.
        """
        with self._lock:
            if self._session is None:
                self._session = self._connect()
                self._connections += 1
            try:
                version: int = self._session.driver.execute("PRAGMA data_version").fetchall()[0][0]
            except FAILURES:
                self._disconnect()
                raise
            return self._connections << 32 | version

    def close(self) -> None:
        """Disconnect until somebody looks again."""
        with self._lock:
            self._disconnect()

    def begin_anew_after_fork(self) -> None:  # pragma: no cover - in the child, where coverage does not look
        """Forget who was looking: that thread of the parent process does not exist here."""
        self._lock = threading.Lock()

    def _disconnect(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
