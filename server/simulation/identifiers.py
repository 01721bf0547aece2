"""External message ids and session keys: made of the seed, so that equal runs give equal ids.

How the real service makes either is not known (both are the plugin's business there); the form is ours.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def external_message_id(seed: str, tenant: str, messaging_id: int) -> str:
    """Return the id under which the plugin knows a message: 32 hexadecimal digits."""
    return _digits(16, "external", seed, tenant, str(messaging_id))


def session_key(seed: str, tenant: str, messaging_id: int) -> str:
    """Return the key of a conversation that begins with a message: 16 hexadecimal digits."""
    return _digits(8, "session", seed, tenant, str(messaging_id))


def ticket_secret(seed: str, tenant: str, number: int, issued: datetime) -> str:
    """Return the secret of a tenant's ticket: 40 hexadecimal digits.

    The moment is part of it: after a reset the numbers begin again, and a ticket from before does not pass as the new
    one, unless the clock stands still: equal seed, clock and calls give equal tickets.  A double guards nothing: who
    knows the seed and the moment can forge tickets.
    """
    return _digits(20, "ticket", seed, tenant, str(number), issued.isoformat())


def draw(sides: int, *source: str) -> int:
    """Return a number from 0 below ``sides``, the same for the same ``source``: chance that can be repeated."""
    return int(_digits(8, "draw", *source), 16) % sides


def _digits(size: int, *source: str) -> str:
    return blake2b("\0".join(source).encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()
