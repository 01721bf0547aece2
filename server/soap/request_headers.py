"""The contract's request headers, as an agent gets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from messaging_double.server.access import Credentials

RequestHeaders = Mapping[str, Any]
"""ApplicationToken, Credentials and TimeZone by their names; ``None`` for what the call did not carry."""


def credentials_of(headers: RequestHeaders) -> Credentials:
    """Take from the headers what says who calls."""
    carrier = headers.get("Credentials")
    return Credentials(headers.get("ApplicationToken"), None if carrier is None else carrier.Ticket)
