"""Who is notified of changes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    Listener = Callable[[AbstractSet[str]], None]

_log = logging.getLogger("messaging_double.storage")


class Listeners:
    """Functions that are called with the tenants for which this process has written."""

    def __init__(self) -> None:
        """Begin with none."""
        self._all: dict[object, Listener] = {}

    def add(self, listener: Listener) -> Callable[[], None]:
        """Call the listener from now on, until what is returned is called."""
        token = object()
        self._all[token] = listener

        def remove() -> None:
            self._all.pop(token, None)

        return remove

    def notify(self, tenants: AbstractSet[str]) -> None:
        """Call every listener; one that raises undoes nothing and keeps no other from being called."""
        for listener in tuple(self._all.values()) if tenants else ():
            try:
                listener(tenants)
            except Exception:  # noqa: BLE001, PERF203 - whatever it is, the commit stands
                _log.exception("A listener to changes of the storage failed.")
