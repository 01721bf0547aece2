"""The six operations by REST: what they answer, and what of a request does not matter."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from lxml import etree
from support.envelopes import Xml, envelope, namespace
from support.rest import JSON, rest, send

NO_RIGHTS = {"TableRight": None, "FieldProperties": {}}
SENT = {"Status": 1, "StatusDescription": "Handed over to the gateway", "MessagingId": 1, **NO_RIGHTS}
BODY = {"plugin": "CM", "outgoingMessages": [{"to": "+4711", "content": "Hei æ"}]}
TEXT = json.dumps(BODY, ensure_ascii=False)


def assert_sent(double, answer):
    assert (answer.status, answer.json) == (200, [SENT]), answer
    (message,) = double.outbox()
    assert (message["plugin"], message["to"], message["content"]) == ("CM", "+4711", "Hei æ")


def test_a_receipt_has_its_properties_in_the_captured_order(double):
    answer = send(double, {"To": "1"})
    assert answer.content_type == "application/json; charset=utf-8"
    assert list(answer.json[0].items()) == list(SENT.items())


def test_send_messages_with_config_keeps_the_config(double):
    value = {"Plugin": "CM", "OutgoingMessages": [{"To": "1"}, {"To": "2"}], "Config": {"b": "1", "a": "", "c": None}}
    answer = rest(double, "SendMessagesWithConfig", value)
    assert [each["MessagingId"] for each in answer.json] == [1, 2]
    (_, message) = double.outbox()
    assert message["config"] == [{"key": "b", "value": "1"}, {"key": "a", "value": ""}, {"key": "c", "value": None}]
    assert (message["operation"], message["services"]) == ("SendMessagesWithConfig", "REST")


def test_get_delivery_status_answers_in_the_order_asked(double):
    send(double, {"To": "1"}, {"To": "2"})
    answer = rest(double, "GetDeliveryStatus", {"MessagingIds": [2, 7, 1]})
    assert [(each["MessagingId"], each["Status"]) for each in answer.json] == [(2, 2), (7, -1), (1, 2)]


def test_set_delivery_status_answers_204_without_a_body(double):
    send(double, {"To": "1"})
    value = {
        "Plugin": "CM",
        "ExternalMessageId": double.outbox()[0]["externalMessageId"],
        "Status": 3,
        "StatusDescription": "No such number",
    }
    answer = rest(double, "SetDeliveryStatus", value)
    assert (answer.status, answer.body, answer.content_type) == (204, b"", None)
    assert "content-length" not in answer.headers
    assert [(each["status"], each["statusDescription"]) for each in double.outbox()] == [(3, "No such number")]


def test_create_message_answers_204_and_puts_it_into_the_inbox(double):
    message = {"To": "1", "From": "2", "Content": "in", "Format": "sms/text", "SessionKey": "k", "Plugin": "CM"}
    assert rest(double, "CreateMessage", {"IncomingMessage": message}).status == 204
    (kept,) = double.inbox()
    assert {name: kept[name[0].lower() + name[1:]] for name in message} == message
    assert (kept["origin"], kept["services"]) == ("CreateMessage", "REST")


@pytest.mark.parametrize("body", [None, b"", b"{}", b"  ", b"null", b"[]", b"<GetPlugins/>"])
def test_get_plugins_reads_no_body(double, body):
    answer = rest(double, "GetPlugins", body)
    expected = {"Name": "CM", "SupportedMessagingFormats": ["sms/text"], "SupportsConfig": True, **NO_RIGHTS}
    assert list(answer.json[0].items()) == list(expected.items())


def test_a_body_of_white_space_has_no_media_type(double):
    assert rest(double, "GetPlugins", b"  ", headers={"Content-Type": "text/plain"}).status == 200


def test_get_sms_config_names_the_plugin_of_the_tenant(double):
    answer = rest(double, "GetSmsConfig", agent="CustomerService")
    assert answer.json == {
        "DefaultSmsCountry": "",
        "NetServerSmsProvider": "CM",
        "NsPluginSender": "",
        "NsPluginConfig": {},
        **NO_RIGHTS,
    }


def test_get_sms_config_is_there_by_soap_too(double):
    action = f'"{namespace()}/CustomerService/GetSmsConfig"'
    body = envelope(Xml("<GetSmsConfig/>"))
    answer = double.post(body, action, agent="CustomerService", tenant="Cust1")
    members = {etree.QName(each).localname: each.text for each in answer.response}
    assert members["NetServerSmsProvider"] == "CM"
    wsdl = double.get("/Cust1/Remote/Services88/CustomerService.svc?wsdl")
    assert b'<wsdl:operation name="GetSmsConfig">' in wsdl.body


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.upper().replace("HEI Æ", "Hei æ"),
        '{"OutgoingMessages":[{"To":"+4711","Content":"Hei \\u00e6","From":null}],"Plugin":"CM"}',
        TEXT.replace("{", "\n{ ").replace(",", " ,\t"),
        f"\ufeff{TEXT}",
        TEXT.replace('"to"', '"tableRight":{"mask":"F","reason":""},"fieldProperties":{},"to"'),
    ],
    ids=["camelCase", "capitals", "other order, escapes, null", "white space", "byte order mark", "rights"],
)
def test_a_body_may_be_written_in_several_ways(double, text):
    assert_sent(double, rest(double, "SendMessages", text.encode()))
    assert double.calls.latest is None or not double.calls.latest.notes


@pytest.mark.parametrize(
    "url",
    [
        "/Cust1/api/v1/Agents/Messaging/SendMessages",
        "/cust1/API/V1/agents/MESSAGING/sendmessages",
        "/Cust1/api/v1/Agents/Messaging/SendMessages/",
        "/super/CUST1/api/v1/Agents/Messaging/SendMessages?$select=",
    ],
)
def test_letter_case_and_what_stands_before_do_not_matter_in_the_url(double, url):
    answer = double.request("POST", url, TEXT.encode(), {"Content-Type": JSON})
    assert answer.json == [SENT]
    assert len(double.outbox("Cust1")) == 1


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        (JSON, "utf-8"),
        ("application/json; charset=UTF-8", "utf-8"),
        ('Application/JSON;charset="utf-8"', "utf-8"),
        ("text/json", "utf-8"),
        ("application/json-patch+json", "utf-8"),
        ("application/merge-patch+json; charset=utf-16", "utf-16"),
    ],
)
def test_the_documented_media_types_of_json_are_read(double, content_type, encoding):
    assert_sent(double, rest(double, "SendMessages", TEXT.encode(encoding), headers={"Content-Type": content_type}))


def test_a_body_without_a_content_type_is_read_as_json_unless_strict(double, strict_double):
    answer = rest(double, "SendMessages", TEXT.encode(), headers={"Content-Type": None})
    assert "no Content-Type" in answer.notes
    assert_sent(double, answer)
    assert rest(strict_double, "SendMessages", TEXT.encode(), headers={"Content-Type": None}).status == 415


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("Identity", bytes)]
)
def test_a_compressed_body_is_read(double, encoding, compress):
    assert_sent(double, rest(double, "SendMessages", compress(TEXT.encode()), headers={"Content-Encoding": encoding}))


def test_a_compressed_body_may_be_as_long_as_one_that_is_not(start_double):
    double = start_double(max_body_bytes=1000)
    body = gzip.compress(TEXT.encode().ljust(1000))
    assert_sent(double, rest(double, "SendMessages", body, headers={"Content-Encoding": "gzip"}))


@pytest.mark.parametrize(
    ("select", "left"),
    [
        ("Status", {"Status"}),
        ("messagingid, STATUS", {"MessagingId", "Status"}),
        ("", set(SENT)),
        (" ", set(SENT)),
        ("Nothing", set()),
    ],
)
def test_select_nulls_the_other_properties_out(double, select, left):
    answer = send(double, {"To": "1"}, query=f"?$select={select.replace(' ', '%20')}")
    assert answer.json == [{name: value if name in left else None for name, value in SENT.items()}]
    assert ("$select names no property" in answer.notes) == (select == "Nothing")


def test_select_of_no_rows_names_every_property(double):
    answer = rest(double, "SendMessages", {"OutgoingMessages": []}, query="?$select=Status")
    assert (answer.json, answer.notes) == ([], "")


def test_an_unknown_property_is_skipped_and_the_nearest_one_named(double):
    answer = send(double, {"To": "1", "Contents": "Hei", "x" * 1000: 1})
    assert answer.status == 200
    assert "OutgoingMessages[0].Contents is no property here: skipped; did you mean Content?" in answer.notes
    assert f"OutgoingMessages[0].{'x' * 100} is no property here: skipped" in answer.notes


def test_of_a_property_in_several_letter_cases_the_last_one_counts(double):
    answer = send(double, {"To": "1", "to": "2"})
    assert "OutgoingMessages[0].To is given in several letter cases: the last one counts" in answer.notes
    assert [each["to"] for each in double.outbox()] == ["2"]


@pytest.mark.parametrize("number", [-(2**31), 2**31 - 1])
def test_a_number_of_32_bits_is_read(double, number):
    assert send(double, {"To": "1", "ParentMessagingId": number}).status == 200
    assert double.outbox()[0]["parentMessagingId"] == number


def test_a_get_describes_the_operation_and_does_nothing(double):
    answer = double.get("/Cust1/api/v1/Agents/Messaging/SendMessagesWithConfig")
    assert answer.json["Parameters"] == {
        "Plugin": "string",
        "OutgoingMessages": [
            {
                "From": "string",
                "To": "string",
                "Content": "string",
                "Format": "string",
                "ParentMessagingId": "int32",
                "SuggestedSessionKey": "string",
            }
        ],
        "Config": {"name": "string"},
    }
    assert double.is_empty("Cust1")


def test_tenants_are_apart(double):
    send(double, {"To": "1"}, tenant="Cust1")
    send(double, {"To": "2"}, tenant="Cust2")
    assert [each["to"] for each in double.outbox("Cust1")] == ["1"]
    assert [each["to"] for each in double.outbox("Cust2")] == ["2"]
