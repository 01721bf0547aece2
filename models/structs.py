"""Conversion to structs by several threads.

msgspec 0.22 builds its data of a type when the type is first used, without a lock: two threads that are the first
ones at once crash the process. So the first conversion to each type is made by one thread at a time.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

_used: set[Any] = set()
_lock = RLock()  # reading a member may convert as well


def convert(value: object, kind: Any, **how: Any) -> Any:  # noqa: ANN401 - as msgspec's
    """Do as ``msgspec.convert``. Raises ``msgspec.ValidationError``."""
    return _first_alone(kind, lambda: msgspec.convert(value, kind, **how))


def decode_json(text: bytes | str, kind: Any) -> Any:  # noqa: ANN401 - as msgspec's
    """Do as ``msgspec.json.decode`` with a type. Raises ``msgspec.DecodeError``."""
    return _first_alone(kind, lambda: msgspec.json.decode(text, type=kind))


def _first_alone(kind: Any, act: Callable[[], Any]) -> Any:  # noqa: ANN401 - a type, or what looks like one
    if kind in _used:
        return act()
    with _lock:
        try:
            return act()
        finally:
            _used.add(kind)
