"""Replies, and the conversations to which messages of both directions belong."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from support.control import assert_problem
from support.envelopes import outgoing
from support.simulated import BEGIN, advance, conversation, inbox, steer

from messaging_double.models.profiles import Profile, Step

REPLIES = "+447700900009"


def key_of(double, messaging_id: int = 1) -> str:
    return steer(double, "GET", f"outbox/{messaging_id}")["sessionKey"]


def reply(double, content, messaging_id: int = 1, **members):
    return steer(double, "POST", f"outbox/{messaging_id}/reply", {"content": content, **members})


@pytest.fixture
def still(start_double):
    """A double whose clock stands."""
    return start_double(clock=BEGIN)


def test_a_reply_goes_back_the_way_the_message_came(still):
    still.send(outgoing(From="Us", To="+4790", Content="Hei?", Format="sms/160"), plugin="Twilio SMS")
    advance(still, "1m")
    shown = reply(still, "Takk!")
    sent = {"to": "Us", "from": "+4790", "content": "Takk!", "format": "sms/160", "plugin": "Twilio SMS"}
    ours = {"id": 1, "origin": "reply", "services": None, "registered": "2026-11-21T08:01:00.000000Z"}
    assert shown == {**sent, **ours, "sessionKey": key_of(still)}
    assert still.inbox() == [shown]


def test_a_reply_of_a_profile_goes_back_as_one_by_hand(start_double):
    later = Profile("later", steps=(Step(after=timedelta(minutes=1), reply="Takk!"),))
    double = start_double(clock=BEGIN, profile="later", profiles=(later,))
    for to in ("+4790", REPLIES):
        double.send(outgoing(From="Us", To=to, Content="Hei?", Format="sms/160"), plugin="Twilio SMS")
    advance(double, "1m")
    for number, shown in zip((1, 2), double.inbox(), strict=True):
        by_hand = reply(double, shown["content"], number)
        assert by_hand | {"id": shown["id"], "registered": shown["registered"]} == shown


def test_a_reply_is_in_no_response_of_the_contract(start_double):
    double = start_double(clock=BEGIN, profile="never")

    def responses() -> list[bytes]:
        sent = double.send(outgoing(To="+4790", ParentMessagingId=1), config=[])
        assert sent.statuses == [(1, "Handed over to the gateway", sent.messaging_ids[0])]
        return [each.body for each in (double.get_status(1), double.plugins())]

    before = responses()
    reply(double, "Takk!")
    double.send(outgoing(To=REPLIES))
    assert len(double.inbox()) == 2
    assert responses() == before


def test_from_to_and_format_of_a_reply_can_be_given(double):
    double.send(outgoing(From="Us", To="+4790", Format="sms/160"))
    given = {"from": "+4791", "to": None, "format": ""}
    shown = reply(double, None, **given)
    assert shown | given | {"content": None} == shown
    assert shown["sessionKey"] == key_of(double)


@pytest.mark.parametrize(
    ("url", "given", "status", "words"),
    [
        ("outbox/1/reply", {}, 400, "content is missing"),
        ("outbox/1/reply", {"from": "+4791"}, 400, "content is missing"),
        ("outbox/1/reply", {"content": 1}, 400, "content is 1"),
        ("outbox/1/reply", {"content": "x", "sessionKey": "k"}, 400, "sessionKey"),
        ("outbox/7/reply", {"content": "x"}, 404, "the outbox of tenant 'default' has no messagingId 7"),
        ("outbox/x/reply", {"content": "x"}, 404, ""),
    ],
)
def test_an_impossible_reply_is_refused(double, url, given, status, words):
    double.send(outgoing())
    assert_problem(double.steer("POST", url, given), status, words)
    assert double.inbox() == []


def test_both_directions_are_in_their_order_though_the_clock_stands(still):
    still.send(outgoing(Content="1", SuggestedSessionKey="k"))
    reply(still, "2")
    still.create(Content="3", SessionKey="k")
    still.send(outgoing(Content="another"), outgoing(Content="4", ParentMessagingId=1))
    still.create(Content="another", SessionKey="K")
    reply(still, "5", 3)
    reply(still, "6")
    still.send(outgoing(Content="7", SuggestedSessionKey="k"))
    directions = ("out", "in", "in", "out", "in", "in", "out")
    assert conversation(still, "k") == list(zip(directions, "1234567", strict=True))


def test_setting_the_clock_back_does_not_change_the_order(still):
    still.send(outgoing(Content="1", SuggestedSessionKey="k"))
    steer(still, "PUT", "clock", {"mode": "frozen", "now": "2020-01-01T00:00:00Z"})
    reply(still, "2")
    still.send(outgoing(Content="3", ParentMessagingId=1))
    assert conversation(still, "k") == [("out", "1"), ("in", "2"), ("out", "3")]


def test_replies_by_a_profile_stand_after_their_messages_in_a_batch(still):
    still.send(*[outgoing(To=REPLIES, Content=each, SuggestedSessionKey="k") for each in ("a", "b")])
    still.send(outgoing(To="1", Content="c", SuggestedSessionKey="k"))
    assert conversation(still, "k") == [("out", "a"), ("out", "b"), ("in", "OK"), ("in", "OK"), ("out", "c")]


def test_a_thread_shows_messages_as_the_lists_do(double):
    double.send(outgoing(To=REPLIES, Content="a"), config=[("a", "b")])
    messages = [{"direction": "out", **double.outbox()[0]}, {"direction": "in", **double.inbox()[0]}]
    key = key_of(double)
    assert steer(double, "GET", f"threads/{key}") == {"sessionKey": key, "messages": messages}


@pytest.mark.parametrize("key", ["a/b", "a b", "æ?#%", "x" * 300, "..", "a//b", "%2F", "+"])
def test_a_thread_of_any_key_is_found(double, key):
    double.send(outgoing(Content="1", SuggestedSessionKey=key))
    assert conversation(double, quote(key, safe="")) == [("out", "1")]


@pytest.mark.parametrize("key", ["nobody", "K", "k "])
def test_an_unknown_thread_is_not_found_and_the_hint_says_where_keys_are(double, key):
    for tenant in ("Cust1", ""):
        double.send(outgoing(SuggestedSessionKey="k"), tenant=tenant)
    words = (f"has no message of the session key '{key}'", "/_mock/v1/tenants/default/outbox")
    assert_problem(double.steer("GET", f"threads/{key}"), 404, *words)


def test_an_answer_to_a_reply_and_the_reply_to_that_are_one_thread(still):
    still.send(outgoing(From="Us", To=REPLIES, Content="Coming?"))
    assert inbox(still) == [(REPLIES, "Us", "OK", 0.0)]
    still.send(outgoing(From="Us", To=REPLIES, Content="When?", ParentMessagingId=1))
    reply(still, "At eight", 2)
    expected = [("out", "Coming?"), ("in", "OK"), ("out", "When?"), ("in", "OK"), ("in", "At eight")]
    assert conversation(still, key_of(still)) == expected


def test_tenants_have_threads_of_their_own_and_deleted_messages_are_in_none(double):
    for tenant in ("Cust1", ""):
        double.send(*[outgoing(Content=f"{tenant}{each}", SuggestedSessionKey="k") for each in "12"], tenant=tenant)
    reply(double, "3")
    double.steer("DELETE", "outbox/1")
    assert conversation(double, "k") == [("out", "2"), ("in", "3")]
    double.steer("DELETE", "inbox/1")
    assert conversation(double, "k") == [("out", "2")]
    assert conversation(double, "k", tenant="Cust1") == [("out", "Cust11"), ("out", "Cust12")]
