"""What can go wrong with a call on purpose: one table for the rules, the control API and the documentation (ours)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One thing that a rule's answer or a magic recipient can do to a call."""

    name: str
    then: dict[str, Any]
    """How a rule says it."""
    processed: bool
    """Whether the operation is carried out nevertheless, unless the rule says otherwise."""
    does: str
    seen: str
    """What a client reports."""
    needs_wire: bool = False
    """Whether it takes the embedded server: other WSGI servers do not hand out the connection."""


def _wire(name: str, does: str, seen: str, *, processed: bool, needs_wire: bool = False) -> Fault:
    return Fault(name, {"wire": name}, processed, does, seen, needs_wire)


_NO_ANSWER = "no answer at all (requests: ConnectionError, RemoteDisconnected)"
_RESET = "a reset (requests: ConnectionError, ConnectionResetError)"
_NO_XML = "zeep: TransportError, invalid XML"

_ON_THE_WIRE = (
    _wire(
        "html-error-page",
        "Answers HTTP 500 with a page as IIS makes it.",
        "zeep: TransportError, invalid XML, status 500",
        processed=False,
    ),
    _wire(
        "wrong-media-type",
        "Answers as usual, but as `text/html`.",
        "zeep takes it: it looks at the body only; WCF refuses the Content-Type",
        processed=True,
    ),
    _wire("malformed", "Breaks the XML of the answer in its middle; its length is right.", _NO_XML, processed=True),
    _wire(
        "wrong-namespace",
        "Answers in the contract's namespace of another Services version.",
        "zeep: XMLParseError, unexpected element",
        processed=True,
    ),
    _wire(
        "oversized",
        "Answers well-formed XML with 10 MiB of white space in it: more than .NET takes by default (64 KiB), and more "
        "than libxml2 takes in one text (10,000,000 bytes).",
        "zeep: TransportError, invalid XML; WCF: MaxReceivedMessageSize is exceeded",
        processed=True,
    ),
    _wire(
        "truncated",
        "Announces the whole length, sends half of the body, closes.",
        "a body shorter than its Content-Length (requests: ChunkedEncodingError, IncompleteRead)",
        processed=True,
        needs_wire=True,
    ),
    _wire("empty-reply", "Closes without a byte.", _NO_ANSWER, processed=False, needs_wire=True),
    _wire("reset-before", "Resets the connection at once.", _RESET, processed=False, needs_wire=True),
    _wire(
        "reset-in-body",
        "Sends half of the body, then resets the connection.",
        "a reset within the body (requests: ChunkedEncodingError, ConnectionResetError)",
        processed=True,
        needs_wire=True,
    ),
    _wire(
        "reset-after",
        "Sends the whole answer, then resets the connection.",
        "nothing; the kept connection is dead when it is used next",
        processed=True,
        needs_wire=True,
    ),
    _wire(
        "reply-lost",
        "Carries the call out, then resets the connection instead of answering: a retry sends twice.",
        _RESET,
        processed=True,
        needs_wire=True,
    ),
    _wire(
        "never-answered",
        "Takes the call and says nothing until the client goes.",
        "its own timeout (requests: ReadTimeout)",
        processed=False,
        needs_wire=True,
    ),
    _wire(
        "garbage",
        "Answers bytes that are no HTTP, and closes.",
        "no HTTP (requests: ConnectionError, BadStatusLine)",
        processed=False,
        needs_wire=True,
    ),
)

WIRE = {fault.name: fault for fault in _ON_THE_WIRE}
"""How an answer is broken on the wire, by the names that ``Reaction.wire`` has."""

_IN_WORDS = (
    Fault(
        "in-band error",
        {"error": {"message": "The gateway refused the call.", "type": "SuperOffice.Exceptions.SoException"}},
        processed=False,
        does="Answers Succeeded=false and an ExceptionInfo of this type, as the real service answers its exceptions.",
        seen="a call that did not succeed, by its SOAP headers",
    ),
    Fault(
        "status of a row",
        {"status": {"status": "failed", "description": "Number not in use"}},
        processed=True,
        does="Gives those messages of a batch this status that the rule is about.",
        seen="a batch of which some messages failed",
    ),
    Fault(
        "SOAP fault",
        {"fault": {"text": "The server is too busy.", "subcode": "InternalServiceFault", "side": "Receiver"}},
        processed=False,
        does="Answers HTTP 500 with a SOAP fault of the request's version.",
        seen="zeep: Fault",
    ),
    Fault(
        "HTTP status",
        {"http": 503, "retryAfter": 2},
        processed=False,
        does="Answers any HTTP status, such as 401, 429, 500 or 503, with headers, body and Content-Type at will.",
        seen="zeep: TransportError, status 503",
    ),
    Fault(
        "delay",
        {"delay": "2s"},
        processed=True,
        does="Answers later; other calls are answered meanwhile.",
        seen="a slow answer, or its own timeout",
    ),
    Fault(
        "drip",
        {"drip": {"bytes": 10, "every": "100ms"}},
        processed=True,
        does="Sends the body in pieces of so many bytes, with a pause between them.",
        seen="a slow answer that no timeout between two bytes ends",
    ),
)

FAULTS = (*_IN_WORDS, *_ON_THE_WIRE)
"""All of them, in the order of the documentation."""
