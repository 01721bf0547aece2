"""What the simulation has: delivery profiles, statuses, magic recipients, faults, and the clock of a tenant."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta

from messaging_double.models.magic import DOMAIN

from .values import Duration, Json, Moment, Offset, OrUnset, RequestBody, ResponseBody, Time, about


class Step(ResponseBody):
    """A step of a delivery; one of after, polls and byHand says when it is taken."""

    status: Annotated[str | int | None, about("The name or the number of a status; null: unchanged.")]
    description: str | None
    after: Annotated[timedelta | None, about("How long after the previous step.")]
    polls: Annotated[
        int | None,
        about(
            "Number of GetDeliveryStatus polls after the previous step at which this step takes effect; the triggering "
            "poll already sees it."
        ),
    ]
    by_hand: Annotated[bool, about("Taken when a test says so.")]
    reply: Annotated[str | None, about("The content of the recipient's reply.")]


class Profile(ResponseBody):
    """A delivery profile: steps, or a choice of other profiles."""

    name: str
    help: str
    steps: list[Step]
    one_of: Annotated[list[str], about("The profiles of which each message gets one; the seed decides.")]


class Profiles(ResponseBody):
    """All delivery profiles and statuses."""

    profiles: list[Profile]
    statuses: Annotated[dict[str, int], about("The numbers of the statuses, by name.")]


class MagicRecipients(ResponseBody):
    """All magic recipients."""

    numbers: Annotated[dict[str, str], about("What each telephone number stands for: a profile or a fault.")]
    addresses: Annotated[list[str], about(f"What may stand before +label@{DOMAIN}.")]


class ChosenProfiles(ResponseBody):
    """The profiles that a tenant's messages get."""

    profile: Annotated[str | None, about("The profile of all messages; null: as the settings say.")]
    plugins: Annotated[dict[str, str], about("The profiles of the messages of single plugins.")]


class NewProfiles(RequestBody):
    """The profiles that messages get from now on."""

    example: ClassVar[Json] = {"profile": "fails"}
    can_be_empty: ClassVar[bool] = False

    profile: OrUnset[
        Annotated[str | None, about("The profile of all messages; null: as the settings say.", examples=["fails"])]
    ] = UNSET
    plugins: OrUnset[
        Annotated[
            dict[str, Annotated[str, Meta(examples=["slow"])]],
            about("The profiles of the messages of single plugins.", max_length=1_000),
        ]
    ] = UNSET


class Fault(ResponseBody):
    """A fault that a rule can inject."""

    name: str
    then: Annotated[dict[str, Any], about("The answer of a rule that injects it.")]
    processed: Annotated[bool, about("Whether the operation is carried out nevertheless.")]
    does: str
    seen: Annotated[str, about("What a client reports.")]
    needs_serve: Annotated[bool, about("Whether only the embedded server can inject it.")]


class Faults(ResponseBody):
    """All faults."""

    faults: list[Fault]


Mode = Literal["real", "frozen", "shifted"]


class Clock(ResponseBody):
    """A tenant's clock."""

    mode: Annotated[
        Mode, about("real: the machine's clock. shifted: ahead of it by offset. frozen: it stands still at now.")
    ]
    now: Time
    offset: Annotated[timedelta, about("How far it is ahead of the machine's clock; negative if it is behind.")]


class NewClock(RequestBody):
    """How to set a clock."""

    example: ClassVar[Json] = {"mode": "frozen", "now": "2026-11-21T08:00:00Z"}

    mode: Mode
    now: OrUnset[
        Annotated[Moment, about("The time it stands still at, or goes on from. frozen without it: the current time.")]
    ] = UNSET
    offset: OrUnset[
        Annotated[Offset, about("With shifted: how far it is ahead of the machine's clock; negative if it is behind.")]
    ] = UNSET


class Advance(RequestBody):
    """How far to advance a clock."""

    example: ClassVar[Json] = {"by": "PT6H"}
    can_be_empty: ClassVar[bool] = False

    by: OrUnset[Annotated[Duration, about("By this length of time.")]] = UNSET
    to: OrUnset[Annotated[Moment, about("To this moment.")]] = UNSET


class Event(ResponseBody):
    """Something that became due while a clock advanced."""

    at: Annotated[Time, about("When it was due.")]
    what: Literal["status", "reply", "ticket expired", "rule expired"]
    messaging_id: Annotated[int | None, about("The message whose status changed, or that was replied to.")]
    status: int | None
    inbox_id: Annotated[int | None, about("The id of the reply.")]
    name: Annotated[str | None, about("The name of the rule, or the number of the ticket.")]


class Advanced(ResponseBody):
    """A clock that was advanced."""

    now: Time
    events: Annotated[list[Event], about("What became due, in order.")]
