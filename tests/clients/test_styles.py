"""What client libraries send, byte for byte: their habits in XML and in HTTP, with no library in between."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from .support.libraries import require
from .support.place import SPELLINGS, TIME_ZONE, VERSIONS, Place
from .support.styles import CurlTransport, SocketTransport, Style, styled_client
from .support.whole_round import PLUGIN, refuse_a_nil_message, refuse_to_create_nothing, run_whole_round

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support.styles import Transport

CALLS = 8  # of a whole round
SOAP_XML = "application/soap+xml; charset=utf-8"
NO_SUCH_TYPE, BROKEN, NO_ACTION = (415, ""), (500, "DeserializationFailed"), (500, "ActionNotSupported")
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
        credentials="nil", headers={"Accept-Encoding": "compress"}, content_type="text/xml;charset=utf-8"
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
SOAP12 = Style("1.2", content_type=SOAP_XML, strictly=NO_SUCH_TYPE)
VARIATIONS = {
    "no SOAPAction": Style(soap_action=None, strictly=NO_ACTION),
    "an empty SOAPAction": Style(soap_action='""', strictly=NO_ACTION),
    "a SOAPAction without quotes": Style(soap_action="{action}"),
    "SOAP 1.2 without an action": replace(SOAP12, soap_action=None),
    "SOAP 1.2 with a SOAPAction": replace(SOAP12, content_type="application/soap+xml"),
    "SOAP 1.2 in text/xml": Style("1.2", strictly=(400, "")),
    "no charset": Style(content_type="text/xml"),
    "a charset in capitals, quoted": Style(content_type='TEXT/XML;CHARSET="UTF-8"'),
    "pretty-printed": Style(pretty=True),
    "newlines as references": Style(references=True, pretty=True),
    "types everywhere": Style(types="all", encoding_style=True),
    "arrays of SOAP's own encoding": Style(encoded_arrays=True, strictly=BROKEN),
    "nil wherever there is nothing": Style(nil_members=True, base="nil", nil_wrapper=True, nil_time_zone=True),
    "texts in CDATA": Style(cdata=True),
    "a byte order mark": Style(charset="utf-8-sig"),
    "UTF-16": Style(
        declaration='<?xml version="1.0" encoding="utf-16"?>', content_type="text/xml; charset=utf-16", charset="utf-16"
    ),
    "no XML declaration": Style(declaration=""),
    "chunks": Style(chunked=True),
    "chunks that wait": Style(chunked=True, expect=True),
    "HTTP/1.0 kept alive": Style(version="1.0", headers={"Connection": "keep-alive"}),
    "an absolute URL": Style(absolute=True),
    "mustUnderstand 1": Style(must_understand="1", time_zone=TIME_ZONE),
    "mustUnderstand true": Style(must_understand="true", time_zone=TIME_ZONE),
    "mustUnderstand 0": Style(must_understand="0", time_zone=TIME_ZONE),
    "mustUnderstand true in SOAP 1.2": replace(SOAP12, must_understand="true", time_zone=TIME_ZONE),
    "a nil ticket": Style(credentials="nil ticket"),
    "credentials without a ticket": Style(credentials="nothing"),
    "no credentials": Style(credentials="left out"),
}
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
    "GetDeliveryStatus": (86, {"MessagingIds": [0]}),
    "SendMessages": (86, {"Plugin": "", "OutgoingMessages": [OUTGOING]}),
    "SetDeliveryStatus": (86, {"Plugin": "", "ExternalMessageId": "", "Status": 0, "StatusDescription": ""}),
    "CreateMessage": (87, {"IncomingMessage": INCOMING}),
    "SendMessagesWithConfig": (88, {"Plugin": "", "OutgoingMessages": [OUTGOING], "Config": CONFIG}),
}
TRANSPORTS: dict[str, Callable[[], Transport]] = {
    "a socket": lambda: SocketTransport(DOCUMENTATION),
    "curl": CurlTransport,
    "curl in HTTP/1.0": lambda: CurlTransport("--http1.0"),
    "curl in chunks": lambda: CurlTransport("--header", "Transfer-Encoding: chunked"),
    "curl that asks first": lambda: CurlTransport("--header", "Expect: 100-continue"),
}


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Transport:
    if request.param.startswith("curl") and shutil.which("curl") is None:
        require("curl is not installed")
    return TRANSPORTS[request.param]()


@pytest.mark.parametrize("operation", PLACEHOLDERS)
def test_the_documentation_s_examples_work_with_their_placeholders(place_of, transport, operation) -> None:
    version, parameters = PLACEHOLDERS[operation]
    with styled_client(place_of(version), DOCUMENTATION, transport) as client:
        assert client(operation, parameters).succeeded is True


def test_a_whole_round_as_the_documentation_has_it(place_of, transport) -> None:
    place = place_of(86)
    with styled_client(place, DOCUMENTATION, transport) as client:
        run_whole_round(client, place)


def test_placeholders_are_kept_as_they_were_sent(place) -> None:
    with styled_client(place, DOCUMENTATION) as client:
        for operation, (_, parameters) in PLACEHOLDERS.items():
            client(operation, parameters)
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
