"""One clock a tenant, whichever process is asked; and long polls over real connections that what is due wakes."""

import threading
from concurrent.futures import ThreadPoolExecutor

FROZEN = {"mode": "frozen", "now": "2026-11-21T08:00:00Z"}
CONFIGURATION = """
[[profiles]]
name = "soon"
steps = [{after = "0.2s", status = "sent"}, {after = 0, status = "delivered", reply = "OK"}]
"""
"""The delivery of the profile ``soon`` is 0.2 seconds after the sending."""


def test_one_process_turns_the_clock_and_the_other_sees_it(pair, connect):
    one, other = map(connect, pair)
    one.control("Cust1/profile", "PUT", {"profile": "expires"})
    one.control("Cust1/clock", "PUT", FROZEN)
    assert other.send_messages("Cust1", "from the other") == [1]
    assert other.control("Cust1/outbox/1")["registered"] == "2026-11-21T08:00:00.000000Z"
    events = one.control("Cust1/clock/advance", "POST", {"by": "PT12H"})["events"]
    assert [(each["at"], each["status"]) for each in events] == [("2026-11-21T14:00:00.000000Z", 4)]
    assert [each["at"] for each in other.control("Cust1/outbox/1")["statuses"][1:]] == [each["at"] for each in events]
    assert other.control("Cust1/clock")["now"] == "2026-11-21T20:00:00.000000Z"


def test_clients_that_advance_to_a_moment_at_once_arrive_there(pair, connect):
    clients = [connect(pair[0]) for _ in range(8)]

    def advance(client):
        return client.control("Cust1/clock/advance", "POST", {"to": "2026-11-21T18:00:00Z"})["now"]

    with ThreadPoolExecutor(len(clients)) as threads:
        for _ in range(20):
            clients[0].control("Cust1/clock", "PUT", FROZEN)
            assert set(threads.map(advance, clients)) == {"2026-11-21T18:00:00.000000Z"}


def test_what_is_due_happens_once_though_two_processes_look(pair, connect):
    clients = [connect(each) for each in pair]
    clients[0].control("Cust1/clock", "PUT", FROZEN)
    clients[0].control("Cust1/profile", "PUT", {"profile": "soon"})
    clients[0].send_messages("Cust1", *["x"] * 50)
    for hour, expected in enumerate(range(50, 201, 50), 9):
        clients[0].control("Cust1/clock", "PUT", {"mode": "frozen", "now": f"2026-11-21T{hour:02}:00:00Z"})
        with ThreadPoolExecutor(2) as threads:
            looks = list(threads.map(lambda each: each.control("Cust1/inbox?limit=1")["total"], clients))
        assert looks == [expected] * 2
        messages = clients[1].control("Cust1/outbox?limit=50")["messages"]
        assert all(len(message["statuses"]) == 3 for message in messages)
        clients[1].send_messages("Cust1", *["x"] * 50)


def test_a_long_poll_in_one_process_is_woken_by_what_becomes_due_in_the_other(pair, connect):
    sender, looker = map(connect, pair)
    looker.control("Cust1/profile", "PUT", {"profile": "soon"})
    for number in range(1, 4):
        sender.send_messages("Cust1", "x")
        assert looker.control(f"Cust1/outbox?status=2&count={number}&wait=60s")["total"] == number
        assert looker.control("Cust1/inbox")["total"] == number


def test_a_long_poll_in_one_process_is_woken_by_a_clock_that_the_other_turns(pair, connect):
    one, other = map(connect, pair)
    one.control("Cust1/profile", "PUT", {"profile": "slow"})
    one.control("Cust1/clock", "PUT", FROZEN)
    one.send_messages("Cust1", "x")
    timer = threading.Timer(0.1, one.control, ("Cust1/clock/advance", "POST", {"by": "PT6H"}))
    timer.start()
    assert other.control("Cust1/outbox?status=2&wait=60s")["total"] == 1
    timer.join()
