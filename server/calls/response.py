"""An HTTP response, before it is sent."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import msgspec

from messaging_double.models.control.values import to_json_value

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_LONGEST_HINT = 500
HINT = "X-Messaging-Double-Hint"
REQUEST_ID = "X-Messaging-Double-Request-Id"
"""Only refusals have it: who reads one can look it up in the log and the journal."""
"""The header that says what was found, where the real service's words do not (ours)."""


class Response(msgspec.Struct):
    """A status, headers and a body."""

    status: int
    reason: str
    headers: dict[str, str]
    """Without the Content-Length, which is added when it is sent."""
    body: bytes = b""
    padding: int = 0
    """Bytes of white space that a fault sends within the body, which is itself without them."""

    @property
    def length(self) -> int:
        """How many bytes of body are sent."""
        return len(self.body) + self.padding

    def with_hint(self, hint: str) -> Response:
        """Say in a header what was found."""
        if hint:
            self.headers[HINT] = printable(hint[:_LONGEST_HINT])
        return self


def to_json(value: Any) -> bytes:  # noqa: ANN401 (a struct, or a value of JSON)
    """Return the value as JSON: indented, every character as it is, a newline at the end."""
    plain = msgspec.to_builtins(value, builtin_types=(datetime, timedelta))
    text = json.dumps(plain, ensure_ascii=False, default=to_json_value)
    return msgspec.json.format(text.encode(), indent=2) + b"\n"


def printable(text: str) -> str:
    """Return a text that can stand in a header: what a client sent must not write headers of its own."""
    return _UNPRINTABLE.sub("?", text)
