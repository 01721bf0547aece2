"""Real clients log in from the double's own WSDL, send with their ticket, are refused, and log in again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from zeep.helpers import serialize_object

from .support import php_client as php
from .support.client import APPLICATION_TOKEN
from .support.php_client import PhpWay, php_client
from .support.place import SPELLINGS, VERSIONS, Place
from .support.session import MESSAGE, log_in_send_expire_and_log_in_again
from .support.zeep_client import zeep_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .support.client import Answer
    from .support.zeep_client import ZeepClient

    PlaceOf = Callable[..., Place]


class ZeepSession:
    """Two zeep clients."""

    def __init__(self, principal: ZeepClient, messaging: ZeepClient) -> None:
        self._principal = principal.zeep
        self._messaging = messaging

    def log_in(self, user: str, password: str) -> tuple[bool, str | None]:
        """Log in as a user of zeep would."""
        headers = {"ApplicationToken": APPLICATION_TOKEN}
        answer = self._principal.service.AuthenticateUsernamePassword(user, password, _soapheaders=headers)
        assert answer.header.TimeZone.SoTimeZoneId == 1
        assert answer.header.Succeeded is True
        credentials = serialize_object(answer.body.Credentials, dict) or {}
        return answer.body.AuthenticationSucceeded, credentials.get("Ticket")

    def send(self, ticket: str | None) -> Answer:
        """Send with the ticket."""
        self._messaging.headers = {"ApplicationToken": APPLICATION_TOKEN, "Credentials": {"Ticket": ticket}}
        return self._messaging("SendMessages", {"Plugin": "CM", "OutgoingMessages": [MESSAGE]})


class PhpSession:
    """A SoapClient for the logins, and one for each ticket."""

    def __init__(self, place: Place, way: PhpWay) -> None:
        self._place = place
        self._way = way

    def log_in(self, user: str, password: str) -> tuple[bool, str | None]:
        """Log in as a user of PHP would."""
        with php_client(self._place.principal, self._way) as client:
            answer = client.ask("AuthenticateUsernamePassword", {"UserName": user, "Password": password})
        assert "fault" not in answer, answer
        headers: dict[str, Any] = answer["headers"]
        assert int(headers["TimeZone"]["SoTimeZoneId"]) == 1
        result = answer["result"]
        credentials = result["Credentials"] or {}
        return result["AuthenticationSucceeded"] in (True, "true"), credentials.get("Ticket")

    def send(self, ticket: str | None) -> Answer:
        """Send with the ticket."""
        with php_client(self._place, self._way, {"Credentials": {"Ticket": ticket}}) as client:
            return client("SendMessages", {"Plugin": "CM", "OutgoingMessages": [MESSAGE]})


@contextmanager
def zeep_session(place: Place) -> Iterator[ZeepSession]:
    with zeep_client(place.principal) as principal, zeep_client(place) as messaging:
        assert principal.address == place.principal.url
        yield ZeepSession(principal, messaging)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_life_of_a_ticket_with_zeep(place_of: PlaceOf, version: int, spelling: str) -> None:
    place = place_of(version, spelling)
    with zeep_session(place) as session:
        log_in_send_expire_and_log_in_again(session, place)


def test_zeep_reads_the_principal_and_the_system(place: Place) -> None:
    with zeep_client(place.principal) as client:
        service = client.zeep.service
        answer = service.AuthenticateImplicit()
        assert answer.body.Response.Associate == "implicit"
        assert answer.body.Response.UserType == "InternalAssociate"
        assert answer.body.Response.DatabaseContextIdentifier == place.tenant
        system = service.GetSystemInfo()
        assert system.body.SystemInfo.CompanyName == "Example AS"
        assert system.body.SystemInfo.AccumulatedNextCheckDate.utcoffset().total_seconds() == 0
        pairs = {"AuthenticationGenericDataKeyValuePair": [{"Key": "UserName", "Value": "ole"}]}
        assert service.AuthenticateGeneric(pairs).body.AuthenticationSucceeded is True
        assert service.AuthenticateWithAccessToken(f"8A:{place.tenant}.x").body.AuthenticationSucceeded is True


@pytest.mark.parametrize(
    "way", [PhpWay(), PhpWay(wsdl=False), PhpWay(soap="1.2", wsdl=False)], ids=["1.1 WSDL", "1.1", "1.2"]
)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_life_of_a_ticket_with_php(
    place_of: PlaceOf, installed: Callable[[str | None], None], version: int, way: PhpWay
) -> None:
    installed(php.missing())
    place = place_of(version)
    log_in_send_expire_and_log_in_again(PhpSession(place, way), place)
