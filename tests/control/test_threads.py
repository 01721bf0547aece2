"""The conversation of a session key, as the control API shows it."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from support.control import assert_problem
from support.double import control_url
from support.envelopes import outgoing


def thread(double, key: str):
    return double.get(control_url("default", f"threads/{quote(key, safe='')}"))


@pytest.mark.parametrize("key", ["k", "a/b", "a/b/", "a\nb", "a\n", "æ 1", "%2F", "status?x=1", "a//b", "..", "K"])
def test_a_conversation_is_found_by_whatever_key_a_client_chose(double, key) -> None:
    double.send(outgoing(SuggestedSessionKey=key, Content="1"))
    double.create(SessionKey=key, Content="2")
    double.create(SessionKey=key.swapcase() + "x")
    answer = thread(double, key)
    assert answer.json["sessionKey"] == key
    assert [(each["direction"], each["content"]) for each in answer.json["messages"]] == [("out", "1"), ("in", "2")]


def test_what_is_shown_of_a_message_is_what_the_lists_show(double) -> None:
    double.send(outgoing(SuggestedSessionKey="k"))
    double.create(SessionKey="k")
    sent, came = thread(double, "k").json["messages"]
    assert sent == {"direction": "out", **double.outbox()[0]}
    assert came == {"direction": "in", **double.inbox()[0]}


def test_a_key_that_no_message_has_is_404(double) -> None:
    double.send(outgoing(SuggestedSessionKey="k"), tenant="Cust1")
    assert_problem(thread(double, "k"), 404, "session key 'k'", "outbox")
