"""Delivery statuses by name.  The numbers are ours: nobody documents the vendor's, and a setting maps them."""

from __future__ import annotations

NUMBERS = {
    "accepted": 0,
    "sent": 1,
    "delivered": 2,
    "failed": 3,
    "expired": 4,
    "rejected": 5,
    "unknown": -1,
}
"""What a name means unless the setting ``statuses`` says otherwise; ``unknown`` is for ids that no message has."""

FINAL = ("delivered", "failed", "expired", "rejected")
"""After these nothing follows by itself."""
