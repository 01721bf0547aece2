"""External message ids and session keys: made of the seed, so that equal runs give equal ids.

How the real service makes either is not known (both are the plugin's business there); the form is ours.
"""

from __future__ import annotations

from hashlib import blake2b


def external_message_id(seed: str, tenant: str, messaging_id: int) -> str:
    """Return the id under which the plugin knows a message: 32 hexadecimal digits."""
    return _digits("external", seed, tenant, messaging_id, 16)


def session_key(seed: str, tenant: str, messaging_id: int) -> str:
    """Return the key of a conversation that begins with a message: 16 hexadecimal digits."""
    return _digits("session", seed, tenant, messaging_id, 8)


def ticket_secret(seed: str, tenant: str, number: int) -> str:
    """Return the secret of a tenant's ticket: 40 hexadecimal digits.

    A double guards nothing: who knows the seed can forge tickets, and equal runs are worth more here.
    """
    return _digits("ticket", seed, tenant, number, 20)


def _digits(kind: str, seed: str, tenant: str, number: int, size: int) -> str:
    source = "\0".join((kind, seed, tenant, str(number)))
    return blake2b(source.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()
