"""kill -9 in the middle of everything: what was answered is there."""

import contextlib
import signal
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.processes import PATIENCE, ServedDouble, Server
from support.sockets import Client

SCRIPT = Path(__file__).parents[1] / "support" / "wsgi_server.py"
THREADS = 6
ROUNDS = 2
ENOUGH = 150
"""Answered calls, after which it is killed."""


class Load:
    """Batches of one to five messages, sent until the server is gone."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._lock = threading.Lock()
        self.enough = threading.Event()
        self.answered: dict[int, str] = {}
        self.sizes: dict[str, int] = {}
        """How many messages each batch has that was sent, answered or not."""

    def run(self, thread: int) -> None:
        number = 0
        with Client(self._url) as client, contextlib.suppress(OSError, EOFError):
            while True:
                number += 1
                batch = f"{self._name}, thread {thread}, batch {number}"
                size = number % 5 + 1
                with self._lock:
                    self.sizes[batch] = size
                ids = client.send_messages("Cust1", *[batch] * size)
                with self._lock:
                    self.answered |= dict.fromkeys(ids, batch)
                    if len(self.answered) >= ENOUGH:
                        self.enough.set()


def test_what_was_answered_is_there_after_a_kill(serve, connect, tmp_path):
    database = tmp_path / "kept.sqlite"
    answered = {}
    sizes = {}
    for number in range(ROUNDS):
        double = serve("--database", database, "--log-level", "warning")
        load = Load(double.url, f"round {number}")
        with ThreadPoolExecutor(THREADS) as threads:
            running = [threads.submit(load.run, thread) for thread in range(THREADS)]
            assert load.enough.wait(PATIENCE)
            double.stop(signal.SIGKILL)
        for each in running:
            each.result()
        assert not answered.keys() & load.answered.keys(), "an id was given again"
        answered |= load.answered
        sizes |= load.sizes

        again = serve("--database", database)
        looker = connect(again)
        kept = {each["messagingId"]: each["content"] for each in looker.listed("Cust1/outbox")}
        assert answered.items() <= kept.items()
        assert {batch: sizes[batch] for batch in kept.values()} == dict(Counter(kept.values())), "a batch is not whole"
        assert sorted(kept) == list(range(1, len(kept) + 1))
        assert looker.send_messages("Cust1", f"after round {number}") == [len(kept) + 1]
        answered[len(kept) + 1] = f"after round {number}"
        sizes[f"after round {number}"] = 1
        again.stop()
        assert again.process.returncode == 0


def _databases(child) -> list[str]:
    return [each.name for each in child.temporary.glob("messaging-double-*.sqlite")]


def test_the_temporary_database_of_a_killed_double_is_removed_by_the_next_one(tmp_path):
    with ServedDouble(tmp_path / "double") as first:
        left = _databases(first)
        first.stop(signal.SIGKILL)
    with ServedDouble(tmp_path / "double") as second:
        assert len(_databases(second)) == 1
        assert _databases(second) != left
        with ServedDouble(tmp_path / "double") as third:
            assert len(_databases(third)) == 2, "one is in use"


def test_so_is_that_of_a_double_that_another_server_did_not_close(tmp_path):
    pytest.importorskip("waitress")
    for _ in range(2):
        with Server(tmp_path, [sys.executable, SCRIPT, "waitress"]) as child:
            assert len(_databases(child)) == 1
            child.stop()
