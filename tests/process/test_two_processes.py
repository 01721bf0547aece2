"""Two processes on one file are one double; when both are sent much at once: test_workers.py."""

from support.envelopes import sending
from support.sockets import SENDING, path_of


def test_what_one_has_answered_the_other_sees_at_once(pair, connect):
    one, other = map(connect, pair)
    for number in range(1, 40, 2):
        assert one.send_messages("Cust1", "from one") == [number]
        assert other.control("Cust1/outbox?limit=1")["total"] == number
        assert other.send_messages("Cust1", "from the other") == [number + 1]
        assert one.control(f"Cust1/outbox/{number + 1}")["content"] == "from the other"
    other.control("Cust1/reset", "POST")
    assert one.send_messages("Cust1", "anew") == [1]


def test_when_one_ends_the_other_goes_on(serve, connect, shared_database):
    flags = ("--database", shared_database)
    ending, staying = serve(*flags), serve(*flags)
    assert connect(ending).send_messages("Cust1", "kept") == [1]
    other = connect(staying)
    assert other.control("Cust1/outbox")["total"] == 1
    ending.stop()
    assert other.send_messages("Cust1", "after") == [2]
    assert [each["content"] for each in other.listed("Cust1/outbox")] == ["after", "kept"]


def test_tickets_and_the_way_of_checking_them_are_those_of_both(pair, connect):
    one, other = map(connect, pair)
    other.send_messages("Cust1", "before")
    one.control("Cust1/auth", "PUT", {"auth": "onsite"})
    assert "carries no ticket" in other.ask("POST", path_of("Cust1"), sending("refused"), SENDING).body.decode()
    ticket = one.control("Cust1/tickets", "POST", {"user": "ole"})["ticket"]
    assert b">true</h:Succeeded>" in other.ask("POST", path_of("Cust1"), sending("sent", ticket=ticket), SENDING).body
    assert one.control("Cust1/tickets/1")["uses"] == 1
    one.control("Cust1/tickets/expire", "POST")
    assert b"has expired" in other.ask("POST", path_of("Cust1"), sending("late", ticket=ticket), SENDING).body
    assert [each["content"] for each in one.listed("Cust1/outbox")] == ["sent", "before"]
