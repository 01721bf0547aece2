"""Two processes on one file are one double."""

from __future__ import annotations

import contextlib
import json
from concurrent.futures import ThreadPoolExecutor

from .support.client import HEADERS, Client, path_of, sending

THREADS, CALLS = 3, 60
"""For each of the two."""


def test_ids_are_distinct_and_both_see_everything(serve, client, tmp_path):
    flags = ("--database", tmp_path / "shared.sqlite")
    doubles = [serve(*flags), serve(*flags)]
    assert doubles[0].url != doubles[1].url

    def send_all(name: int) -> dict[int, str]:
        with contextlib.closing(Client(doubles[name % 2].url)) as one:
            contents = [f"client {name}, call {number}" for number in range(CALLS)]
            return {one.send("Cust1", content)[0]: content for content in contents}

    with ThreadPoolExecutor(2 * THREADS) as threads:
        sent = [item for each in threads.map(send_all, range(2 * THREADS)) for item in each.items()]
    assert sorted(number for number, _ in sent) == list(range(1, 2 * THREADS * CALLS + 1))
    for double in doubles:
        assert {each["messagingId"]: each["content"] for each in client(double).outbox("Cust1")} == dict(sent)
        assert "Traceback" not in double.stderr


def test_what_one_has_answered_the_other_sees_at_once(serve, client, tmp_path):
    flags = ("--database", tmp_path / "shared.sqlite")
    one, other = client(serve(*flags)), client(serve(*flags))
    for number in range(1, 40, 2):
        assert one.send("Cust1", "from one") == [number]
        assert other.control("Cust1/outbox?limit=1")["total"] == number
        assert other.send("Cust1", "from the other") == [number + 1]
        assert one.control(f"Cust1/outbox/{number + 1}")["content"] == "from the other"
    assert other.ask("POST", "/_mock/v1/tenants/Cust1/reset")[0] == 204
    assert one.send("Cust1", "anew") == [1]


def test_when_one_ends_the_other_goes_on(serve, client, tmp_path):
    flags = ("--database", tmp_path / "shared.sqlite")
    ending, staying = serve(*flags), serve(*flags)
    assert client(ending).send("Cust1", "kept") == [1]
    other = client(staying)
    assert other.control("Cust1/outbox")["total"] == 1
    ending.stop()
    assert other.send("Cust1", "after") == [2]
    assert [each["content"] for each in other.outbox("Cust1")] == ["after", "kept"]


def test_tickets_and_the_way_of_checking_them_are_those_of_both(serve, client, tmp_path):
    flags = ("--database", tmp_path / "shared.sqlite")
    one, other = client(serve(*flags)), client(serve(*flags))
    tenant = "/_mock/v1/tenants/Cust1"
    other.send("Cust1", "before")
    assert one.ask("PUT", f"{tenant}/auth", b'{"auth": "onsite"}')[0] == 200
    assert "carries no ticket" in other.ask("POST", path_of("Cust1"), sending("refused"), HEADERS)[1].decode()
    ticket = json.loads(one.ask("POST", f"{tenant}/tickets", b'{"user": "ole"}')[1])["ticket"]
    assert b">true</h:Succeeded>" in other.ask("POST", path_of("Cust1"), sending("sent", ticket=ticket), HEADERS)[1]
    assert one.control("Cust1/tickets/1")["uses"] == 1
    assert one.ask("POST", f"{tenant}/tickets/expire")[0] == 200
    assert b"has expired" in other.ask("POST", path_of("Cust1"), sending("late", ticket=ticket), HEADERS)[1]
    assert [each["content"] for each in one.outbox("Cust1")] == ["sent", "before"]
