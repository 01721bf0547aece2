"""The journal of a double in a thread: it is written when a client looks, and loses nothing that was answered."""

import sqlite3
from contextlib import closing

import pytest
from support.sockets import Client

from messaging_double.client import MessagingDouble

HELP_PAGE = "/Cust1/Remote/Services88/Messaging.svc"
GARBAGE = b"GET /Cust1/Remote/Services88/Messaging.svc HTTP/9.9\r\n\r\n"


@pytest.mark.parametrize("kept", [False, True], ids=["a temporary database", "a database that is kept"])
def test_it_has_the_newest_calls_and_counts_the_others(kept, tmp_path):
    database = {"database": tmp_path / "kept.sqlite"} if kept else {}
    with MessagingDouble(journal_entries=3, **database) as double, Client(double.url) as client:
        for _ in range(10):
            assert client.ask("GET", HELP_PAGE).status == 200
        found = client.control("Cust1/journal")
        assert [each["id"] for each in found["exchanges"]] == [10, 9, 8]
        assert (found["total"], found["evicted"], found["lost"]) == (3, 7, 0)


def test_it_has_requests_that_were_no_http_and_clients_that_left():
    with MessagingDouble() as double:
        with Client(double.url) as client:
            assert client.send(GARBAGE).response().status == 505
        found = double.tenant("Cust1").journal()
        assert [each.status for each in found] == [505]


@pytest.mark.parametrize("entries", [2, 100])
def test_what_cannot_be_written_for_a_while_is_written_afterwards(tmp_path, entries):
    database = tmp_path / "kept.sqlite"
    with MessagingDouble(database=database, journal_entries=entries) as double, Client(double.url) as client:
        client.ask("GET", HELP_PAGE)
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for _ in range(5):
                assert client.ask("GET", HELP_PAGE).status == 200
        found = client.control("Cust1/journal?wait=20s&count=2")
        found = client.control("Cust1/journal")
        assert found["total"] + found["evicted"] + found["lost"] == 6
        assert found["total"] == min(6, entries)
        assert client.control("Cust2/journal")["lost"] == 0
