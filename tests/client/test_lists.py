"""The lists of a tenant."""

import json
import threading
from datetime import datetime, timezone

import pytest
from support.answering import answering
from support.soap_calls import call, create, send

from messaging_double.client import (
    ControlError,
    MessagingDouble,
    NotArrived,
    Unreachable,
    absent,
    actions,
    after,
    contains,
    given,
    pattern,
    regex,
    since,
)

MOMENT = datetime(2026, 11, 21, 8, tzinfo=timezone.utc)


@pytest.fixture
def three(tenant):
    """A tenant to which three messages were sent."""
    for number in (1, 2, 3):
        sender = None if number > 1 else "Ole"
        send(tenant.soap_url(), To=f"+44770090050{number}", Content=f"Code {number}", From=sender)
    return tenant


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, [3, 2, 1]),
        ({"to": "+447700900502"}, [2]),
        ({"to": pattern("+44770090050?")}, [3, 2, 1]),
        ({"to": regex(r"^\+4477009\d{5}$")}, [3, 2, 1]),
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
def test_a_list_has_what_meets_the_criteria_newest_first(three, filters, ids):
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
    assert [(each.key, each.value) for each in message.config] == [("b", "1"), ("a", "")]
    assert (message.operation, message.services, message.plugin) == ("SendMessagesWithConfig", "Services88", "CM")
    assert message.registered.tzinfo == timezone.utc
    assert message.statuses[-1].status == message.status
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
    ("criteria", "said"),
    [
        ({"updated": since(MOMENT)}, r"a list takes since\(…\) for registered or at only; verify and wait_for take it"),
        ({"parent_messaging_id": after(1)}, r"a list takes after\(…\) for messagingId or id only"),
        ({"after": 1, "messaging_id": after(2)}, "after is given twice"),
        ({"limit": 1}, "limit is no criterion; lists are read whole"),
        ({"cursor": "a"}, "cursor is no criterion"),
        ({"wait": "1s"}, r"wait is no criterion; wait\(count, within=…\) waits"),
        ({"count": 1}, "count is no criterion"),
        ({"timeout": 1}, "timeout is no criterion; within says how long to wait"),
        ({"too": "x"}, "there is no criterion too; did you mean to"),
        ({"sessionKey": "x"}, "there is no criterion sessionKey; did you mean session_key.* possible are to, from_, "),
        ({"content": True}, "content is a text, and True is none"),
        ({"content": 1}, "content is a text, and 1 is none; for example content='1'"),
        ({"status": True}, "status cannot be True in a list; expected a text, a number or a moment"),
        ({"content": b"x"}, "content is a text"),
        ({"config": {"a": "1"}}, "config is no criterion of a list; wait_for and verify take it"),
        ({"config": None}, "config is no criterion of a list"),
    ],
    ids=repr,
)
def test_what_no_query_can_say_is_refused(three, criteria, said):
    for ask in (three.outbox, three.outbox.clear):
        with pytest.raises(TypeError, match=said):
            ask(**criteria)
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
    tenant.load(outbox=[{"content": str(number)} for number in range(1001)])
    assert [int(message.content) for message in tenant.outbox] == list(range(1000, -1, -1))
    assert len(tenant.outbox.wait(1001, within=0)) == 1001


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
        three.outbox.wait(within=0.01, content="Code 4")
    with pytest.raises(NotArrived, match="Nearest: message 3"):
        three.outbox.latest(content="Code 4")
    with pytest.raises(NotArrived, match=r"1 of 4 came into the journal within 0\.01|3 of 4 came"):
        three.journal.wait(4, within=0.01)


def test_one_is_deleted_by_its_id(three):
    three.outbox.delete(2)
    assert [message.messaging_id for message in three.outbox] == [3, 1]
    with pytest.raises(ControlError, match=r"404: .*no messagingId 2"):
        three.outbox.get(2)


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


def test_reports_that_match_no_message_are_seen(tenant):
    how = {"Plugin": "CM", "ExternalMessageId": "nobody's", "Status": 2, "StatusDescription": None}
    call(tenant.soap_url(), "SetDeliveryStatus", **how)
    (report,) = tenant.status_reports()
    assert (report.external_message_id, report.status) == ("nobody's", 2)
    assert tenant.status_reports.clear(external_message_id="nobody's") == 1


def test_a_list_behaves_as_a_sequence(three):
    first, *_, last = three.outbox
    assert (three.outbox[0], three.outbox[-1], three.outbox[:1]) == (first, last, [first])
    assert three.outbox == [first, three.outbox[1], last] != three.outbox[1:]
    assert first in three.outbox
    assert three.outbox.index(last) == 2
    assert next(reversed(three.outbox)) == last
    assert bool(three.outbox)
    with pytest.raises(IndexError):
        three.outbox[3]
    three.outbox.clear()
    assert three.outbox == []
    assert not three.outbox
    three.rules.add(actions.http(503), name="down")
    assert (three.rules[0], three.rules[-1:], three.rules["down"]) == (three.rules[0], [three.rules[0]], three.rules[0])
    assert three.tickets == three.inbox == []
    assert repr(three.outbox) == f"<outbox of {three.name}>"


@pytest.mark.parametrize("glob", [r"code is \d+", r"^\w+$", "a\\"])
def test_a_pattern_that_is_a_regular_expression_is_refused(glob):
    if glob.endswith("\\"):
        assert pattern(glob).value == glob
        return
    with pytest.raises(ValueError, match=r"takes the wildcards \* and \?, .*; regex\(.*\) takes a regular expression"):
        pattern(glob)


def test_members_of_a_newer_double_are_passed_over_and_missing_ones_named(tenant):
    tenant.load(outbox=[{"content": "x"}])
    (shown,) = tenant.outbox.to_json()
    shown["price"] = {"amount": 0.25}
    shown["statuses"][0]["operator"] = "Telenor"
    with answering(json.dumps(shown).encode()) as server:
        double = MessagingDouble.at(server.url)
        assert double.outbox.get(1).content == "x"
        del shown["profile"]
        server.body = json.dumps(shown).encode()
        with pytest.raises(Unreachable, match=r"is of another version: Object missing required field `profile`"):
            double.outbox.get(1)


def test_a_message_of_a_plugin_without_external_ids_has_none():
    with MessagingDouble(plugins=[{"name": "CM", "external-ids": False}]) as double:
        send(double.soap_url(), To="+447700900500")
        message = double.outbox.latest(external_message_id=None)
        assert message.external_message_id is None
        double.load(outbox=[message])
        assert double.outbox() == [message]
