"""Profiles: how a delivery goes on after the sending (ours; in the real service it is the plugin's business)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

HANDED_OVER = "Handed over to the gateway"
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


def _sent_then(*steps: Step) -> tuple[Step, ...]:
    return (Step("sent", HANDED_OVER, after=_AT_ONCE), *steps)


READY = (
    Profile(
        "delivers",
        "sent, delivered when GetDeliveryStatus first asks",
        _sent_then(Step("delivered", "Delivered", polls=1)),
    ),
    Profile(
        "at-once",
        "delivered as soon as it is sent",
        (Step("delivered", "Delivered", after=_AT_ONCE),),
    ),
    Profile(
        "slow",
        "sent, delivered after five minutes",
        _sent_then(Step("delivered", "Delivered", after=timedelta(minutes=5))),
    ),
    Profile("never", "stays sent", _sent_then()),
    Profile(
        "by-hand",
        "sent, delivered when a test says so",
        _sent_then(Step("delivered", "Delivered", by_hand=True)),
    ),
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
"""Those that are there without any configuration."""
DEFAULT = "delivers"
