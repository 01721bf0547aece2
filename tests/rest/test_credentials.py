"""Who may call by REST: the schemes of Authorization under each way of checking."""

from __future__ import annotations

import base64

import pytest
from support.logins import HandClock, ticket
from support.rest import assert_exception, rest, send

from messaging_double.models import errors
from messaging_double.models.records import Application, User

SESSION = "SoSessionException"


def basic(text):
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.fixture
def checking(start_double):
    """Start a double that checks, and give it a clock."""

    def start(auth, **settings):
        clock = HandClock()
        users = (User("ole", "secret"),)
        applications = (Application("known"), Application("ungranted", ()))
        return start_double(auth=auth, clock=clock, users=users, applications=applications, **settings), clock

    return start


CASES = {
    # name: (auth, Authorization with {ticket}, SO-AppToken, status)
    "none: nothing": ("none", None, None, 200),
    "none: anything": ("none", "Nonsense", None, 200),
    "none: a wrong password": ("none", basic("ole:wrong"), None, 200),
    "onsite: nothing": ("onsite", None, None, 401),
    "onsite: a ticket": ("onsite", "SOTicket {ticket}", None, 200),
    "onsite: a ticket, letter case": ("onsite", "soticket  {ticket}", None, 200),
    "onsite: a ticket of nobody": ("onsite", "SOTicket 7T:abc==", None, 401),
    "onsite: no ticket": ("onsite", "SOTicket", None, 401),
    "onsite: user and password": ("onsite", basic("ole:secret"), None, 200),
    "onsite: wrong password": ("onsite", basic("ole:wrong"), None, 401),
    "onsite: no base64": ("onsite", "Basic ole:secret", None, 401),
    "onsite: a ticket as the user": ("onsite", "ticket as user", None, 200),
    "onsite: an access token": ("onsite", "Bearer 8A:Cust1.abc", None, 200),
    "onsite: a ticket as a bearer": ("onsite", "Bearer {ticket}", None, 401),
    "onsite: another scheme": ("onsite", "Negotiate abc", None, 401),
    "online: a ticket alone": ("online", "SOTicket {ticket}", None, 401),
    "online: a ticket and the application": ("online", "SOTicket {ticket}", "known", 200),
    "online: an unknown application": ("online", "SOTicket {ticket}", "unknown", 401),
    "online: an application without the agent": ("online", "SOTicket {ticket}", "ungranted", 403),
    "online: an access token": ("online", "Bearer 8A:Cust1.abc", None, 200),
    "online: an access token, an unknown application": ("online", "Bearer 8A:Cust1.abc", "unknown", 401),
    "online: an expired access token": ("online", "Bearer 8A:Cust1.expired", None, 401),
    "online: an access token of another tenant": ("online", "Bearer 8A:Cust2.abc", None, 401),
    "online: user and password": ("online", basic("ole:secret"), "known", 401),
}


@pytest.mark.parametrize(("auth", "authorization", "application", "status"), CASES.values(), ids=CASES)
def test_the_credentials_decide(checking, auth, authorization, application, status):
    double, _ = checking(auth)
    issued = double.steer("POST", "tickets", {"user": "ole"}, tenant="Cust1").json["ticket"]
    if authorization == "ticket as user":
        authorization = basic(f"{issued}:")
    elif authorization is not None:
        authorization = authorization.replace("{ticket}", issued)
    headers = {"Authorization": authorization, "SO-AppToken": application}
    answer = send(double, {"To": "1"}, tenant="Cust1", headers=headers)
    assert answer.status == status, answer
    assert len(double.outbox("Cust1")) == (status == 200)
    if status != 200:
        assert_exception(answer, SESSION if status == 401 else "SoSentryException", status=status) if (
            application in (None, "known")
        ) else None
        assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize(
    ("auth", "authorization", "reason"),
    [
        ("onsite", None, errors.AUTHORIZATION_MISSING),
        ("onsite", "Negotiate abc", errors.SCHEME_UNKNOWN),
        ("onsite", "Bearer 7T:abc", errors.SCHEME_OF_OTHER_CREDENTIALS),
        ("onsite", "SOTicket 8A:Cust1.abc", errors.SCHEME_OF_OTHER_CREDENTIALS),
        ("onsite", basic("ole:wrong"), errors.PASSWORD_WRONG),
        ("online", basic("ole:secret"), errors.BASIC_ONLINE),
    ],
)
def test_each_reason_of_rest_is_said(checking, auth, authorization, reason):
    double, _ = checking(auth)
    answer = send(double, {"To": "1"}, headers={"Authorization": authorization})
    assert_exception(answer, SESSION, reason.message, status=401)
    assert reason in errors.OF_REST


def test_a_scheme_without_a_token_is_told_that_it_is_missing(checking):
    answer = send(checking("onsite")[0], {"To": "1"}, headers={"Authorization": "Bearer"})
    assert_exception(answer, SESSION, errors.TICKET_MISSING.message, status=401)


def test_a_ticket_of_so_principal_is_renewed_by_rest_and_expires(checking):
    double, clock = checking("onsite")
    carried = {"Authorization": f"SOTicket {ticket(double, 'ole', 'secret', tenant='Cust1')}"}
    for _ in range(2):
        clock.advance("Cust1", hours=5)
        assert send(double, {"To": "1"}, tenant="Cust1", headers=carried).status == 200
    clock.advance("Cust1", hours=7)
    answer = send(double, {"To": "1"}, tenant="Cust1", headers=carried)
    assert_exception(answer, SESSION, "The ticket has expired", status=401)


@pytest.mark.parametrize("auth", ["none", "onsite"])
@pytest.mark.parametrize("way", ["ticket", "password"])
def test_current_principal_says_whose_credentials_they_are(checking, auth, way):
    double, _ = checking(auth)
    issued = double.steer("POST", "tickets", {"user": "ole"}, tenant="Cust1").json["ticket"]
    authorization = f"SOTicket {issued}" if way == "ticket" else basic("ole:secret")
    answer = double.get("/Cust1/api/v1/User/currentPrincipal", Authorization=authorization)
    assert answer.status == 200
    assert (answer.json["Associate"], answer.json["UserName"]) == ("ole", "ole")
    assert answer.json["DatabaseContextIdentifier"] == "Cust1"
    assert None not in answer.json.values(), ".NET has zeros and empty texts there"


def test_a_ticket_as_the_user_stands_for_whom_it_was_issued_to(start_double):
    double = start_double(auth="onsite")  # without users anybody may log in
    issued = double.steer("POST", "tickets", {"user": "ole"}, tenant="Cust1").json["ticket"]
    answer = double.get("/Cust1/api/v1/User/currentPrincipal", Authorization=basic(f"{issued}:"))
    assert answer.json["UserName"] == "ole"


def test_current_principal_needs_credentials(checking):
    double, _ = checking("onsite")
    assert_exception(double.get("/api/v1/User/currentPrincipal"), SESSION, "no Authorization header", status=401)
    assert double.request("HEAD", "/api/v1/User/currentPrincipal").status == 401


def test_customer_service_needs_no_grant(checking):
    double, _ = checking("online")
    issued = double.steer("POST", "tickets", {"user": "ole"}, tenant="Cust1").json["ticket"]
    headers = {"Authorization": f"SOTicket {issued}", "SO-AppToken": "ungranted"}
    assert rest(double, "GetSmsConfig", agent="CustomerService", tenant="Cust1", headers=headers).status == 200
