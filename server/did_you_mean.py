"""Suggestions for misspelt names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 100
"""Characters of a name that may be a misspelt one: only to prepare the comparison of megabytes takes seconds."""

_SYNONYMS = {"accepted": "sent", "rejected": "not-sent"}
"""Words of other gateways' APIs, and what they are called here."""


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a question that names what may have been meant; empty if no name is similar."""
    found = candidates(name, names)
    return f"did you mean {' or '.join(found)}? " if found else ""


def candidates(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that continue ``name`` after a hyphen, ``log-level`` for ``log``, else the most similar one."""
    every = list(names)
    longer = [each for each in every if each.startswith(f"{name}-")]
    return longer or [each for each in (most_similar(name, every),) if each is not None]


def most_similar(name: str, names: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the most similar of ``names`` in any letter case; ``None`` if the ratio of difflib is below ``cutoff``."""
    if len(name) > _LONGEST:
        return None
    from difflib import get_close_matches  # noqa: PLC0415 (only on the way to a refusal)

    in_small = {each.lower(): each for each in names}
    synonym = _SYNONYMS.get(name)
    found = [synonym] if synonym in in_small else get_close_matches(name.lower(), in_small, n=1, cutoff=cutoff)
    return in_small[found[0]] if found else None
