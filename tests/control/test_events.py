"""Streams of events: what is told of which change, and when a stream ends."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.request
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from support.soap_calls import send

from messaging_double.client import MessagingDouble, actions

PATIENCE = 10  # seconds; a test that waits longer has failed


class Stream:
    """A client of a stream."""

    def __init__(self, url: str, path: str, **headers: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
        self.connection.request("GET", f"/_mock/v1/{path}", headers=headers)
        self.response = self.connection.getresponse()

    def event(self) -> tuple[str, dict] | None:
        """Return the next event; ``None`` at the end of the stream."""
        found = {}
        for line in iter(self.response.readline, b""):
            name, _, value = line.decode().rstrip("\n").partition(": ")
            found[name] = value
            if not name and "event" in found:
                return found["event"], json.loads(found["data"])
        return None

    def event_of(self, **members: object) -> dict:
        """Return the first event of a tenant that has these members."""
        while True:
            kind, data = self.event()
            if kind == "tenant" and members.items() <= data.items():
                return data

    def close(self) -> None:
        self.response.close()
        self.connection.close()


@pytest.fixture
def served():
    with MessagingDouble() as double:
        yield double


@pytest.fixture
def stream(served):
    opened = []

    def start(path: str) -> Stream:
        opened.append(Stream(served.url, path))
        assert opened[-1].response.status == 200
        assert opened[-1].response.headers["Content-Type"].startswith("text/event-stream")
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def test_a_stream_of_a_tenant_begins_with_how_much_it_has(served, stream):
    send(served.tenant("Cust1").soap_url())
    assert stream("tenants/Cust1/events").event_of()["outbox"] == 1


def test_every_change_of_a_tenant_is_an_event(served, stream):
    tenant = served.tenant("Cust1")
    events = stream("tenants/cust1/events")
    send(tenant.soap_url())
    events.event_of(outbox=1, inbox=0, journal=1)
    tenant.reply(1, "Yes")
    events.event_of(outbox=1, inbox=1)
    tenant.set_status(1, 17)
    events.event_of()
    tenant.outbox.clear()
    events.event_of(outbox=0, inbox=1)


CHANGES = {
    "a rule": lambda tenant: tenant.rules.add(actions.http(503), name="down"),
    "a rule in its place": lambda tenant: tenant.rules.put("down", actions.http(500)),
    "no rule": lambda tenant: tenant.rules[0].delete(),
    "no rules": lambda tenant: tenant.rules.clear(),
    "a ticket": lambda tenant: tenant.tickets.issue("ole"),
    "another ticket": lambda tenant: tenant.tickets.issue("kari"),
    "an expired ticket": lambda tenant: tenant.tickets.expire(1),
    "expired tickets": lambda tenant: tenant.tickets.expire_all(),
    "a revoked ticket": lambda tenant: tenant.tickets.revoke(1),
    "a snapshot": lambda tenant: tenant.snapshot(),
    "no snapshot": lambda tenant: tenant.delete_snapshot(),
    "a profile": lambda tenant: setattr(tenant, "profile", "slow"),
    "a way of checking": lambda tenant: setattr(tenant, "auth", "onsite"),
    "a clock": lambda tenant: tenant.clock.freeze(),
}


def test_what_a_test_sets_is_an_event_too(served, stream):
    tenant = served.tenant("Cust1")
    send(tenant.soap_url())
    for change in CHANGES.values():
        events = stream("tenants/Cust1/events")
        events.event_of(journal=1)
        change(tenant)
        events.event_of(journal=1)
        events.close()


def test_changes_of_other_tenants_are_no_events(served, stream):
    events = stream("tenants/Cust1/events")
    send(served.tenant("Cust2").soap_url())
    send(served.tenant("Cust1").soap_url())
    assert events.event_of(outbox=1)["tenant"] == "Cust1"


def test_one_stream_has_the_events_of_all_tenants(served, stream):
    events = stream("events")
    for name in ("Cust1", "Cust2"):
        send(served.tenant(name).soap_url())
        events.event_of(tenant=name, outbox=1)


def test_a_due_event_is_streamed_when_it_is_due(served, stream):
    tenant = served.tenant("Cust1")
    tenant.profile = "slow"
    send(tenant.soap_url())
    events = stream("tenants/Cust1/events")
    events.event_of(outbox=1)
    tenant.clock.shift("299.8s")
    while served.tenant("Cust1").outbox.get(1).status == 1:
        events.event_of()


def test_a_stream_survives_a_reset(served, stream):
    tenant = served.tenant("Cust1")
    send(tenant.soap_url())
    events = stream("tenants/Cust1/events")
    events.event_of(outbox=1)
    tenant.reset()
    events.event_of(outbox=0)
    send(tenant.soap_url())
    events.event_of(outbox=1)


def delete_all(double: MessagingDouble) -> None:
    request = urllib.request.Request(f"{double.url}/_mock/v1/tenants", method="DELETE")
    urllib.request.urlopen(request, timeout=PATIENCE).close()


@pytest.mark.parametrize("delete", [lambda double: double.tenant("Cust1").delete(), delete_all], ids=["one", "all"])
def test_the_stream_of_a_tenant_ends_when_it_is_deleted(served, stream, delete):
    tenant = served.tenant("Cust1")
    send(tenant.soap_url())
    one, every = stream("tenants/Cust1/events"), stream("events")
    one.event_of(outbox=1)
    delete(served)
    for events in (one, every):
        kind, data = "", {}
        while kind != "deleted":
            kind, data = events.event()
        assert data == {"tenant": "Cust1"}
    assert one.event() is None
    send(tenant.soap_url())
    every.event_of(tenant="Cust1", outbox=1)


def test_streams_end_with_the_double():
    with MessagingDouble(shutdown_seconds=60) as double:
        streams = [Stream(double.url, path) for path in ("events", "tenants/Cust1/events")]
        streams[1].event_of(outbox=0)
    for each in streams:
        with closing(each):  # with PostgreSQL it may say meanwhile that another process may have written
            assert {kind for kind, _ in iter(each.event, None)} <= {"other"}


MOST_THREADS = 40
"""At most 32 workers and, on PostgreSQL, those that listen to it: whatever the number of streams."""


def test_a_stream_costs_no_thread(served, stream):
    before = threading.active_count()
    streams = [stream(f"tenants/Cust{number}/events") for number in range(100)]
    for number, each in enumerate(streams):
        each.event_of(tenant=f"Cust{number}", outbox=0)
    assert threading.active_count() - before <= MOST_THREADS
    streams.extend(stream("events") for _ in range(100))
    send(served.tenant("Cust1").soap_url())
    for each in streams[100:]:
        each.event_of(tenant="Cust1", outbox=1)
    assert threading.active_count() - before <= MOST_THREADS


def test_writes_of_another_process_are_events_too(tmp_path):
    database = str(tmp_path / "messages.sqlite")
    with MessagingDouble(database=database) as one, MessagingDouble(database=database) as other:
        own, every = Stream(one.url, "tenants/Cust1/events"), Stream(one.url, "events")
        with closing(own), closing(every):
            own.event_of(outbox=0)
            send(other.tenant("Cust1").soap_url())
            own.event_of(outbox=1)
            while every.event() != ("other", {"tenant": None}):
                pass


def test_another_wsgi_server_has_no_streams(double):
    answer = double.steer("GET", "events")
    assert answer.status == 501
    assert "messaging-double serve" in answer.json["hint"]
    assert double.get("/_mock/v1/events").status == 501


def test_a_head_of_a_stream_ends(served):
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=PATIENCE)
    with closing(connection):
        connection.request("HEAD", "/_mock/v1/events")
        assert connection.getresponse().status == 200


def test_a_stream_requires_the_token():
    with MessagingDouble(control_token="sesame") as double:  # noqa: S106
        for headers, status in (({}, 401), ({"Authorization": "Bearer sesame"}, 200)):
            with closing(Stream(double.url, "events", **headers)) as each:
                assert each.response.status == status
