"""Faults of SOAP 1.2 have its form."""

import pytest
from support.double import SOAP_XML, TEXT_XML
from support.envelopes import SEND, SOAP11, SOAP12, action_of, envelope, ids, operation
from support.outcomes import ACTION_NOT_SUPPORTED, DESERIALIZATION_FAILED, INTERNAL_SERVICE_FAULT

FAULTS12 = {
    "unknown action": ("urn:x", SEND, "Sender", ACTION_NOT_SUPPORTED),
    "bad value": (
        action_of("GetDeliveryStatus"),
        envelope(operation("GetDeliveryStatus", MessagingIds=ids("x"))),
        "Sender",
        DESERIALIZATION_FAILED,
    ),
    "wrong wrapper": (action_of("GetPlugins"), SEND, "Receiver", INTERNAL_SERVICE_FAULT),
}


@pytest.mark.parametrize("case", FAULTS12.values(), ids=FAULTS12)
@pytest.mark.parametrize("content_type", [SOAP_XML, TEXT_XML])
def test_faults_of_soap_12_have_its_form(double, case, content_type) -> None:
    action, body, side, subcode = case
    answer = double.post(body.replace(SOAP11.encode(), SOAP12.encode()), f'"{action}"', content_type)
    assert (answer.status, answer.content_type, answer.soap) == (500, SOAP_XML, SOAP12)
    assert (answer.fault.code, answer.fault.subcode) == ((SOAP12, side), subcode)
    assert answer.fault.lang == "en-US"
    assert answer.fault.text
    assert double.is_empty()
