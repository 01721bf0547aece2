"""Each fault is what clients report as such: zeep, requests, a bare socket."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from lxml import etree
from requests.adapters import HTTPAdapter
from support.envelopes import SEND
from support.processes import eventually
from support.sockets import SENDING
from urllib3 import Retry
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault, TransportError, XMLParseError

from messaging_double.models.faults import FAULTS, WIRE

OK = rb"HTTP/1\.1 200 OK\r\n"
WHOLE = rb"(?s)" + OK + rb".*</s:Envelope>"
HALF = rb"(?s)" + OK + rb".*<s:Envelope(?!.*</s:Envelope>)"
NOTHING = rb""
LOST = (requests.ConnectionError, "ConnectionResetError")
TORN = (requests.exceptions.ChunkedEncodingError, "ConnectionResetError")


@dataclass(frozen=True)
class Seen:
    """What becomes of one call."""

    zeep: tuple[type[Exception], str] | None
    """What zeep raises, and what its text is like; ``None``: it takes the answer."""
    requests: tuple[type[Exception], str] | int
    """What requests raises, or the status that it has."""
    raw: bytes
    """What the bytes of the answer are like."""
    end: str = "open"
    """The state of the connection afterwards."""
    fault: str = ""
    """In the journal; its name unless said otherwise."""
    then: dict[str, Any] = field(default_factory=dict)
    """The rule's answer; that of the table of faults unless said otherwise."""


INVALID = (TransportError, "invalid XML")
SEEN = {
    "in-band error": Seen(None, 200, rb"(?s)" + OK + rb".*>false</h:Succeeded>"),
    "status of a row": Seen(None, 200, WHOLE, fault="-"),
    "SOAP fault": Seen((Fault, "The server is too busy."), 500, rb"(?s)HTTP/1\.1 500 .*too busy"),
    "HTTP status": Seen(
        (TransportError, "503"), 503, rb"(?s)HTTP/1\.1 503 Service Unavailable\r\nRetry-After: 2\r\n", fault="http 503"
    ),
    "delay": Seen(None, 200, WHOLE, fault="delay PT0.2S", then={"delay": "200ms"}),
    "drip": Seen(None, 200, WHOLE, fault="drip 90 bytes every PT0.01S", then={"drip": {"bytes": 90, "every": "10ms"}}),
    "html-error-page": Seen(INVALID, 500, rb"(?s)HTTP/1\.1 500 .*<h1>Server Error</h1>.*</html>"),
    "wrong-media-type": Seen(None, 200, rb"(?s)" + OK + rb"Content-Type: text/html.*</s:Envelope>"),
    "malformed": Seen(INVALID, 200, rb"(?s)" + OK + rb".*<&.*</s:Envelope>"),
    "wrong-namespace": Seen((XMLParseError, "Unexpected element.*Services87"), 200, rb"(?s)" + OK + rb".*Services87"),
    "oversized": Seen(INVALID, 200, rb"(?s)" + OK + rb".*? {10485760}<.*</s:Envelope>"),
    "truncated": Seen(*[(requests.exceptions.ChunkedEncodingError, "IncompleteRead")] * 2, HALF, "closed"),
    "empty-reply": Seen(*[(requests.ConnectionError, "RemoteDisconnected")] * 2, NOTHING, "closed"),
    "reset-before": Seen(LOST, LOST, NOTHING, "reset"),
    "reset-in-body": Seen(TORN, TORN, HALF, "reset"),
    "reset-after": Seen(None, 200, WHOLE, "reset"),
    "reply-lost": Seen(LOST, LOST, NOTHING, "reset"),
    "never-answered": Seen(*[(requests.ReadTimeout, "timed out")] * 2, NOTHING, "open"),
    "garbage": Seen(*[(requests.ConnectionError, "BadStatusLine")] * 2, rb"\x15\x03.*this is no HTTP\r\n", "closed"),
}
TABLE = {fault.name: fault for fault in FAULTS}
EVERY = pytest.mark.parametrize("name", SEEN)


@pytest.fixture
def seen(name, target, session) -> Seen:
    seen = SEEN[name]
    target.rule(seen.then or TABLE[name].then)
    yield seen
    session.close()  # after reset-after it would send the next call on a connection that is about to end
    target.no_rule()
    before = target.sent()
    assert before == (1 if TABLE[name].processed else 0)
    target.succeeds()
    assert target.sent() == before + 1


def test_every_fault_is_tried_on_every_client():
    assert list(SEEN) == list(TABLE)


@EVERY
def test_zeep_reports_it(zeep_service, seen):
    def send():
        return zeep_service.SendMessages(Plugin="CM", OutgoingMessages={"OutgoingMessage": [{"To": "1"}]})

    if seen.zeep is None:
        assert send().header.Succeeded in (True, False)
        return
    kind, text = seen.zeep
    with pytest.raises(kind) as raised:
        send()
    assert isinstance(raised.value, (ZeepError, requests.RequestException))
    assert re.search(text, f"{raised.value!r} {raised.value} {getattr(raised.value, 'status_code', '')}")


@EVERY
def test_requests_reports_it(session, target, seen):
    def send():
        return session.post(target.url, SEND, headers=SENDING, timeout=1)

    if isinstance(seen.requests, int):
        assert send().status_code == seen.requests
        return
    kind, text = seen.requests
    with pytest.raises(kind, match=text):
        send()


@EVERY
def test_a_bare_socket_sees_it_and_the_journal_has_the_bytes(name, target, seen):
    received, end = target.talk(0.3 if seen.end == "open" else 5)
    assert re.match(seen.raw, received), received[:1000]
    assert bool(received) == bool(seen.raw)
    assert end == seen.end
    assert eventually(lambda: target.control("GET", "journal")["exchanges"]), "that the client has left is not noticed"
    exchange = target.exchange()
    assert exchange["rule"] == "the rule"
    assert exchange["fault"] == (None if seen.fault == "-" else seen.fault or name)
    status = int(received[9:12]) if received.startswith(b"HTTP/") else None
    assert (exchange["status"], exchange["operation"]) == (status, "SendMessages")


@pytest.mark.parametrize("name", [name for name, seen in SEEN.items() if seen.end == "reset"])
@pytest.mark.usefixtures("name")
def test_a_client_that_sends_nothing_more_is_reset_as_any_other(target, seen):
    received, end = target.talk(5, half_close=True)
    assert re.match(seen.raw, received), received[:1000]
    assert (bool(received), end) == (bool(seen.raw), "reset")


@pytest.mark.parametrize("name", [name for name, seen in SEEN.items() if name in WIRE and seen.requests == 200])
def test_a_body_is_well_formed_unless_the_fault_is_that_it_is_not(name, session, target, seen):
    body = session.post(target.url, SEND, headers=SENDING, timeout=5).content
    parser = etree.XMLParser(huge_tree=True)
    if seen.zeep == INVALID and name != "oversized":
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(body, parser)
    else:
        assert etree.fromstring(body, parser).tag.endswith("Envelope")


def test_a_retry_after_a_lost_reply_is_a_duplicate_that_verify_counts(target):
    target.rule({"wire": "reply-lost"}, times=1)
    with requests.Session() as retrying:
        retrying.trust_env = False
        retrying.mount("http://", HTTPAdapter(max_retries=Retry(3, allowed_methods=None)))
        assert retrying.post(target.url, SEND, headers=SENDING, timeout=5).status_code == 200
    assert target.control("POST", "verify", {"match": {"content": "Hei"}, "count": 2})["matched"] == [2, 1]


@pytest.mark.parametrize("status", [204, 503])
def test_a_response_without_a_body_is_sent_before_the_reset(target, status):
    target.rule({"http": status, "wire": "reset-after"})
    received, end = target.talk(5)
    assert (received[:13], received[-4:], end) == (b"HTTP/1.1 %d " % status, b"\r\n\r\n", "reset")
    assert eventually(lambda: target.control("GET", "journal")["exchanges"])
    assert target.exchange()["status"] == status
