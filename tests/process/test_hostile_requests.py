"""A thousand hostile requests against one double.

Each is refused in the contract's words, or taken rightly; it costs less than a second of work, and nobody else notices.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

import pytest
from support.envelopes import SOAP11, SOAP12

from .support import hostile_framing, hostile_heads, hostile_protocols, hostile_soap, hostile_text, hostile_trees
from .support.child import Double, eventually
from .support.client import Client
from .support.hostile import TENANT, problem_with
from .support.wire import converse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .support.hostile import Hostile

SECONDS_OF_WORK = 1.0
MIB_MORE = 180
"""Most of it is there after the first requests of 8 MB, and stays: the system's allocator keeps what it had once."""
CANARY = "the content of a file that nobody may read"

_FILES_OF_IDLE_CONNECTIONS = 16
"""The storage keeps at most 8 connections open, with a file and its log each."""


class Canaries:
    """A file and an address that no request may make the double read."""

    def __init__(self, folder) -> None:
        self._file = folder / "secret.txt"
        self._file.write_text(CANARY)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0)
        self.file = self._file.as_uri()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/canary.dtd"

    def check(self) -> None:
        with pytest.raises(BlockingIOError):
            self._listener.accept()

    def close(self) -> None:
        self._listener.close()


class Attacked:
    """A double under attack, and a client of another tenant who goes on as if nothing were."""

    def __init__(self, folder) -> None:
        self.canaries = Canaries(folder)
        self._double = Double(folder / "attacked", "--log-level", "info")
        self._bystander = Client(self._double.url)
        self._calls = 0
        self._call()
        self._bystander.ask("GET", f"/{TENANT}/Remote/Services88/Messaging.svc?wsdl")
        self._stored = self._total()
        self._files = self._double.open_files + _FILES_OF_IDLE_CONNECTIONS
        self._mib = self._double.resident_mib

    def problem_with(self, case: Hostile) -> str | None:
        worked = self._double.cpu_seconds
        found = converse(self._double.address, case.pieces(), half_close=case.half_close)
        worked = self._double.cpu_seconds - worked
        problem = problem_with(case, found) or self._problem_with_outbox(
            case, [reply.status for reply in found.replies]
        )
        if worked > SECONDS_OF_WORK:
            problem = f"{worked:.1f} s of work; {problem or 'answered rightly'}"
        if any(CANARY.encode() in reply.body for reply in found.replies):
            problem = "the secret file was read"
        self._call()
        return problem

    def _problem_with_outbox(self, case: Hostile, statuses: list[int]) -> str | None:
        before, self._stored = self._stored, self._total()
        new = self._stored - before
        if 200 not in statuses:
            return f"{new} messages stored, though it was refused" if new else None
        if case.stored is None:
            return None
        entries = self._bystander.control(f"{TENANT}/outbox?limit={max(1, len(case.stored))}")["messages"][:new]
        contents = tuple(entry["content"] for entry in reversed(entries))
        return None if contents == case.stored and new == len(contents) else f"{new} messages stored: {contents!r:.300}"

    def _total(self) -> int:
        return self._bystander.control(f"{TENANT}/outbox?limit=1")["total"]

    def _call(self) -> None:
        self._calls += 1
        assert self._bystander.send("Cust1", f"call {self._calls}") == [self._calls]

    def check_that_nothing_is_left(self) -> None:
        """Look at the process from outside: memory, files, log."""
        assert eventually(lambda: self._double.open_files <= self._files, 10), (
            f"{self._double.open_files} files, {self._files} at most"
        )
        more = self._double.resident_mib - self._mib
        assert more < MIB_MORE, f"{more:.0f} MiB more than the {self._mib:.0f} of the beginning"
        assert "Traceback" not in self._double.stderr
        assert " ERROR " not in self._double.stderr
        assert len(max(self._double.stderr.splitlines(), key=len)) < 100_000
        for box in ("inbox", "status-reports"):
            assert self._bystander.control(f"{TENANT}/{box}")["total"] == 0
        self.canaries.check()

    def close(self) -> None:
        self.canaries.close()
        self._bystander.close()
        self._double.close()


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with contextlib.closing(Attacked(tmp_path_factory.mktemp("attacked"))) as attacked:
        yield attacked


FAMILIES: dict[str, Callable[[Canaries], Iterable[Hostile]]] = {
    "truncated": lambda _: hostile_text.truncated(SOAP11),
    "truncated, SOAP 1.2": lambda _: hostile_text.truncated(SOAP12),
    "cut in transit": lambda _: hostile_text.cut_in_transit(),
    "charsets": lambda _: hostile_text.charsets(),
    "bad characters": lambda _: hostile_text.bad_characters(),
    "DTDs": lambda canaries: hostile_trees.dtds(canaries.file, canaries.url),
    "deep": lambda _: hostile_trees.deep(),
    "wide": lambda _: hostile_trees.wide(),
    "compressed": lambda _: hostile_text.compressed(),
    "noise": lambda _: hostile_text.noise(),
    "numbers": lambda _: hostile_soap.numbers(),
    "texts": lambda _: hostile_soap.texts(),
    "envelopes": lambda _: hostile_soap.envelopes(),
    "lengths": lambda _: hostile_framing.lengths(),
    "big bodies": lambda _: hostile_framing.big_bodies(),
    "chunks": lambda _: hostile_framing.chunks(),
    "smuggling": lambda _: hostile_framing.smuggling(),
    "heads": lambda _: hostile_heads.heads(),
    "actions and types": lambda _: hostile_heads.actions_and_types(),
    "protocols": lambda _: hostile_protocols.protocols(),
    "urls": lambda _: hostile_protocols.urls(),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_requests_are_refused_clearly_and_nobody_else_notices(attacked, family):
    cases = FAMILIES[family](attacked.canaries)
    problems = [f"{case.name}: {problem}" for case in cases if (problem := attacked.problem_with(case))]
    assert not problems, "\n".join(each[:600] for each in problems)
    attacked.check_that_nothing_is_left()


def test_there_are_a_thousand_of_them(attacked):
    assert sum(1 for family in FAMILIES.values() for _ in family(attacked.canaries)) >= 1000
