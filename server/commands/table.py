"""The commands, in the order of the help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .boxes import INBOX, OUTBOX
from .journal import JOURNAL
from .messages import REPLY, STATUS, STEP
from .openapi import OPENAPI
from .tenant import ADVANCE, RESET
from .verify import VERIFY

if TYPE_CHECKING:
    from .command import Command

COMMANDS: dict[str, Command] = {
    each.name: each for each in (VERIFY, OUTBOX, INBOX, JOURNAL, RESET, STATUS, STEP, REPLY, ADVANCE, OPENAPI)
}
