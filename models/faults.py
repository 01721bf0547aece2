"""Faults that can be injected: one table for the rules, the control API and the documentation (ours)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Fault(Struct, frozen=True):
    """A fault that a rule or a magic recipient can inject into a call."""

    name: str
    then: dict[str, Any]
    """The answer of a rule that injects it."""
    processed: bool
    """Whether the operation is carried out nevertheless, unless the rule says otherwise."""
    does: str
    seen: str
    """What a client reports."""
    needs_wire: bool = False
    """Whether it needs the embedded server: other WSGI servers do not expose the connection."""


def _wire(name: str, does: str, seen: str, *, processed: bool, needs_wire: bool = False) -> Fault:
    return Fault(name, {"wire": name}, processed, does, seen, needs_wire)


_NO_ANSWER = "no answer at all (requests: ConnectionError, RemoteDisconnected)"
_RESET = "a reset (requests: ConnectionError, ConnectionResetError)"
_NO_XML = "zeep: TransportError, invalid XML"

_ON_THE_WIRE = (
    _wire(
        "html-error-page",
        "Sends HTTP 500 with an error page like that of IIS.",
        "zeep: TransportError, invalid XML, status 500",
        processed=False,
    ),
    _wire(
        "wrong-media-type",
        "Sends the usual response with the media type `text/html`.",
        "zeep takes it: it looks at the body only; WCF refuses the Content-Type",
        processed=True,
    ),
    _wire(
        "malformed",
        "Breaks the XML or JSON in the middle of the response; its Content-Length is right.",
        _NO_XML,
        processed=True,
    ),
    _wire(
        "wrong-namespace",
        "Sends the response in the namespace of another Services version; JSON has none, and stays as it is.",
        "zeep: XMLParseError, unexpected element",
        processed=True,
    ),
    _wire(
        "oversized",
        "Inserts 10 MiB of white space into well-formed XML or JSON: more than .NET accepts by default (64 KiB), and "
        "more than libxml2 accepts in one text (10,000,000 bytes).",
        "zeep: TransportError, invalid XML; WCF: MaxReceivedMessageSize is exceeded",
        processed=True,
    ),
    _wire(
        "truncated",
        "Announces the whole length, sends half of the body, closes the connection.",
        "a body shorter than its Content-Length (requests: ChunkedEncodingError, IncompleteRead)",
        processed=True,
        needs_wire=True,
    ),
    _wire("empty-reply", "Closes the connection without a byte.", _NO_ANSWER, processed=False, needs_wire=True),
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
        "Sends the whole response, then resets the connection.",
        "nothing; the kept connection is dead when it is used next",
        processed=True,
        needs_wire=True,
    ),
    _wire(
        "reply-lost",
        "Carries out the call, then resets the connection instead of responding: a retry sends twice.",
        _RESET,
        processed=True,
        needs_wire=True,
    ),
    _wire(
        "never-answered",
        "Sends nothing until the client closes the connection.",
        "its own timeout (requests: ReadTimeout)",
        processed=False,
        needs_wire=True,
    ),
    _wire(
        "garbage",
        "Sends bytes that are not HTTP, and closes the connection.",
        "no HTTP (requests: ConnectionError, BadStatusLine)",
        processed=False,
        needs_wire=True,
    ),
)

WIRE = {fault.name: fault for fault in _ON_THE_WIRE}
"""Faults of the connection or of the response's bytes, by the names that ``Reaction.wire`` has."""

_IN_WORDS = (
    Fault(
        "in-band error",
        {"error": {"message": "The gateway refused the call.", "type": "SuperOffice.Exceptions.SoException"}},
        processed=False,
        does="Sends Succeeded=false and an ExceptionInfo of this type, as the real service does for its exceptions.",
        seen="a call that did not succeed, by its SOAP headers",
    ),
    Fault(
        "status of a row",
        {"status": {"status": "failed", "description": "Number not in use"}},
        processed=True,
        does="Gives this status to those messages of a batch that the rule matches.",
        seen="a batch of which some messages failed",
    ),
    Fault(
        "SOAP fault",
        {"fault": {"text": "The server is too busy.", "subcode": "InternalServiceFault", "side": "Receiver"}},
        processed=False,
        does="Sends HTTP 500 with a SOAP fault of the request's version.",
        seen="zeep: Fault",
    ),
    Fault(
        "HTTP status",
        {"http": 503, "retryAfter": 2},
        processed=False,
        does="Sends any HTTP status, such as 401, 429, 500 or 503, with any headers, body and Content-Type.",
        seen="zeep: TransportError, status 503",
    ),
    Fault(
        "delay",
        {"delay": "2s"},
        processed=True,
        does="Sends the response later; other calls are answered meanwhile.",
        seen="a slow answer, or its own timeout",
    ),
    Fault(
        "drip",
        {"drip": {"bytes": 10, "every": "100ms"}},
        processed=True,
        does="Sends the body in pieces of this many bytes, with a pause between them.",
        seen="a slow answer that no timeout between two bytes ends",
    ),
)

FAULTS = (*_IN_WORDS, *_ON_THE_WIRE)
"""All of them, in the order of the documentation."""
