"""What is wrong with a request by REST is said in the documented shapes, and nothing of it is kept."""

from __future__ import annotations

import gzip
import json

import pytest
from support.rest import JSON, assert_exception, assert_invalid, rest, send
from support.sockets import Client

DEEP = 50_000
MOST_VALUES = 65_536
SEND = "/api/v1/Agents/Messaging/SendMessages"
GOOD = b'{"Plugin":"CM","OutgoingMessages":[{"To":"1"}]}'


def message(**members):
    return json.dumps({"Plugin": "CM", "OutgoingMessages": [members]}).encode()


BODIES = {
    "nothing": (b"", "The body is empty"),
    "no JSON": (b"<SendMessages/>", "The body is not JSON"),
    "cut off": (GOOD[:-1], "The body is not JSON"),
    "two values": (GOOD + GOOD, "The body is not JSON"),
    "not UTF-8": (GOOD.replace(b"1", b"\xff"), "The body is not JSON"),
    "half a surrogate pair": (GOOD.replace(b"1", b"\\ud800"), "The body is not JSON"),
    "NaN": (b'{"Plugin":NaN}', "The body is not JSON"),
    "null": (b"null", "The body is null; expected an object with Plugin and OutgoingMessages"),
    "an array": (b"[]", "The body is an array"),
    "a text": (b'"x"', "The body is a text"),
    "a number": (b"17", "The body is a number 17"),
    "nested too deeply": (b"[" * DEEP + b"]" * DEEP, "nested too deeply"),
    "nested in a property": (b'{"Plugin":' * DEEP + b"1" + b"}" * DEEP, "nested too deeply"),
    "a number as a text": (message(To=4711), "OutgoingMessages[0].To is a number 4711; expected a text"),
    "true as a text": (b'{"Plugin":true}', "Plugin is true or false True; expected a text"),
    "a text as a number": (
        message(To="1", ParentMessagingId="2"),
        "ParentMessagingId is a text; expected a whole number",
    ),
    "a fraction as a number": (message(ParentMessagingId=1.5), "expected a whole number of 32 bits"),
    "true as a number": (message(ParentMessagingId=True), "expected a whole number of 32 bits"),
    "a number of 33 bits": (message(ParentMessagingId=2**31), "expected a whole number of 32 bits"),
    "a negative number of 33 bits": (message(ParentMessagingId=-(2**31) - 1), "expected a whole number of 32 bits"),
    "a number of a thousand digits": (
        b'{"OutgoingMessages":[{"ParentMessagingId":' + b"9" * 1000 + b"}]}",
        "OutgoingMessages[0].ParentMessagingId",
    ),
    "an object as a list": (b'{"OutgoingMessages":{}}', "OutgoingMessages is an object; expected an array"),
    "a text as a message": (b'{"OutgoingMessages":["x"]}', "OutgoingMessages[0] is a text; expected an object"),
    "a character that SOAP cannot write": (message(Content="a\x00b"), "Content has the character U+0000"),
}


@pytest.mark.parametrize(("body", "words"), BODIES.values(), ids=BODIES)
def test_a_body_that_cannot_be_read_is_a_bad_request(either_double, body, words):
    answer = rest(either_double, "SendMessages", body)
    assert_invalid(answer, 400, "The request is invalid.", words)
    assert words in answer.headers["x-messaging-double-hint"]
    assert either_double.is_empty()


TOO_MANY = {
    "numbers": b"1," * MOST_VALUES + b"1",
    "arrays": b"[]," * MOST_VALUES + b"[]",
    "objects": b"{}," * MOST_VALUES + b"{}",
    "members": b"{" + b'"":1,' * MOST_VALUES + b'"":1}',
    "texts": b'"",' * 4 * MOST_VALUES + b'""',
    "texts with quotation marks": rb'"\"",' * MOST_VALUES + b'""',
}


@pytest.mark.parametrize("values", TOO_MANY.values(), ids=TOO_MANY)
def test_a_body_has_as_many_values_as_soap_takes_elements(double, values):
    assert_invalid(rest(double, "SendMessages", b'{"Unknown":[%b]}' % values), 400, "more than 65536 values")


@pytest.mark.parametrize(
    "value",
    [b"[" + b"1," * (MOST_VALUES - 10) + b"1]", b'"' + rb",[{\",\\" * MOST_VALUES + b'"'],
    ids=["the most values", "a text of commas, brackets and quotation marks"],
)
def test_a_body_that_has_no_more_is_read(double, value):
    assert rest(double, "SendMessages", b'{"Unknown":%b}' % value).status == 200


def test_a_key_that_soap_cannot_write_is_refused(double):
    answer = rest(double, "SendMessagesWithConfig", {"Config": {"a\0": "b"}})
    assert_invalid(answer, 400, "Config's key has the character U+0000")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (gzip.compress(b" " * 9 * 1024**2), 413, "max-body-bytes"),
        (gzip.compress(GOOD)[:-9], 400, "ends before its gzip does"),
        (gzip.compress(GOOD) + gzip.compress(GOOD), 400, "goes on after its gzip ends"),
        (GOOD, 400, "The body is not gzip"),
    ],
    ids=["too much", "cut off", "twice", "not compressed"],
)
def test_a_compressed_body_that_cannot_be_read_is_refused(double, body, status, words):
    assert_invalid(rest(double, "SendMessages", body, headers={"Content-Encoding": "gzip"}), status, words)
    assert double.is_empty()


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Content-Type": "application/xml"}, "The request entity's media type 'application/xml' is not supported"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "Send application/json"),
        ({"Content-Type": "application/json; charset=ebcdic"}, "The charset 'ebcdic' is not supported"),
        ({"Content-Encoding": "br"}, "The content encoding 'br' is not supported"),
    ],
)
def test_another_form_of_the_body_is_an_unsupported_media_type(double, headers, words):
    assert_invalid(rest(double, "SendMessages", GOOD, headers=headers), 415, words)
    assert double.is_empty()


def test_a_body_over_the_limit_is_too_large(start_double):
    double = start_double(max_body_bytes=100)
    assert_invalid(send(double, {"Content": "x" * 100}), 413, "over 100 bytes (setting max-body-bytes)")
    assert double.is_empty()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/api/v1/Agents/Messaging/SendMessage", "did you mean SendMessages?"),
        ("/api/v1/Agents/Messaging/", "Messaging has CreateMessage"),
        ("/api/v1/Agents/Messaging/api", "Messaging has CreateMessage"),
        ("/Cust1/api/v1/Agents/Mesaging/SendMessages", "did you mean Messaging?"),
        ("/Cust1/api/v1/Contact/1", "GET /api/v1 lists what there is"),
        ("/Cust1/api/v1/Agents/Messaging/SendMessages/1", "GET /api/v1 lists what there is"),
    ],
)
def test_a_url_that_nothing_is_at_is_not_found(double, url, words):
    answer = double.request("POST", url, GOOD, {"Content-Type": JSON})
    assert_invalid(answer, 404, "No HTTP resource was found that matches the request URI", words)
    assert double.is_empty("Cust1")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_not_allowed(double, method):
    answer = double.request(method, SEND, GOOD, {"Content-Type": JSON})
    assert_invalid(answer, 405, f"does not support http method '{method}'")
    assert answer.headers["allow"] == "POST, GET, HEAD"
    assert double.is_empty()


REFUSALS = {
    "nothing to create": ("CreateMessage", {"IncomingMessage": None}, "IncomingMessage is missing"),
    "a null among the messages": (
        "SendMessages",
        {"Plugin": "CM", "OutgoingMessages": [{"To": "1"}, None]},
        "OutgoingMessages has 1 nil among 2",
    ),
    "an unknown plugin": ("SendMessages", {"Plugin": "x", "OutgoingMessages": [{"To": "1"}]}, "Plugin 'x' is unknown"),
}


@pytest.mark.parametrize(("operation", "value", "words"), REFUSALS.values(), ids=REFUSALS)
def test_an_exception_of_the_agent_is_the_documented_error_object(start_double, operation, value, words):
    double = start_double(unknown_plugin="error")
    assert_exception(rest(double, operation, value), "SoInvalidArgumentException", words)
    assert double.is_empty()


def test_an_exception_that_is_asked_for_has_no_hint(double):
    double.steer("POST", "rules", {"then": {"error": {"message": "No."}}}, tenant="Cust1")
    answer = send(double, {"To": "1"}, tenant="Cust1")
    assert_exception(answer, "SoException", "No.")
    assert "x-messaging-double-hint" not in answer.headers


@pytest.mark.parametrize(("form", "status"), [("400", 400), ("200", 200)])
def test_the_setting_rest_errors_says_with_which_status(start_double, form, status):
    answer = rest(start_double(rest_errors=form), "CreateMessage", {})
    assert_exception(answer, "SoInvalidArgumentException", status=status)


def test_the_setting_rest_errors_may_be_null(start_double):
    answer = rest(start_double(rest_errors="null"), "CreateMessage", {})
    assert (answer.status, answer.json) == (200, None)


def test_a_page_of_another_site_cannot_send(double):
    answer = send(double, {"To": "1"}, headers={"Origin": "https://example.com"})
    assert answer.status == 403
    assert double.is_empty()


@pytest.mark.parametrize(
    ("request_bytes", "status", "words"),
    [
        (b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413, "The body is over 8388608 bytes"),
        (b"POST %b HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400, "Host"),
    ],
    ids=["too large", "no Host"],
)
def test_what_the_server_itself_refuses_has_the_documented_shape_too(served, request_bytes, status, words):
    with Client(served.url) as client:
        assert_invalid(client.send(request_bytes % SEND.encode()).response(), status, words)
    assert served.steer("GET", "outbox")["total"] == 0


def test_the_journal_says_why_a_request_was_refused(double):
    rest(double, "SendMessages", b"{", tenant="Cust1")
    (entry,) = double.get("/_mock/v1/tenants/Cust1/journal").json["exchanges"]
    assert (entry["services"], entry["operation"], entry["status"]) == ("REST", "SendMessages", 400)
    assert "The body is not JSON" in entry["refused"]
