"""What the simulation has: delivery profiles, statuses, magic recipients, faults."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, UnsetType

from messaging_double.models.magic import DOMAIN

from .values import Json, RequestBody, ResponseBody, about


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

    profile: (
        Annotated[str | None, about("The profile of all messages; null: as the settings say.", examples=["fails"])]
        | UnsetType
    ) = UNSET
    plugins: (
        Annotated[
            dict[str, Annotated[str, Meta(examples=["slow"])]],
            about("The profiles of the messages of single plugins.", max_length=1_000),
        ]
        | UnsetType
    ) = UNSET


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
