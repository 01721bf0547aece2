"""What the tests of the storage share: a storage on a file of its own, and messages to put into it."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import datetime, timedelta, timezone

import pytest

from messaging_double.models.records import OutboxEntry, OutgoingMessage, StatusChange
from messaging_double.storage import Storage

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=timezone.utc)


@pytest.fixture
def database(request, tmp_path):
    if os.environ.get("TEST_POSTGRES") == "1":
        return request.getfixturevalue("postgres").schema()
    return str(tmp_path / "messages.sqlite")


@pytest.fixture
def storage(database):
    with closing(Storage.open(database, busy_timeout=5)) as storage:
        yield storage


@pytest.fixture(scope="module")
def kept():
    """Return a storage for the examples of a law."""
    with closing(Storage.open(None)) as storage:
        yield storage


@pytest.fixture(scope="session")
def noon():
    return NOON


@pytest.fixture(scope="session")
def change():
    """Make a status change, so many minutes after noon."""

    def make(status=1, description="Queued", minutes=0, by="SendMessages"):
        return StatusChange(status, description, NOON + timedelta(minutes=minutes), by)

    return make


@pytest.fixture(scope="session")
def entry(change):
    """Make an entry of the outbox."""

    def make(messaging_id=1, **members):
        usual = {
            "external_message_id": f"ext-{messaging_id}",
            "plugin": "Twilio SMS",
            "message": OutgoingMessage("+4712345678", "+447700900001", "Hello", "sms/160", None, "suggested"),
            "session_key": f"key-{messaging_id}",
            "config": None,
            "operation": "SendMessages",
            "services": "Services88",
            "registered": NOON,
            "updated": NOON,
            "statuses": (change(),),
        }
        return OutboxEntry(messaging_id, **(usual | members))

    return make


@pytest.fixture(scope="session")
def send(entry):
    """Send so many messages for a tenant in one transaction, as the Messaging agent does; give their ids."""

    def send(storage, tenant="Cust1", count=1, **members):
        with storage.writing() as unit:
            first = unit.outbox.reserve(tenant, count)
            ids = list(range(first, first + count))
            unit.outbox.add(tenant, [entry(number, **members) for number in ids])
        return ids

    return send
