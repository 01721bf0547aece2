"""What is refused says why, where WCF's own words do not: in a header, in the log and in the journal."""

import gzip
import zlib

import pytest
from support.double import control_url
from support.envelopes import (
    ACTION,
    SEND,
    SENDING,
    SOAP11,
    action_of,
    credentials,
    element,
    envelope,
    namespace,
    operation,
    outgoing,
)
from support.outcomes import (
    ACTION_NOT_SUPPORTED,
    INTERNAL_SERVICE_FAULT,
    assert_fault,
    assert_refused,
    no_contract,
    rewritten,
)

NS = namespace()
LOGIN = operation("AuthenticateUsernamePassword", UserName="ole", Password="correct-horse")  # noqa: S106 - nobody's
ALL_OF_WCF = "ContractFilter mismatch"


def test_a_bare_refusal_says_so_too(either_double) -> None:
    answer = either_double.post(b"", action_of("GetPlugins"))
    assert (answer.status, answer.body) == (400, b"")
    assert "empty" in answer.headers["x-messaging-double-hint"]


def test_an_answer_that_is_none_of_these_has_no_hint(either_double) -> None:
    assert "x-messaging-double-hint" not in either_double.plugins().headers


# the wrong operation, version or agent


def assert_said(double, answer, fault: str, *words: str) -> None:
    """Check that hint, notes and journal say all of the words, and nothing of WCF's long text."""
    hint = answer.headers["x-messaging-double-hint"]
    refused = double.get(control_url("default", "journal?limit=1")).json["exchanges"][0]["refused"]
    assert refused.startswith(f"{fault}: ")
    for said in (hint, answer.notes, refused):
        assert [word for word in words if word not in said] == [], said
        assert ALL_OF_WCF not in said
        assert len(said) < 350
    assert double.is_empty()


SEND_ACTION, LOGIN_ACTION = action_of("SendMessages"), action_of("AuthenticateUsernamePassword")
WRONG_ACTIONS = {
    "action and Body of another version": (
        action_of("SendMessages", 86),
        ["SOAPAction and Body are SendMessages of Services86, the URL is Services88", "/Services86/Messaging.svc", NS],
        {"services": 86},
    ),
    "the action of another version": (
        action_of("SendMessages", 86),
        ["the SOAPAction is SendMessages of Services86, the URL is Services88", "/Services86/Messaging.svc", NS],
    ),
    "a version that there is not": (
        action_of("SendMessages", 89),
        ["Services89/Messaging/SendMessages", "Services84 to Services88"],
        {"services": 89},
    ),
    "Messaging at SoPrincipal.svc": (
        SEND_ACTION,
        ["SendMessages of the agent Messaging, the URL is SoPrincipal.svc", "/Services88/Messaging.svc"],
        {"agent": "SoPrincipal"},
    ),
    "SoPrincipal at Messaging.svc": (
        LOGIN_ACTION,
        ["AuthenticateUsernamePassword of the agent SoPrincipal, the URL is Messaging.svc", "SoPrincipal.svc"],
        {"body": LOGIN},
    ),
    "another version and another agent": (
        action_of("AuthenticateUsernamePassword", 86),
        [
            "of the agent SoPrincipal in Services86, the URL is Messaging.svc of Services88",
            "Services86/SoPrincipal.svc",
        ],
        {"body": LOGIN, "services": 86},
    ),
    "SoPrincipal's operation, Messaging's action": (
        f"{NS}/Messaging/AuthenticateUsernamePassword",
        [f'did you mean "{LOGIN_ACTION}"', "/Services88/SoPrincipal.svc"],
        {"body": LOGIN},
    ),
    "similar to those of two agents": (
        f"{NS}/CustomerService/GetSystemConfig",
        [f'did you mean "{NS}/CustomerService/GetSmsConfig"'],
        {"agent": "CustomerService"},
    ),
    "an agent that there is not": (f"{NS}/Contact/GetContact", ["Contact/GetContact", "Messaging and SoPrincipal"]),
    "a misspelt one": (action_of("SendMessage"), [f'did you mean "{SEND_ACTION}"']),
    "a misspelt one of a misspelt agent": (f"{NS}/messaging/SendMessage", [f'did you mean "{SEND_ACTION}"']),
    "the name alone": ("SendMessages", [f'did you mean "{SEND_ACTION}"']),
    "without the agent": (f"{NS}/SendMessages", [f'"{SEND_ACTION}"']),
    "a slash at the end": (f"{SEND_ACTION}/", [f'"{SEND_ACTION}"']),
    "tempuri": ("http://tempuri.org/I/SendMessages", [f'"{SEND_ACTION}"']),
    "the answer's": (f"{SEND_ACTION}Response", [f'did you mean "{SEND_ACTION}"']),
    "a fragment": ("#SendMessages", [f'"{SEND_ACTION}"']),
    "no operation": (f"{NS}/Messaging/", ["Messaging.svc has CreateMessage, "]),
    "nonsense": ("urn:<&>", ["Messaging.svc has CreateMessage, "]),
    "nonsense of any length": ("x" * 50_000, ["xxx", "Messaging.svc has CreateMessage, "]),
}


@pytest.mark.parametrize("row", WRONG_ACTIONS.values(), ids=WRONG_ACTIONS)
def test_an_unknown_action_says_what_it_is_and_where_it_belongs(either_double, row) -> None:
    action, words, *more = row
    asked = {"body": SENDING, "services": 88, "agent": "Messaging", **(more[0] if more else {})}
    document = envelope(asked["body"], services=asked["services"])
    answer = either_double.post(document, f'"{action}"', agent=asked["agent"])
    assert_fault(either_double, answer, ACTION_NOT_SUPPORTED, no_contract(action))
    assert_said(either_double, answer, "ActionNotSupported", *words)


def test_strict_names_the_action_that_is_in_another_letter_case(strict_double) -> None:
    answer = strict_double.post(SEND, SEND_ACTION.lower())
    assert_fault(strict_double, answer, ACTION_NOT_SUPPORTED, no_contract(SEND_ACTION.lower()))
    assert_said(strict_double, answer, "ActionNotSupported", f'did you mean "{action_of("SendMessages")}"')


WRONG_BODIES = {
    "another version": (
        envelope(SENDING, services=86),
        ["the Body is SendMessages of Services86, the URL is Services88", "/Services86/Messaging.svc"],
    ),
    "another agent": (envelope(LOGIN), ["of the agent SoPrincipal, the URL is Messaging.svc", "SoPrincipal.svc"]),
    "no namespace": (
        envelope('<SendMessages xmlns=""/>'),
        ["SendMessages in the Body is in no namespace", f'xmlns="{NS}"'],
    ),
    "a misspelt one": (envelope("<SendMessage/>"), ["the Body has SendMessage: did you mean SendMessages?"]),
    "another case": (envelope("<Sendmessages/>"), ["the Body has Sendmessages: did you mean SendMessages?"]),
    "nonsense": (envelope("<Nonsense/>"), ["the Body has Nonsense"]),
    "long nonsense": (envelope(f"<{'x' * 100}/>"), [f"the Body has {'x' * 100}: "]),
    "nothing": (envelope(""), []),
}


@pytest.mark.parametrize(("document", "words"), WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_an_unknown_body_without_an_action_says_what_it_is(either_double, document, words) -> None:
    answer = either_double.post(document)
    assert_fault(either_double, answer, ACTION_NOT_SUPPORTED, no_contract(""))
    assert_said(either_double, answer, "ActionNotSupported", "there is no SOAPAction", *words)


@pytest.mark.parametrize("action", [None, "", '""', " "], ids=["no header", "empty", "quotes", "blank"])
def test_strict_names_the_missing_action_of_the_body(strict_double, action) -> None:
    answer = strict_double.post(SEND, action)
    assert_fault(strict_double, answer, ACTION_NOT_SUPPORTED, no_contract(""))
    assert_said(strict_double, answer, "ActionNotSupported", f'that of SendMessages is "{action_of("SendMessages")}"')


def test_an_operation_that_only_later_versions_have_is_not_proposed(either_double) -> None:
    document = envelope("<AuthenticateWithAccessTokens/>", services=85)
    hint = either_double.post(document, services=85, agent="SoPrincipal").headers["x-messaging-double-hint"]
    assert hint.endswith("AuthenticateUsernamePassword, AuthenticateGeneric")


OTHER_WRAPPERS = {
    "nonsense": ("<Nonsense/>", "the SOAPAction names SendMessages, the Body has Nonsense"),
    "another operation": ("<GetPlugins/>", "the SOAPAction names SendMessages, the Body has GetPlugins"),
    "another version": (
        f'<SendMessages xmlns="{namespace(86)}"/>',
        f'SendMessages in the Body is of Services86: write <SendMessages xmlns="{NS}">',
    ),
    "no namespace": ('<SendMessages xmlns=""/>', "SendMessages in the Body is in no namespace"),
    "another namespace": ('<x:SendMessages xmlns:x="urn:x"/>', "SendMessages in the Body is in the namespace urn:x"),
    "SOAP's namespace": ("<s:SendMessages/>", f"SendMessages in the Body is in the namespace {SOAP11}"),
}


@pytest.mark.parametrize(("body", "words"), OTHER_WRAPPERS.values(), ids=OTHER_WRAPPERS)
def test_a_body_that_is_not_of_its_action_says_what_it_is(either_double, body, words) -> None:
    answer = either_double.post(envelope(body), ACTION)
    assert_fault(either_double, answer, INTERNAL_SERVICE_FAULT)
    assert answer.fault.text.startswith(
        "The server was unable to process the request due to an internal error.  For more information about the error,"
        " either turn on IncludeExceptionDetailInFaults (either from ServiceBehaviorAttribute or from the"
    )
    assert_said(either_double, answer, "InternalServiceFault", words)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ('<x:Security xmlns:x="urn:x" s:mustUnderstand="1"/>', "Security in the namespace urn:x has mustUnderstand"),
        (f'<Credentials xmlns="{NS[:-1]}x" s:mustUnderstand="1"/>', f"its namespace has to be {NS}"),
    ],
)
def test_a_header_that_is_not_understood_is_named(strict_double, header, words) -> None:
    answer = strict_double.call("GetPlugins", headers=header)
    assert_said(strict_double, answer, "MustUnderstand", words)


# headers that are not read

TICKET = element("Ticket", "7T:MQA=")
UNREAD = {
    "no namespace": (
        f'<Credentials xmlns="">{TICKET}</Credentials>',
        f"Credentials is in no namespace and was not read: its namespace has to be {NS}",
    ),
    "another version's": (
        f'<Credentials xmlns="{namespace(86)}">{TICKET}</Credentials>',
        f"Credentials is of Services86 and was not read: its namespace has to be {NS}",
    ),
    "another namespace": (
        f'<x:Credentials xmlns:x="urn:x">{TICKET}</x:Credentials>',
        "Credentials is in the namespace urn:x and was not read",
    ),
    "small letters": (
        f"<credentials>{TICKET}</credentials>",
        "credentials was not read: the contract's header is Credentials",
    ),
    "the name of its type": (
        f"<SoCredentials>{TICKET}</SoCredentials>",
        "SoCredentials was not read: the contract's header is Credentials",
    ),
    "the ticket alone": (TICKET, "Ticket stands by itself and was not read: it belongs in Credentials"),
}


@pytest.mark.parametrize(("header", "sentence"), UNREAD.values(), ids=UNREAD)
@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
def test_credentials_that_were_not_read_are_named_where_their_ticket_is_missed(
    start_double, strict, header, sentence
) -> None:
    double = start_double(auth="onsite", strict=strict)
    answer = double.send(outgoing(To="1"), headers=header)
    assert (answer.status, answer.succeeded) == (200, False)
    assert answer.exception["Message"].endswith("The call carries no ticket: Credentials/Ticket is missing or empty.")
    assert sentence in answer.headers["x-messaging-double-hint"]
    assert sentence in answer.notes
    (exchange,) = double.get(control_url("default", f"journal?refused.contains={sentence[:30]}")).json["exchanges"]
    assert exchange["refused"].startswith("refused in-band: Authentication failed! The call carries no ticket")
    assert sentence in exchange["refused"]


def test_each_reason_is_said_once_whatever_number_of_elements_has_it(start_double) -> None:
    double = start_double(auth="onsite", strict=True)
    many = TICKET * 1000
    double.send(outgoing(To="1"), headers=many)
    double.post(rewritten(SEND, ("<s:Body>", f"{many}<s:Body>")), ACTION)
    double.post(rewritten(SEND, ("</s:Body>", f"</s:Body>{many}")), ACTION)
    exchanges = double.get(control_url("default", "journal")).json["exchanges"]
    assert [len(each["refused"]) < 350 for each in exchanges] == [True] * 3


def test_a_header_that_was_not_read_is_noted_where_it_is_not_missed(either_double) -> None:
    for name in ("ApplicationToken", "Credentials", "TimeZone"):
        answer = either_double.call("GetPlugins", headers=f'<{name} xmlns=""/>')
        assert answer.succeeded
        assert f"{name} is in no namespace and was not read" in answer.notes
        assert "x-messaging-double-hint" not in answer.headers
    answer = either_double.call("GetPlugins", headers="<SoTimeZone/>")
    assert "SoTimeZone was not read: the contract's header is TimeZone" in answer.notes
    assert either_double.call("GetPlugins", headers=credentials()).notes == ""


@pytest.mark.parametrize("name", ["Credentials", "SoCredentials", "TimeZone"])
def test_a_header_that_is_only_the_other_agents_is_not_missed(either_double, name) -> None:
    assert either_double.call("GetSystemInfo", headers=f'<{name} xmlns=""/>').notes == ""


def test_a_soap_header_in_no_namespace_is_noted(double) -> None:
    document = f'<s:Envelope xmlns:s="{SOAP11}"><Header/><s:Body xmlns="{NS}"><GetPlugins/></s:Body></s:Envelope>'
    answer = double.post(document.encode(), action_of("GetPlugins"))
    assert "a Header in no namespace was not read: its namespace has to be the Envelope's" in answer.notes


def test_credentials_in_headers_of_http_are_named_where_the_ticket_is_missed(start_double) -> None:
    double = start_double(auth="online")
    answer = double.post(SEND, ACTION, headers={"Authorization": "SOTicket 7T:x", "SO-AppToken": "y"})
    for words in (
        "Authorization is not read: send Credentials/Ticket",
        "SO-AppToken is not read: send ApplicationToken",
    ):
        assert words in answer.headers["x-messaging-double-hint"]
        assert words in answer.notes
    assert "is not read" not in double.post(SEND, ACTION).notes


def test_strict_says_which_member_it_skipped(strict_double) -> None:
    answer = strict_double.post(SEND.replace(b"<To>", b'<To xmlns="">'), ACTION)
    assert "To is in another namespace than the contract's: skipped, as the real service does" in answer.notes
    assert strict_double.outbox()[0]["to"] is None


# envelopes and bytes

ENVELOPES = {
    "no SOAP": (f'<Envelope><Body xmlns="{NS}"/></Envelope>', "the root is Envelope in no namespace"),
    "a Body without a namespace": (
        f'<s:Envelope xmlns:s="{SOAP11}"><Body/></s:Envelope>',
        "the Envelope has no Body, but a Body in no namespace (not SOAP's)",
    ),
}


@pytest.mark.parametrize(("document", "hint"), ENVELOPES.values(), ids=ENVELOPES)
def test_an_envelope_of_the_wrong_namespace_is_named(either_double, document, hint) -> None:
    assert_refused(either_double, either_double.post(document.encode(), ACTION), 400, hint)


UNREADABLE = {
    "a number that is none": (
        "SetDeliveryStatus",
        "<SetDeliveryStatus><Status>x</Status></SetDeliveryStatus>",
        "Status cannot be read as System.Int32",
    ),
    "text in the Body": ("SendMessages", "hello", "the Body has text"),
    "two elements in the Body": ("GetPlugins", "<GetPlugins/><GetPlugins/>", "Found element 'GetPlugins'"),
    "a header in the Body": ("SendMessages", credentials() + SENDING, "ApplicationToken stands in the Body"),
}


@pytest.mark.parametrize(("name", "body", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_cannot_be_read_says_what_was_found(either_double, name, body, words) -> None:
    assert_said(either_double, either_double.call_xml(name, body), "DeserializationFailed", words)


NOT_XML = {
    "gzip": (gzip.compress(SEND), "gzip", "the body is compressed (Content-Encoding gzip)"),
    "GZip in another case": (gzip.compress(SEND), "GZIP", "the body is compressed (Content-Encoding gzip)"),
    "gzip, unsaid": (gzip.compress(SEND), None, "the body is compressed (gzip, without a Content-Encoding)"),
    "deflate": (zlib.compress(SEND), "deflate", "the body is compressed (Content-Encoding deflate)"),
    "raw deflate": (zlib.compress(SEND)[2:-4], "deflate", "the body is compressed (Content-Encoding deflate)"),
    "zlib, unsaid": (zlib.compress(SEND), None, "the body is compressed (zlib, without a Content-Encoding)"),
    "zlib's best, unsaid": (zlib.compress(SEND, 9), None, "the body is compressed (zlib, without a Content-Encoding)"),
    "br": (b"\x0b\x02\x80", "br", "the body is compressed (Content-Encoding br)"),
    "white space first": (b"\n<?xml version='1.0'?>" + SEND, None, "white space before the XML declaration"),
    "JSON": (b'{"plugin": "CM"}', "identity", "the body is JSON"),
    "an array of JSON": (b"[1]", None, "the body is JSON"),
}


@pytest.mark.parametrize(("body", "coding", "hint"), NOT_XML.values(), ids=NOT_XML)
def test_bytes_that_are_no_xml_say_what_they_are(either_double, body, coding, hint) -> None:
    answer = either_double.post(body, ACTION, headers={"Content-Encoding": coding})
    assert_refused(either_double, answer, 400, hint)


@pytest.mark.parametrize("coding", ["identity", "", "gzip"])
def test_a_content_encoding_does_not_matter_where_the_body_is_xml(either_double, coding) -> None:
    assert either_double.post(SEND, ACTION, headers={"Content-Encoding": coding}).succeeded
    answer = _cleared(either_double).post(SEND[:50], ACTION, headers={"Content-Encoding": coding})
    assert_refused(either_double, answer, 400, "breaks in line 1")


def _cleared(double):
    double.reset()
    return double


def test_every_refusal_of_the_agent_itself_is_found_in_the_journal(either_double) -> None:
    answers = [
        either_double.send('<OutgoingMessage i:nil="true"/>'),
        either_double.create(Plugin="x"),
        either_double.plugins(),
    ]
    refused = [answer for answer in answers if not answer.succeeded]
    assert refused
    found = either_double.get(control_url("default", "journal?refused.any=true")).json["exchanges"]
    assert len(found) == len(refused)
    assert all(each["refused"].startswith("refused in-band: ") for each in found)


def test_a_refusal_that_is_asked_for_has_no_hint_in_its_answer(double) -> None:
    rule = {"when": {"operation": "GetPlugins"}, "then": {"error": {"message": "No."}}}
    assert double.steer("POST", "rules", rule).status == 201
    answer = double.plugins()
    assert not answer.succeeded
    assert "x-messaging-double-hint" not in answer.headers
    (exchange,) = double.get(control_url("default", "journal?refused.any=true")).json["exchanges"]
    assert exchange["refused"] == "refused in-band: No."


def test_a_failure_of_the_double_is_found_in_the_journal(double, monkeypatch) -> None:
    monkeypatch.setattr("messaging_double.storage.outbox.Outbox.statuses", lambda *_: {}["x"])
    assert double.get_status(1).status == 500
    (exchange,) = double.get(control_url("default", "journal?refused.any=true")).json["exchanges"]
    assert exchange["refused"] == "InternalServiceFault: the double failed; its log says how"
