"""What client libraries send, byte for byte: their habits in XML and in HTTP, with no library in between."""

import shutil
from dataclasses import replace
from itertools import cycle

import pytest

from .support.libraries import require
from .support.place import SPELLINGS, TIME_ZONE, VERSIONS, Place
from .support.styles import CurlTransport, SocketTransport, Style, styled_client
from .support.whole_round import PLUGIN, refuse_a_nil_message, refuse_to_create_nothing, run_whole_round

CALLS = 8  # of a whole round
SOAP_XML = "application/soap+xml; charset=utf-8"
NO_SUCH_TYPE, BROKEN = (415, ""), (500, "DeserializationFailed")
DOCUMENTATION = Style(
    "1.2", prefix="SOAP-ENV", beside=True, types="all", pretty=True, soap_action=None, strictly=(400, "")
)
"""The documentation's examples as they stand: SOAP 1.2 in text/xml, no SOAPAction, the headers beside the Body."""
NUSOAP = Style(
    prefix="SOAP-ENV", version="1.0", absolute=True, headers={"User-Agent": "NuSOAP/0.9.5 (1.123)"},
    content_type="text/xml; charset=UTF-8",
)  # fmt: skip
SOAPLITE = Style(
    types="all", encoding_style=True, nil_wrapper=True, default_namespace=True,
    headers={"TE": "deflate,gzip;q=0.3", "Connection": "TE, close", "Accept": "text/xml, multipart/*"},
)  # fmt: skip
NODE = Style(default_namespace=True, header_prefix="", references=True)
# How real clients ask, by the names of their libraries; each was seen to ask so.
LIBRARIES = {
    "nusoap": replace(NUSOAP, default_namespace=True, header_prefix="h4711", int_namespace=None, strictly=BROKEN),
    "nusoap in its own charset": replace(
        NUSOAP, header_prefix="h2", declaration='<?xml version="1.0" encoding="ISO-8859-1"?>', charset="iso-8859-1",
        content_type="text/xml; charset=ISO-8859-1", strictly=NO_SUCH_TYPE,
    ),
    "soaplite": SOAPLITE,
    "soaplite, SOAP 1.2": replace(SOAPLITE, soap="1.2", content_type=SOAP_XML, strictly=NO_SUCH_TYPE),
    "kdsoap": Style(
        nil_credentials=True, headers={"Accept-Encoding": "compress"}, content_type="text/xml;charset=utf-8"
    ),
    "mono-wcf": Style(
        prefix="s", default_namespace=True, nil_members=True, base="nil", expect=True,
        headers={"Connection": "keep-alive"}, time_zone=TIME_ZONE,
    ),
    "jaxws": Style(
        prefix="S", default_namespace=True, header_prefix="", nil_members=True, base="nil", nil_time_zone=True,
        declaration="<?xml version='1.0' encoding='UTF-8'?>",
        headers={"Accept": "text/xml, multipart/related", "Connection": "keep-alive"},
    ),
    "node-soap": replace(NODE, headers={"Accept-Encoding": "none"}),
    "node-soap, SOAP 1.2": replace(
        NODE, soap="1.2", content_type=SOAP_XML + '; action="{action}"', soap_action=None, strictly=NO_SUCH_TYPE
    ),
    "soap4r": Style(
        prefix="env", must_understand="1", types="carriers", nil_members=True, base="empty", long_nil=True,
        pretty=True, declaration='<?xml version="1.0" encoding="utf-8" ?>',
        headers={"Accept-Encoding": "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"},
    ),
    "gsoap": Style(prefix="SOAP-ENV", must_understand="1", headers={"Connection": "close"}),
    "the documentation": DOCUMENTATION,
}  # fmt: skip
VARIATIONS = {
    "arrays of SOAP's own encoding": Style(encoded_arrays=True, strictly=BROKEN),
    "mustUnderstand true in SOAP 1.2": Style(
        "1.2", content_type=SOAP_XML, must_understand="true", time_zone=TIME_ZONE, strictly=NO_SUCH_TYPE
    ),
}
"""What no library above does. Spellings that every operation shares stand in ``tests/soap``."""
STYLES = LIBRARIES | VARIATIONS


# The styles take the versions by turns: none of their habits depends on the version.
@pytest.mark.parametrize(("style", "version"), [*zip(STYLES.values(), cycle(VERSIONS))], ids=STYLES)
def test_a_whole_round_in_a_style_and_an_error_of_the_domain_that_is_no_fault(place_of, version, style) -> None:
    place = place_of(version)
    with styled_client(place, style) as client:
        run_whole_round(client, place, style.time_zone)
        refuse_a_nil_message(client, place)
        refuse_to_create_nothing(client, place)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_whole_round_at_any_spelling_of_the_path(place_of, spelling) -> None:
    place = place_of(84, spelling)
    with styled_client(place) as client:
        run_whole_round(client, place)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_a_strict_double_takes_what_the_real_service_would(strict_double, style) -> None:
    place = Place(strict_double)
    with styled_client(place, style) as client:
        if style.strictly is None:
            run_whole_round(client, place, style.time_zone)
            return
        answer = client.post("GetDeliveryStatus", {"MessagingIds": [1]})
        status, reason = style.strictly
        assert answer.status == status
        assert reason.encode() in answer.body
        assert bool(answer.body) is bool(reason)


@pytest.mark.parametrize(
    ("style", "connections"),
    [
        pytest.param(Style(), 1, id="HTTP/1.1"),
        pytest.param(Style(version="1.0"), CALLS, id="HTTP/1.0"),
        pytest.param(Style(version="1.0", headers={"Connection": "keep-alive"}), 1, id="HTTP/1.0 kept alive"),
        pytest.param(Style(headers={"Connection": "close"}), CALLS, id="HTTP/1.1 closed"),
        pytest.param(Style(expect=True), 1, id="Expect"),
        pytest.param(Style(chunked=True), 1, id="chunks"),
        pytest.param(Style(chunked=True, expect=True), 1, id="chunks that wait"),
    ],
)
def test_a_connection_is_kept_as_the_client_asks(place, style, connections) -> None:
    transport = SocketTransport(style)
    with styled_client(place, style, transport) as client:
        run_whole_round(client, place)
    assert transport.connections == connections


OUTGOING = dict.fromkeys(("From", "To", "Content", "Format", "SuggestedSessionKey"), "") | {"ParentMessagingId": 0}
INCOMING = dict.fromkeys(("To", "From", "Content", "Format", "SessionKey", "Plugin"), "")
CONFIG = [{"Key": "", "Value": ""}]
PLACEHOLDERS = {
    "GetDeliveryStatus": {"MessagingIds": [0]},
    "SendMessages": {"Plugin": "", "OutgoingMessages": [OUTGOING]},
    "SetDeliveryStatus": {"Plugin": "", "ExternalMessageId": "", "Status": 0, "StatusDescription": ""},
    "CreateMessage": {"IncomingMessage": INCOMING},
    "SendMessagesWithConfig": {"Plugin": "", "OutgoingMessages": [OUTGOING], "Config": CONFIG},
}
CURL = {
    "curl": [],
    "curl in HTTP/1.0": ["--http1.0"],
    "curl in chunks": ["--header", "Transfer-Encoding: chunked"],
    "curl that asks first": ["--header", "Expect: 100-continue"],
}


@pytest.mark.parametrize("flags", CURL.values(), ids=CURL)
def test_a_whole_round_as_the_documentation_has_it(place_of, flags) -> None:
    if shutil.which("curl") is None:
        require("curl is not installed")
    place = place_of(86)
    with styled_client(place, DOCUMENTATION, CurlTransport(*flags)) as client:
        run_whole_round(client, place)


def test_placeholders_are_kept_as_they_were_sent(place) -> None:
    with styled_client(place, DOCUMENTATION) as client:
        for operation, parameters in PLACEHOLDERS.items():
            assert client(operation, parameters).succeeded is True
    (plain, with_config) = place.outbox
    for message in (plain, with_config):
        assert {message[name] for name in ("from", "to", "content", "format", "suggestedSessionKey")} == {""}
        assert message["parentMessagingId"] == 0
    assert (plain["config"], with_config["config"]) == (None, [{"key": "", "value": ""}])
    (incoming,) = place.listed("inbox")
    assert {incoming[name] for name in ("from", "to", "content", "format", "sessionKey", "plugin")} == {""}
    (report,) = place.listed("status-reports", "statusReports")
    assert (report["externalMessageId"], report["status"], report["statusDescription"]) == ("", 0, "")


def test_tenants_share_nothing_and_the_versions_of_a_tenant_share_its_messages(place_of) -> None:
    ours, theirs = place_of(84), place_of(88, "small letters")
    with styled_client(ours) as client:
        client("SendMessages", {"Plugin": PLUGIN, "OutgoingMessages": [{"To": "1"}]})
    for place, status in ((replace(ours, version=88), 2), (theirs, -1)):
        with styled_client(place, Style(time_zone=TIME_ZONE)) as client:
            assert client("GetDeliveryStatus", {"MessagingIds": [1]}).response[0]["Status"] == status
