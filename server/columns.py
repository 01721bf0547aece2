"""What the columns of the real service's tables can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging_double.models.errors import InvalidArgument

if TYPE_CHECKING:
    from messaging_double.server.calls import Call

COLUMN_LENGTH = 255
"""Characters of the real columns plugin, session_key, status_description, format (documented: String(255))."""


def fitted(call: Call, name: str, value: str | None, long_strings: str) -> str | None:
    """Return ``value`` as the real column would take it, by the setting ``long-strings``.

    Raises ``InvalidArgument`` where that says so.
    """
    if value is None or len(value) <= COLUMN_LENGTH:
        return value
    length = f"{name} has {len(value)} characters, the real column {COLUMN_LENGTH}"
    if long_strings == "error":
        raise InvalidArgument(length)
    if long_strings == "truncate":
        call.note(f"{length}: truncated")
        return value[:COLUMN_LENGTH]
    call.note(f"{length}: kept whole")
    return value
