"""Real client libraries over a real socket: generated from the double's WSDL, or told the location and namespace.

The gSOAP client is compiled from the WSDL of the newest version; only namespace and endpoint differ in older ones.
"""

from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Any

import pytest
from zeep import wsa
from zeep.exceptions import Fault
from zeep.helpers import serialize_object

from .support.libraries import (
    build_gsoap,
    gsoap_client,
    missing_for_gsoap,
    missing_for_php,
    php_client,
    require,
    zeep_client,
)  # fmt: skip
from .support.place import APPLICATION_TOKEN, SPELLINGS, TIME_ZONE, VERSIONS, Place
from .support.whole_round import refuse_a_nil_message, refuse_to_create_nothing, run_whole_round

LIBRARIES: dict[str, dict[str, Any]] = {
    "zeep": {},
    "zeep, SOAP 1.2": {"soap": "1.2"},
    "php from the WSDL": {},
    "php from the WSDL, SOAP 1.2": {"soap": "1.2"},
    "php": {"wsdl": False},
    "php, SOAP 1.2": {"soap": "1.2", "wsdl": False},
    "php from the WSDL, a connection each": {"keep_alive": False},
    "php, SOAP 1.2, a connection each": {"soap": "1.2", "wsdl": False, "keep_alive": False},
    "gsoap": {},
    "gsoap, SOAP 1.2": {"soap": "1.2"},
    "gsoap, a connection each": {"keep_alive": False},
    "gsoap, SOAP 1.2, a connection each": {"soap": "1.2", "keep_alive": False},
}


@pytest.fixture(scope="session")
def gsoap(double, tmp_path_factory):
    require(missing_for_gsoap())
    return build_gsoap(f"{Place(double).url}?wsdl", tmp_path_factory.mktemp("gsoap"))


@pytest.fixture
def library(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """What makes a client of a library for a place."""
    if request.param.startswith("zeep"):
        return partial(zeep_client, **LIBRARIES[request.param])
    if request.param.startswith("php"):
        require(missing_for_php())
        return partial(php_client, **LIBRARIES[request.param])
    return partial(gsoap_client, request.getfixturevalue("gsoap"), **LIBRARIES[request.param])


ALL = pytest.mark.parametrize("library", LIBRARIES, indirect=True)
ONE_OF_EACH = pytest.mark.parametrize("library", ["zeep", "php from the WSDL", "gsoap"], indirect=True)
PLACES = pytest.mark.parametrize(("spelling", "version"), [*zip(SPELLINGS, cycle(VERSIONS))])
"""Every spelling and every version, in pairs: nothing depends on both."""


@ALL
def test_a_whole_round_and_an_error_of_the_domain_that_is_no_fault(place, library) -> None:
    with library(place) as client:
        run_whole_round(client, place)
        assert getattr(client, "connection", None) in (None, library.keywords.get("keep_alive", True))
        if library.func is not gsoap_client:  # which cannot send a nil item
            refuse_a_nil_message(client, place)
        refuse_to_create_nothing(client, place)


@ONE_OF_EACH
@PLACES
def test_a_whole_round_in_any_version_at_any_spelling_of_the_path(place_of, version, spelling, library) -> None:
    place = place_of(version, spelling)
    with library(place) as client:
        assert getattr(client, "address", place.url) == place.url
        run_whole_round(client, place)


@ONE_OF_EACH
def test_a_whole_round_with_a_time_zone(place, library) -> None:
    with library(place, time_zone=TIME_ZONE) as client:
        run_whole_round(client, place, TIME_ZONE)


def test_gsoap_goes_where_the_wsdl_says(gsoap, place) -> None:
    with gsoap_client(gsoap, place, told_where=False) as client:
        run_whole_round(client, place)
        assert client.endpoint == place.url


HEADERS = {
    "none": {},
    "only a token": {"ApplicationToken": "1234567"},
    "an empty token": {"ApplicationToken": ""},
    "a nil ticket": {"ApplicationToken": "1234567", "Credentials": {"Ticket": None}},
    "credentials without a ticket": {"Credentials": {}},
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_headers_may_be_scarce(place, headers) -> None:
    with zeep_client(place) as client:
        client.headers = headers
        run_whole_round(client, place)


def test_headers_of_addressing_are_passed_over(place) -> None:
    with zeep_client(place, wsa.WsAddressingPlugin()) as client:
        run_whole_round(client, place)


CODES = pytest.mark.parametrize(("soap", "code"), [("1.1", "a:DeserializationFailed"), ("1.2", "s:Sender")])


@CODES
def test_an_error_of_the_wire_is_a_fault_to_zeep(place, soap, code) -> None:
    with zeep_client(place, soap=soap) as client:
        with pytest.raises(Fault, match="The value '2147483648' cannot be parsed as the type 'Int32'") as fault:
            client("GetDeliveryStatus", {"MessagingIds": [2**31]})
        assert fault.value.code == code
        run_whole_round(client, place)


@CODES
def test_an_error_of_the_wire_is_a_fault_to_php(place, soap, code) -> None:
    require(missing_for_php())
    with php_client(place, soap=soap, wsdl=False) as client:
        answer = client.call("SetDeliveryStatus", {"Plugin": "CM", "ExternalMessageId": "1", "Status": "seven"})
        assert (answer["code"], answer["httpStatus"]) == (code, "HTTP/1.1 500 Internal Server Error")
        assert "The value 'seven' cannot be parsed as the type 'Int32'." in answer["fault"]
        run_whole_round(client, place)


# Tickets: a client logs in at SoPrincipal.svc, and carries the ticket along

MESSAGE = {"Plugin": "CM", "OutgoingMessages": [{"To": "+447700900001", "Content": "God morgen!"}]}


class ZeepSession:
    """Two zeep clients, one for each agent."""

    def __init__(self, principal, messaging) -> None:
        self._principal, self._messaging = principal, messaging

    def log_in(self, user: str, password: str) -> tuple[bool, str | None]:
        headers = {"ApplicationToken": APPLICATION_TOKEN}
        answer = self._principal.zeep.service.AuthenticateUsernamePassword(user, password, _soapheaders=headers)
        assert (answer.header.TimeZone.SoTimeZoneId, answer.header.Succeeded) == (1, True)
        credentials = serialize_object(answer.body.Credentials, dict) or {}
        return answer.body.AuthenticationSucceeded, credentials.get("Ticket")

    def send(self, ticket: str | None):
        self._messaging.headers = {"ApplicationToken": APPLICATION_TOKEN, "Credentials": {"Ticket": ticket}}
        return self._messaging("SendMessages", MESSAGE)


class PhpSession:
    """A SoapClient for each login, and one for each ticket."""

    def __init__(self, place: Place, how: dict[str, Any]) -> None:
        self._place, self._how = place, how

    def log_in(self, user: str, password: str) -> tuple[bool, str | None]:
        with php_client(self._place.principal, **self._how) as client:
            answer = client.call("AuthenticateUsernamePassword", {"UserName": user, "Password": password})
        assert "fault" not in answer, answer
        assert int(answer["headers"]["TimeZone"]["SoTimeZoneId"]) == 1
        result = answer["result"]
        return result["AuthenticationSucceeded"] in (True, "true"), (result["Credentials"] or {}).get("Ticket")

    def send(self, ticket: str | None):
        with php_client(self._place, **self._how, ticket=ticket) as client:
            return client("SendMessages", MESSAGE)


def go_through_the_life_of_a_ticket(session: ZeepSession | PhpSession, place: Place) -> None:
    """Log in, send, be refused, and log in again, where tickets are checked."""

    def send(ticket: str | None) -> int:
        answer = session.send(ticket)
        assert answer.succeeded, answer
        return answer.response[0]["MessagingId"]

    def refusal(ticket: str | None) -> str:
        answer = session.send(ticket)
        assert (answer.succeeded, answer.response) == (False, None)
        return answer.exception or ""

    place.control("auth", "PUT", {"auth": "online"})
    assert session.log_in("nobody", "x") == (False, None)
    passed, ticket = session.log_in("ole", "a password")
    assert (passed, ticket is not None) == (True, True)
    assert [send(ticket), send(ticket)] == [1, 2]
    assert "carries no ticket" in refusal(None)

    assert place.control("tickets/expire", "POST") == {"expired": 1}
    assert refusal(ticket) == "Authentication failed! The ticket has expired: authenticate again."

    passed, anew = session.log_in("ole", "a password")
    assert passed
    assert anew not in (None, ticket)
    assert send(anew) == 3
    assert len(place.outbox) == 3
    listed = place.control("tickets")
    assert (listed["authentications"], listed["uses"]) == (2, 3)
    assert [each["state"] for each in listed["tickets"]] == ["active", "expired"]


@PLACES
def test_the_life_of_a_ticket_with_zeep(place_of, version, spelling) -> None:
    place = place_of(version, spelling)
    with zeep_client(place.principal) as principal, zeep_client(place) as messaging:
        assert principal.address == place.principal.url
        go_through_the_life_of_a_ticket(ZeepSession(principal, messaging), place)


PHP = {"1.1 from the WSDL": {}, "1.1": {"wsdl": False}, "1.2": {"soap": "1.2", "wsdl": False}}


@pytest.mark.parametrize(("how", "version"), [*zip(PHP.values(), VERSIONS, strict=True)], ids=PHP)
def test_the_life_of_a_ticket_with_php(place_of, version, how) -> None:
    require(missing_for_php())
    place = place_of(version)
    go_through_the_life_of_a_ticket(PhpSession(place, how), place)


def test_zeep_reads_the_principal_and_the_system(place) -> None:
    with zeep_client(place.principal) as client:
        service = client.zeep.service
        principal = service.AuthenticateImplicit().body.Response
        assert (principal.Associate, principal.UserType) == ("implicit", "InternalAssociate")
        assert principal.DatabaseContextIdentifier == place.tenant
        system = service.GetSystemInfo().body.SystemInfo
        assert system.CompanyName == "Example AS"
        assert system.AccumulatedNextCheckDate.utcoffset().total_seconds() == 0
        pairs = {"AuthenticationGenericDataKeyValuePair": [{"Key": "UserName", "Value": "ole"}]}
        assert service.AuthenticateGeneric(pairs).body.AuthenticationSucceeded is True
        assert service.AuthenticateWithAccessToken(f"8A:{place.tenant}.x").body.AuthenticationSucceeded is True
