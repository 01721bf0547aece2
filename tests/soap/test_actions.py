"""In which order a request is looked at: its action, its headers, its Body."""

import pytest
from support.envelopes import ACTION, SEND, SOAP11, action_of, envelope, ids, operation, outgoing
from support.outcomes import (
    ACTION_NOT_SUPPORTED,
    DESERIALIZATION_FAILED,
    INTERNAL_SERVICE_FAULT,
    NS,
    assert_fault,
    assert_sent,
    no_contract,
)


def test_an_action_without_quotes_is_read_without_blanks_around_it(either_double) -> None:
    action = f"{action_of('SendMessages')} x"
    answer = either_double.post(SEND, f" {action} ")
    assert_fault(either_double, answer, ACTION_NOT_SUPPORTED, no_contract(action))


@pytest.mark.parametrize("action", [ACTION.replace("/", "%2F"), ACTION.replace('"', "%22")], ids=["slash", "quote"])
def test_an_action_may_be_percent_encoded(either_double, action) -> None:
    assert_sent(either_double, either_double.post(SEND, action))


def test_an_action_that_is_unknown_is_said_as_it_was_decoded(either_double) -> None:
    answer = either_double.post(SEND, "urn:a+b%C3%A6%FF")
    assert_fault(either_double, answer, ACTION_NOT_SUPPORTED, no_contract("urn:a b\xe6\ufffd"))


def test_a_second_element_in_the_body_is_refused(either_double) -> None:
    body = operation("SendMessages", OutgoingMessages=[outgoing(To="1")])
    answer = either_double.call_xml("SendMessages", body + body)
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)
    assert answer.fault.text.endswith(
        f"End element 'Body' from namespace '{SOAP11}' expected. Found element 'SendMessages' from namespace '{NS}'."
    )


MUST = '<x:Security xmlns:x="urn:security" s:mustUnderstand="1"/>'


@pytest.mark.parametrize(
    "document",
    [
        envelope(operation("GetPlugins"), headers=MUST),
        envelope(operation("GetPlugins"), operation("GetPlugins")),
        envelope(operation("GetDeliveryStatus", MessagingIds=ids("x"))),
        envelope("<Nonsense/>"),
    ],
    ids=["a header not understood", "two elements", "a bad value", "a wrong wrapper"],
)
def test_the_action_is_looked_at_before_all_else_in_the_envelope(either_double, document) -> None:
    """WCF chooses the endpoint by the action; only its operation looks at headers and Body."""
    assert_fault(either_double, either_double.post(document, "urn:x"), ACTION_NOT_SUPPORTED, no_contract("urn:x"))


def test_whether_headers_are_understood_is_seen_after_the_body_was_read(either_double) -> None:
    """WCF's formatter, which reads the Body, says which headers it has understood."""
    answer = either_double.call_xml(
        "GetDeliveryStatus", operation("GetDeliveryStatus", MessagingIds=ids("x")), headers=MUST
    )
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)
    other = either_double.call_xml("GetDeliveryStatus", operation("GetPlugins"), headers=MUST)
    assert_fault(either_double, other, INTERNAL_SERVICE_FAULT)
