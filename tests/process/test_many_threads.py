"""Sixteen threads of clients: nothing is lost, nothing is given twice."""

from concurrent.futures import ThreadPoolExecutor

from support.sockets import Client

THREADS, CALLS = 16, 50
OTHERS = ("Cust2", "Cust3", "other", "default")
"""A call to one of these after every fifth call to Cust1."""


def _calls_of(url: str, thread: int) -> tuple[dict[int, str], list[tuple[str, int]]]:
    """Send all that one thread has to send; return what is where, by the answers."""
    mine, elsewhere = {}, []
    with Client(url) as client:
        for number in range(CALLS):
            content = f"thread {thread}, call {number}"
            (messaging_id,) = client.send_messages("Cust1", content)
            mine[messaging_id] = content
            if number % 5 == 0:
                tenant = OTHERS[(thread + number // 5) % len(OTHERS)]
                elsewhere.append((tenant, *client.send_messages(tenant, content)))
    return mine, elsewhere


def test_every_message_is_kept_under_its_own_id(serve, connect):
    double = serve("--log-level", "warning")
    with ThreadPoolExecutor(THREADS) as threads:
        results = list(threads.map(lambda thread: _calls_of(double.url, thread), range(THREADS)))

    sent = {}
    for mine, _ in results:
        assert not sent.keys() & mine.keys(), "an id was given twice"
        sent |= mine
    assert sorted(sent) == list(range(1, THREADS * CALLS + 1))
    looker = connect(double)
    assert {each["messagingId"]: each["content"] for each in looker.listed("Cust1/outbox")} == sent

    for tenant in OTHERS:
        given = sorted(number for _, elsewhere in results for name, number in elsewhere if name == tenant)
        assert given == list(range(1, THREADS * CALLS // 5 // len(OTHERS) + 1))
        assert looker.control(f"{tenant}/outbox?limit=1")["total"] == len(given)
    assert double.stderr == ""


def test_the_control_api_is_loaded_once_however_many_ask_first(start_double):
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in range(5):
            double = start_double()
            answers = threads.map(double.get, ["/_mock/v1/health"] * THREADS)
            assert {answer.status for answer in answers} == {200}
