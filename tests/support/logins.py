"""Log in at SoPrincipal.svc and call with the ticket; a clock that moves by hand."""

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from lxml import etree

from .answers import Response, is_nil, text_of
from .double import Double
from .envelopes import Xml, element, outgoing

FORM = re.compile(r"7T:[A-Za-z0-9+/]+=*")
PASSWORD = "a password"  # noqa: S105 - of no real account
MESSAGE = outgoing(To="+447700900001", Content="Hei")
BEGIN = datetime(2026, 11, 21, 8, 4, 57, 120000, tzinfo=timezone.utc)


@dataclass
class HandClock:
    """A clock that moves only by ``advance``, for each tenant on its own."""

    moved: dict[str, timedelta] = field(default_factory=dict)

    def __call__(self, tenant: str) -> datetime:
        """Return the tenant's time."""
        return BEGIN + self.moved.get(tenant, timedelta())

    def advance(self, tenant: str = "default", **by: float) -> None:
        """Move it on."""
        self.moved[tenant] = self.moved.get(tenant, timedelta()) + timedelta(**by)


def log_in(double: Double, name: Any = "ole", password: Any = PASSWORD, **how: Any) -> Response:
    """AuthenticateUsernamePassword."""
    return double.call("AuthenticateUsernamePassword", UserName=name, Password=password, **how)


def ticket(double: Double, name: Any = "ole", password: Any = PASSWORD, **how: Any) -> str:
    """Log in; return the ticket."""
    found = ticket_in(log_in(double, name, password, **how))
    assert found is not None
    return found


def authenticated(answer: Response) -> bool:
    """Say whether a login passed; whichever, what belongs together is there together."""
    assert answer.status == 200, answer
    response, credentials, succeeded = answer.soap_body
    assert etree.QName(answer.soap_body).localname == "AuthenticateResponse"
    passed = {"true": True, "false": False}[succeeded.text]
    assert is_nil(response) is is_nil(credentials) is not passed
    assert not is_nil(answer.header_block("TimeZone")), "clients read it without looking"
    return passed


def ticket_in(answer: Response) -> str | None:
    """Return the ticket of a login; ``None`` where it failed without an exception."""
    assert answer.succeeded
    assert answer.exception is None
    if not authenticated(answer):
        return None
    found: str = answer.soap_body[1][0].text
    assert FORM.fullmatch(found)
    return found


def principal(answer: Response) -> dict[str, str | None]:
    """Return the members of the principal carrier."""
    assert authenticated(answer)
    return {etree.QName(each).localname: text_of(each) for each in answer.soap_body[0]}


def carrying(ticket: Any = None, application: Any = None) -> Xml:
    """Return the headers of a call; ``None`` leaves one out."""
    credentials = None if ticket is None else [element("Ticket", ticket)]
    return Xml(element("ApplicationToken", application) + element("Credentials", credentials))


def send_with(double: Double, ticket: Any = None, application: Any = None, **how: Any) -> Response:
    """Send one message, with these headers."""
    return double.send(MESSAGE, headers=carrying(ticket, application), **how)


def refusal(answer: Response) -> str:
    """Return the Message of a call that was refused in-band."""
    assert (answer.status, answer.succeeded) == (200, False), answer
    return (answer.exception or {})["Message"] or ""


def inside(ticket: str) -> str:
    """Return the text in a ticket."""
    return base64.b64decode(ticket.removeprefix("7T:")).decode("utf-16-le")


def made(text: str) -> str:
    """Return a ticket with this text in it."""
    return "7T:" + base64.b64encode(text.encode("utf-16-le")).decode()
