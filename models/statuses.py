"""Delivery statuses by name.

0 and 1 are the vendor's: the SMS plugins that it published store 1 when the gateway took a message, and 0, with a text,
for every failure. The others are not documented, so their numbers are ours; the setting ``statuses`` maps all of them.
"""

from __future__ import annotations

NUMBERS = {
    "not-sent": 0,
    "sent": 1,
    "delivered": 2,
    "failed": 3,
    "expired": 4,
    "unknown": -1,
}
"""What a name means unless the setting ``statuses`` says otherwise; ``unknown`` is for ids that no message has."""

FINAL = ("delivered", "failed", "expired", "not-sent")
"""After these nothing follows by itself."""
