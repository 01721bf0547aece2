"""Bodies that are no envelope, or break: 400 before the Body, a fault inside it, as WCF reads.

What is no envelope at all stands in ``support.hostile.bodies``.
"""

import pytest
from support.double import SOAP_XML
from support.envelopes import ACTION, SEND, SOAP11, SOAP12, Xml, operation
from support.outcomes import DESERIALIZATION_FAILED, assert_fault, assert_refused, rewritten


def test_an_entity_that_nobody_declared_is_refused(either_double) -> None:
    answer = either_double.post(SEND.replace(b"Hei", b"A&nbsp;B"), ACTION)
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)


@pytest.mark.parametrize(
    "body",
    [
        SEND.replace(b"</Plugin>", b"</Plug>"),
        SEND[: SEND.index(b"</Content>")],
        SEND[: SEND.index(b"</s:Body>")],
        SEND.replace(b"Hei", b"\x01"),
        SEND.replace(b"Hei", b"&#0;"),
        SEND.replace(b"Hei", b"&#xFFFF;"),
        SEND.replace(b"Hei", b"&#xD800;"),
        SEND.replace(b"Hei", b"\xff"),
        SEND.replace(b"Hei", b"\xed\xa0\x80"),
        SEND.replace(b"<To>", b"<x:To>"),
        SEND.replace(b"<To>", b"<To a='1' a='2'>"),
    ],
    ids=[
        "wrong end", "cut in a text", "cut in the Body", "control", "nul", "U+FFFF", "lone surrogate", "bad UTF-8",
        "UTF-8 of a surrogate", "unknown prefix", "attribute twice",
    ],
)  # fmt: skip
def test_xml_that_breaks_inside_the_body_is_a_fault(either_double, body) -> None:
    """WCF reads the Body when it has chosen the operation already."""
    answer = either_double.post(body, ACTION)
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)
    assert answer.fault.text.startswith(
        "The formatter threw an exception while trying to deserialize the message: Error in deserializing body of "
        "request message for operation 'SendMessages'. "
    )


@pytest.mark.parametrize(
    ("place", "instead"),
    [
        ("<s:Body>", "x<s:Body>"),
        ("<s:Body>", "<s:Header>x</s:Header><s:Body>"),
        ("<s:Body>", "<s:Header/>x<s:Body>"),
        ("<s:Body>", "<![CDATA[]]><s:Header/>x<s:Body>"),
    ],
)
def test_text_before_the_body_is_no_envelope(either_double, place, instead) -> None:
    document = rewritten(SEND, (place, instead))
    hint = "the Envelope has text where an element belongs"
    assert_refused(either_double, either_double.post(document, ACTION), 400, hint)


@pytest.mark.parametrize("before", ["x", "<![CDATA[]]>", " "])
def test_text_behind_the_element_of_the_body_is_a_fault(either_double, before) -> None:
    document = rewritten(SEND, ("<s:Body>", f"<s:Body>{before}"), ("</s:Body>", "y</s:Body>"))
    answer = either_double.post(document, ACTION)
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)
    found = before if before.isalpha() else "y"
    assert answer.fault.text.endswith(f"End element 'Body' from namespace '{SOAP11}' expected. Found text '{found}'.")


@pytest.mark.parametrize(
    ("behind", "found"),
    [("x", "text 'x'"), ("<s:Body/>", f"element 'Body' from namespace '{SOAP11}'")],
    ids=["text", "a second Body"],
)
def test_what_cannot_stand_behind_the_body_is_a_fault(either_double, behind, found) -> None:
    answer = either_double.post(rewritten(SEND, ("</s:Body>", f"</s:Body>{behind}")), ACTION)
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)
    assert answer.fault.text.endswith(f"End element 'Envelope' from namespace '{SOAP11}' expected. Found {found}.")


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-le", "utf-16LE"),
        ("utf-16-be", "utf-16BE"),
        ("utf-8", None),
        ("utf-16", None),
    ],
)
def test_xml_that_breaks_inside_the_body_is_a_fault_in_every_encoding(either_double, encoding, charset) -> None:
    body = SEND.decode().replace("Hei", "æ&").encode(encoding)
    answer = either_double.post(body, ACTION, f"text/xml; charset={charset}" if charset else "text/xml")
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "iso-8859-15", "us-ascii"])
def test_xml_that_breaks_inside_the_body_is_a_fault_in_forgiven_encodings(double, charset) -> None:
    answer = double.post(SEND.replace(b"Hei", b"&"), ACTION, f"text/xml; charset={charset}")
    assert_fault(double, answer, DESERIALIZATION_FAILED)


def test_xml_that_breaks_inside_the_body_of_soap_12_is_a_fault_of_soap_12(double) -> None:
    answer = double.post(SEND.replace(SOAP11.encode(), SOAP12.encode())[:-30], ACTION, SOAP_XML)
    assert (answer.status, answer.soap) == (500, SOAP12)
    assert answer.fault.subcode == DESERIALIZATION_FAILED
    assert double.is_empty()


def test_deep_nesting_is_refused(either_double) -> None:
    body = operation("SendMessages", Plugin=Xml("<a>" * 10_000 + "</a>" * 10_000))
    answer = either_double.call_xml("SendMessages", body)
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)
    assert "The maximum read depth (256) has been exceeded" in answer.fault.text
    assert answer.headers["x-messaging-double-hint"] == "there are more than 256 elements in each other"
