"""Rules as they are configured and stored (ours). ``server/rules`` parses them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

Origin = Literal["file", "API"]
"""Who made a rule: the configuration file, or the control API."""


class RuleSource(Struct, frozen=True):
    """A rule of the configuration file."""

    name: str
    """Unique among a tenant's rules."""
    text: str
    """The JSON of its other members, as given."""


class StoredRule(Struct, frozen=True):
    """A tenant's rule, and how often it matched."""

    name: str
    position: int
    """From 1: the order in which rules are tried."""
    text: str
    """As of ``RuleSource``."""
    made: datetime
    """By the tenant's clock; UTC."""
    expires: datetime | None
    """When it ends; ``None``: never."""
    origin: Origin
    matched: int = 0
    """How many calls it matched while it was active."""
    used: int = 0
    """How many of them it answered."""
    expired: bool = False
    """Whether it had expired before the clock was set back."""


def free_name(taken: Collection[str]) -> str:
    """Make up the name of a rule."""
    return next(name for name in map("rule-{}".format, count(1)) if name not in taken)
