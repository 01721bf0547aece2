"""What lenient forgives and notes, and what strict does with it: refuse, or skip as WCF."""

import pytest
from support.double import SOAP_XML, TEXT_XML, url_of
from support.envelopes import (
    ACTION,
    EVERYTHING,
    NIL,
    SEND,
    SENDING,
    SOAP11,
    SOAP12,
    Xml,
    action_of,
    credentials,
    envelope,
    outgoing,
)
from support.outcomes import (
    ACTION_NOT_SUPPORTED,
    DESERIALIZATION_FAILED,
    assert_fault,
    assert_refused,
    assert_sent,
    rewritten,
    unexpected_type,
)

NO_ACTION = "no SOAPAction: accepted here, the real service would answer ActionNotSupported"
SOAP12_NOTE = "a SOAP 1.2 envelope: answered here, the real service would answer 400"
SOAP12_TYPE = "Content-Type application/soap+xml: accepted here, the real service would answer 415"
SEND12 = rewritten(SEND, (SOAP11, SOAP12))
BARE = f"application/soap+xml;charset=UTF-8;action={action_of('SendMessages')}"
FORM = "application/x-www-form-urlencoded"
ASCII, LATIN1 = "text/xml; charset=us-ascii", "text/xml; charset=ISO-8859-1"
FORGIVEN = {
    "SOAP 1.2, action in the Content-Type": (SEND12, None, f"{SOAP_XML}; action={ACTION}", [SOAP12_TYPE, SOAP12_NOTE]),
    "SOAP 1.2, bare action in the Content-Type": (SEND12, None, BARE, [SOAP12_TYPE, SOAP12_NOTE]),
    "SOAP 1.2, action as in 1.1": (SEND12, ACTION, SOAP_XML, [SOAP12_TYPE, SOAP12_NOTE]),
    "SOAP 1.2 without action": (SEND12, None, SOAP_XML, [SOAP12_TYPE, SOAP12_NOTE, NO_ACTION]),
    "SOAP 1.2 in text/xml": (SEND12, ACTION, TEXT_XML, [SOAP12_NOTE]),
    "SOAP 1.2 in text/xml, no action": (SEND12, None, TEXT_XML, [SOAP12_NOTE, NO_ACTION]),
    "SOAP 1.1 in application/soap+xml": (SEND, ACTION, SOAP_XML, [SOAP12_TYPE]),
    "SOAP 1.1 without action": (SEND, None, TEXT_XML, [NO_ACTION]),
    "an empty action": (SEND, '""', TEXT_XML, [NO_ACTION]),
    "SOAP 1.1, action in the Content-Type": (SEND, None, f"{TEXT_XML}; action={ACTION}", [NO_ACTION]),
    "action in another case": (
        *(SEND, ACTION.lower(), TEXT_XML),
        ["SOAPAction in another letter case: the real service would answer ActionNotSupported"],
    ),
    "application/xml": (SEND, ACTION, "application/xml", ["Content-Type application/xml: accepted here"]),
    "curl's own type": (SEND, ACTION, FORM, [f"Content-Type {FORM}: accepted here"]),
    "ASCII": (SEND, ACTION, ASCII, ["charset us-ascii: accepted here, the real service would answer 415"]),
    "Latin-1": (SEND, ACTION, LATIN1, ["charset iso-8859-1: accepted here, the real service would answer 415"]),
}


@pytest.mark.parametrize("row", FORGIVEN.values(), ids=FORGIVEN)
def test_what_is_forgiven_on_the_outside_is_noted_and_strict_refuses_it_as_noted(double, strict_double, row) -> None:
    document, action, content_type, notes = row
    answer = double.post(document, action, content_type)
    assert_sent(double, answer, *notes)
    refusal = strict_double.post(document, action, content_type)
    if "the real service would answer 415" in answer.notes:
        assert refusal.reason == unexpected_type(content_type)
        assert_refused(strict_double, refusal, 415)
    elif "the real service would answer 400" in answer.notes:
        assert_refused(strict_double, refusal, 400)
    else:
        assert_fault(strict_double, refusal, ACTION_NOT_SUPPORTED)


def test_headers_stand_beside_soap_header_as_in_the_documentation(double, strict_double) -> None:
    document = envelope(SENDING, beside=credentials())
    noted = "ApplicationToken, Credentials stood beside soap:Header: accepted here, the real service would answer 400"
    assert_sent(double, double.post(document, ACTION), noted)
    assert_refused(strict_double, strict_double.post(document, ACTION), 400, "ApplicationToken")


def test_a_time_zone_beside_soap_header_is_read(double) -> None:
    zone = "<TimeZone><SoTimeZoneId>7</SoTimeZoneId><SoTimeZoneLocationCode>x</SoTimeZoneLocationCode></TimeZone>"
    answer = double.post(envelope(SENDING, beside=zone), ACTION)
    assert [each.text for each in answer.header_block("TimeZone")] == ["7", "x"]


ZONE = "<TimeZone><SoTimeZoneId>7</SoTimeZoneId></TimeZone>"
BEHIND = "stood behind the Body: accepted here, the real service would answer DeserializationFailed"
MISPLACED = {
    "a second Header": ("<s:Body>", f"<s:Header/><s:Header>{ZONE}</s:Header><s:Body>", "Header stood beside", 400),
    "a Header behind the Body": ("</s:Body>", f"</s:Body><s:Header>{ZONE}</s:Header>", f"Header {BEHIND}", 500),
    "a header block behind the Body": ("</s:Body>", f"</s:Body>{ZONE}", f"TimeZone {BEHIND}", 500),
}


@pytest.mark.parametrize("row", MISPLACED.values(), ids=MISPLACED)
def test_headers_stand_in_other_places_yet(double, strict_double, row) -> None:
    place, instead, note, status = row
    document = rewritten(envelope(SENDING), (place, instead))
    answer = double.post(document, ACTION)
    assert [each.text for each in answer.header_block("TimeZone")] == ["7", None]
    assert_sent(double, answer, note)
    refusal = strict_double.post(document, ACTION)
    if status == 400:
        assert_refused(strict_double, refusal, 400, "another Header beside Header and Body")
    else:
        assert_fault(strict_double, refusal, DESERIALIZATION_FAILED)
        assert "End element 'Envelope' from namespace" in refusal.fault.text


LOGGED = "http://schemas.microsoft.com/ws/2005/05/addressing/none"


@pytest.mark.parametrize("must", ["", ' s:mustUnderstand="1"'], ids=["", "mustUnderstand"])
def test_headers_of_a_message_log_of_wcf_are_passed_over(double, strict_double, must) -> None:
    action = f'<Action xmlns="{LOGGED}"{must}>{action_of("SendMessages")}</Action>'
    document = envelope(SENDING, headers=f'<To xmlns="{LOGGED}"{must}>http://x/</To>{action}{ZONE}')
    answer = double.post(document, ACTION)
    assert [each.text for each in answer.header_block("TimeZone")] == ["7", None]
    assert_sent(double, answer, "To, Action in soap:Header is of a message log of WCF: passed over")
    assert_refused(
        strict_double, strict_double.post(document, ACTION), 400, "To, Action in soap:Header is of a message log"
    )


def one(members, before="<Plugin>CM</Plugin>", behind=""):
    """Return the parameters with one message."""
    messages = f"<OutgoingMessages><OutgoingMessage>{members}</OutgoingMessage></OutgoingMessages>"
    return f"{before}{messages}{behind}"


ORDER = "is out of the contract's order: read here, the real service would skip it"
NAMESPACE = "Content is in another namespace than the contract's: read here, the real service would skip it"
HEI = "<To>1</To><Content>Hei</Content>"
OUT_OF_LINE = {
    "members out of order": (one("<Content>Hei</Content><To>1</To>"), f"To {ORDER}", (None, "Hei")),
    "parameters out of order": (one(HEI, "", "<Plugin>CM</Plugin>"), f"Plugin {ORDER}", ("1", "Hei")),
    "a member in another namespace": (one(HEI.replace("<Content", '<Content xmlns="urn:x"')), NAMESPACE, ("1", None)),
    "a member without a namespace": (one(HEI.replace("<Content", '<Content xmlns=""')), NAMESPACE, ("1", None)),
}


@pytest.mark.parametrize(("body", "note", "strict"), OUT_OF_LINE.values(), ids=OUT_OF_LINE)
def test_what_dotnet_skips_without_a_word_lenient_reads_and_notes(double, strict_double, body, note, strict) -> None:
    for asked, expected in ((double, ("1", "Hei")), (strict_double, strict)):
        answer = asked.call_xml("SendMessages", f"<SendMessages>{body}</SendMessages>")
        assert (answer.status, answer.succeeded) == (200, True)
        (message,) = asked.outbox()
        assert (message["to"], message["content"]) == expected
        assert (note in answer.notes) is (asked is double)
        assert message["plugin"] == "CM"  # of the catalogue the first, where strict skipped it


@pytest.mark.parametrize("place", ["before", "after"])
def test_the_contracts_own_member_goes_before_one_of_its_name_in_another_namespace(either_double, place) -> None:
    """An extension's element must not push out what the client means."""
    other = '<x:To xmlns:x="urn:extension">2</x:To>'
    members = f"{other}<To>1</To>" if place == "before" else f"<To>1</To>{other}"
    either_double.send(Xml(f"<OutgoingMessage>{members}</OutgoingMessage>"))
    assert either_double.outbox()[0]["to"] == "1"


def test_ints_in_the_services_namespace_are_read_and_noted_and_refused_where_strict(double, strict_double) -> None:
    """.NET refuses them (the vendor's own PHP library, nusoap, sends them so)."""
    body = "<GetDeliveryStatus><MessagingIds><int>8</int><int>9</int></MessagingIds></GetDeliveryStatus>"
    answer = double.call_xml("GetDeliveryStatus", body)
    assert answer.messaging_ids == [8, 9]
    assert "int is in another namespace than the contract's: read here" in answer.notes
    answer = strict_double.call_xml("GetDeliveryStatus", body)
    assert_fault(strict_double, answer, DESERIALIZATION_FAILED)


def test_a_nil_int_is_nothing_and_noted_and_refused_where_strict(double, strict_double) -> None:
    message = outgoing(To="1", ParentMessagingId=NIL)
    answer = double.send(message)
    assert double.outbox()[0]["parentMessagingId"] is None
    assert "ParentMessagingId is nil: accepted here, the real service cannot read a nil number" in answer.notes
    answer = double.set_status("CM", "x", NIL)
    assert double.reports()[0]["status"] == 0
    assert "Status is nil" in answer.notes
    answer = double.get_status(NIL)
    assert answer.messaging_ids == [0]
    assert "int is nil" in answer.notes
    assert_fault(strict_double, strict_double.send(message), DESERIALIZATION_FAILED)


def test_what_the_contract_says_is_not_noted(either_double) -> None:
    for name, body in EVERYTHING.items():
        answer = either_double.call_xml(name, body, headers=credentials())
        assert answer.succeeded
        assert answer.notes in (
            "",
            "no message has this Plugin and ExternalMessageId: kept as an unmatched status report",
        )


def test_each_note_stands_once(double) -> None:
    swapped = Xml("<OutgoingMessage><Content>Hei</Content><To>1</To></OutgoingMessage>")
    assert len(double.send(*[swapped] * 20).call.notes) == 1


def test_a_trailing_slash_is_no_part_of_the_tenant(either_double) -> None:
    either_double.request("POST", f"{url_of(88, 'Cust1')}/", SEND, {"Content-Type": TEXT_XML, "SOAPAction": ACTION})
    assert len(either_double.outbox("Cust1")) == 1
