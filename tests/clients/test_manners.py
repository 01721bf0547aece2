"""What client libraries send, byte for byte: their habits in XML and in HTTP, with no library in between."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from .support.client import TIME_ZONE
from .support.manners import DOCUMENTATION, LIBRARIES, VARIATIONS
from .support.place import SPELLINGS, VERSIONS, Place
from .support.raw_client import Manner, raw_client
from .support.transport import CurlTransport, Http, SocketTransport
from .support.whole_round import PLUGIN, WholeRound

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support.double import Double
    from .support.raw_client import Transport

    PlaceOf = Callable[..., Place]

MANNERS = LIBRARIES | VARIATIONS
CALLS = 8  # of a whole round


@pytest.mark.parametrize("manner", LIBRARIES.values(), ids=LIBRARIES)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_whole_round_in_the_manner_of_a_library(place_of: PlaceOf, version: int, manner: Manner) -> None:
    place = place_of(version)
    with raw_client(place, manner) as client:
        WholeRound(client, place, manner.time_zone).run()


@pytest.mark.parametrize("manner", VARIATIONS.values(), ids=VARIATIONS)
def test_a_whole_round_with_a_variation(place: Place, manner: Manner) -> None:
    with raw_client(place, manner) as client:
        WholeRound(client, place, manner.time_zone).run()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_whole_round_at_any_spelling_of_the_path(place_of: PlaceOf, spelling: str) -> None:
    place = place_of(84, spelling)
    with raw_client(place, Manner()) as client:
        WholeRound(client, place).run()


@pytest.mark.parametrize("manner", MANNERS.values(), ids=MANNERS)
def test_an_error_of_the_domain_is_no_fault(place: Place, manner: Manner) -> None:
    with raw_client(place, manner) as client:
        WholeRound(client, place).refuse_a_nil_message()
        WholeRound(client, place).refuse_to_create_nothing()


@pytest.mark.parametrize("manner", MANNERS.values(), ids=MANNERS)
def test_a_strict_double_takes_what_the_real_service_would(strict_double: Double, manner: Manner) -> None:
    place = Place(strict_double, 88)
    with raw_client(place, manner) as client:
        if manner.strictly is None:
            WholeRound(client, place, manner.time_zone).run()
            return
        answer = client.post("GetDeliveryStatus", {"MessagingIds": [1]})
        status, reason = manner.strictly
        assert answer.status == status
        assert reason.encode() in answer.body
        assert bool(answer.body) is bool(reason)


@pytest.mark.parametrize(
    ("way", "connections"),
    [
        pytest.param(Http(), 1, id="HTTP/1.1"),
        pytest.param(Http(version="1.0"), CALLS, id="HTTP/1.0"),
        pytest.param(Http(version="1.0", headers={"Connection": "keep-alive"}), 1, id="HTTP/1.0 kept alive"),
        pytest.param(Http(headers={"Connection": "close"}), CALLS, id="HTTP/1.1 closed"),
        pytest.param(Http(expect=True), 1, id="Expect"),
        pytest.param(Http(chunked=True), 1, id="chunks"),
    ],
)
def test_a_connection_is_kept_as_the_client_asks(place: Place, way: Http, connections: int) -> None:
    transport = SocketTransport(way)
    with raw_client(place, Manner(), transport) as client:
        WholeRound(client, place).run()
    assert transport.connections == connections


EMPTY_OUTGOING = {
    "From": "",
    "To": "",
    "Content": "",
    "Format": "",
    "ParentMessagingId": 0,
    "SuggestedSessionKey": "",
}
EMPTY_INCOMING = {"To": "", "From": "", "Content": "", "Format": "", "SessionKey": "", "Plugin": ""}
PLACEHOLDERS = {
    "GetDeliveryStatus": (86, {"MessagingIds": [0]}),
    "SendMessages": (86, {"Plugin": "", "OutgoingMessages": [EMPTY_OUTGOING]}),
    "SetDeliveryStatus": (86, {"Plugin": "", "ExternalMessageId": "", "Status": 0, "StatusDescription": ""}),
    "CreateMessage": (87, {"IncomingMessage": EMPTY_INCOMING}),
    "SendMessagesWithConfig": (
        88,
        {"Plugin": "", "OutgoingMessages": [EMPTY_OUTGOING], "Config": [{"Key": "", "Value": ""}]},
    ),
}


def curl(*flags: str) -> Callable[[], Transport]:
    return lambda: CurlTransport(*flags)


TRANSPORTS: dict[str, Callable[[], Transport]] = {
    "a socket": lambda: SocketTransport(Http()),
    "curl": curl(),
    "curl in HTTP/1.0": curl("--http1.0"),
    "curl in chunks": curl("--header", "Transfer-Encoding: chunked"),
    "curl that asks first": curl("--header", "Expect: 100-continue"),
}


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest, installed: Callable[[str | None], None]) -> Transport:
    if request.param.startswith("curl") and shutil.which("curl") is None:
        installed("curl is not installed")
    return TRANSPORTS[request.param]()


@pytest.mark.parametrize("operation", PLACEHOLDERS)
def test_the_documentation_s_examples_work_with_their_placeholders(
    place_of: PlaceOf, transport: Transport, operation: str
) -> None:
    version, parameters = PLACEHOLDERS[operation]
    with raw_client(place_of(version), DOCUMENTATION, transport) as client:
        answer = client(operation, parameters)
    assert answer.succeeded is True


def test_a_whole_round_as_the_documentation_has_it(place_of: PlaceOf, transport: Transport) -> None:
    place = place_of(86)
    with raw_client(place, DOCUMENTATION, transport) as client:
        WholeRound(client, place).run()


def test_placeholders_are_kept_as_they_were_sent(place: Place) -> None:
    with raw_client(place, DOCUMENTATION) as client:
        for operation, (_, parameters) in PLACEHOLDERS.items():
            client(operation, parameters)
    (plain, with_config) = place.double.outbox(place.tenant)
    for message in (plain, with_config):
        assert {message[name] for name in ("from", "to", "content", "format", "suggestedSessionKey")} == {""}
        assert message["parentMessagingId"] == 0
    assert (plain["config"], with_config["config"]) == (None, [{"key": "", "value": ""}])
    (incoming,) = place.double.inbox(place.tenant)
    assert {incoming[name] for name in ("from", "to", "content", "format", "sessionKey", "plugin")} == {""}
    (report,) = place.double.status_reports(place.tenant)
    assert (report["externalMessageId"], report["status"], report["statusDescription"]) == ("", 0, "")


def test_each_tenant_and_each_version_share_no_more_than_they_should(double: Double) -> None:
    ours, theirs = Place(double, 84, "a tenant"), Place(double, 88, "small letters")
    for place in (ours, theirs):
        double.reset(place.tenant)
    with raw_client(ours, Manner()) as client:
        client("SendMessages", {"Plugin": PLUGIN, "OutgoingMessages": [{"To": "1"}]})
    same = Place(double, 88, "a tenant")
    with raw_client(same, Manner(time_zone=TIME_ZONE)) as client:
        assert client("GetDeliveryStatus", {"MessagingIds": [1]}).response[0]["Status"] == 2
    with raw_client(theirs, Manner()) as client:
        assert client("GetDeliveryStatus", {"MessagingIds": [1]}).response[0]["Status"] == -1
