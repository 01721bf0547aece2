"""What an answer looks like: WCF's shape, which every generated client can read."""

import pytest
from lxml import etree
from support.answers import is_nil
from support.double import SOAP_XML, TEXT_XML
from support.envelopes import (
    EVERYTHING,
    NIL,
    OPERATIONS,
    SOAP11,
    SOAP12,
    VERSIONS,
    XSI,
    element,
    envelope,
    ids,
    namespace,
    operation,
    outgoing,
)

REFUSED = {
    "CreateMessage": operation("CreateMessage"),
    "GetDeliveryStatus": operation("GetDeliveryStatus", MessagingIds=ids(1)),
    "SetDeliveryStatus": operation("SetDeliveryStatus", Plugin="CM", ExternalMessageId="x", Status=1),
    "SendMessages": operation("SendMessages", Plugin="unknown", OutgoingMessages=[outgoing(To="1")]),
    "SendMessagesWithConfig": operation("SendMessagesWithConfig", OutgoingMessages=[element("OutgoingMessage", NIL)]),
}  # fmt: skip
REFUSING = {"unknown_messaging_id": "error", "unknown_external_message_id": "error", "unknown_plugin": "error"}


@pytest.mark.parametrize("services", VERSIONS)
def test_every_operation_of_every_version_is_answered_in_its_namespace_with_all_headers_in_order(
    either_double, services
) -> None:
    assert list(EVERYTHING) == list(OPERATIONS)
    of_version = f"{{{namespace(services)}}}"
    headers = [f"{of_version}{each}" for each in ("ExceptionInfo", "ExtraInfo", "Succeeded", "TimeZone")]
    for name, body in EVERYTHING.items():
        answer = either_double.call_xml(name, body, services=services)
        assert [each.tag for each in answer.header_blocks] == headers
        assert [is_nil(each) for each in answer.header_blocks] == [True, True, False, True]
        assert (answer.status, answer.succeeded) == (200, True)
        assert answer.soap_body.tag == f"{of_version}{name}Response"
        assert (answer.call.operation, answer.call.services) == (name, f"Services{services}")


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("soap", [SOAP11, SOAP12], ids=["1.1", "1.2"])
def test_an_error_of_the_domain_is_in_band(start_double, name, soap) -> None:
    """HTTP 200, Succeeded false, ExceptionInfo filled, Response nil; 500 breaks zeep, suds and kdsoap."""
    double = start_double(**REFUSING)
    answer = double.call_xml(name, REFUSED[name], soap=soap)
    assert (answer.status, answer.succeeded, answer.soap) == (200, False, soap)
    info = answer.exception
    assert list(info) == [
        "Message", "StackTrace", "FriendlyText", "ExceptionType", "Source", "InnerException", "Parameters",
    ]  # fmt: skip
    assert info["Message"]
    assert info["FriendlyText"]
    assert info["ExceptionType"].startswith("SuperOffice.Exceptions.So")
    assert [is_nil(each) for each in answer.header_blocks] == [False, True, False, True]
    assert etree.QName(answer.soap_body).localname == f"{name}Response"
    if name in ("CreateMessage", "SetDeliveryStatus"):
        assert len(answer.soap_body) == 0
    else:
        assert is_nil(answer.response)
    assert double.is_empty()


@pytest.mark.parametrize("name", ["CreateMessage", "SetDeliveryStatus"])
def test_what_returns_nothing_answers_with_an_empty_wrapper(either_double, name) -> None:
    body = either_double.call_xml(name, EVERYTHING[name]).soap_body
    assert (len(body), body.text) == (0, None)
    assert body.tag == f"{{{namespace()}}}{name}Response"


def test_members_of_a_status_are_in_the_contracts_order_base_class_first(either_double) -> None:
    """.NET reads forward only: a member that comes too late is read as 0."""
    (status,) = either_double.send(outgoing(To="1")).response
    assert status.tag == f"{{{namespace()}}}MessageDeliveryStatus"
    expected = ["TableRight", "FieldProperties", "Status", "StatusDescription", "MessagingId"]
    assert [each.tag for each in status] == [f"{{{namespace()}}}{name}" for name in expected]
    assert [is_nil(each) for each in status] == [True, True, False, False, False]


def test_members_of_a_plugin_are_in_the_contracts_order_base_class_first(either_double) -> None:
    plugin = either_double.plugins().response[0]
    expected = ["TableRight", "FieldProperties", "Name", "SupportedMessagingFormats", "SupportsConfig"]
    assert [each.tag for each in plugin] == [f"{{{namespace()}}}{name}" for name in expected]
    (text,) = plugin[3]
    assert text.tag == "{http://schemas.microsoft.com/2003/10/Serialization/Arrays}string"
    assert (text.text, plugin[4].text) == ("sms/text", "true")


@pytest.mark.parametrize(("soap", "content_type"), [(SOAP11, TEXT_XML), (SOAP12, SOAP_XML)], ids=["1.1", "1.2"])
def test_the_answer_is_in_the_version_of_the_request(double, soap, content_type) -> None:
    for name, body in EVERYTHING.items():
        answer = double.call_xml(name, body, soap=soap)
        assert (answer.soap, answer.content_type) == (soap, content_type), name


@pytest.mark.parametrize("asked_as", [TEXT_XML, SOAP_XML, "application/xml"])
@pytest.mark.parametrize(("soap", "content_type"), [(SOAP11, TEXT_XML), (SOAP12, SOAP_XML)], ids=["1.1", "1.2"])
def test_the_envelope_decides_the_version_not_the_content_type(double, asked_as, soap, content_type) -> None:
    answer = double.post(envelope(EVERYTHING["GetPlugins"], soap=soap), None, asked_as)
    assert (answer.status, answer.soap, answer.content_type) == (200, soap, content_type)


def test_there_is_no_xml_declaration_no_xsi_type_and_no_padding_and_every_element_is_qualified(either_double) -> None:
    for name, request in EVERYTHING.items():
        answer = either_double.call_xml(name, request)
        assert answer.body.startswith(b"<s:Envelope xmlns:s="), name
        assert b"\n" not in answer.body
        assert b"> <" not in answer.body
        for each in answer.xml.iter():
            assert f"{{{XSI}}}type" not in each.attrib, (name, each.tag)
            assert etree.QName(each).namespace, (name, each.tag)


def test_the_prefixes_are_wcfs(either_double) -> None:
    """Not needed by XML, but some clients' own parsers look for them."""
    body = either_double.plugins().body
    assert body.startswith(
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><h:ExceptionInfo '
    )
    assert f'<s:Body><GetPluginsResponse xmlns="{namespace()}"'.encode() in body
    assert b' i:nil="true"/>' in body


@pytest.mark.parametrize("services", VERSIONS)
def test_the_time_zone_is_echoed(either_double, services) -> None:
    zone = [element("SoTimeZoneId", 105), element("SoTimeZoneLocationCode", " Europe/Oslo <&> ")]
    for name, body in EVERYTHING.items():
        answer = either_double.call_xml(name, body, headers=element("TimeZone", zone), services=services)
        block = answer.header_block("TimeZone")
        assert [(each.tag, each.text) for each in block] == [
            (f"{{{namespace(services)}}}SoTimeZoneId", "105"),
            (f"{{{namespace(services)}}}SoTimeZoneLocationCode", " Europe/Oslo <&> "),
        ]


def test_the_time_zone_is_echoed_in_an_error_too(either_double) -> None:
    answer = either_double.call("CreateMessage", headers=element("TimeZone", [element("SoTimeZoneId", 5)]))
    assert not answer.succeeded
    assert answer.header_block("TimeZone")[0].text == "5"


def test_a_time_zone_without_its_id_has_the_id_0(either_double) -> None:
    """SoTimeZoneId is not nillable in the contract; .NET's int of nothing is 0."""
    zone = element("TimeZone", [element("SoTimeZoneLocationCode", "Europe/Oslo")])
    block = either_double.call("GetPlugins", headers=zone).header_block("TimeZone")
    assert [each.text for each in block] == ["0", "Europe/Oslo"]


def test_nothing_that_the_contract_calls_not_nillable_is_ever_nil(either_double) -> None:
    numbers = {"Status", "MessagingId", "Succeeded", "SupportsConfig", "SoTimeZoneId"}
    zone = "<TimeZone/>"
    for name, body in EVERYTHING.items():
        for each in either_double.call_xml(name, body, headers=zone).xml.iter():
            assert not (etree.QName(each).localname in numbers and is_nil(each)), name


def test_an_empty_list_is_an_empty_element(either_double) -> None:
    for answer in (either_double.send(), either_double.get_status()):
        assert answer.statuses == []
        assert not is_nil(answer.response)


def test_equal_requests_of_two_versions_differ_in_the_namespace_only(double) -> None:
    bodies = {}
    for number in VERSIONS:
        bodies[number] = double.send(outgoing(To="1"), services=number).body
        double.reset()
    for number, body in bodies.items():
        assert body.replace(b"Services%d" % number, b"Services84") == bodies[84]


def test_an_answer_to_many_is_not_padded(double) -> None:
    """.NET's default quota is 64 KiB a message."""
    answer = double.send(*[outgoing(To="1")] * 200)
    assert len(answer.statuses) == 200
    assert len(answer.body) < 64 * 1024
