"""Calls that come at once are carried out together on PostgreSQL, and none knows of the others."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from support.envelopes import sending
from support.sockets import SENDING, Client, Response, path_of, until

from messaging_double.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from support.processes import ServedDouble

    Ask = Callable[..., list[Client]]

MESSAGE = sending("x")


@pytest.fixture
def url(postgres: Any) -> str:
    return postgres.schema()  # type: ignore[no-any-return]


@pytest.fixture
def ask_at_once(url: str, connect: Callable[..., Client]) -> Ask:
    """Send bodies, each by a client of its own, while somebody else writes; the first ``gone`` of them hang up."""
    from support.postgres import writing_elsewhere  # noqa: PLC0415 - not on Windows

    def ask(double: ServedDouble, bodies: Sequence[bytes], gone: int = 0) -> list[Client]:
        clients = [connect(double) for _ in bodies]
        with closing(Storage.open(url)) as storage, writing_elsewhere(storage, "Cust1"):
            for client, body in zip(clients, bodies, strict=True):
                fields = {"Host": "a", **SENDING, "Content-Length": str(len(body))}
                head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
                client.send(f"POST {path_of('Cust1')} HTTP/1.1\r\n{head}\r\n".encode() + body)
            for client in clients[:gone]:
                client.reset()
            assert connect(double).ask("GET", "/livez").status == 200  # they were read before it
        return clients[gone:]

    return ask


def is_success(response: Response) -> bool:
    return response.status == 200 and b"MessagingId>" in response.body


def test_they_share_a_transaction_and_each_gets_an_id_of_its_own(serve, connect, postgres, url, ask_at_once):
    double = serve("--database", url)
    answers = [client.response() for client in ask_at_once(double, [MESSAGE] * 20)]
    assert all(map(is_success, answers))
    assert len({answer.body for answer in answers}) == 20
    kept = [each["messagingId"] for each in connect(double).listed("Cust1/outbox")]
    assert sorted(kept) == list(range(1, 21))
    table = url.rpartition("%3D")[2] + ".outgoing_message"
    ((transactions,),) = postgres.execute(f"SELECT count(DISTINCT xmin::text) FROM {table}")  # noqa: S608
    assert transactions < 10
    assert connect(double).control("Cust1/journal?limit=1")["total"] == 20


BAD = {
    "refused in-band": (sending("x", plugin=""), 200),
    "not XML": (b"<", 400),
    "another operation's element": (MESSAGE.replace(b"SendMessages>", b"CreateMessages>"), 500),
    "too many for a small transaction": (sending(*["x"] * 501), 200),
}


@pytest.mark.parametrize("case", BAD)
def test_a_call_that_is_not_like_the_others_leaves_them_alone(serve, connect, url, ask_at_once, case):
    double = serve("--database", url, "--empty-plugin", "error")
    body, status = BAD[case]
    clients = ask_at_once(double, [MESSAGE, MESSAGE, body, MESSAGE, MESSAGE])
    first, second, bad, *others = [client.response() for client in clients]
    assert all(map(is_success, (first, second, *others)))
    assert bad.status == status
    total = connect(double).control("Cust1/outbox?limit=1")["total"]
    assert total == 4 + (501 if is_success(bad) else 0)


def test_a_rule_concerns_as_many_of_them_as_it_says(serve, connect, url, ask_at_once):
    double = serve("--database", url)
    rule = {"name": "twice", "when": {"operation": "SendMessages"}, "then": {"fault": {"text": "no"}}, "times": 2}
    connect(double).control("Cust1/rules", "POST", rule)
    statuses = [client.response().status for client in ask_at_once(double, [MESSAGE] * 6)]
    assert sorted(statuses) == [200] * 4 + [500] * 2
    assert connect(double).control("Cust1/rules/twice")["used"] == 2
    assert connect(double).control("Cust1/outbox?limit=1")["total"] == 4


@pytest.mark.parametrize("last", [1, 501], ids=["together", "alone"])
def test_one_whose_client_is_gone_is_kept_as_the_others_are(serve, connect, url, ask_at_once, last):
    double = serve("--database", url)
    clients = ask_at_once(double, [MESSAGE, MESSAGE, MESSAGE, sending(*["x"] * last)], gone=1)
    assert all(is_success(client.response()) for client in clients)
    control = connect(double)
    until(lambda: control.control("Cust1/journal?limit=1")["total"] == 4)
    assert control.control("Cust1/outbox?limit=1")["total"] == 3 + last
