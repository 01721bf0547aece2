"""Bounds the memory that libxml2 keeps for names.

libxml2 keeps every name, prefix and namespace that it meets in a dictionary of the thread, for as long as the thread
lives. What a thread of its own has met is freed when that thread ends. This costs some 0.2 ms, so that an
ordinary request is parsed where it is: ordinary is one that is short and has no name that was not there before.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")
_dict_size = etree.memory_debugger.dict_size

_SHORT = 16 * 1024
"""Bytes of a body that may be parsed without a thread of its own."""
_MOST_KEPT = 16 * 2**20
"""Bytes of bodies with new names that may be, in the life of the process."""


class NameMemory:
    """Runs parsing so that the names of at most ``most`` bytes of bodies are kept for good."""

    def __init__(self, most: int = _MOST_KEPT) -> None:
        """Keep nothing yet."""
        self._left = most

    def run(self, parse: Callable[[bytes, str, bool], _Result], data: bytes, encoding: str) -> _Result:
        """Return what ``parse`` returns for a body in an encoding, or raise what it raises.

        It is called with them and with whether it has to use a parser of its own: one that is shared keeps the names as
        well.
        """
        size = len(data)
        if size > _SHORT or self._left <= 0:
            return _in_a_thread(partial(parse, data, encoding, True))  # noqa: FBT003 (a callback)
        before = _dict_size()
        try:
            return parse(data, encoding, False)  # noqa: FBT003
        finally:
            if _dict_size() > before:
                self._left -= size


def _in_a_thread(parse: Callable[[], _Result]) -> _Result:
    results: list[_Result] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(parse())
        except Exception as error:  # noqa: BLE001 (raised again where the result is waited for)
            errors.append(error)

    thread = threading.Thread(target=run, name="messaging-double-parse")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
