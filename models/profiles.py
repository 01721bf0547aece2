"""Profiles: how a delivery goes on after the sending (ours; in the real service it is the plugin's business)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

ACCEPTED = "Accepted by messaging-double"
_AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Step:
    """A status, and what it takes to come to it from the step before.

    Exactly one of ``after``, ``polls`` and ``by_hand`` says that.
    """

    status: str | int | None = None
    """A name of ``models/statuses``, or a number as it stands; ``None``: as before, where there is only a reply."""
    description: str | None = None
    after: timedelta | None = None
    """So long after the step before."""
    polls: int | None = None
    """At the so-manieth GetDeliveryStatus that asks for the message after the step before, for that very answer."""
    by_hand: bool = False
    """Only when a test says so."""
    reply: str | None = None
    """What the recipient answers at the same moment; ``None``: nothing."""


@dataclass(frozen=True)
class Profile:
    """A delivery life: steps one after the other, or one of other profiles."""

    name: str
    help: str = ""
    steps: tuple[Step, ...] = ()
    one_of: tuple[str, ...] = ()
    """Names of profiles, of which each message gets one, by the seed; a name that stands twice comes twice as often."""


def _accepted_then(*steps: Step) -> tuple[Step, ...]:
    return (Step("accepted", ACCEPTED, after=_AT_ONCE), *steps)


_SENT = Step("sent", "Handed to the operator", after=timedelta(seconds=30))

READY = (
    Profile(
        "delivers",
        "delivered when GetDeliveryStatus first asks",
        _accepted_then(Step("delivered", "Delivered", polls=1)),
    ),
    Profile(
        "at-once",
        "delivered as soon as it is sent",
        (Step("delivered", "Delivered", after=_AT_ONCE),),
    ),
    Profile(
        "slow",
        "sent after 30 seconds, delivered after five minutes more",
        _accepted_then(_SENT, Step("delivered", "Delivered", after=timedelta(minutes=5))),
    ),
    Profile("never", "stays accepted", _accepted_then()),
    Profile(
        "by-hand",
        "sent, then delivered, each when a test says so",
        _accepted_then(
            Step("sent", "Handed to the operator", by_hand=True), Step("delivered", "Delivered", by_hand=True)
        ),
    ),
    Profile(
        "fails",
        "failed when GetDeliveryStatus first asks",
        _accepted_then(Step("failed", "The number does not exist", polls=1)),
    ),
    Profile(
        "rejected",
        "rejected as soon as it is sent",
        (Step("rejected", "Rejected: the recipient is blocked", after=_AT_ONCE),),
    ),
    Profile(
        "expires",
        "sent after 30 seconds, expired after six hours more",
        _accepted_then(_SENT, Step("expired", "Not delivered within its lifetime", after=timedelta(hours=6))),
    ),
    Profile("flaky", "delivers twice as often as it fails", one_of=("delivers", "delivers", "fails")),
    Profile(
        "replies",
        "delivered as soon as it is sent, and answered with OK",
        (Step("delivered", "Delivered", after=_AT_ONCE, reply="OK"),),
    ),
)
"""Those that are there without any configuration."""
DEFAULT = "delivers"
