"""Waiting: what is there counts, what comes ends it, and time does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from time import monotonic
from types import SimpleNamespace

import pytest
from support.control import assert_problem
from support.double import control_url
from support.envelopes import outgoing
from support.logins import HandClock

from messaging_double.server.waiting import waiters as waiting_room
from messaging_double.server.waiting.waiters import LEAST_PAUSE, Waiting
from messaging_double.storage import Storage

LONG = "wait=60s"
"""Nothing here takes so long, unless it is broken."""


@contextmanager
def beside(act):
    """Do something in another thread."""
    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(act)
        yield
        done.result(30)


def contents(answer) -> list[str]:
    assert answer.status == 200, answer
    return [each["content"] for each in answer.json["messages"]]


def test_what_is_there_already_counts(double) -> None:
    double.send(outgoing(Content="1"), outgoing(Content="2"))
    assert contents(double.get(control_url("default", f"outbox?{LONG}"))) == ["2", "1"]
    assert contents(double.get(control_url("default", f"outbox?{LONG}&count=2"))) == ["2", "1"]


def test_a_timeout_answers_with_what_did_arrive(double) -> None:
    double.send(outgoing(Content="1"))
    begin = monotonic()
    assert contents(double.get(control_url("default", "outbox?wait=0.2s&count=2"))) == ["1"]
    assert monotonic() - begin >= 0.2
    assert contents(double.get(control_url("default", "inbox?wait=PT0.01S"))) == []
    assert_problem(double.get(control_url("default", "inbox/latest?wait=10ms")), 404, "none like that")


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_what_comes_meanwhile_ends_the_waiting(double, sent) -> None:
    for number in range(sent):
        double.send(outgoing(Content=str(number)))

    def send_the_rest() -> None:
        for number in range(sent, 3):
            double.send(outgoing(Content=str(number)))

    with beside(send_the_rest):
        assert contents(double.get(control_url("default", f"outbox?{LONG}&count=3"))) == ["2", "1", "0"]


@pytest.mark.parametrize("box", ["outbox", "inbox", "status-reports", "journal"])
def test_every_list_can_be_waited_for_and_its_latest(double, box) -> None:
    def arrive() -> None:
        double.send(outgoing())
        double.create()
        double.set_status("CM", "unknown", 1)

    for rest in (f"{box}?{LONG}", f"{box}/latest?{LONG}"):
        with beside(arrive):
            answer = double.get(control_url("default", rest))
            assert answer.status == 200
        double.reset()


def test_only_what_meets_the_filters_is_waited_for(double) -> None:
    def send() -> None:
        for to in ("1", "2", "1"):
            double.send(outgoing(To=to, Content=f"to {to}"))

    with beside(send):
        assert contents(double.get(control_url("default", f"outbox?{LONG}&to=2"))) == ["to 2"]


def test_what_other_tenants_get_is_nothing_to_a_waiter(double) -> None:
    with beside(lambda: [double.send(outgoing(), tenant="Cust2") for _ in range(5)]):
        assert contents(double.get(control_url("Cust1", "outbox?wait=0.1s"))) == []


def test_a_status_is_waited_for_as_well(double) -> None:
    double.send(outgoing())
    with beside(lambda: double.steer("POST", "outbox/1/status", {"status": 42})):
        answer = double.get(control_url("default", f"outbox?{LONG}&status=42"))
        assert answer.json["total"] == 1


def test_advancing_the_clock_ends_the_waiting(start_double) -> None:
    clock = HandClock()
    double = start_double(clock=clock, profile="slow")
    double.send(outgoing(To="1"))
    with beside(lambda: double.steer("POST", "clock/advance", {"by": "1h"})):
        answer = double.get(control_url("default", f"outbox?{LONG}&statusDescription=Delivered"))
        assert answer.json["total"] == 1


def test_what_happens_by_itself_is_waited_for_until_it_is_due(start_double) -> None:
    double = start_double(profile="slow")
    double.send(outgoing(To="1"))
    double.steer("POST", "clock/advance", {"by": "299.8s"})
    begin = monotonic()
    answer = double.get(control_url("default", f"outbox?{LONG}&statusDescription=Delivered"))
    assert answer.json["total"] == 1
    assert monotonic() - begin < 20


def test_many_wait_while_sends_go_on(double) -> None:
    waiters, sends = 20, 30

    def wait(number: int) -> list[str]:
        return contents(double.get(control_url("default", f"outbox?{LONG}&count={number}&limit=1000")))

    with ThreadPoolExecutor(waiters) as threads:
        waiting = [threads.submit(wait, number + 1) for number in range(waiters)]
        for number in range(sends):
            double.send(outgoing(Content=str(number)))
        for number, each in enumerate(waiting):
            assert len(each.result(30)) > number


class Held:
    """A connection of the embedded server's that notes who resumes its answer, and whose timers never fire."""

    def __init__(self) -> None:
        self.resumed = 0
        self.pauses: list[float] = []

    def suspend(self):
        return self._resume

    def call_later(self, seconds, _fn):
        self.pauses.append(round(seconds, 6))
        return self

    def cancel(self) -> None:
        pass

    def _resume(self) -> None:
        self.resumed += 1


class Here:
    """Workers that work at once, in the caller's thread."""

    @staticmethod
    def run(_connection, function):
        yield from ()
        return function()


def test_a_client_that_hung_up_is_not_resumed() -> None:
    with closing(Storage.open(None)) as storage:
        waiting, stays, leaves = Waiting(storage, lambda _tenant: None), Held(), Held()
        bodies = [waiting.hold(each, Here, "Cust1", lambda: False, 60) for each in (stays, leaves)]
        for body in bodies:
            assert [next(body), next(body)] == [b"", b""], "a pause, then until something comes"
        bodies[1].close()
        with storage.writing() as work:
            work.tenants.set("Cust1", auth="none")
        assert (stays.resumed, leaves.resumed) == (1, 0)
        bodies[0].close()


@pytest.mark.parametrize(("look", "turns"), [(0.1, [0.1, 0.3, 0.5]), (0.001, [])])
def test_slow_searches_of_waiting_clients_leave_half_of_the_time_to_senders(monkeypatch, look, turns) -> None:
    clock = SimpleNamespace(now=100.0)
    for name in ("monotonic", "thread_time"):
        monkeypatch.setattr(waiting_room, name, lambda: clock.now)

    def ready() -> bool:
        clock.now += look
        return False

    with closing(Storage.open(None)) as storage:
        waiting, held = Waiting(storage, lambda _tenant: None), Held()
        bodies = [waiting.hold(held, Here, "Cust1", ready, 60) for _ in range(4)]
        for body in bodies:
            next(body), next(body)
        with storage.writing() as work:
            work.tenants.set("Cust1", auth="none")
        held.pauses.clear()
        clock.now += 10
        for body in bodies:
            next(body)
        assert held.pauses == [LEAST_PAUSE, *(turns or [LEAST_PAUSE] * 3)]
        for body in bodies:
            body.close()
