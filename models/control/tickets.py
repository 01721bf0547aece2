"""Tickets, and how they are checked."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from .messages import Page
from .values import AuthMode, Json, RequestBody, ResponseBody, Time, about


class Ticket(ResponseBody):
    """A ticket that was issued."""

    number: Annotated[int, about("From 1.")]
    ticket: Annotated[str, about("Masked, except in the response that issues it.")]
    user: str
    origin: Annotated[str, about("The operation that issued it, or the control API.")]
    state: Literal["active", "expired", "revoked"]
    issued: Time
    renewed: Annotated[Time, about("When it was last used.")]
    expires: Time
    uses: Annotated[int, about("How many calls carried it.")]

    def __repr__(self) -> str:
        """Return it in a line."""
        return f"<Ticket {self.number} user={self.user!r} state={self.state!r} uses={self.uses}>"


class TicketPage(Page):
    """A page of the tickets, newest first."""

    tickets: list[Ticket]
    authentications: Annotated[int, about("How many tickets clients logged in for.")]
    uses: Annotated[int, about("How many calls carried a ticket.")]


class NewTicket(RequestBody):
    """A ticket to issue."""

    example: ClassVar[Json] = {"user": "ole"}

    user: Annotated[str, Meta(min_length=1, description="Whose ticket it is.", examples=["ole"])]


class Expired(ResponseBody):
    """The result of expiring all tickets."""

    expired: Annotated[int, about("How many tickets were active.")]


class Auth(ResponseBody):
    """How tickets are checked."""

    auth: AuthMode


class NewAuth(RequestBody):
    """How to check tickets."""

    example: ClassVar[Json] = {"auth": "onsite"}

    auth: Annotated[AuthMode | None, about("null restores the setting.")]
