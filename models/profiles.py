"""Delivery profiles: the statuses of a message after it was sent (ours; in the real service the plugin decides).

Of the statuses 0 and 1 are the vendor's: the SMS plugins that it published store 1 when the gateway took a message, and
0, with a text, for every failure. The others are not documented, so their numbers are ours.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from messaging_double.models.control.values import Duration, Status  # noqa: TC001 (msgspec reads the types at run time)

STATUSES = {"not-sent": 0, "sent": 1, "delivered": 2, "failed": 3, "expired": 4, "unknown": -1}
"""What a name means unless the setting ``statuses`` says otherwise; ``unknown`` is for ids that no message has."""

FINAL_STATUSES = ("delivered", "failed", "expired", "not-sent")
"""After these nothing follows by itself."""


HANDED_OVER = "Handed over to the gateway"
_AT_ONCE = timedelta(0)


class Step(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """A status or a reply, and when it takes effect: exactly one of ``after``, ``polls`` and ``by_hand``."""

    status: Status | None = None
    """A name of ``STATUSES``, or a number; ``None``: unchanged, where there is only a reply."""
    description: str | None = None
    after: Duration | None = None
    """Time after the previous step."""
    polls: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    """Number of GetDeliveryStatus polls after the previous step at which this step takes effect; the triggering poll
    already sees it."""
    by_hand: bool = False
    """Only when a test takes the step."""
    reply: str | None = None
    """Content of the recipient's reply at the same time; ``None``: no reply."""


class Profile(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """A delivery profile: steps one after the other, or a choice of other profiles."""

    name: Annotated[str, Meta(min_length=1)]
    help: str = ""
    steps: tuple[Step, ...] = ()
    one_of: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    """Names of profiles, of which the seed draws one for each message; a name that occurs twice is twice as likely."""


def _sent_then(*steps: Step) -> tuple[Step, ...]:
    return (Step("sent", HANDED_OVER, after=_AT_ONCE), *steps)


BUILTIN_PROFILES = (
    Profile(
        "delivers",
        "sent, delivered when GetDeliveryStatus first asks",
        _sent_then(Step("delivered", "Delivered", polls=1)),
    ),
    Profile("at-once", "delivered as soon as it is sent", (Step("delivered", "Delivered", after=_AT_ONCE),)),
    Profile(
        "slow",
        "sent, delivered after five minutes",
        _sent_then(Step("delivered", "Delivered", after=timedelta(minutes=5))),
    ),
    Profile("never", "stays sent", _sent_then()),
    Profile("by-hand", "sent, delivered when a test says so", _sent_then(Step("delivered", "Delivered", by_hand=True))),
    Profile(
        "fails",
        "sent, failed when GetDeliveryStatus first asks",
        _sent_then(Step("failed", "The number does not exist", polls=1)),
    ),
    Profile(
        "not-sent",
        "not sent: the gateway refuses the message",
        (Step("not-sent", "The gateway refused the message", after=_AT_ONCE),),
    ),
    Profile(
        "expires",
        "sent, expired after six hours",
        _sent_then(Step("expired", "Not delivered within its lifetime", after=timedelta(hours=6))),
    ),
    Profile("flaky", "delivers twice as often as it fails", one_of=("delivers", "delivers", "fails")),
    Profile(
        "replies",
        "delivered as soon as it is sent, and answered with OK",
        (Step("delivered", "Delivered", after=_AT_ONCE, reply="OK"),),
    ),
)
"""The profiles without any configuration."""
DEFAULT = "delivers"
