"""In which manner a request is taken: leniently, with a note of what was forgiven, or as WCF takes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from messaging_double.models.notes import Notes


@dataclass
class Manner:
    """What one request is read with, and what was noted while it was.

    A note says what the double accepted and what the real service would have done instead; each stands once.
    """

    strict: bool = False
    notes: Notes = field(default_factory=Notes)

    def note(self, text: str) -> None:
        """Keep ``text`` with the call."""
        self.notes.add(text)
