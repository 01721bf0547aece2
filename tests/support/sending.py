"""One message and the check that it was sent, for tests that send it in a hundred ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .envelopes import Xml, action_of, envelope, ids, operation, outgoing, pairs

if TYPE_CHECKING:
    from .answers import Answer
    from .double import Double

SENDING = operation("SendMessages", Plugin="CM", OutgoingMessages=[outgoing(To="1", Content="Hei")])
SEND = envelope(SENDING)
ACTION = f'"{action_of("SendMessages")}"'

EVERYTHING = {
    "CreateMessage": operation("CreateMessage", IncomingMessage=Xml("<To>1</To>")),
    "GetDeliveryStatus": operation("GetDeliveryStatus", MessagingIds=ids(1)),
    "SetDeliveryStatus": operation("SetDeliveryStatus", Plugin="CM", ExternalMessageId="x", Status=1),
    "SendMessages": SENDING,
    "SendMessagesWithConfig": operation(
        "SendMessagesWithConfig", Plugin="CM", OutgoingMessages=[outgoing(To="1")], Config=pairs(("a", "b"))
    ),
    "GetPlugins": operation("GetPlugins"),
}
"""Each operation, called as the contract says."""


def assert_sent(double: Double, answer: Answer, *notes: str) -> None:
    """Check that the message was sent as written, and that exactly these notes were made, in any order."""
    assert (answer.status, answer.succeeded, len(answer.statuses)) == (200, True, 1), answer
    (message,) = double.outbox()
    assert (message["plugin"], message["to"], message["content"]) == ("CM", "1", "Hei")
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
