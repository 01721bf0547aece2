"""Hostile requests are refused in the contract's words, or taken rightly; other clients do not notice.

Whole through WSGI, one in ten of those over a socket, and all that are about HTTP over a socket.
"""

import itertools
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from support.double import TEXT_XML, Double
from support.envelopes import ACTION
from support.hostile import BAD, PATH, TENANT, Case, bodies, problem_with, requests, through_wsgi
from support.processes import ServedDouble, eventually
from support.sockets import Client, converse

CPU_SECONDS = 1.0
"""Processor time that a request may cost."""
MIB_MORE = 256
"""Most of it is there after the first requests of 8 MB, and stays: the system's allocator keeps what it had once.

By how its memory happens to be divided that is 100 to 204 MiB; what leaks for each request would be far more.
"""
SECRET = "the content of a file that nobody may read"  # noqa: S105 - of this test
IDLE_FILES = 16
"""The storage keeps at most 8 connections open, with a file and its log each."""


class Bait:
    """A file and an address that no request may make the double read."""

    def __init__(self, folder: Path) -> None:
        (folder / "secret.txt").write_text(SECRET)
        self.file = (folder / "secret.txt").as_uri()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/bait.dtd"

    def check(self) -> None:
        with pytest.raises(BlockingIOError):
            self._listener.accept()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(scope="module")
def bait(tmp_path_factory):
    bait = Bait(tmp_path_factory.mktemp("bait"))
    yield bait
    bait.check()
    bait.close()


BODIES: dict[str, Callable[[Bait], Iterable[Case]]] = {
    "truncated": lambda _: bodies.truncated(),
    "charsets": lambda _: bodies.charsets(),
    "bad characters": lambda _: bodies.bad_characters(),
    "DTDs": lambda bait: bodies.dtds(bait.file, bait.url),
    "deep": lambda _: bodies.deep(),
    "wide": lambda _: bodies.wide(),
    "compressed": lambda _: bodies.compressed(),
    "noise": lambda _: bodies.noise(),
    "numbers": lambda _: bodies.numbers(),
    "texts": lambda _: bodies.texts(),
    "envelopes": lambda _: bodies.envelopes(),
}
REQUESTS: dict[str, Callable[[Bait], Iterable[Case]]] = {
    "cut in transit": lambda _: bodies.cut_in_transit(),
    "lengths": lambda _: requests.lengths(),
    "big bodies": lambda _: requests.big_bodies(),
    "chunks": lambda _: requests.chunks(),
    "smuggling": lambda _: requests.smuggling(),
    "heads": lambda _: requests.heads(),
    "actions and types": lambda _: requests.actions_and_types(),
    "protocols": lambda _: requests.protocols(),
    "urls": lambda _: requests.urls(),
}


def problem_with_stored(case: Case, statuses: list[int], contents: tuple[str, ...]) -> str | None:
    """Say what is wrong with the messages that a case has left."""
    if 200 not in statuses:
        return f"{len(contents)} messages stored, though it was refused" if contents else None
    return None if case.stored in (None, contents) else f"{len(contents)} messages stored: {contents!r:.300}"


def check_bare_refusals(body: bytes, *doubles: Double) -> None:
    """Check that a body which is no envelope is 400 and a hint, whatever its headers say."""
    for double, action, content_type in itertools.product(doubles, (ACTION, None), (TEXT_XML, "text/xml")):
        answer = double.post(body, action, content_type if body.isascii() else TEXT_XML)
        assert (answer.status, answer.reason, answer.body) == (400, "Bad Request", b""), (body[:100], answer)
        assert answer.headers["x-messaging-double-hint"] in answer.notes


@pytest.mark.parametrize("family", BODIES)
def test_a_hostile_body_is_refused_clearly_or_taken_rightly(family, bait):
    problems = []
    with Double() as double, Double(strict=True) as strict_double:
        for case in BODIES[family](bait):
            request = through_wsgi(case)
            if request is None:
                continue
            if family in {"envelopes", "DTDs"} and case.expected == {BAD}:
                check_bare_refusals(request.body, double, strict_double)
            before = time.process_time()
            answer = double.request("POST", PATH, request.body, dict(request.headers))
            cpu = time.process_time() - before
            stored = tuple(each["content"] for each in reversed(double.outbox(TENANT)))
            if stored:
                double.reset(TENANT)
            problem = problem_with(case, [answer]) or problem_with_stored(case, [answer.status], stored)
            problem = "the secret file was read" if SECRET.encode() in answer.body else problem
            problem = f"{cpu:.1f} s of processor time; {problem or 'right'}" if cpu > CPU_SECONDS else problem
            problems += [f"{case.name}: {problem}"] if problem else []
    assert not problems, "\n".join(each[:600] for each in problems)


class Attacked:
    """A double that gets hostile requests, and a client of another tenant."""

    def __init__(self, folder: Path) -> None:
        self.double = ServedDouble(folder / "attacked", "--log-level", "info")
        self.bystander = Client(self.double.url)
        self._calls = 0
        self._call()
        self.bystander.ask("GET", f"{PATH}?wsdl")
        self._stored = self._total()
        self._files = self.double.open_files + IDLE_FILES
        self._mib = self.double.resident_mib

    def problem_with(self, case: Case) -> str | None:
        before = self.double.cpu_seconds
        found = converse(self.double.address, case.pieces(), half_close=case.half_close)
        cpu = self.double.cpu_seconds - before
        problem = "no end within the deadline" if found.late else None
        problem = f"bytes that are no whole answer: {found.rest[:200]!r}" if found.rest else problem
        problem = problem or problem_with(case, found.final)
        problem = problem or problem_with_stored(case, [each.status for each in found.replies], self._new_contents())
        if cpu > CPU_SECONDS:
            problem = f"{cpu:.1f} s of processor time; {problem or 'right'}"
        if any(SECRET.encode() in reply.body for reply in found.replies):
            problem = "the secret file was read"
        self._call()
        return problem

    def _new_contents(self) -> tuple[str, ...]:
        before, self._stored = self._stored, self._total()
        new = self._stored - before
        entries = self.bystander.control(f"{TENANT}/outbox?limit={new}")["messages"] if new else []
        return tuple(entry["content"] for entry in reversed(entries))

    def _total(self) -> int:
        return self.bystander.control(f"{TENANT}/outbox?limit=1")["total"]

    def _call(self) -> None:
        self._calls += 1
        assert self.bystander.send_messages("Cust1", f"call {self._calls}") == [self._calls]

    def check_that_nothing_is_left(self) -> None:
        """Look at the process from outside: memory, files, log."""
        assert eventually(lambda: self.double.open_files <= self._files, 10)
        more = self.double.resident_mib - self._mib
        assert more < MIB_MORE, f"{more:.0f} MiB more than the {self._mib:.0f} of the beginning"
        log = self.double.stderr
        assert "Traceback" not in log
        assert " ERROR " not in log
        assert len(max(log.splitlines(), key=len)) < 100_000
        for box in ("inbox", "status-reports"):
            assert self.bystander.control(f"{TENANT}/{box}")["total"] == 0


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    attacked = Attacked(tmp_path_factory.mktemp("attacked"))
    with attacked.double, attacked.bystander:
        yield attacked


@pytest.mark.parametrize("family", [*REQUESTS, *BODIES])
def test_a_hostile_request_is_refused_clearly_and_no_other_client_notices(attacked, bait, family):
    cases = list((REQUESTS | BODIES)[family](bait))
    are_all_through_wsgi = family == "wide"  # and take long to make
    sample = [
        case
        for number, case in enumerate(cases)
        if number % 10 == 0 or not (are_all_through_wsgi or through_wsgi(case))
    ]
    problems = [f"{case.name}: {problem}" for case in sample if (problem := attacked.problem_with(case))]
    assert not problems, "\n".join(each[:600] for each in problems)
    attacked.check_that_nothing_is_left()


def test_there_are_a_thousand_of_them(bait):
    assert sum(1 for family in (BODIES | REQUESTS).values() for _ in family(bait)) >= 1000
