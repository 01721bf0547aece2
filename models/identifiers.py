"""External message ids, session keys and secrets, derived from the seed: equal runs give equal ids.

How the real service makes them is not known; the form is ours. Ids and keys end with the messaging id, so that the
storage finds a message by them without an index of all messages.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_ID = re.compile(r"[0-9a-f]{8}")
_ID_DIGITS = 8


def message_keys(seed: str, tenant: str, messaging_id: int) -> tuple[str, str]:
    """Return the external id of a message, for its plugin, and the key of its conversation.

    32 and 16 hexadecimal digits, of which the last eight are the messaging id.
    """
    digest = _digest_of_messages(seed, tenant).copy()
    digest.update(b"%d" % messaging_id)
    digits, number = digest.hexdigest(), id_digits(messaging_id)
    return digits[:24] + number, digits[24:] + number


def id_digits(messaging_id: int) -> str:
    """Return the digits of a messaging id with which the keys of its message end."""
    return (messaging_id & 0xFFFFFFFF).to_bytes(4, "big").hex()  # in half the time of a format


def id_in(key: str | None) -> int | None:
    """Return the messaging id that a key ends with; ``None`` for a key that contains none."""
    digits = (key or "")[-_ID_DIGITS:]
    return int(digits, 16) if _ID.fullmatch(digits) else None


def ticket_secret(seed: str, tenant: str, number: int, issued: datetime) -> str:
    """Return the secret of a tenant's ticket: 40 hexadecimal digits.

    The moment is part of it: after a reset the numbers begin again, and an older ticket is not valid as the new one,
    unless the clock stands still; equal seed, clock and calls give equal tickets. Such a secret protects nothing: the
    seed and the moment suffice to forge it.
    """
    return _digits(20, "ticket", seed, tenant, str(number), issued.isoformat())


def draw(sides: int, *source: str) -> int:
    """Return a number from 0 below ``sides``, the same for the same ``source``: chance that can be repeated."""
    return int(_digits(8, "draw", *source), 16) % sides


@lru_cache(maxsize=64)
def _digest_of_messages(seed: str, tenant: str) -> blake2b:
    """Return what the digests of a tenant's messages begin with."""
    return _digest(16, "message", seed, tenant, "")


def _digits(size: int, *source: str) -> str:
    return _digest(size, *source).hexdigest()


def _digest(size: int, *source: str) -> blake2b:
    return blake2b("\0".join(source).encode("utf-8", "surrogatepass"), digest_size=size)
