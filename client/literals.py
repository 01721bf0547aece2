"""The words that tests use for profiles, faults and the like, for editors and type checkers.

They are those of the tables in ``models``; a test compares them.
"""

from __future__ import annotations

from typing import Literal, NewType

from messaging_double.models.control.values import AuthMode, Box, StatusName, WireFault

__all__ = ["AuthMode", "Box", "ClockMode", "CustomProfile", "Profile", "ProfileName", "Side", "StatusName", "WireFault"]

ClockMode = Literal["real", "frozen", "shifted"]
Side = Literal["Receiver", "Sender"]
ProfileName = Literal[
    "delivers",
    "at-once",
    "slow",
    "never",
    "by-hand",
    "fails",
    "not-sent",
    "expires",
    "flaky",
    "replies",
]
"""The built-in delivery profiles."""
CustomProfile = NewType("CustomProfile", str)
"""The name of a profile of the settings: ``tenant.profile = CustomProfile("nightly")``."""
Profile = ProfileName | CustomProfile
