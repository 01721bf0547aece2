"""Rules as they are given and kept (ours).  What they mean is in ``server/simulation``."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

Origin = Literal["file", "API"]
"""Who made a rule: the configuration file, or the control API."""


@dataclass(frozen=True)
class RuleText:
    """A rule as it was given."""

    name: str
    """Each of a tenant's rules has its own."""
    text: str
    """The JSON of its other members, as they came."""


@dataclass(frozen=True)
class KeptRule:
    """A tenant's rule, and how often it met a call."""

    name: str
    position: int
    """From 1: the order in which rules are asked."""
    text: str
    """As of ``RuleText``."""
    made: datetime
    """By the tenant's clock; UTC."""
    expires: datetime | None
    """When it ends; ``None``: never."""
    origin: Origin
    matched: int = 0
    """How many calls met it while it was alive."""
    used: int = 0
    """How many of them it answered."""
    expired: bool = False
    """Whether it had expired before the clock was set back."""


def free_name(taken: Collection[str]) -> str:
    """Make up the name of a rule."""
    return next(name for name in map("rule-{}".format, count(1)) if name not in taken)
