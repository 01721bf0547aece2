"""What a refusal looks like: WCF's faults and their texts, and bare HTTP answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .double import TEXT_XML
from .envelopes import SOAP11, action_of, envelope, namespace, operation, outgoing

if TYPE_CHECKING:
    from .answers import Answer
    from .double import Double

NS = namespace()
ACTION_NOT_SUPPORTED = ("http://schemas.microsoft.com/ws/2005/05/addressing/none", "ActionNotSupported")
_DISPATCHER = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
DESERIALIZATION_FAILED = (_DISPATCHER, "DeserializationFailed")
INTERNAL_SERVICE_FAULT = (_DISPATCHER, "InternalServiceFault")

SEND = envelope(operation("SendMessages", Plugin="CM", OutgoingMessages=[outgoing(To="1", Content="Hei")]))
ACTION = f'"{action_of("SendMessages")}"'


def no_contract(action: str) -> str:
    """Return the text of ActionNotSupported."""
    return (
        f"The message with Action '{action}' cannot be processed at the receiver, due to a ContractFilter mismatch at "
        "the EndpointDispatcher. This may be because of either a contract mismatch (mismatched Actions between sender "
        "and receiver) or a binding/security mismatch between the sender and the receiver.  Check that sender and "
        "receiver have the same contract and the same binding (including security requirements, e.g. Message, "
        "Transport, None)."
    )


def bad_parameter(name: str, clr_type: str, detail: str) -> str:
    """Return the text of DeserializationFailed for a parameter."""
    return (
        "The formatter threw an exception while trying to deserialize the message: There was an error while trying to "
        f"deserialize parameter {NS}:{name}. The InnerException message was 'There was an error deserializing the "
        f"object of type {clr_type}. {detail}'.  Please see InnerException for more details."
    )


def assert_refused(double: Double, answer: Answer, status: int, hint: str = "") -> None:
    """Check that the answer is a bare refusal with a hint (ours), and nothing was kept."""
    assert (answer.status, answer.body) == (status, b""), answer
    assert hint in answer.headers["x-messaging-double-hint"]
    assert hint in answer.notes
    assert double.is_empty()


def assert_fault(double: Double, answer: Answer, code: tuple[str, str], text: str | None = None) -> None:
    """Check that the answer is a SOAP 1.1 fault as WCF writes it, and nothing was kept."""
    assert (answer.status, answer.reason) == (500, "Internal Server Error")
    assert answer.content_type == TEXT_XML
    assert answer.soap == SOAP11
    assert answer.fault.code == code
    assert answer.fault.lang == "en-US"
    if text is not None:
        assert answer.fault.text == text
    assert double.is_empty()
