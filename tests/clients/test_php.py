"""PHP's SoapClient over a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .support import php_client as php
from .support.client import TIME_ZONE
from .support.php_client import PhpWay, php_client
from .support.place import SPELLINGS, VERSIONS, Place
from .support.whole_round import WholeRound

if TYPE_CHECKING:
    from collections.abc import Callable

    PlaceOf = Callable[..., Place]

WAYS = {
    "1.1 from the WSDL": PhpWay(),
    "1.2 from the WSDL": PhpWay(soap="1.2"),
    "1.1 without WSDL": PhpWay(wsdl=False),
    "1.2 without WSDL": PhpWay(soap="1.2", wsdl=False),
    "1.1 from the WSDL, a connection each": PhpWay(keep_alive=False),
    "1.2 without WSDL, a connection each": PhpWay(soap="1.2", wsdl=False, keep_alive=False),
}


@pytest.fixture(autouse=True)
def _php(installed: Callable[[str | None], None]) -> None:
    installed(php.missing())


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_whole_round(place_of: PlaceOf, version: int, way: PhpWay) -> None:
    place = place_of(version)
    with php_client(place, way) as client:
        WholeRound(client, place).run()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_whole_round_at_any_spelling_of_the_path(place_of: PlaceOf, spelling: str) -> None:
    place = place_of(86, spelling)
    with php_client(place, PhpWay()) as client:
        WholeRound(client, place).run()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_whole_round_with_a_time_zone(place: Place, way: PhpWay) -> None:
    with php_client(place, way, {"TimeZone": TIME_ZONE}) as client:
        WholeRound(client, place, TIME_ZONE).run()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_error_of_the_domain_is_no_fault_to_php(place: Place, way: PhpWay) -> None:
    with php_client(place, way) as client:
        WholeRound(client, place).refuse_a_nil_message()
        WholeRound(client, place).refuse_to_create_nothing()


@pytest.mark.parametrize(("soap", "code"), [("1.1", "a:DeserializationFailed"), ("1.2", "s:Sender")])
def test_an_error_of_the_wire_is_a_fault_to_php(place: Place, soap: str, code: str) -> None:
    with php_client(place, PhpWay(soap, wsdl=False)) as client:
        answer = client.ask("SetDeliveryStatus", {"Plugin": "CM", "ExternalMessageId": "1", "Status": "seven"})
        assert (answer["code"], answer["httpStatus"]) == (code, "HTTP/1.1 500 Internal Server Error")
        assert "The value 'seven' cannot be parsed as the type 'Int32'." in answer["fault"]
        WholeRound(client, place).run()
