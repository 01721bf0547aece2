"""A client as the vendor's proxies are: logs in at SoPrincipal.svc, and carries the ticket along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .client import Answer
    from .place import Place

MESSAGE = {"To": "+447700900001", "Content": "God morgen!"}


class Session(Protocol):
    """Two clients of one library, one for each agent."""

    def log_in(self, user: str, password: str) -> tuple[bool, str | None]:
        """AuthenticateUsernamePassword: whether it passed, and the ticket."""

    def send(self, ticket: str | None) -> Answer:
        """SendMessages with one ``MESSAGE``."""


def log_in_send_expire_and_log_in_again(session: Session, place: Place) -> None:
    """Go through the life of a ticket where tickets are checked."""
    place.double.steer("PUT", f"{place.control}/auth", {"auth": "online"})
    assert session.log_in("nobody", "x") == (False, None)
    passed, ticket = session.log_in("ole", "a password")
    assert passed
    assert ticket is not None
    assert _sent(session.send(ticket)) == 1
    assert _sent(session.send(ticket)) == 2
    refused = session.send(None)
    assert (refused.succeeded, refused.response) == (False, None)
    assert "carries no ticket" in (refused.exception or "")

    assert place.double.steer("POST", f"{place.control}/tickets/expire") == {"expired": 1}
    refused = session.send(ticket)
    assert (refused.succeeded, refused.response) == (False, None)
    assert refused.exception == "Authentication failed! The ticket has expired: authenticate again."

    passed, anew = session.log_in("ole", "a password")
    assert passed
    assert anew not in (None, ticket)
    assert _sent(session.send(anew)) == 3
    assert len(place.double.outbox(place.tenant)) == 3
    listed: dict[str, Any] = place.double.get(f"{place.control}/tickets")
    assert (listed["authentications"], listed["uses"]) == (2, 3)
    assert [each["state"] for each in listed["tickets"]] == ["active", "expired"]


def _sent(answer: Answer) -> int:
    assert answer.succeeded, answer
    (status,) = answer.response
    number: int = status["MessagingId"]
    return number
