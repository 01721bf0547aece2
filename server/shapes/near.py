"""What somebody may have meant who misspelt a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 100
"""Characters of a name that may be a misspelt one: only to prepare the comparison of megabytes takes seconds."""

_SYNONYMS = {"accepted": "sent", "rejected": "not-sent"}
"""Words of other gateways' APIs, and what they are called here."""


def near(name: str, names: list[str]) -> str:
    """Return a sentence on what may have been meant, and on all that is possible."""
    return f"{meant(name, names)}possible are {', '.join(names)}; "


def meant(name: str, names: Iterable[str]) -> str:
    """Return a sentence on what may have been meant; empty where nothing is near."""
    found = nearest_ones(name, names)
    return f"did you mean {' or '.join(found)}? " if found else ""


def nearest_ones(name: str, names: Iterable[str]) -> list[str]:
    """Return those that go on after a hyphen, ``log-level`` for ``log``, else the nearest one, if there is any."""
    every = list(names)
    longer = [each for each in every if each.startswith(f"{name}-")]
    return longer or [each for each in (nearest(name, every),) if each is not None]


def nearest(name: str, names: Iterable[str], *, like: float = 0.6) -> str | None:
    """Return the one of ``names`` that may have been meant, in whatever letter case; ``None`` where nothing is near.

    ``like`` is the least similarity, as difflib has it.
    """
    if len(name) > _LONGEST:
        return None
    from difflib import get_close_matches  # noqa: PLC0415 (only on the way to a refusal)

    in_small = {each.lower(): each for each in names}
    synonym = _SYNONYMS.get(name)
    found = [synonym] if synonym in in_small else get_close_matches(name.lower(), in_small, n=1, cutoff=like)
    return in_small[found[0]] if found else None
