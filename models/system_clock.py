"""The system's clock, also in a process whose tests have frozen the time.

freezegun replaces the functions of the module ``time`` in every module that has them, also in those of asyncio. In a
thread of such a process no wait, delay or timeout would ever end, so they are measured by a copy of that module, whose
functions are objects of their own.
"""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def _copy_of(name: str) -> Any:  # noqa: ANN401 (a module)
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_time = _copy_of("time")

DATETIME: type[datetime] = next(each for each in datetime.__mro__ if each.__name__ == "datetime")
"""The class itself, not freezegun's subclass, which msgspec refuses."""
monotonic: Callable[[], float] = _time.monotonic
"""Seconds since any moment, for what lasts seconds."""
perf_counter: Callable[[], float] = _time.perf_counter
"""Seconds since any moment, for what lasts microseconds."""
thread_time: Callable[[], float] = _time.thread_time
"""Seconds of processor time of this thread."""
time: Callable[[], float] = _time.time
"""Seconds since 1970."""
