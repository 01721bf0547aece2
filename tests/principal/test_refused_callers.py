"""Every refusal of a caller, in both SOAP versions, with credentials in soap:Header and beside it."""

from __future__ import annotations

import pytest
from support.answers import is_nil
from support.envelopes import SOAP11, SOAP12
from support.logins import MESSAGE, authenticated, carrying, log_in, made

from messaging_double.models import errors

GOOD = "good"
"""Stands for a ticket that the tenant issued."""
# reason: what the client carries (ticket, application), the way of checking, the version, what happened to the ticket
CASES = {
    "no application": (errors.APPLICATION_TOKEN_MISSING, GOOD, None, "online", 88, ""),
    "an empty application": (errors.APPLICATION_TOKEN_MISSING, GOOD, "", "online", 88, ""),
    "an unknown application": (errors.APPLICATION_TOKEN_UNKNOWN, GOOD, "unknown-application", "online", 88, ""),
    "an ungranted application": (errors.AGENT_NOT_GRANTED, GOOD, "ungranted-application", "online", 88, ""),
    "no ticket": (errors.TICKET_MISSING, None, "x", "online", 88, ""),
    "an empty ticket": (errors.TICKET_MISSING, "", "x", "online", 88, ""),
    "no ticket onsite": (errors.TICKET_MISSING, None, None, "onsite", 88, ""),
    "no form": (errors.TICKET_MALFORMED, "bogus", "x", "online", 88, ""),
    "not base64": (errors.TICKET_MALFORMED, "7T:***", "x", "online", 88, ""),
    "truncated": (errors.TICKET_MALFORMED, made("07f1edd1;1;Cust26759")[:-3], "x", "online", 88, ""),
    "1 MB": (errors.TICKET_MALFORMED, "7T:" + "A" * 2**20, "x", "online", 88, ""),
    "1 MB of form": (errors.TICKET_UNKNOWN, made("x" * 400_000 + ";1;Cust26759"), "x", "online", 88, ""),
    "malformed onsite": (errors.TICKET_MALFORMED, "bogus", "x", "onsite", 88, ""),
    "of another tenant": (errors.TICKET_OF_ANOTHER_TENANT, made("x;1;Cust1"), "x", "online", 88, ""),
    "a token of another tenant": (errors.TICKET_OF_ANOTHER_TENANT, "8A:Cust1.x", "x", "online", 88, ""),
    "forged": (errors.TICKET_UNKNOWN, made("0" * 40 + ";1;Cust26759"), "x", "online", 88, ""),
    "forged onsite": (errors.TICKET_UNKNOWN, made("x;1;Cust26759"), "x", "onsite", 88, ""),
    "from before a reset": (errors.TICKET_UNKNOWN, GOOD, "x", "online", 88, "POST reset"),
    "expired": (errors.TICKET_EXPIRED, GOOD, "x", "online", 88, "POST tickets/1/expire"),
    "expired with all": (errors.TICKET_EXPIRED, GOOD, "x", "onsite", 88, "POST tickets/expire"),
    "revoked": (errors.TICKET_REVOKED, GOOD, "x", "online", 88, "DELETE tickets/1"),
    "a token before 86": (errors.ACCESS_TOKEN_TOO_EARLY, "8A:Cust26759.x", "x", "online", 85, ""),
    "a token onsite before 86": (errors.ACCESS_TOKEN_TOO_EARLY, "8A:Cust26759.x", "x", "onsite", 84, ""),
    "an expired token": (errors.ACCESS_TOKEN_EXPIRED, "8A:Cust26759.x.expired", "x", "online", 88, ""),
}
LOGINS = {
    "on purpose": (errors.LOGIN_BREAKS, "exception", "x"),
    "no application": (errors.APPLICATION_TOKEN_MISSING, "ole", None),
    "an unknown application": (errors.APPLICATION_TOKEN_UNKNOWN, "ole", "unknown-application"),
}
HOWS = pytest.mark.parametrize("soap", [SOAP11, SOAP12], ids=["SOAP 1.1", "SOAP 1.2"])
PLACES = pytest.mark.parametrize("where", ["headers", "beside"])
TENANT = {"tenant": "Cust26759"}


def assert_refused(answer, reason, soap) -> None:
    assert (answer.status, answer.soap, answer.succeeded) == (200, soap, False)
    assert answer.exception == {
        "Message": reason.message,
        "StackTrace": None,
        "FriendlyText": reason.friendly_text,
        "ExceptionType": reason.exception_type,
        "Source": "SuperOffice.Services.Implementation",
        "InnerException": None,
        "Parameters": None,
    }


@HOWS
@PLACES
@pytest.mark.parametrize(("reason", "ticket", "application", "auth", "version", "after"), CASES.values(), ids=CASES)
def test_a_caller_is_refused_in_band_and_nothing_is_kept(  # noqa: PLR0917 - the table's columns
    shared_double, reason, ticket, application, auth, version, after, where, soap
) -> None:
    double = shared_double
    double.reset(**TENANT)
    issued = double.steer("POST", "tickets", {"user": "ole"}, **TENANT).json["ticket"]
    if after:
        assert double.steer(*after.split(), **TENANT).status < 300
    double.steer("PUT", "auth", {"auth": auth}, **TENANT)
    headers = {where: carrying(issued if ticket is GOOD else ticket, application)}
    answer = double.send(MESSAGE, services=version, soap=soap, **headers, **TENANT)
    assert_refused(answer, reason, soap)
    assert is_nil(answer.response)
    assert double.outbox(**TENANT) == []
    double.steer("PUT", "auth", {"auth": "none"}, **TENANT)  # with what was wrong put right it passes
    assert double.send(MESSAGE, services=version, soap=soap, **headers, **TENANT).succeeded


@HOWS
@PLACES
@pytest.mark.parametrize(("reason", "user", "application"), LOGINS.values(), ids=LOGINS)
def test_a_login_is_refused_in_band(  # noqa: PLR0917 - the table's columns
    double, reason, user, application, where, soap
) -> None:
    double.steer("PUT", "auth", {"auth": "online"})
    answer = log_in(double, user, soap=soap, **{where: carrying(application=application)})
    assert_refused(answer, reason, soap)
    assert not authenticated(answer)
    assert double.steer("GET", "tickets").json["total"] == 0


def test_every_reason_is_reached() -> None:
    reached = {reason for reason, *_ in (*CASES.values(), *LOGINS.values())} | {*errors.OF_REST}
    assert reached == {each for each in vars(errors).values() if isinstance(each, errors.Reason)}
