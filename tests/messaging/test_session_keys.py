"""Which conversation a message belongs to."""

from __future__ import annotations

import pytest
from support.envelopes import NIL, outgoing


def keys(double, tenant="default") -> list[str]:
    """Return the session keys in the order of the ids."""
    return [message["sessionKey"] for message in reversed(double.outbox(tenant))]


def test_a_message_gets_its_parents_key_before_the_suggested_one(either_double) -> None:
    either_double.send(outgoing(SuggestedSessionKey="parent"))
    either_double.send(outgoing(ParentMessagingId=1, SuggestedSessionKey="mine"))
    assert keys(either_double) == ["parent", "parent"]
    assert either_double.outbox()[0]["suggestedSessionKey"] == "mine"


def test_a_message_gets_the_suggested_key_where_it_has_no_parent(either_double) -> None:
    for parent in (None, 0):
        either_double.send(outgoing(SuggestedSessionKey=" mine ", ParentMessagingId=parent))
    assert keys(either_double) == [" mine ", " mine "]


@pytest.mark.parametrize("suggested", [None, NIL, ""], ids=["left out", "nil", "empty"])
def test_a_message_gets_a_key_of_its_own_where_nobody_gave_one(either_double, suggested) -> None:
    either_double.send(outgoing(SuggestedSessionKey=suggested), outgoing(SuggestedSessionKey=suggested))
    first, second = keys(either_double)
    assert first
    assert second
    assert first != second


def test_a_conversation_keeps_its_key_over_many_messages_of_any_plugin(either_double) -> None:
    either_double.send(outgoing())
    for parent in range(1, 10):
        either_double.send(outgoing(ParentMessagingId=parent), plugin="CM" if parent % 2 else "Twilio SMS")
    assert len(set(keys(either_double))) == 1


@pytest.mark.parametrize("parent", [2, 999, -1, 2**31 - 1, -(2**31)])
def test_an_unknown_parent_is_noted_and_begins_a_conversation(either_double, parent) -> None:
    answer = either_double.send(outgoing(ParentMessagingId=parent, SuggestedSessionKey="mine"))
    assert answer.succeeded
    assert answer.notes == f"ParentMessagingId {parent} is unknown: the message begins a conversation of its own"
    (message,) = either_double.outbox()
    assert (message["sessionKey"], message["parentMessagingId"]) == ("mine", parent)


def test_a_message_of_another_tenant_is_no_parent(either_double) -> None:
    either_double.send(outgoing(SuggestedSessionKey="theirs"), tenant="Cust1")
    answer = either_double.send(outgoing(ParentMessagingId=1), tenant="Cust2")
    assert "ParentMessagingId 1 is unknown" in answer.notes
    assert keys(either_double, "Cust2") != ["theirs"]


def test_parents_are_found_for_a_whole_batch(either_double) -> None:
    either_double.send(*[outgoing(SuggestedSessionKey=f"k{number}") for number in range(1, 701)])
    answer = either_double.send(*[outgoing(ParentMessagingId=number) for number in range(1, 701)])
    assert answer.succeeded
    assert answer.notes == ""
    listed = either_double.get("/_mock/v1/tenants/default/outbox?limit=700").json["messages"]
    ours = {message["parentMessagingId"]: message["sessionKey"] for message in listed}
    assert ours == {number: f"k{number}" for number in range(1, 701)}


def test_a_parent_may_stand_before_its_child_in_the_same_batch(either_double) -> None:
    children = [outgoing(ParentMessagingId=parent) for parent in (1, 2)]
    assert either_double.send(outgoing(SuggestedSessionKey="k"), *children, outgoing()).notes == ""
    assert [key == "k" for key in keys(either_double)] == [True, True, True, False]
