"""What is expected of a tenant's outbox or inbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from messaging_double.models.fields import INBOX, OUTBOX

if TYPE_CHECKING:
    from messaging_double.models.criteria import Criterion
    from messaging_double.models.fields import Field

Box = Literal["outbox", "inbox"]

FIELDS: dict[Box, dict[str, Field]] = {
    "outbox": {field.name: field for field in OUTBOX},
    "inbox": {field.name: field for field in INBOX},
}
NUMBER: dict[Box, str] = {"outbox": "messagingId", "inbox": "id"}
"""The field by which one message of a box is told from another."""


@dataclass(frozen=True)
class Expectation:
    """So many messages that meet all of the criteria (ours)."""

    box: Box
    criteria: tuple[Criterion, ...] = ()
    least: int = 1
    most: int | None = None
    """``None``: any number from ``least`` on."""

    def met_by(self, count: int) -> bool:
        """Say whether so many matching messages are as expected."""
        return count >= self.least and (self.most is None or count <= self.most)

    @property
    def in_words(self) -> str:
        """How many are expected, for a sentence: ``exactly 1 message``."""
        if self.most is None:
            return f"at least {messages(self.least)}"
        if self.most == 0:
            return "no message"
        if self.least == self.most:
            return f"exactly {messages(self.most)}"
        return f"{self.least} to {messages(self.most)}" if self.least else f"at most {messages(self.most)}"


def messages(count: int) -> str:
    """Return ``1 message``, ``2 messages``."""
    return f"{count} message" if count == 1 else f"{count} messages"
