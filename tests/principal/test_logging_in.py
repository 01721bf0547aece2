"""SoPrincipal.svc: who gets a ticket, and what the answer says of them."""

from __future__ import annotations

import pytest
from lxml import etree
from support.answers import is_nil, text_of
from support.envelopes import (
    NIL,
    PRINCIPAL,
    SOAP11,
    SOAP12,
    VERSIONS,
    action_of,
    element,
    envelope,
    namespace,
    operation,
    pairs,
)
from support.logins import (
    BEGIN,
    HandClock,
    authenticated,
    carrying,
    inside,
    log_in,
    principal,
    refusal,
    send_with,
    ticket,
    ticket_in,
)

from messaging_double.models import errors
from messaging_double.models.records import User

OLE = User(
    "ole",
    "secret",
    associate_id=12,
    full_name="Ole Normann",
    email="ole@example.com",
    person_id=3,
    contact_id=4,
    country_id=752,
    group_id=5,
    role_id=6,
    role_name="Sales",
    function_rights=("admin-all", "service"),
)


def generic(double, *data, **how):
    return double.call(
        "AuthenticateGeneric", AuthenticationData=pairs(*data, item="AuthenticationGenericDataKeyValuePair"), **how
    )


@pytest.mark.parametrize("soap", [SOAP11, SOAP12], ids=["1.1", "1.2"])
@pytest.mark.parametrize("services", VERSIONS)
def test_any_user_name_and_password_get_a_ticket(double, services, soap) -> None:
    answer = log_in(double, services=services, soap=soap)
    assert answer.soap == soap
    assert inside(ticket_in(answer) or "").endswith(";1;default")
    assert answer.call.operation == "AuthenticateUsernamePassword"


@pytest.mark.parametrize("services", VERSIONS)
def test_a_ticket_is_of_the_form_that_the_documentation_shows(double, services) -> None:
    """A secret, a number and the tenant, in base64 of UTF-16: 07f1edd1...b392;2087315043;Cust26759."""
    first, second = (inside(ticket(double, tenant="CUST26759", services=services)).split(";") for _ in "12")
    assert [first[1:], second[1:]] == [["1", "Cust26759"], ["2", "Cust26759"]]
    assert len(first[0]) == len(second[0]) == 40
    assert first[0] != second[0]


@pytest.mark.parametrize(
    ("name", "password"),
    [("nobody", "x"), ("ole", "wrong"), ("", ""), (None, None), (NIL, NIL), ("", "x"), (None, "x")],
)
def test_a_bad_login_is_no_exception(double, name, password) -> None:
    assert ticket_in(log_in(double, name, password)) is None
    assert double.steer("GET", "tickets").json["total"] == 0


def test_one_user_name_raises_an_exception(double) -> None:
    answer = log_in(double, "exception")
    assert refusal(answer) == errors.LOGIN_BREAKS.message
    assert not authenticated(answer)


@pytest.mark.parametrize("password", ["", None, NIL])
def test_a_blank_password_is_a_password(double, password) -> None:
    assert ticket_in(log_in(double, "ole", password))


def test_named_users_alone_log_in(start_double) -> None:
    double = start_double(users=(OLE, User("exception", "x"), User("blank")))
    for name, password in (("ole", "secret"), ("exception", "x"), ("blank", "")):
        assert ticket_in(log_in(double, name, password))
    for name, password in (("ole", "Secret"), ("ole", ""), ("Ole", "secret"), ("kari", "x"), ("exception", "secret")):
        assert ticket_in(log_in(double, name, password)) is None


def test_the_principal_is_what_the_settings_say_of_the_user(start_double) -> None:
    double = start_double(users=(OLE,))
    said = principal(log_in(double, "ole", "secret", tenant="Cust1"))
    assert {
        "UserType": "InternalAssociate",
        "Associate": "ole",
        "AssociateId": "12",
        "IsPerson": "true",
        "PersonId": "3",
        "CountryId": "752",
        "HomeCountryId": "752",
        "ContactId": "4",
        "GroupId": "5",
        "RoleId": "6",
        "RoleName": "Sales",
        "RoleType": "Employee",
        "FullName": "Ole Normann",
        "EMailAddress": "ole@example.com",
        "EjUserStatus": "StatusNormal",
        "DatabaseContextIdentifier": "Cust1",
    }.items() <= said.items()
    answer = log_in(double, "ole", "secret")
    rights = next(each for each in answer.soap_body[0] if etree.QName(each).localname == "FunctionRights")
    assert [each.text for each in rights] == ["admin-all", "service"]


def test_the_principal_of_a_user_that_no_setting_names_is_believable(double) -> None:
    said = principal(log_in(double, "Åse <&> 日本"))
    assert (said["Associate"], said["FullName"]) == ("Åse <&> 日本", "Åse <&> 日本")
    assert all(int(said[name] or 0) > 0 for name in ("AssociateId", "PersonId", "ContactId", "GroupId", "RoleId"))


@pytest.mark.parametrize("tenant", ["a\x01b", "\x7f", "\ufffe", "a;b;c", "x" * 4000, "日本", "%s"])
def test_a_tenant_of_any_name_has_logins(double, tenant) -> None:
    double.steer("PUT", "auth", {"auth": "online"}, tenant=tenant)
    carried = ticket(double, tenant=tenant, headers=carrying(application="x"))
    assert send_with(double, carried, "x", tenant=tenant).succeeded


def test_the_implicit_user_is_a_setting(start_double) -> None:
    assert principal(start_double().call("AuthenticateImplicit"))["Associate"] == "implicit"
    assert principal(start_double(implicit_user="SYSTEM").call("AuthenticateImplicit"))["Associate"] == "SYSTEM"
    named = start_double(implicit_user="ole", users=(OLE,))
    assert principal(named.call("AuthenticateImplicit"))["FullName"] == "Ole Normann"
    assert ticket_in(start_double(implicit_user="").call("AuthenticateImplicit")) is None


def test_where_users_are_named_the_implicit_one_is_one_of_them(start_double) -> None:
    double = start_double(users=(OLE,))
    assert ticket_in(double.call("AuthenticateImplicit")) is None
    assert ticket_in(double.call("AuthenticateWithAccessToken", AccessToken="8A:Cust1.abc", tenant="Cust1")) is None


@pytest.mark.parametrize(
    ("data", "passes"),
    [
        ([("UserName", "ole"), ("Password", "x")], True),
        ([("password", "x"), ("USERNAME", "ole"), ("Other", NIL)], True),
        ([("AccessToken", "8A:Cust1.abc")], True),
        ([], False),
        ([("UserName", NIL), (NIL, "x")], False),
        ([("UserName", "ole"), ("Password", "wrong")], False),
        ([("AccessToken", "8A:Cust2.abc")], False),
        ([("AccessToken", "8A:Cust1.abc.expired")], False),
        ([("Ticket", "7T:MQA=")], False),
        ([("Ticket", "anybody")], False),
        ([("Ticket", "exception")], False),
        ([("Ticket", "8A:Cust1.abc")], False),
    ],
)
def test_generic_takes_a_dictionary_and_fails_as_the_others_do(shared_double, data, passes) -> None:
    assert (ticket_in(generic(shared_double, *data, tenant="Cust1")) is not None) is passes


def test_generic_takes_a_ticket_and_fails_without_any_data(double) -> None:
    for data in (None, NIL):
        assert ticket_in(double.call("AuthenticateGeneric", AuthenticationData=data)) is None
    carried = ticket(double)
    assert ticket_in(generic(double, ("Ticket", carried))) == carried


@pytest.mark.parametrize("services", [86, 87, 88])
@pytest.mark.parametrize(
    ("token", "passes"),
    [
        ("8A:Cust1.abc", True),
        ("8A:CUST1.a.b.c", True),
        ("8A:Cust2.abc", False),
        ("8A:Cust1.abc.expired", False),
        ("8A:Cust1.", False),
        ("8A:.abc", False),
        ("8A:", False),
        ("Cust1.abc", False),
        ("8a:Cust1.abc", False),
        ("", False),
        (None, False),
        (NIL, False),
    ],
)
def test_an_access_token_of_the_tenant_logs_in(shared_double, services, token, passes) -> None:
    answer = shared_double.call("AuthenticateWithAccessToken", AccessToken=token, services=services, tenant="Cust1")
    assert (ticket_in(answer) is not None) is passes


@pytest.mark.parametrize("services", [84, 85])
def test_before_86_there_is_no_login_with_an_access_token(double, services) -> None:
    answer = double.call("AuthenticateWithAccessToken", AccessToken="8A:default.x", services=services)
    assert answer.fault.code[1] == "ActionNotSupported"
    assert ticket_in(generic(double, ("AccessToken", "8A:default.x"), services=services)) is None


@pytest.mark.parametrize("password", ["", None, NIL])
def test_a_ticket_as_user_name_with_a_blank_password_renews_it(start_double, password) -> None:
    clock = HandClock()
    double = start_double(clock=clock, auth="onsite", users=(OLE,))
    carried = ticket(double, "ole", "secret")
    clock.advance(hours=5)
    answer = log_in(double, carried, password)
    assert ticket_in(answer) == carried
    assert principal(answer)["FullName"] == "Ole Normann"
    clock.advance(hours=5)
    assert send_with(double, carried).succeeded


@pytest.mark.parametrize("password", [None, "", " ", "a password"])
def test_a_ticket_or_a_token_is_nobodys_user_name(double, password) -> None:
    """Else it would stand in full where users are listed."""
    assert ticket_in(log_in(double, "8A:Cust1.abc", password, tenant="Cust1")) is None
    if password:
        assert ticket_in(log_in(double, ticket(double), password)) is None


@pytest.mark.parametrize("end", ["expire", "revoke", "reset"])
def test_a_dead_ticket_as_user_name_fails(double, end) -> None:
    carried = ticket(double)
    if end == "reset":
        double.reset()
    elif end == "revoke":
        double.steer("DELETE", "tickets/1")
    else:
        double.steer("POST", "tickets/1/expire")
    assert ticket_in(log_in(double, carried, "")) is None


def test_a_ticket_of_another_tenant_as_user_name_fails(double) -> None:
    carried = ticket(double, tenant="Cust1")
    assert ticket_in(log_in(double, carried, "", tenant="Cust2")) is None
    assert ticket_in(log_in(double, carried, "", tenant="Cust1")) == carried


def test_the_system_is_the_company_of_the_settings(start_double) -> None:
    double = start_double(company="Åsgård AS", clock=HandClock())
    answer = double.call("GetSystemInfo")
    said = {etree.QName(each).localname: text_of(each) for each in answer.soap_body[0]}
    assert said["CompanyName"] == "Åsgård AS"
    assert said["AccumulatedNextCheckDate"] == "2027-11-21T08:04:57.12Z", "as .NET writes a moment in UTC"
    assert (said["DaysUntilNetServerExpiry"], said["IsUnicode"], said["BuildType"]) == ("365", "true", "Release")
    assert BEGIN.microsecond == 120000


@pytest.mark.parametrize("name", PRINCIPAL)
def test_every_answer_has_the_headers_and_the_wrapper_of_the_contract(either_double, name) -> None:
    answer = either_double.call(name)
    names = [etree.QName(each).localname for each in answer.header_blocks]
    assert names == ["ExceptionInfo", "ExtraInfo", "Succeeded", "TimeZone"]
    zone = {etree.QName(each).localname: each.text for each in answer.header_block("TimeZone")}
    assert zone == {"SoTimeZoneId": "1", "SoTimeZoneLocationCode": "UTC"}
    expected = "GetSystemInfoResponse" if name == "GetSystemInfo" else "AuthenticateResponse"
    assert answer.soap_body.tag == f"{{{namespace()}}}{expected}"


@pytest.mark.parametrize("name", PRINCIPAL)
def test_online_every_operation_asks_for_a_known_application(start_double, name) -> None:
    double = start_double(auth="online")
    for application, reason in (
        (None, errors.APPLICATION_TOKEN_MISSING),
        ("", errors.APPLICATION_TOKEN_MISSING),
        (NIL, errors.APPLICATION_TOKEN_MISSING),
        ("unknown-application", errors.APPLICATION_TOKEN_UNKNOWN),
    ):
        answer = double.call(name, headers=carrying(application=application))
        assert refusal(answer) == reason.message
        assert is_nil(answer.soap_body[0])
    for application in ("x", "ungranted-application"):
        assert double.call(name, headers=carrying(application=application)).succeeded


def test_a_login_says_what_is_wrong_on_the_wire_as_messaging_does(double) -> None:
    body = envelope(operation("AuthenticateImplicit"))
    unknown = double.post(body, f'"{action_of("AuthenticateImplicit")}s"', agent="SoPrincipal")
    assert unknown.fault.code[1] == "ActionNotSupported"
    other = double.post(body, f'"{action_of("GetSystemInfo")}"', agent="SoPrincipal")
    assert other.fault.code[1] == "InternalServiceFault"
    assert double.post(body, None, "text/plain", agent="SoPrincipal").status == 415
    assert double.post(b"", None, agent="SoPrincipal").status == 400
    page = double.get("/Remote/Services88/SoPrincipal.svc")
    assert b"AuthenticateWithAccessToken" in page.body
    assert b"AuthenticateWithAccessToken" not in double.get("/Remote/Services85/SoPrincipal.svc").body


MUST = ' s:mustUnderstand="1"'


def test_the_application_token_is_understood(either_double) -> None:
    assert ticket_in(log_in(either_double, headers=element("ApplicationToken", "x", MUST)))
    assert ticket_in(log_in(either_double, headers=carrying("x", "x")))


def test_credentials_that_must_be_understood_are_leniently_passed_over_and_strictly_refused(
    double, strict_double
) -> None:
    """SoPrincipal's contract has ApplicationToken alone."""
    of_messaging = element("Credentials", [element("Ticket", "x")], MUST)
    assert log_in(strict_double, headers=of_messaging).fault.code[1] == "MustUnderstand"
    answer = log_in(double, headers=of_messaging)
    assert ticket_in(answer)
    assert "Credentials is another agent's header: not read, the real service would refuse it" in answer.notes
