"""The commands that use the control API, in the order of the help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lists import LISTS
from .rules import RULES
from .steering import MESSAGES, TIME
from .tenants import DOUBLE, TENANTS
from .verify import VERIFY

if TYPE_CHECKING:
    from .command import Command

COMMANDS: dict[str, Command] = {
    each.name: each for each in (VERIFY, *LISTS, *MESSAGES, *TIME, *RULES, *TENANTS, *DOUBLE)
}
