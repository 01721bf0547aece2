"""A double in Python: start one or attach to one, see and verify what was sent, decide what happens.

A double is started in a thread of this process where the server is installed beside the client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = [
    "ControlError",
    "CustomProfile",
    "Event",
    "Exchange",
    "ExpectationFailed",
    "IncomingMessage",
    "Match",
    "MessagingDouble",
    "MessagingDoubleError",
    "NotArrived",
    "OutgoingMessage",
    "Report",
    "Rule",
    "Snapshot",
    "StartFailed",
    "StatusChange",
    "StatusReport",
    "Tenant",
    "TenantState",
    "Ticket",
    "Unreachable",
    "absent",
    "actions",
    "after",
    "contains",
    "given",
    "pattern",
    "regex",
    "since",
]

if TYPE_CHECKING:
    from messaging_double.models.control.journal import Exchange
    from messaging_double.models.control.messages import IncomingMessage, OutgoingMessage, StatusChange, StatusReport
    from messaging_double.models.control.simulation import Event
    from messaging_double.models.control.tenants import Snapshot, Ticket
    from messaging_double.models.control.tenants import Tenant as TenantState
    from messaging_double.models.control.verification import Report

    from . import actions
    from .criteria import Match, absent, after, contains, given, pattern, regex, since
    from .double import MessagingDouble
    from .errors import ControlError, ExpectationFailed, MessagingDoubleError, NotArrived, StartFailed, Unreachable
    from .rules import Rule
    from .tenant import Tenant
    from .values import CustomProfile
else:
    # The pytest plugin is in this package, and is loaded in every run of every project that has it installed.
    _CONTROL = "messaging_double.models.control"
    _MODULES = {
        ".criteria": "Match absent after contains given pattern regex since",
        ".double": "MessagingDouble",
        ".errors": "ControlError ExpectationFailed MessagingDoubleError NotArrived StartFailed Unreachable",
        ".rules": "Rule",
        ".tenant": "Tenant",
        ".values": "CustomProfile",
        f"{_CONTROL}.journal": "Exchange",
        f"{_CONTROL}.messages": "IncomingMessage OutgoingMessage StatusChange StatusReport",
        f"{_CONTROL}.simulation": "Event",
        f"{_CONTROL}.tenants": "Snapshot Ticket",
        f"{_CONTROL}.verification": "Report",
    }
    _PLACES = {name: (module, name) for module, names in _MODULES.items() for name in names.split()}
    _PLACES["TenantState"] = (f"{_CONTROL}.tenants", "Tenant")

    def __getattr__(name: str) -> object:
        """Load a name when it is first used (PEP 562)."""
        if name == "actions":
            return import_module(".actions", __name__)
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, attribute = _PLACES[name]
        return getattr(import_module(module, __name__), attribute)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
