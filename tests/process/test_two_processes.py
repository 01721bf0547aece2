"""Two processes on one file are one double."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

from .support.client import Client

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
