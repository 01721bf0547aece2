"""Calls of very many messages to the embedded server, among other calls and on a disk that is full."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.envelopes import Xml, credentials, envelope, operation
from support.sockets import SENDING, Client, path_of

resource = pytest.importorskip("resource")  # Windows has none

FLAGS = ("--log-level", "warning")
SIZES = [1, 1100, 3, 2500, 1, 501, 8000, 2, 500, 3000]
"""Bodies that are read on the event loop, and larger ones."""
ROOM = 1024 * 1024
"""Bytes that the database may grow by: less than the messages need."""


def many(count, headers=""):
    messages = [Xml("<OutgoingMessage/>")] * count
    return envelope(operation("SendMessages", Plugin="CM", OutgoingMessages=messages), headers=headers)


def send(url, count):
    with Client(url) as client:
        answer = client.ask("POST", path_of("Cust1"), many(count), SENDING)
        return answer.status, [int(each.partition(b"<")[0]) for each in answer.body.split(b"<MessagingId>")[1:]]


def total(url):
    with Client(url) as client:
        return client.control("Cust1/outbox?limit=1")["total"]


def test_no_id_is_lost_or_given_twice_among_calls_of_all_sizes(double):
    url = double.url
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda count: send(url, count), SIZES))
    for size, (status, ids) in zip(SIZES, answers, strict=True):
        assert (status, ids) == (200, list(range(ids[0], ids[0] + size)))
    assert sorted(each for _, ids in answers for each in ids) == list(range(1, sum(SIZES) + 1))
    assert total(url) == sum(SIZES)


def test_a_call_that_moves_to_a_worker_is_counted_once(double, connect):
    looker = connect(double)
    ticket = looker.control("Cust1/tickets", "POST", {"user": "ole"})["ticket"]
    looker.control("Cust1/rules", "POST", {"then": {"status": {"status": 17}}, "times": 2})
    assert looker.ask("POST", path_of("Cust1"), many(1100, headers=credentials(ticket)), SENDING).status == 200
    (rule,), (used,) = looker.control("Cust1/rules")["rules"], looker.control("Cust1/tickets")["tickets"]
    assert (rule["matched"], rule["used"], used["uses"]) == (1, 1, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets the limits of another process")
def test_a_call_that_fills_the_disk_leaves_nothing(serve, tmp_path):
    double = serve("--database", tmp_path / "some.sqlite")
    assert send(double.url, 1) == (200, [1])
    _, hard = resource.prlimit(double.process.pid, resource.RLIMIT_FSIZE)
    size = max(each.stat().st_size for each in tmp_path.glob("some.sqlite*"))
    resource.prlimit(double.process.pid, resource.RLIMIT_FSIZE, (size + ROOM, hard))
    assert send(double.url, 20_000) == (500, [])
    resource.prlimit(double.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    status, (number,) = send(double.url, 1)
    assert (status, total(double.url)) == (200, 2)
    assert number > 1
