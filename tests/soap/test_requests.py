"""What real clients send, and the contract allows: taken leniently and strictly, without a note."""

import pytest
from lxml import etree
from support.double import TEXT_XML
from support.envelopes import (
    ACTION,
    NIL,
    OPERATIONS,
    SEND,
    SENDING,
    SOAP11,
    Xml,
    credentials,
    element,
    envelope,
    incoming,
    namespace,
    outgoing,
)
from support.outcomes import assert_sent, rewritten


@pytest.mark.parametrize("action", [ACTION, ACTION.strip('"'), f" {ACTION} "], ids=["quoted", "bare", "blanks"])
def test_the_action_is_quoted_or_not(either_double, action) -> None:
    assert_sent(either_double, either_double.post(SEND, action))


@pytest.mark.parametrize(
    "content_type",
    [
        "text/xml;charset=utf-8",
        "text/xml; charset=utf-8",
        "text/xml;  charset=UTF-8",
        'text/xml; charset="utf-8"',
        'text/xml;charset="UTF-8"; action="urn:ignored"',
        "TEXT/XML; CHARSET=Utf-8",
        "text/xml",
        "text/xml;",
        "text/xml ; charset=utf-8",
        "text/xml; boundary=x; charset=utf-8",
    ],
)
def test_the_content_type_of_the_contract_in_any_spelling(either_double, content_type) -> None:
    assert_sent(either_double, either_double.post(SEND, ACTION, content_type))


@pytest.mark.parametrize(
    "path",
    [
        "/Remote/Services88/Messaging.svc",
        "/remote/services88/messaging.svc",
        "/REMOTE/SERVICES88/MESSAGING.SVC",
        "/Remote/Services88/Messaging.svc/",
        "/default/Remote/Services88/Messaging.svc",
    ],
)
def test_the_url_in_any_letter_case(either_double, path) -> None:
    answer = either_double.request("POST", path, SEND, {"Content-Type": TEXT_XML, "SOAPAction": ACTION})
    assert_sent(either_double, answer)


@pytest.mark.parametrize(
    "environ",
    [
        {"SERVER_PROTOCOL": "HTTP/1.0", "HTTP_HOST": None},
        {"HTTP_EXPECT": "100-continue"},
        {"HTTP_CONNECTION": "close"},
        {"CONTENT_LENGTH": None, "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True},
        {"CONTENT_LENGTH": "", "wsgi.input_terminated": True},
        {"QUERY_STRING": "wsdl"},
    ],
    ids=["HTTP/1.0", "expect", "close", "chunked", "no length", "a query"],
)
def test_http_in_any_of_its_ways(either_double, environ) -> None:
    assert_sent(either_double, either_double.post(SEND, ACTION, **environ))


def test_a_body_that_comes_in_small_pieces_is_put_together(either_double) -> None:
    class Slow:
        rest = SEND

        def read(self, size=-1) -> bytes:
            taken = min(7, size)
            piece, self.rest = self.rest[:taken], self.rest[taken:]
            return piece

    assert_sent(either_double, either_double.post(SEND, ACTION, **{"wsgi.input": Slow()}))


@pytest.mark.parametrize(
    "headers",
    [
        credentials(),
        credentials(ticket=NIL, application=NIL),
        Xml(element("ApplicationToken", "t") + '<Credentials i:nil="true"/>'),
        credentials(ticket=None),
        Xml("<Credentials/>"),
        credentials(time_zone=[element("SoTimeZoneId", 1), element("SoTimeZoneLocationCode", "")]),
        Xml('<TimeZone i:nil="true"/>'),
        Xml('<w:Action xmlns:w="http://www.w3.org/2005/08/addressing">urn:x</w:Action>'),
    ],
    ids=[
        "all", "nil ticket", "nil credentials", "no ticket", "empty credentials", "time zone", "nil time zone",
        "WS-Addressing",
    ],
)  # fmt: skip
def test_request_headers_as_clients_send_them(either_double, headers) -> None:
    assert_sent(either_double, either_double.post(envelope(SENDING, headers=headers), ACTION))


SPELLINGS = {
    "another prefix of SOAP": rewritten(SEND, ("<s:", "<P:"), ("</s:", "</P:"), ("xmlns:s=", "xmlns:P=")),
    "SOAP without a prefix": f'<Envelope xmlns="{SOAP11}"><Body xmlns:n="{namespace()}">'.encode()
    + b"<n:SendMessages><n:Plugin>CM</n:Plugin><n:OutgoingMessages><n:OutgoingMessage><n:To>1</n:To><n:Content>Hei"
    b"</n:Content></n:OutgoingMessage></n:OutgoingMessages></n:SendMessages></Body></Envelope>",
    "a prefix for each element": rewritten(SEND, ("<To>1</To>", f'<q1:To xmlns:q1="{namespace()}">1</q1:To>')),
    "an XML declaration": b'<?xml version="1.0" encoding="UTF-8"?>\r\n' + SEND,
    "standalone": b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>" + SEND,
    "a byte order mark": b"\xef\xbb\xbf" + SEND,
    "an empty Header": rewritten(SEND, ("<s:Body>", "<s:Header/><s:Body>")),
    "comments": rewritten(SEND, ("Hei", "H<!-- x -->ei"), ("<To>", "<!-- to --><To>")),
    "CDATA": rewritten(SEND, ("Hei", "<![CDATA[H]]>e<![CDATA[i]]>")),
    "character references": rewritten(SEND, ("Hei", "&#72;&#x65;i")),
    "blanks after": SEND + b"\r\n \n",
    "xsi:type": rewritten(
        SEND,
        ("<To>", '<To i:type="xsd:string">'),
        ("<OutgoingMessage>", '<OutgoingMessage i:type="OutgoingMessage">'),
        ("<OutgoingMessages>", '<OutgoingMessages i:type="ArrayOfOutgoingMessage">'),
    ),
    "xsi:type of an unknown type": rewritten(SEND, ("<To>", '<To i:type="x:y">'), ("<Content>", '<Content i:type="">')),
    "xsi:type of another type": rewritten(SEND, ("<Content>", '<Content i:type="xsd:int">')),
    "encodingStyle": rewritten(
        SEND, ("<SendMessages>", '<SendMessages s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">')
    ),
    "encodingStyle of the Envelope": rewritten(
        SEND, ("<s:Body>", '<s:Body s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">')
    ),
    "nil false": rewritten(SEND, ("<To>", '<To i:nil="false">'), ("<Content>", '<Content i:nil="0">')),
    "unknown attributes": rewritten(SEND, ("<To>", '<To id="1" href="#x">')),
    "nil members": rewritten(SEND, ("</Content>", '</Content><Format i:nil="true"/><SuggestedSessionKey i:nil="1"/>')),
    "nil of the base": rewritten(SEND, ("<To>", '<TableRight i:nil="true"/><FieldProperties i:nil="true"/><To>')),
    "rights of the base": rewritten(
        SEND,
        (
            "<To>",
            (
                "<TableRight><Mask>Select R</Mask><Reason>x</Reason></TableRight><FieldProperties>"
                "<FieldPropertyDictionaryKeyValuePair><Key>k</Key><Value><FieldRight><Mask>Read</Mask></FieldRight>"
                "<FieldType>t</FieldType><FieldLength>1</FieldLength></Value></FieldPropertyDictionaryKeyValuePair>"
                "</FieldProperties><To>"
            ),
        ),
    ),
}


@pytest.mark.parametrize("document", SPELLINGS.values(), ids=SPELLINGS)
def test_an_envelope_in_any_spelling(either_double, document) -> None:
    assert_sent(either_double, either_double.post(document, ACTION))


def test_pretty_printed_or_not_is_the_same(either_double) -> None:
    pretty = etree.tostring(etree.fromstring(SEND), pretty_print=True)
    assert pretty.count(b"\n") > 5
    assert_sent(either_double, either_double.post(pretty, ACTION))


def test_members_left_out_are_null(either_double) -> None:
    either_double.send(outgoing(), Xml("<OutgoingMessage/>"))
    members = ("from", "to", "content", "format", "parentMessagingId", "suggestedSessionKey")
    kept = [[message[member] for member in members] for message in either_double.outbox()]
    assert kept == [[None] * 6] * 2


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_empty_wrapper_and_a_nil_one_are_the_same(double, name) -> None:
    """Wrapped and empty, or nil as soaplite sends it: all parameters are null."""
    answers = []
    for body in (f"<{name}/>", f'<{name} i:nil="true"/>', f"<{name}> \n</{name}>"):
        double.reset()
        answer = double.call_xml(name, body)
        assert answer.status == 200
        answers.append((answer.body, double.reports() and double.reports()[0]["status"], double.outbox()))
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("body", ["", " \n "], ids=["nothing", "white space"])
def test_an_empty_body_with_an_action_is_a_call_without_parameters(either_double, body) -> None:
    """WCF: ``if (message.IsEmpty) return null`` (OperationFormatter.DeserializeBodyContents)."""
    answer = either_double.call_xml("GetPlugins", body)
    assert (answer.status, answer.succeeded) == (200, True)
    assert len(answer.response) == 8


@pytest.mark.parametrize(
    "item", ["<Nonsense><To>2</To></Nonsense>", "<a:int>1</a:int>", "<!-- x -->"], ids=["nonsense", "int", "comment"]
)
def test_items_that_are_none_are_skipped_in_lists_of_messages(either_double, item) -> None:
    items = f"{item}{outgoing(To='1')}{item}"
    body = f"<SendMessages><Plugin>CM</Plugin><OutgoingMessages>{items}</OutgoingMessages></SendMessages>"
    answer = either_double.call_xml("SendMessages", body)
    assert (answer.status, len(answer.statuses)) == (200, 1)


def test_unknown_elements_are_skipped(either_double) -> None:
    """As .NET does, so that a client of a newer version is no trouble."""
    document = rewritten(SEND, ("<To>", "<New>1</New><To>"), ("<Plugin>", '<x:New xmlns:x="urn:x"/><Plugin>'))
    assert_sent(either_double, either_double.post(document, ACTION), "New is not in the contract: skipped")


def test_of_a_member_given_twice_the_first_counts(either_double) -> None:
    document = rewritten(SEND, ("<To>1</To>", "<To>1</To><To>2</To>"))
    assert_sent(either_double, either_double.post(document, ACTION), "To is given more than once: the first one counts")


@pytest.mark.parametrize(
    ("last", "expected"),
    [("<TimeZone><SoTimeZoneId>2</SoTimeZoneId></TimeZone>", ["2", None]), ('<TimeZone i:nil="true"/>', [])],
)
def test_of_a_header_given_twice_the_last_counts(either_double, last, expected) -> None:
    headers = Xml(f"<TimeZone><SoTimeZoneId>1</SoTimeZoneId></TimeZone>{last}")
    answer = either_double.post(envelope(SENDING, headers=headers), ACTION)
    assert [each.text for each in answer.header_block("TimeZone")] == expected
    assert_sent(either_double, answer, "TimeZone is given more than once: the last one counts")


def test_a_nil_wrapper_does_not_hide_what_is_in_it(either_double) -> None:
    """WCF looks at no attribute of it."""
    document = rewritten(SEND, ("<SendMessages>", '<SendMessages i:nil="true">'))
    assert_sent(either_double, either_double.post(document, ACTION))


def test_of_two_messages_to_create_the_first_counts(either_double) -> None:
    """The second is out of the contract; it does not get lost unnoticed."""
    both = incoming(To="first") + incoming(To="second")
    answer = either_double.call_xml("CreateMessage", f"<CreateMessage>{both}</CreateMessage>")
    assert answer.succeeded
    assert [each["to"] for each in either_double.inbox()] == ["first"]
    assert "IncomingMessage is given more than once" in answer.notes
