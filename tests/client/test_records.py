"""What comes back, from doubles of other versions too."""

import json
import threading
from dataclasses import FrozenInstanceError, asdict
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from support.soap_calls import send

from messaging_double.client import MessagingDouble, Unreachable

CHANGE = {"status": 2, "statusDescription": None, "at": "2026-11-21T08:00:00.000000Z", "by": "SendMessages"}
MESSAGE = {
    "messagingId": 1,
    "externalMessageId": "a",
    "plugin": "CM",
    "from": None,
    "to": "+447700900500",
    "content": "x" * 1000,
    "format": None,
    "parentMessagingId": None,
    "suggestedSessionKey": None,
    "sessionKey": "key",
    "config": None,
    "status": 2,
    "statusDescription": None,
    "outcome": None,
    "operation": "SendMessages",
    "services": "Services88",
    "registered": "2026-11-21T08:00:00.000000Z",
    "updated": "2026-11-21T08:00:00.000000Z",
    "statuses": [{**CHANGE, "operator": "Telenor"}],
    "price": {"amount": 0.25},
}


@pytest.fixture
def other_version():
    """A server that answers as a double of another version would; what it tells of its message."""
    told = dict(MESSAGE)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", told
        finally:
            server.shutdown()
            thread.join()


def test_members_of_a_newer_double_are_kept(other_version):
    url, _ = other_version
    with MessagingDouble.at(url) as double:
        message = double.outbox.get(1)
    assert message.more == {"price": {"amount": 0.25}}
    assert message.statuses[0].more == {"operator": "Telenor"}


def test_members_that_an_older_double_does_not_tell_are_named(other_version):
    url, told = other_version
    del told["outcome"]
    with (
        MessagingDouble.at(url) as double,
        pytest.raises(Unreachable, match="does not tell outcome of its OutgoingMes"),
    ):
        double.outbox.get(1)


def test_a_message_of_a_plugin_without_external_ids_has_none():
    with MessagingDouble(plugins=[{"name": "CM", "external-ids": False}]) as double:
        send(double.soap_url(), To="+447700900500")
        message = double.outbox.latest(external_message_id=None)
        assert message.external_message_id is None
        double.fill(outbox=[asdict(message)])
        assert double.outbox() == [message]


def test_a_record_is_a_value_and_is_shown_in_a_line(other_version):
    url, _ = other_version
    with MessagingDouble.at(url) as double:
        message = double.outbox.get(1)
    with pytest.raises(FrozenInstanceError):
        message.to = "+47"
    assert len(repr(message)) < 200
