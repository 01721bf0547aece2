"""The clock of a tenant, and the events that advancing it causes."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, UnsetType

from .values import Duration, Json, Moment, RequestBody, ResponseBody, Time, about

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
    now: (
        Annotated[Moment, about("The time it stands still at, or goes on from. frozen without it: the current time.")]
        | UnsetType
    ) = UNSET
    offset: Annotated[Duration, about("With shifted: how far it is ahead of the machine's clock.")] | UnsetType = UNSET


class Advance(RequestBody):
    """How far to advance a clock."""

    example: ClassVar[Json] = {"by": "PT6H"}
    can_be_empty: ClassVar[bool] = False

    by: Annotated[Duration, about("By this length of time.")] | UnsetType = UNSET
    to: Annotated[Moment, about("To this moment.")] | UnsetType = UNSET


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
