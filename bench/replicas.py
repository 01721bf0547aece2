"""Replicas on one PostgreSQL database while everything is killed: what was answered is there exactly once.

python bench/replicas.py

Three replicas behind a TCP proxy, 16 clients in four tenants, each of which has a rule for its first 200 messages. Each
replica is killed (-9) and started again once; then PostgreSQL is stopped for five seconds. A long poll at one replica
waits for what another one is sent. It needs the test extra and PostgreSQL's programs; ends with 1 if anything is wrong.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from http import HTTPStatus
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.envelopes import sending
from support.postgres import Server
from support.processes import ServedDouble
from support.proxy import RecordingProxy
from support.sockets import SENDING, Client, path_of

CLIENTS, TENANTS, REPLICAS, BY_RULE, POLLS = 16, 4, 3, 200, 40
RULE = {"name": "first", "when": {"operation": "SendMessages"}, "then": {"status": {"status": 42}}, "times": BY_RULE}


class Load:
    """What the clients sent, and what they got."""

    def __init__(self, url: str) -> None:
        self.answered: list[tuple[str, int, str]] = []
        self.statuses: Counter[int] = Counter()
        self.cut = 0
        self._url, self._is_over = url, threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(CLIENTS)]
        for each in self._threads:
            each.start()

    def end(self) -> None:
        """Let the clients end, and wait for it."""
        self._is_over.set()
        for each in self._threads:
            each.join()

    def _send(self, number: int) -> None:
        tenant, texts = f"Cust{number % TENANTS}", (f"{number}-{each}" for each in count())
        while not self._is_over.is_set():
            try:
                with Client(self._url) as client:
                    while not self._is_over.is_set():
                        text = next(texts)
                        response = client.ask("POST", path_of(tenant), sending(text), SENDING)
                        self.statuses[response.status] += 1
                        if response.status == HTTPStatus.OK:
                            found = int(response.body.partition(b"MessagingId>")[2].partition(b"<")[0])
                            self.answered.append((tenant, found, text))
                        else:
                            time.sleep(0.05)
            except (OSError, EOFError, AssertionError, ValueError):  # noqa: PERF203 - a replica that was killed
                self.cut += 1
                time.sleep(0.02)


def poll(waiting: str, sending_to: str, name: str) -> float:
    """Return the milliseconds from the answer of a call at one replica to that of a long poll at another one."""
    ended: list[float] = []
    begins = threading.Event()

    def wait() -> None:
        with Client(waiting) as client:
            client.control(f"{name}/outbox")  # its first use loads the control API
            begins.set()
            client.control(f"{name}/outbox?wait=15s&count=1")
        ended.append(time.perf_counter())

    thread = threading.Thread(target=wait)
    thread.start()
    begins.wait()
    time.sleep(0.2)
    with Client(sending_to) as client:
        client.send_messages(name, "x")
    sent = time.perf_counter()
    thread.join()
    return (ended[0] - sent) * 1000


def wrong_of(url: str, load: Load) -> list[str]:
    """Return what is wrong with what was kept."""
    wrong = []
    with Client(url) as client:
        for tenant in (f"Cust{number}" for number in range(TENANTS)):
            kept = list(client.listed(f"{tenant}/outbox"))
            by_id = {each["messagingId"]: each["content"] for each in kept}
            answered = [(number, text) for of, number, text in load.answered if of == tenant]
            texts = Counter(by_id.values())
            by_rule = sum(each["status"] == RULE["then"]["status"]["status"] for each in kept)  # type: ignore[index]
            used = client.control(f"{tenant}/rules/first")["used"]
            checks = {
                "ids given twice": len(kept) - len(by_id) + len(answered) - len({number for number, _ in answered}),
                "answered, not kept": sum(by_id.get(number) != text for number, text in answered),
                "kept twice": sum(texts[text] != 1 for _, text in answered),
                "wrong counter of the rule": abs(used - BY_RULE) + abs(by_rule - used),
            }
            wrong += [f"{tenant}: {name}: {number}" for name, number in checks.items() if number]
    return wrong


def main() -> int:
    """Run it, and print what came of it."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        postgres = Server()
        stack.callback(postgres.remove)
        url = postgres.schema()
        numbers = count()

        def replica(*port: object) -> ServedDouble:
            flags = ("--database", url, "--log-level", "error", *port)
            return stack.enter_context(ServedDouble(Path(folder) / str(next(numbers)), *flags))

        replicas = [replica() for _ in range(REPLICAS)]
        with Client(replicas[0].url) as client:
            for number in range(TENANTS):
                client.control(f"Cust{number}/rules", "POST", RULE)
        proxy = stack.enter_context(RecordingProxy(*(each.address for each in replicas)))
        load = Load("http://{}:{}".format(*proxy.address))
        polls = [poll(replicas[n % 3].url, replicas[(n + 1) % 3].url, f"Poll{n}") for n in range(POLLS // 2)]
        for place, killed in enumerate(replicas):
            time.sleep(5)
            killed.process.kill()
            killed.process.wait()
            time.sleep(1)
            replicas[place] = replica("--port", killed.address[1])
        polls += [poll(replicas[n % 3].url, replicas[(n + 1) % 3].url, f"Poll{n}") for n in range(POLLS // 2, POLLS)]
        postgres.stop()
        time.sleep(5)
        postgres.start()
        time.sleep(5)
        load.end()
        wrong = wrong_of(replicas[0].url, load)
    print(f"{len(load.answered)} answered; statuses {dict(load.statuses)}; {load.cut} connections cut")
    print(f"long polls under load: median {statistics.median(polls):.0f} ms, longest {max(polls):.0f} ms")
    print("\n".join(wrong) or "nothing lost, nothing twice, the counters of the rules exact")
    return 1 if wrong or set(load.statuses) - {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE} else 0


if __name__ == "__main__":
    sys.exit(main())
