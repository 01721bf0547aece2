"""Values of messages in JSON's types, and as text that shows white space."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .differences import Part


def to_json(value: Any) -> Any:  # noqa: ANN401 (whatever a member is)
    """Return the value in JSON's types: moments in UTC, Config as a list of objects with key and value."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    if isinstance(value, tuple):
        return [{"key": key, "value": each} for key, each in value]
    return value


def quoted(value: Any) -> str:  # noqa: ANN401
    """Return the value as JSON on one line, with escapes for every character that cannot be seen."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return text.translate({ord(each): json.dumps(each)[1:-1] for each in set(text) if not each.isprintable()})


def quoted_part(part: Part) -> str:
    """Return a part of a difference for a sentence; where there is none, ``nothing``."""
    return quoted(to_json(part)) if part or part is None else "nothing"
