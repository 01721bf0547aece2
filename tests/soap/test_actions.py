"""How the wire finds out which operation is meant, and what it says when there is none."""

from __future__ import annotations

import pytest
from support.envelopes import SEND, SOAP11, action_of, envelope, ids, operation, outgoing
from support.outcomes import (
    ACTION_NOT_SUPPORTED,
    DESERIALIZATION_FAILED,
    INTERNAL_SERVICE_FAULT,
    NS,
    assert_fault,
    no_contract,
)


@pytest.mark.parametrize(
    "action",
    [
        action_of("SendMessage"),
        f"{NS}/Messaging/SendMessagesResponse",
        action_of("SendMessages", 87),
        "SendMessages",
        "#SendMessages",
        f"{NS}/SendMessages",
        f"{NS}/Messaging/",
        "urn:<&>",
        f" {action_of('SendMessages')} x",
    ],
)
@pytest.mark.parametrize("quote", ['"', ""], ids=["quoted", "bare"])
def test_an_unknown_action_is_not_supported(either_double, action, quote) -> None:
    answer = either_double.post(SEND, f"{quote}{action}{quote}")
    assert_fault(either_double, answer, ACTION_NOT_SUPPORTED, no_contract(action if quote else action.strip()))


@pytest.mark.parametrize("action", [None, "", '""', " "], ids=["no header", "empty", "quotes", "blank"])
def test_a_missing_action_is_not_supported_where_strict(strict_double, action) -> None:
    assert_fault(strict_double, strict_double.post(SEND, action), ACTION_NOT_SUPPORTED, no_contract(""))


def test_an_action_in_another_case_is_not_supported_where_strict(strict_double) -> None:
    action = action_of("SendMessages").upper()
    assert_fault(strict_double, strict_double.post(SEND, f'"{action}"'), ACTION_NOT_SUPPORTED, no_contract(action))


@pytest.mark.parametrize(
    "body",
    ["", "<Nonsense/>", '<SendMessages xmlns=""/>', f'<SendMessages xmlns="{NS[:-1]}7"/>', "<Sendmessages/>"],
    ids=["nothing", "nonsense", "no namespace", "another version", "another case"],
)
def test_without_an_action_the_body_has_to_say_what_is_asked(double, body) -> None:
    assert_fault(double, double.post(envelope(body)), ACTION_NOT_SUPPORTED, no_contract(""))


@pytest.mark.parametrize(
    "body",
    [
        "<Nonsense/>",
        "<SetDeliveryStatus/>",
        '<SendMessages xmlns=""/>',
        f'<SendMessages xmlns="{NS[:-1]}7"/>',
        "<s:SendMessages/>",
    ],
    ids=["nonsense", "another operation", "no namespace", "another version", "SOAP's namespace"],
)
def test_the_wrapper_of_something_else_is_an_internal_fault(either_double, body) -> None:
    answer = either_double.call_xml("SendMessages", body)
    assert_fault(either_double, answer, INTERNAL_SERVICE_FAULT)
    assert answer.fault.text.startswith(
        "The server was unable to process the request due to an internal error.  For more information about the error,"
        " either turn on IncludeExceptionDetailInFaults (either from ServiceBehaviorAttribute or from the"
    )


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


def test_headers_are_looked_at_before_the_body(either_double) -> None:
    answer = either_double.call_xml(
        "GetDeliveryStatus", operation("GetDeliveryStatus", MessagingIds=ids("x")), headers=MUST
    )
    assert_fault(either_double, answer, (SOAP11, "MustUnderstand"))
