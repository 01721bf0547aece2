"""What somebody may have meant who misspelt a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


_SYNONYMS = {"accepted": "sent", "rejected": "not-sent"}
"""Words of other gateways' APIs, and what they are called here."""


def near(name: str, names: list[str]) -> str:
    """Return a sentence on what may have been meant, and on all that is possible."""
    return f"{meant(name, names)}possible are {', '.join(names)}; "


def meant(name: str, names: Iterable[str]) -> str:
    """Return a sentence on what may have been meant; empty where nothing is near."""
    from difflib import get_close_matches  # noqa: PLC0415 (only on the way to a refusal)

    possible = list(names)
    synonym = _SYNONYMS.get(name)
    nearest = [synonym] if synonym in possible else get_close_matches(name, possible, n=1)
    return f"did you mean {nearest[0]}? " if nearest else ""
