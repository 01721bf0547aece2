"""JSON as the control API writes it: readable, and every character as it is."""

from __future__ import annotations

import json
from typing import Any


def dumps(value: Any) -> str:
    """Return ``value`` as JSON with a newline at its end."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
