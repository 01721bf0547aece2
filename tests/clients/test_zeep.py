"""zeep over a real socket, from the WSDL at the URL that its user configures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from zeep import wsa
from zeep.exceptions import Fault

from .support.client import TIME_ZONE
from .support.place import SPELLINGS, VERSIONS, Place
from .support.whole_round import WholeRound
from .support.zeep_client import zeep_client

if TYPE_CHECKING:
    from collections.abc import Callable

    PlaceOf = Callable[..., Place]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_whole_round(place_of: PlaceOf, version: int, spelling: str) -> None:
    place = place_of(version, spelling)
    with zeep_client(place) as client:
        assert client.address == place.url
        WholeRound(client, place).run()


def test_a_whole_round_with_a_time_zone(place: Place) -> None:
    with zeep_client(place) as client:
        client.headers["TimeZone"] = TIME_ZONE
        WholeRound(client, place, TIME_ZONE).run()


HEADERS = {
    "none": {},
    "only a token": {"ApplicationToken": "1234567"},
    "an empty token": {"ApplicationToken": ""},
    "a nil ticket": {"ApplicationToken": "1234567", "Credentials": {"Ticket": None}},
    "credentials without a ticket": {"Credentials": {}},
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_headers_may_be_scarce(place: Place, headers: dict[str, object]) -> None:
    with zeep_client(place) as client:
        client.headers = headers
        WholeRound(client, place).run()


def test_headers_of_addressing_are_passed_over(place: Place) -> None:
    with zeep_client(place, wsa.WsAddressingPlugin()) as client:
        WholeRound(client, place).run()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_whole_round_in_soap_1_2(place_of: PlaceOf, version: int) -> None:
    place = place_of(version)
    with zeep_client(place) as client:
        client.speak_soap_1_2()
        WholeRound(client, place).run()
        WholeRound(client, place).refuse_a_nil_message()


@pytest.mark.parametrize("version", VERSIONS)
def test_an_error_of_the_domain_is_no_fault_to_zeep(place_of: PlaceOf, version: int) -> None:
    place = place_of(version)
    with zeep_client(place) as client:
        WholeRound(client, place).refuse_a_nil_message()
        WholeRound(client, place).refuse_to_create_nothing()


@pytest.mark.parametrize(
    ("soap", "code"), [("1.1", "a:DeserializationFailed"), ("1.2", "s:Sender")], ids=["SOAP 1.1", "SOAP 1.2"]
)
def test_an_error_of_the_wire_is_a_fault_to_zeep(place: Place, soap: str, code: str) -> None:
    with zeep_client(place) as client:
        if soap == "1.2":
            client.speak_soap_1_2()
        with pytest.raises(Fault, match="The value '2147483648' cannot be parsed as the type 'Int32'") as fault:
            client("GetDeliveryStatus", {"MessagingIds": [2**31]})
        assert fault.value.code == code
        WholeRound(client, place).run()
