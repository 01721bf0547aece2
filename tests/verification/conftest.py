"""A storage, messages to put into it, and expectations of them."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime, timezone
from itertools import count

import msgspec
import pytest

from messaging_double.models.control.verification import FailedReport, Report
from messaging_double.models.criteria import Criterion
from messaging_double.models.records import Exchange, IncomingMessage, OutboxEntry, OutgoingMessage, StatusChange
from messaging_double.server.verification import Expectation, report, verify
from messaging_double.storage import Storage

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=timezone.utc)
MEMBERS = ("from_", "to", "content", "format", "parent_messaging_id", "suggested_session_key")


class Box:
    """The outbox and the inbox of a tenant."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._tenants = count(1)
        self.tenant = ""

    def empty(self) -> None:
        """Go on with a tenant that has nothing."""
        self.tenant = f"Cust{next(self._tenants)}"

    def send(self, *messages, **members) -> None:
        """Put messages into the outbox, each given by its members, as one call does."""
        with self._storage.writing() as work:
            first = work.outbox.reserve(self.tenant, len(messages))
            entries = [entry(first + index, index + 1, {**members, **each}) for index, each in enumerate(messages)]
            work.outbox.add(self.tenant, entries)

    def receive(self, **members) -> None:
        """Put a message into the inbox."""
        with self._storage.writing() as work:
            work.inbox.add(
                self.tenant,
                IncomingMessage(**members),
                origin="CreateMessage",
                services="Services88",
                registered=NOON,
            )

    def record(self, **members) -> None:
        """Put a call into the journal."""
        with self._storage.writing() as work:
            exchange = Exchange(0, NOON, "POST", "/", 500, 0.1, **members)
            work.journal.add(self.tenant, [exchange], most_entries=99, most_bytes=99)

    def latest(self) -> OutboxEntry:
        with self._storage.reading() as work:
            return work.outbox.search(self.tenant, (), limit=1)[0][0]

    def verify(self, *criteria, box="outbox", minimum=1, maximum=None, waited=False):
        """Verify an expectation, whose criteria are given by their members."""
        wanted = tuple(each if isinstance(each, Criterion) else Criterion(*each) for each in criteria)
        with self._storage.reading() as work:
            return verify(work, self.tenant, Expectation(box, wanted, minimum, maximum, waited))

    def report(self, *criteria, **how):
        """Verify, and report it: in the form that the control API declares, of JSON that comes back as it is."""
        reported = report(self.verify(*criteria, **how))
        declared = msgspec.convert(reported, FailedReport if "error" in reported else Report)
        assert json.loads(json.dumps(reported)) == reported == msgspec.to_builtins(declared)
        return reported

    def result(self, *criterion, **how):
        """Report how the nearest message compares with the only criterion."""
        (nearest, *_) = self.report(criterion, **how)["nearest"]
        (result,) = nearest["criteria"]
        return result


def entry(number, position, members) -> OutboxEntry:
    usual = {"from_": "+4712345678", "to": "+447700900001", "content": "Hello", "format": "sms/160"} | members
    message = OutgoingMessage(**{name: usual.pop(name, None) for name in MEMBERS})
    kept = {
        "external_message_id": f"ext-{number}",
        "plugin": "CM",
        "session_key": f"key-{number}",
        "config": None,
        "operation": "SendMessages",
        "services": "Services88",
        "registered": NOON,
        "updated": NOON,
        "statuses": (StatusChange(1, "Queued", NOON, "SendMessages"),),
    }
    return OutboxEntry(number, message=message, position=position, **(kept | usual))


@pytest.fixture(scope="session")
def long_box():
    """A box for properties, which empty it before each example."""
    with closing(Storage.open(None)) as storage:
        yield Box(storage)


@pytest.fixture
def box(long_box):
    long_box.empty()
    return long_box


@pytest.fixture
def noon():
    return NOON
