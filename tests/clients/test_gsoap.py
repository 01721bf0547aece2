"""gSOAP over a real socket: a C++ client generated and compiled from the WSDL of the newest version.

The same client serves the older versions, as its makers have it: only the namespace and the endpoint differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .support import gsoap_client as gsoap
from .support.client import TIME_ZONE
from .support.gsoap_client import GsoapWay, gsoap_client
from .support.place import NEWEST, SPELLINGS, VERSIONS, Place
from .support.whole_round import WholeRound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .support.double import Double

    PlaceOf = Callable[..., Place]

WAYS = {
    "1.1": GsoapWay(),
    "1.2": GsoapWay(soap="1.2"),
    "1.1, a connection each": GsoapWay(keep_alive=False),
    "1.2, a connection each": GsoapWay(soap="1.2", keep_alive=False),
}


@pytest.fixture(scope="session")
def binary(double: Double, installed: Callable[[str | None], None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    installed(gsoap.missing())
    return gsoap.build(f"{Place(double, NEWEST).url}?wsdl", tmp_path_factory.mktemp("gsoap"))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_whole_round(binary: Path, place_of: PlaceOf, version: int, way: GsoapWay) -> None:
    place = place_of(version)
    with gsoap_client(binary, place, way) as client:
        WholeRound(client, place).run()
        assert client.connection is way.keep_alive


def test_a_whole_round_where_the_wsdl_says(binary: Path, place: Place) -> None:
    with gsoap_client(binary, place, GsoapWay(), told_where=False) as client:
        WholeRound(client, place).run()
        assert client.endpoint == place.url


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_whole_round_at_any_spelling_of_the_path(binary: Path, place_of: PlaceOf, spelling: str) -> None:
    place = place_of(NEWEST, spelling)
    with gsoap_client(binary, place, GsoapWay()) as client:
        WholeRound(client, place).run()


@pytest.mark.parametrize("soap", ["1.1", "1.2"])
def test_a_whole_round_with_a_time_zone(binary: Path, place: Place, soap: str) -> None:
    with gsoap_client(binary, place, GsoapWay(soap, time_zone=True)) as client:
        WholeRound(client, place, TIME_ZONE).run()


@pytest.mark.parametrize("soap", ["1.1", "1.2"])
def test_an_error_of_the_domain_is_no_fault_to_gsoap(binary: Path, place: Place, soap: str) -> None:
    with gsoap_client(binary, place, GsoapWay(soap)) as client:
        WholeRound(client, place).refuse_to_create_nothing()
