"""The worst of a client's small calls while another client does something large, on the double.

Over 100 calls of each kind, in turns; what is large is done again until they are over: all of them fall into it. It is
done in another process, so that the measuring one waits for nothing but the double.
"""

from __future__ import annotations

import json
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

from load import HOST, Connection, WrongAnswerError, messaging_ids, sending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CALLS = 100
PAUSE = 0.002
MANY = 60_000
"""Empty messages in one call: an envelope may have 65,536 elements."""
SEARCHED = 100_000
LOCKED = 2.0
OURS, OTHERS = "/Cust1", "/Cust2"


def control(path: str, value: object = None, tenant: str = OURS) -> bytes:
    """Give a request to the control API of a tenant."""
    body = b"" if value is None else json.dumps(value).encode()
    method = "GET" if value is None else "POST"
    head = f"{method} /_mock/v1/tenants{tenant}/{path} HTTP/1.1\r\nHost: {HOST}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def ask(port: int, request: bytes) -> bytes:
    """Send a request over a new connection; give its answer, if it is no refusal."""
    connection = Connection(port)
    with connection.socket:
        connection.socket.settimeout(60)
        answer = connection.ask(request)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise WrongAnswerError(f"expected 200, got {answer[:500]!r}")
    return answer


def send_many(port: int, _: Path, count: int = MANY) -> None:
    """Send very many messages in one call."""
    messaging_ids(ask(port, sending("<OutgoingMessage/>" * count, tenant=OTHERS)), count)


def verify(port: int, _: Path) -> None:
    """Look through a large outbox for what is not there."""
    ask(port, control("verify", {"in": "outbox", "match": {"content": "*nothing*"}, "count": 0}, OTHERS))


def lock(_: int, database: Path) -> None:
    """Write to the database as another process does."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(LOCKED)
        other.execute("ROLLBACK")


SMALL = {
    "send": sending("<OutgoingMessage><To>1</To><Content>Hei</Content></OutgoingMessage>", tenant=OURS),
    "livez": f"GET /livez HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode(),
    "outbox": control("outbox?limit=5"),
}
Disturbance = tuple[str, tuple[str, ...], "Callable[[int, Path], None]"]
DISTURBANCES: dict[str, Disturbance] = {
    "many": (f"one sends {MANY:,}", tuple(SMALL), send_many),
    "verify": (f"one verifies {SEARCHED:,}", tuple(SMALL), verify),
    "lock": (f"one locks for {LOCKED:g} s", ("livez", "outbox"), lock),  # what writes may wait
}
"""What is done, in words; which calls are measured meanwhile; how it is done."""


def worst_calls(port: int, database: Path, name: str) -> dict[str, float]:
    """Give the milliseconds of the slowest call of each kind."""
    _, kinds, disturb = DISTURBANCES[name]
    if name == "verify":
        for _ in range(2):
            send_many(port, database, SEARCHED // 2)
    connection = Connection(port)
    with connection.socket, ProcessPoolExecutor(1) as process:
        for kind in kinds:
            connection.ask(SMALL[kind])  # what is loaded at first use does not count
        slowest = dict.fromkeys(kinds, 0.0)
        disturbed = process.submit(disturb, port, database)
        for _ in range(CALLS):
            for kind in kinds:
                began = time.perf_counter()
                answer = connection.ask(SMALL[kind])
                slowest[kind] = max(slowest[kind], 1000 * (time.perf_counter() - began))
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise WrongAnswerError(f"expected 200, got {answer[:500]!r}")
            if disturbed.done():
                disturbed.result()
                disturbed = process.submit(disturb, port, database)
            time.sleep(PAUSE)
        disturbed.result()
    return slowest
