"""Every refusal of a caller, over a socket: in both SOAP versions, with credentials in soap:Header and beside it."""

from __future__ import annotations

import base64
import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from support.envelopes import SOAP11, SOAP12, Xml, action_of, element, envelope, operation, outgoing

from messaging_double.models import refusals
from messaging_double.models.refusals import Reason

from .support.place import Place

if TYPE_CHECKING:
    from .support.double import Double

_SECONDS = 30
GOOD = "good"
"""Stands for a ticket that the tenant issued."""


@dataclass(frozen=True)
class Case:
    """What a client carries, and why it is refused."""

    reason: Reason
    ticket: str | None = GOOD
    application: str | None = "x"
    way: str = "online"
    version: int = 88
    after: str = ""
    """What happens to the ticket before it is used: a request to the control API."""


def made(text: str) -> str:
    return "7T:" + base64.b64encode(text.encode("utf-16-le")).decode()


CASES = {
    "no application": Case(refusals.APPLICATION_TOKEN_MISSING, application=None),
    "an empty application": Case(refusals.APPLICATION_TOKEN_MISSING, application=""),
    "an unknown application": Case(refusals.APPLICATION_TOKEN_UNKNOWN, application="unknown-application"),
    "an application without the agent": Case(refusals.AGENT_NOT_GRANTED, application="ungranted-application"),
    "no ticket": Case(refusals.TICKET_MISSING, ticket=None),
    "an empty ticket": Case(refusals.TICKET_MISSING, ticket=""),
    "no ticket onsite": Case(refusals.TICKET_MISSING, ticket=None, application=None, way="onsite"),
    "no form": Case(refusals.TICKET_MALFORMED, ticket="bogus"),
    "not base64": Case(refusals.TICKET_MALFORMED, ticket="7T:***"),
    "truncated": Case(refusals.TICKET_MALFORMED, ticket=made("07f1edd1;1;Cust26759")[:-3]),
    "1 MB": Case(refusals.TICKET_MALFORMED, ticket="7T:" + "A" * 2**20),
    "1 MB of form": Case(refusals.TICKET_UNKNOWN, ticket=made("x" * 400_000 + ";1;Cust26759")),
    "malformed onsite": Case(refusals.TICKET_MALFORMED, ticket="bogus", way="onsite"),
    "of another tenant": Case(refusals.TICKET_OF_ANOTHER_TENANT, ticket=made("x;1;Cust1")),
    "an access token of another tenant": Case(refusals.TICKET_OF_ANOTHER_TENANT, ticket="8A:Cust1.x"),
    "forged": Case(refusals.TICKET_UNKNOWN, ticket=made("0" * 40 + ";1;Cust26759")),
    "forged onsite": Case(refusals.TICKET_UNKNOWN, ticket=made("x;1;Cust26759"), way="onsite"),
    "from before a reset": Case(refusals.TICKET_UNKNOWN, after="POST reset"),
    "expired": Case(refusals.TICKET_EXPIRED, after="POST tickets/1/expire"),
    "expired with all": Case(refusals.TICKET_EXPIRED, after="POST tickets/expire", way="onsite"),
    "revoked": Case(refusals.TICKET_REVOKED, after="DELETE tickets/1"),
    "an access token before 86": Case(refusals.ACCESS_TOKEN_TOO_EARLY, ticket="8A:Cust26759.x", version=85),
    "an access token onsite before 86": Case(
        refusals.ACCESS_TOKEN_TOO_EARLY, ticket="8A:Cust26759.x", version=84, way="onsite"
    ),
    "an expired access token": Case(refusals.ACCESS_TOKEN_EXPIRED, ticket="8A:Cust26759.x.expired"),
}
SEND = operation("SendMessages", Plugin="CM", OutgoingMessages=[outgoing(To="1", Content="Hei")])
VERSIONS = pytest.mark.parametrize("soap", [SOAP11, SOAP12], ids=["SOAP 1.1", "SOAP 1.2"])
PLACES = pytest.mark.parametrize("where", ["headers", "beside"])


@VERSIONS
@PLACES
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_caller_is_refused_in_band_and_nothing_is_kept(double: Double, case: Case, where: str, soap: str) -> None:
    place = Place(double, case.version)
    double.reset(place.tenant)
    issued = double.steer("POST", f"{place.control}/tickets", {"user": "ole"})["ticket"]
    if case.after:
        method, _, rest = case.after.partition(" ")
        double.steer(method, f"{place.control}/{rest}")
    double.steer("PUT", f"{place.control}/auth", {"auth": case.way})
    ticket = issued if case.ticket is GOOD else case.ticket
    answer = post(place, "SendMessages", SEND, carrying(ticket, case.application), where=where, soap=soap)
    assert_refused(answer, case.reason, soap)
    assert double.outbox(place.tenant) == []
    if where == "headers":  # with what was wrong put right it passes
        double.steer("PUT", f"{place.control}/auth", {"auth": "none"})
        answer = post(place, "SendMessages", SEND, carrying(ticket, case.application), where=where, soap=soap)
        assert answer.findtext(".//{*}Succeeded") == "true"


@VERSIONS
@PLACES
@pytest.mark.parametrize(
    ("reason", "login"),
    [
        (refusals.LOGIN_BREAKS, ("exception", "x")),
        (refusals.APPLICATION_TOKEN_MISSING, ("ole", None)),
        (refusals.APPLICATION_TOKEN_UNKNOWN, ("ole", "unknown-application")),
    ],
    ids=["on purpose", "no application", "an unknown application"],
)
def test_a_login_is_refused_in_band(
    place: Place, reason: Reason, login: tuple[str, str | None], where: str, soap: str
) -> None:
    user, application = login
    place.double.steer("PUT", f"{place.control}/auth", {"auth": "online"})
    body = operation("AuthenticateUsernamePassword", UserName=user, Password="x")  # noqa: S106 - nobody's
    carried = carrying(None, application)
    answer = post(place.principal, "AuthenticateUsernamePassword", body, carried, where=where, soap=soap)
    assert_refused(answer, reason, soap)
    assert answer.findtext(".//{*}AuthenticationSucceeded") == "false"
    assert place.double.get(f"{place.control}/tickets")["total"] == 0


def test_every_reason_is_reached() -> None:
    reached = {case.reason for case in CASES.values()} | {refusals.LOGIN_BREAKS}
    assert reached == {each for each in vars(refusals).values() if isinstance(each, Reason)}


def carrying(ticket: str | None, application: str | None) -> Xml:
    credentials = None if ticket is None else [element("Ticket", ticket)]
    return Xml(element("ApplicationToken", application) + element("Credentials", credentials))


def post(place: Place, name: str, body: Xml, carried: Xml, *, where: str, soap: str) -> etree._Element:
    """Call an operation; return the envelope of the answer."""
    document = envelope(body, soap=soap, services=place.version, **{where: carried})
    action = action_of(name, place.version)
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    if soap == SOAP12:
        headers = {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}
    connection = http.client.HTTPConnection(place.double.netloc, timeout=_SECONDS)
    try:
        connection.request("POST", place.path, document, headers)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    assert answer.status == 200, (answer.status, content)
    return etree.fromstring(content)


def assert_refused(answer: etree._Element, reason: Reason, soap: str) -> None:
    assert answer.tag == f"{{{soap}}}Envelope"
    assert answer.findtext(".//{*}Succeeded") == "false"
    info = answer.find(".//{*}ExceptionInfo")
    assert info is not None
    said = {etree.QName(each).localname: each.text for each in info}
    assert said == {
        "Message": reason.message,
        "StackTrace": None,
        "FriendlyText": reason.friendly_text,
        "ExceptionType": reason.exception_type,
        "Source": "SuperOffice.Services.Implementation",
        "InnerException": None,
        "Parameters": None,
    }
    response = answer.find(f"{{{soap}}}Body/*/{{*}}Response")
    assert response is not None
    assert len(response) == 0
