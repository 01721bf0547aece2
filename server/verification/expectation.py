"""An expectation of a tenant's outbox or inbox."""

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
"""The field that identifies a message of a box."""


@dataclass(frozen=True)
class Expectation:
    """A number of messages that meet all of the criteria (ours)."""

    box: Box
    criteria: tuple[Criterion, ...] = ()
    minimum: int = 1
    maximum: int | None = None
    """``None``: any number from ``minimum`` on."""
    waited: bool = False
    """Whether messages that were still missing were waited for."""

    def met_by(self, count: int) -> bool:
        """Return whether this number of matching messages is expected."""
        return count >= self.minimum and (self.maximum is None or count <= self.maximum)

    @property
    def in_words(self) -> str:
        """The expected number, for a sentence: ``exactly 1 message``."""
        if self.maximum is None:
            return f"at least {messages(self.minimum)}"
        if self.maximum == 0:
            return "no message"
        if self.minimum == self.maximum:
            return f"exactly {messages(self.maximum)}"
        return f"{self.minimum} to {messages(self.maximum)}" if self.minimum else f"at most {messages(self.maximum)}"


def messages(count: int) -> str:
    """Return ``1 message``, ``2 messages``."""
    return f"{count} message" if count == 1 else f"{count} messages"
