"""In which manner a request is taken: leniently, with a note of what was forgiven, or as WCF takes it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Manner:
    """What one request is read with, and what was noted while it was.

    A note says what the double accepted and what the real service would have done instead; each stands once.
    """

    strict: bool = False
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Keep ``text`` with the call, unless it is there already."""
        if text not in self.notes:
            self.notes.append(text)
