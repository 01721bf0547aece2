"""The lists of a tenant."""

import threading
from datetime import datetime, timezone

import pytest
from support.soap_calls import call, create, send

from messaging_double.client import ControlError, NotArrived, absent, after, contains, given, pattern, since

MOMENT = datetime(2026, 11, 21, 8, tzinfo=timezone.utc)


@pytest.fixture
def three(tenant):
    """A tenant to which three messages were sent."""
    for number in (1, 2, 3):
        send(
            tenant.soap_url(), To=f"+44770090050{number}", Content=f"Code {number}", From=None if number > 1 else "Ole"
        )
    return tenant


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, [3, 2, 1]),
        ({"to": "+447700900502"}, [2]),
        ({"to": pattern("+44770090050?")}, [3, 2, 1]),
        ({"content": contains("2")}, [2]),
        ({"contains": "Code"}, [3, 2, 1]),
        ({"from_": given()}, [1]),
        ({"from_": absent()}, [3, 2]),
        ({"from_": None}, [3, 2]),
        ({"after": 1, "messaging_id": 3}, [3]),
        ({"messaging_id": after(1)}, [3, 2]),
    ],
    ids=repr,
)
def test_a_list_has_what_meets_the_filters_newest_first(three, filters, ids):
    assert [message.messaging_id for message in three.outbox(**filters)] == ids
    assert three.outbox.latest(**filters).messaging_id == ids[0]
    assert [message.messaging_id for message in three.outbox.wait(len(ids), **filters)] == ids
    assert three.outbox.clear(**filters) == len(ids)
    assert len(three.outbox) == 3 - len(ids)


def test_a_message_has_all_that_was_sent_and_what_became_of_it(tenant):
    tenant.clock.freeze()
    send(tenant.soap_url(), To="+447700900500", Content="", config={"b": "1", "a": ""})
    message = tenant.outbox.get(1)
    assert (message.to, message.content, message.from_) == ("+447700900500", "", None)
    assert message.config == (("b", "1"), ("a", ""))
    assert (message.operation, message.services, message.plugin) == ("SendMessagesWithConfig", "Services88", "CM")
    assert message.registered.tzinfo == timezone.utc
    assert message.statuses[-1].status == message.status
    assert hash(message) == hash(tenant.outbox.latest())
    assert message == tenant.outbox.latest()


def test_a_message_that_the_gateway_took_has_status_1_and_one_that_it_refused_0(tenant):
    for number in ("+447700900500", "+447700900006"):
        send(tenant.soap_url(), To=number)
    for name, number, description in (
        ("sent", 1, "Handed over to the gateway"),
        ("not-sent", 0, "The gateway refused the message"),
    ):
        (message,) = tenant.outbox(status=name)
        assert (message.status, message.status_description) == (number, description)
        assert [each.status for each in message.statuses] == [number]
    with pytest.raises(ControlError, match=r"did you mean sent\?"):
        tenant.outbox(status="accepted")


def test_since_is_a_moment(three):
    assert len(three.outbox(since=three.outbox.get(2).registered)) >= 2


@pytest.mark.parametrize(
    ("box", "moment"), [("outbox", "registered"), ("inbox", "registered"), ("status_reports", "at"), ("journal", "at")]
)
def test_every_list_is_asked_for_by_its_own_number_and_moment(three, box, moment):
    call(three.soap_url(), "SetDeliveryStatus", Plugin="CM", ExternalMessageId="nobody's", Status=2)
    create(three.soap_url(), Content="Takk!")
    newest = getattr(three, box).latest()
    number = "messaging_id" if box == "outbox" else "id"
    assert getattr(three, box)(**{number: after(getattr(newest, number))}) == []
    assert getattr(three, box)(**{number: after(getattr(newest, number) - 1)}) == [newest]
    assert newest in getattr(three, box)(**{moment: since(getattr(newest, moment))})


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"updated": since(MOMENT)}, r"updated cannot be asked for by since\(…\) in a list, but messagingId by after"),
        ({"parent_messaging_id": after(1)}, "verify and wait_for take all"),
        ({"after": 1, "messaging_id": after(2)}, "after is asked for twice"),
        ({"limit": 1}, "limit is no filter; lists are read whole"),
        ({"cursor": "a"}, "cursor is no filter"),
        ({"wait": "1s"}, r"wait is no filter; wait\(count, timeout"),
        ({"count": 1}, "count is no filter"),
        ({"content": True}, "content cannot be asked for in a list by True"),
        ({"content": 1}, "content is a text, and was asked for by 1; for example content='1'"),
        ({"contains": 1}, "contains is a text"),
        ({"content": b"x"}, "expected a text, a number or a moment"),
    ],
    ids=repr,
)
def test_what_no_query_can_say_is_refused(three, filters, said):
    for ask in (three.outbox, three.outbox.clear) if "wait" not in filters else (three.outbox,):
        with pytest.raises(TypeError, match=said):
            ask(**filters)
    assert len(three.outbox) == 3


@pytest.mark.parametrize("ask", ["get", "delete"])
@pytest.mark.parametrize("number", ["", "\ud800"])
def test_an_id_that_is_none_touches_nothing(three, ask, number):
    with pytest.raises(ValueError, match=r"id is empty|surrogate"):
        getattr(three.outbox, ask)(number)
    assert len(three.outbox) == 3


def test_a_text_that_no_url_can_have_is_refused(three):
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        three.outbox(content="\ud800")


def test_all_pages_are_read(tenant):
    tenant.fill(outbox=[{"content": str(number)} for number in range(1001)])
    assert [int(message.content) for message in tenant.outbox] == list(range(1000, -1, -1))
    assert len(tenant.outbox.wait(1001, timeout=0)) == 1001


def test_a_list_waits_for_so_many(tenant):
    threads = [threading.Timer(0.05, create, [tenant.soap_url()], {"Content": str(n)}) for n in range(2)]
    for each in threads:
        each.start()
    try:
        assert sorted(message.content for message in tenant.inbox.wait(2)) == ["0", "1"]
    finally:
        for each in threads:
            each.join()


def test_what_does_not_come_is_told_with_what_comes_nearest(three):
    with pytest.raises(NotArrived, match="Nearest: message 3"):
        three.outbox.wait(timeout=0.01, content="Code 4")
    with pytest.raises(NotArrived, match="Nearest: message 3"):
        three.outbox.latest(content="Code 4")
    with pytest.raises(NotArrived, match=r"1 of 4 came into the journal within 0\.01|3 of 4 came"):
        three.journal.wait(4, timeout=0.01)


def test_one_is_deleted_by_its_id(three):
    three.outbox.delete(2)
    assert [message.messaging_id for message in three.outbox] == [3, 1]
    with pytest.raises(ControlError, match=r"404: .*no messagingId 2"):
        three.outbox.get(2)


def test_config_is_no_filter_of_a_list(tenant):
    with pytest.raises(TypeError, match=r"config cannot be asked for in a list .*; wait_for and verify take config"):
        tenant.outbox(config={"a": "1"})


def test_the_journal_has_the_bytes_of_both_ways(three):
    assert [exchange.id for exchange in three.journal] == [3, 2, 1]
    exchange = three.journal.latest(operation="SendMessages")
    assert (exchange.method, exchange.status, exchange.services) == ("POST", 200, "Services88")
    request = three.journal.request_bytes(exchange.id)
    assert request.startswith(b"POST /Cust")
    assert len(request) == exchange.request.size
    assert request.endswith(three.journal.request_body(exchange.id))
    assert three.journal.response_bytes(1).startswith(b"HTTP/1.1 200 ")
    assert b"<MessagingId>1<" in three.journal.response_body(1)
    assert three.journal.evicted == 0
    assert three.journal.get(1).more == {}


def test_reports_that_match_no_message_are_seen(tenant):
    how = {"Plugin": "CM", "ExternalMessageId": "nobody's", "Status": 2, "StatusDescription": None}
    call(tenant.soap_url(), "SetDeliveryStatus", **how)
    (report,) = tenant.status_reports()
    assert (report.external_message_id, report.status) == ("nobody's", 2)
    assert tenant.status_reports.clear(external_message_id="nobody's") == 1


def test_lists_are_shown_without_asking(three):
    assert repr(three.outbox) == f"<outbox of {three.name}>"
    assert repr(three.outbox.latest()) == (
        "<OutgoingMessage 3 to='+447700900503' content='Code 3' status=1 (Handed over to the gateway)>"
    )
    assert repr(three.journal.latest()).startswith("<Exchange 3 POST /Cust")
