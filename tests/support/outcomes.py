"""What came of a call: it was sent, refused by HTTP, or answered with a fault in WCF's words."""

from .answers import Response
from .double import TEXT_XML, Double
from .envelopes import SOAP11, namespace

NS = namespace()
ACTION_NOT_SUPPORTED = ("http://schemas.microsoft.com/ws/2005/05/addressing/none", "ActionNotSupported")
_DISPATCHER = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
DESERIALIZATION_FAILED = (_DISPATCHER, "DeserializationFailed")
INTERNAL_SERVICE_FAULT = (_DISPATCHER, "InternalServiceFault")


def no_contract(action: str) -> str:
    """Return the text of ActionNotSupported."""
    return (
        f"The message with Action '{action}' cannot be processed at the receiver, due to a ContractFilter mismatch at "
        "the EndpointDispatcher. This may be because of either a contract mismatch (mismatched Actions between sender "
        "and receiver) or a binding/security mismatch between the sender and the receiver.  Check that sender and "
        "receiver have the same contract and the same binding (including security requirements, e.g. Message, "
        "Transport, None)."
    )


def unexpected_type(content_type: str) -> str:
    """Return the reason phrase of a 415."""
    return (
        f"Cannot process the message because the content type '{content_type}' was not the expected type "
        "'text/xml; charset=utf-8'."
    )


def bad_parameter(name: str, clr_type: str, detail: str) -> str:
    """Return the text of DeserializationFailed for a parameter."""
    return (
        "The formatter threw an exception while trying to deserialize the message: There was an error while trying to "
        f"deserialize parameter {NS}:{name}. The InnerException message was 'There was an error deserializing the "
        f"object of type {clr_type}. {detail}'.  Please see InnerException for more details."
    )


def assert_refused(double: Double, answer: Response, status: int, hint: str = "") -> None:
    """Check that the answer is a bare refusal with a hint (ours), and nothing was kept."""
    assert (answer.status, answer.body) == (status, b""), answer
    assert hint in answer.headers["x-messaging-double-hint"]
    assert hint in answer.notes
    assert double.is_empty()


def assert_fault(double: Double, answer: Response, code: tuple[str, str], text: str | None = None) -> None:
    """Check that the answer is a SOAP 1.1 fault as WCF writes it, and nothing was kept."""
    assert (answer.status, answer.reason) == (500, "Internal Server Error")
    assert answer.content_type == TEXT_XML
    assert answer.soap == SOAP11
    assert answer.fault.code == code
    assert answer.fault.lang == "en-US"
    if text is not None:
        assert answer.fault.text == text
    assert double.is_empty()


def assert_sent(double: Double, answer: Response, *notes: str, content: str = "Hei") -> None:
    """Check that the message was sent as written, and that exactly these notes were made, in any order."""
    assert (answer.status, answer.succeeded, len(answer.statuses)) == (200, True, 1), answer
    (message,) = double.outbox()
    assert (message["plugin"], message["to"], message["content"]) == ("CM", "1", content)
    assert len(answer.call.notes) == len(notes), answer.call.notes
    for note in notes:
        assert note in answer.notes


def rewritten(document: bytes, *changes: tuple[str, str]) -> bytes:
    """Return an envelope with some of its text replaced."""
    text = document.decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()
