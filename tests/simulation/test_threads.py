"""Replies, and the conversations that messages of both directions belong to."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from support.envelopes import outgoing
from support.simulated import BEGIN, advance, conversation, inbox, steer

REPLIES = "+447700900009"


def key_of(double, messaging_id: int = 1) -> str:
    return steer(double, "GET", f"outbox/{messaging_id}")["sessionKey"]


def test_a_reply_goes_back_the_way_the_message_came(start_double) -> None:
    double = start_double(clock=BEGIN)
    double.send(outgoing(From="Us", To="+4790", Content="Hei?", Format="sms/160"), plugin="Twilio SMS")
    advance(double, "1m")
    came = steer(double, "POST", "outbox/1/reply", {"content": "Takk!"})
    assert came == {
        "id": 1,
        "to": "Us",
        "from": "+4790",
        "content": "Takk!",
        "format": "sms/160",
        "sessionKey": key_of(double),
        "plugin": "Twilio SMS",
        "origin": "reply",
        "services": None,
        "registered": "2026-11-21T08:01:00.000000Z",
    }
    assert double.inbox() == [came]


def test_a_reply_is_in_no_answer_of_the_contract(start_double) -> None:
    double = start_double(clock=BEGIN, profile="never")

    def answers() -> list[bytes]:
        sent = double.send(outgoing(To="+4790", ParentMessagingId=1), config=[])
        assert sent.statuses == [(1, "Handed over to the gateway", sent.messaging_ids[0])]
        return [each.body for each in (double.get_status(1), double.plugins())]

    before = answers()
    steer(double, "POST", "outbox/1/reply", {"content": "Takk!"})
    double.send(outgoing(To=REPLIES))
    assert len(double.inbox()) == 2
    assert answers() == before


def test_who_answers_whom_and_how_can_be_said(double) -> None:
    double.send(outgoing(From="Us", To="+4790", Format="sms/160"))
    said = {"content": None, "from": "+4791", "to": None, "format": ""}
    came = steer(double, "POST", "outbox/1/reply", said)
    assert {name: came[name] for name in said} == said
    assert came["sessionKey"] == key_of(double)


@pytest.mark.parametrize(
    ("url", "said", "status", "words"),
    [
        ("outbox/1/reply", {}, 400, "content is missing"),
        ("outbox/1/reply", {"from": "+4791"}, 400, "content is missing"),
        ("outbox/1/reply", {"content": 1}, 400, "content is 1"),
        ("outbox/1/reply", {"content": "x", "sessionKey": "k"}, 400, "sessionKey"),
        ("outbox/7/reply", {"content": "x"}, 404, "the outbox of tenant 'default' has no messagingId 7"),
        ("outbox/x/reply", {"content": "x"}, 404, ""),
    ],
)
def test_a_reply_that_cannot_be_is_refused(double, url, said, status, words) -> None:
    double.send(outgoing())
    answer = double.steer("POST", url, said)
    assert answer.status == status
    assert words in answer.json["error"]
    assert double.inbox() == []


def test_both_directions_come_in_their_order_though_the_clock_stands(start_double) -> None:
    double = start_double(clock=BEGIN)
    double.send(outgoing(Content="1", SuggestedSessionKey="k"))
    steer(double, "POST", "outbox/1/reply", {"content": "2"})
    double.create(Content="3", SessionKey="k")
    double.send(outgoing(Content="another"), outgoing(Content="4", ParentMessagingId=1))
    double.create(Content="another", SessionKey="K")
    steer(double, "POST", "outbox/3/reply", {"content": "5"})
    steer(double, "POST", "outbox/1/reply", {"content": "6"})
    double.send(outgoing(Content="7", SuggestedSessionKey="k"))
    assert conversation(double, "k") == [
        ("out", "1"),
        ("in", "2"),
        ("in", "3"),
        ("out", "4"),
        ("in", "5"),
        ("in", "6"),
        ("out", "7"),
    ]


def test_the_clock_says_nothing_about_the_order(start_double) -> None:
    """What comes later is later in the conversation, though a test has turned the clock back meanwhile."""
    double = start_double(clock=BEGIN)
    double.send(outgoing(Content="1", SuggestedSessionKey="k"))
    steer(double, "PUT", "clock", {"mode": "frozen", "now": "2020-01-01T00:00:00Z"})
    steer(double, "POST", "outbox/1/reply", {"content": "2"})
    double.send(outgoing(Content="3", ParentMessagingId=1))
    assert conversation(double, "k") == [("out", "1"), ("in", "2"), ("out", "3")]


def test_replies_by_a_profile_stand_after_their_messages_in_a_batch(start_double) -> None:
    double = start_double(clock=BEGIN)
    batch = [outgoing(To=REPLIES, Content=each, SuggestedSessionKey="k") for each in ("a", "b")]
    double.send(*batch)
    double.send(outgoing(To="1", Content="c", SuggestedSessionKey="k"))
    assert conversation(double, "k") == [("out", "a"), ("out", "b"), ("in", "OK"), ("in", "OK"), ("out", "c")]


def test_a_thread_shows_messages_as_the_boxes_do(double) -> None:
    double.send(outgoing(To=REPLIES, Content="a"), config=[("a", "b")])
    shown = steer(double, "GET", f"threads/{key_of(double)}")
    assert shown == {
        "sessionKey": key_of(double),
        "messages": [{"direction": "out", **double.outbox()[0]}, {"direction": "in", **double.inbox()[0]}],
    }


@pytest.mark.parametrize("key", ["a/b", "a b", "æ?#%", "x" * 300, "..", "a//b", "%2F", "+"])
def test_a_thread_of_any_key_is_found(double, key) -> None:
    double.send(outgoing(Content="1", SuggestedSessionKey=key))
    assert conversation(double, quote(key, safe="")) == [("out", "1")]


@pytest.mark.parametrize("key", ["nobody", "K", "k "])
def test_a_thread_that_there_is_not_is_a_404_that_says_where_keys_are(double, key) -> None:
    double.send(outgoing(SuggestedSessionKey="k"), tenant="Cust1")
    double.send(outgoing(SuggestedSessionKey="k"))
    answer = double.steer("GET", f"threads/{key}")
    assert answer.status == 404
    assert f"has no message of the session key '{key}'" in answer.json["error"]
    assert "/_mock/v1/tenants/default/outbox" in answer.json["hint"]


# which thread


def test_a_child_goes_on_in_the_thread_of_its_parent_over_generations(double) -> None:
    double.send(outgoing(SuggestedSessionKey="k"))
    for parent in (1, 2, 3):
        double.send(outgoing(ParentMessagingId=parent, SuggestedSessionKey="other"))
    assert {key_of(double, each) for each in (1, 2, 3, 4)} == {"k"}


def test_a_parent_may_stand_before_its_child_in_the_same_batch(double) -> None:
    answer = double.send(
        outgoing(SuggestedSessionKey="k"), outgoing(ParentMessagingId=1), outgoing(ParentMessagingId=2), outgoing()
    )
    assert answer.notes == ""
    keys = [key_of(double, each) for each in (1, 2, 3, 4)]
    assert keys[:3] == ["k"] * 3
    assert keys[3] != "k"


@pytest.mark.parametrize("parent", [7, -1, 2**31 - 1])
@pytest.mark.parametrize("suggested", [None, "k"])
def test_an_unknown_parent_begins_a_thread_of_its_own_and_is_noted(double, parent, suggested) -> None:
    double.send(outgoing(), tenant="Cust1")
    answer = double.send(outgoing(ParentMessagingId=parent, SuggestedSessionKey=suggested))
    assert answer.succeeded
    assert answer.notes == f"ParentMessagingId {parent} is unknown: the message begins a conversation of its own"
    assert len(steer(double, "GET", f"threads/{key_of(double)}")["messages"]) == 1
    assert suggested in (None, key_of(double))
    assert double.outbox()[0]["parentMessagingId"] == parent


def test_an_answer_to_a_reply_and_the_reply_to_that_are_one_thread(start_double) -> None:
    double = start_double(clock=BEGIN)
    double.send(outgoing(From="Us", To=REPLIES, Content="Coming?"))
    assert inbox(double) == [(REPLIES, "Us", "OK", 0.0)]
    double.send(outgoing(From="Us", To=REPLIES, Content="When?", ParentMessagingId=1))
    steer(double, "POST", "outbox/2/reply", {"content": "At eight"})
    assert conversation(double, key_of(double)) == [
        ("out", "Coming?"),
        ("in", "OK"),
        ("out", "When?"),
        ("in", "OK"),
        ("in", "At eight"),
    ]


def test_threads_of_tenants_are_apart(double) -> None:
    for tenant in ("Cust1", "Cust2"):
        double.send(outgoing(Content=tenant, SuggestedSessionKey="k"), tenant=tenant)
    assert conversation(double, "k", tenant="Cust1") == [("out", "Cust1")]


def test_what_is_deleted_is_gone_from_its_thread(double) -> None:
    double.send(outgoing(Content="1", SuggestedSessionKey="k"), outgoing(Content="2", SuggestedSessionKey="k"))
    steer(double, "POST", "outbox/1/reply", {"content": "3"})
    double.steer("DELETE", "outbox/1")
    assert conversation(double, "k") == [("out", "2"), ("in", "3")]
