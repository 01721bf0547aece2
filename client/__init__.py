"""A double from Python: start one or attach to one, see what was sent, judge it, steer it.

Needs the standard library only; the server is loaded where a double is started in a thread of this process.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = [
    "ControlError",
    "Exchange",
    "ExpectationFailed",
    "Happening",
    "IncomingMessage",
    "Match",
    "MessagingDouble",
    "MessagingDoubleError",
    "NotArrived",
    "OutgoingMessage",
    "Report",
    "Rule",
    "StartFailed",
    "StatusChange",
    "StatusReport",
    "Tenant",
    "Ticket",
    "Unreachable",
    "absent",
    "after",
    "contains",
    "given",
    "pattern",
    "since",
    "then",
]

if TYPE_CHECKING:
    from . import then
    from .double import MessagingDouble
    from .errors import ControlError, ExpectationFailed, MessagingDoubleError, NotArrived, StartFailed, Unreachable
    from .matching import Match, absent, after, contains, given, pattern, since
    from .records import (
        Exchange,
        Happening,
        IncomingMessage,
        OutgoingMessage,
        Report,
        StatusChange,
        StatusReport,
        Ticket,
    )
    from .rules import Rule
    from .tenant import Tenant
else:
    # The pytest plugin is in this package, and is loaded in every run of every project that has it installed.
    _HOMES = {
        "double": ("MessagingDouble",),
        "errors": (
            "ControlError",
            "ExpectationFailed",
            "MessagingDoubleError",
            "NotArrived",
            "StartFailed",
            "Unreachable",
        ),
        "matching": ("Match", "absent", "after", "contains", "given", "pattern", "since"),
        "records": (
            "Exchange",
            "Happening",
            "IncomingMessage",
            "OutgoingMessage",
            "Report",
            "StatusChange",
            "StatusReport",
            "Ticket",
        ),
        "rules": ("Rule",),
        "tenant": ("Tenant",),
    }
    _HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

    def __getattr__(name: str) -> object:
        """Load a name when it is first asked for (PEP 562)."""
        if name == "then":
            return import_module(".then", __name__)
        if name not in _HOME_OF:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        return getattr(import_module(f".{_HOME_OF[name]}", __name__), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
