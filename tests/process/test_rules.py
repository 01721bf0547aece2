"""Rules are exact: among sixteen threads, and among processes on one file."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from support.envelopes import sending
from support.sockets import SENDING, Client, path_of

THREADS, CALLS = 16, 25


def counters(client):
    return [(each["matched"], each["used"]) for each in client.control("Cust1/rules")["rules"]]


def statuses_of(urls, threads=THREADS):
    """Send from many threads, over and over; count the statuses of HTTP."""

    def send_all(number):
        with Client(urls[number % len(urls)]) as client:
            return [client.ask("POST", path_of("Cust1"), sending("x"), SENDING).status for _ in range(CALLS)]

    with ThreadPoolExecutor(threads) as pool:
        return Counter(status for each in pool.map(send_all, range(threads)) for status in each)


def test_fails_twice_then_works_is_exact_for_sixteen_clients(pair, connect):
    double = pair[0]
    one = connect(double)
    one.control("Cust1/rules", "POST", {"then": {"http": 503}, "times": 2, "when": {"operation": "SendMessages"}})
    assert statuses_of([double.url]) == {503: 2, 200: THREADS * CALLS - 2}
    assert one.control("Cust1/outbox?limit=1")["total"] == THREADS * CALLS - 2
    assert counters(one) == [(2, 2)]


def test_processes_on_one_file_count_together(pair, connect):
    one, other = map(connect, pair)
    one.control(
        "Cust1/rules", "POST", {"name": "skips", "then": [{"http": 503}, {"http": 429}], "skip": 10, "times": 60}
    )
    other.control("Cust1/rules", "POST", {"name": "half", "then": {"http": 500}, "probability": 0.5})
    calls = THREADS * CALLS
    seen = statuses_of([each.url for each in pair])
    assert (seen[503], seen[429]) == (30, 30)
    assert counters(one) == counters(other) == [(70, 60), (calls - 60, seen[500])]
    assert 0.35 < seen[500] / (calls - 60) < 0.65
    assert seen[200] == calls - 60 - seen[500]


def test_rules_of_the_file_are_made_once_for_all_processes(serve, connect, tmp_path, shared_database):
    config = tmp_path / "double.toml"
    config.write_text("[[rules]]\nname = 'down'\nthen = {http = 503}\ntimes = 5\n", "utf-8")
    flags = ("--config", config, "--database", shared_database, "--log-level", "warning")
    doubles = [serve(*flags), serve(*flags)]
    assert statuses_of([each.url for each in doubles])[503] == 5
    assert counters(connect(doubles[0])) == [(5, 5)]
