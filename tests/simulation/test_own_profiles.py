"""Profiles of the user's own: their steps, where they come from, and the numbers of their statuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.envelopes import outgoing
from support.simulated import BEGIN, advance, history, inbox, numbers, polled, steer

from messaging_double.models.profiles import READY, Profile, Step
from messaging_double.server.settings import Settings

SENDING = "SendMessages"
NOT_SENT, SENT, DELIVERED, FAILED, EXPIRED = range(5)


def test_polls_are_counted_from_the_step_before(start_double) -> None:
    steps = (Step(16, polls=3), Step(17, "Nearly", polls=1), Step("delivered", polls=2))
    double = start_double(profiles=(Profile("asked", steps=steps),), profile="asked")
    double.send(outgoing())
    assert [polled(double) for _ in range(8)] == [SENT, SENT, 16, 17, 17, DELIVERED, DELIVERED, DELIVERED]
    assert numbers(double) == [SENT, 16, 17, DELIVERED]


def test_one_call_is_one_poll_however_often_it_names_the_message(start_double) -> None:
    double = start_double(profiles=(Profile("asked", steps=(Step("delivered", polls=2),)),), profile="asked")
    double.send(outgoing())
    assert [row.status for row in double.get_status(1, 1, 1).statuses] == [SENT] * 3
    assert polled(double) == DELIVERED


def test_times_and_polls_and_hands_can_follow_each_other(start_double) -> None:
    steps = (
        Step("unknown", polls=1),
        Step("expired", "Too late", after=timedelta(minutes=1)),
        Step("failed", by_hand=True),
        Step("delivered", after=timedelta(), reply="Here at last"),
        Step("not-sent", after=timedelta(seconds=1)),
    )
    double = start_double(clock=BEGIN, profiles=(Profile("mixed", steps=steps),), profile="mixed")
    double.send(outgoing(To="+47", From="us"))
    assert advance(double, "1h") == []
    assert polled(double) == -1
    advance(double, "1h")
    assert polled(double) == EXPIRED
    assert advance(double, "1h") == []
    assert steer(double, "POST", "outbox/1/step")["status"] == DELIVERED
    advance(double, "1h")
    assert [(status, at) for status, at, _ in history(double)] == [
        (SENT, 0.0),
        (-1, 3600.0),
        (EXPIRED, 3660.0),
        (FAILED, 10800.0),
        (DELIVERED, 10800.0),
        (NOT_SENT, 10801.0),
    ]
    assert inbox(double) == [("+47", "us", "Here at last", 10800.0)]


def test_a_step_may_be_a_reply_alone(start_double) -> None:
    steps = (Step("delivered", after=timedelta()), Step(after=timedelta(minutes=1), reply="Hei"))
    double = start_double(clock=BEGIN, profiles=(Profile("talks", steps=steps),), profile="talks")
    double.send(outgoing(To="+47", From="us"))
    (happened,) = advance(double, "1h")
    assert (happened["what"], happened["messagingId"], happened["inboxId"]) == ("reply", 1, 1)
    assert numbers(double) == [DELIVERED]
    assert inbox(double) == [("+47", "us", "Hei", 60.0)]


@pytest.mark.parametrize("first", [(), (Step(after=timedelta(), reply="Hei"),)], ids=["later", "a reply alone"])
def test_a_message_to_which_its_profile_gives_no_status_at_once_is_sent(start_double, first) -> None:
    steps = (*first, Step("delivered", after=timedelta(hours=8)))
    double = start_double(clock=BEGIN, profiles=(Profile("night", steps=steps),), profile="night")
    assert [row[:2] for row in double.send(outgoing()).statuses] == [(SENT, None)]
    assert [content for _, _, content, _ in inbox(double)] == [step.reply for step in first]
    advance(double, "8h")
    assert history(double) == [(SENT, 0.0, SENDING), (DELIVERED, 28800.0, "profile night")]


def test_a_ready_profile_can_be_replaced(start_double) -> None:
    double = start_double(profiles=(Profile("delivers", steps=(Step("failed", after=timedelta()),)),))
    assert [row.status for row in double.send(outgoing()).statuses] == [FAILED]


def test_profiles_come_from_the_configuration_file(start_double, tmp_path) -> None:
    config = tmp_path / "double.toml"
    config.write_text(
        """
        profile = "night"
        [statuses]
        delivered = 40
        [plugin-profiles]
        "Twilio SMS" = "either"
        [[profiles]]
        name = "night"
        help = "delivered in the morning"
        steps = [
            {after = 0, status = "sent", description = "På vei"},
            {after = "PT8H", status = "delivered", reply = "God morgen"},
            {by-hand = true, status = 99},
            {polls = 2, status = "failed"},
        ]
        [[profiles]]
        name = "either"
        one-of = ["night", "never"]
        """,
        "utf-8",
    )
    settings = Settings.from_sources({}, {}, config)
    double = start_double(
        clock=BEGIN,
        **{name: getattr(settings, name) for name in ("profile", "statuses", "plugin_profiles", "profiles")},
    )
    assert [row[:2] for row in double.send(outgoing(To="1", From="2")).statuses] == [(SENT, "På vei")]
    advance(double, "8h")
    assert inbox(double) == [("1", "2", "God morgen", 28800.0)]
    steer(double, "POST", "outbox/1/step")
    assert [polled(double) for _ in range(2)] == [99, FAILED]
    assert numbers(double) == [SENT, 40, 99, FAILED]
    double.send(*[outgoing()] * 20, plugin="Twilio SMS")
    assert {message["outcome"] for message in double.outbox()} == {"night", "never"}


# the numbers


def test_the_numbers_of_the_statuses_can_be_mapped(start_double) -> None:
    mapped = {"sent": 11, "delivered": -12, "failed": 2**31 - 1, "expired": -(2**31), "unknown": 404}
    double = start_double(clock=BEGIN, statuses=tuple(mapped.items()))
    for name in ("expires", "fails", "slow", "not-sent"):
        steer(double, "PUT", "profile", {"profile": name})
        double.send(outgoing())
    polled(double, 2)
    advance(double, "1d")
    assert [numbers(double, each) for each in (1, 2, 3, 4)] == [
        [11, -(2**31)],
        [11, 2**31 - 1],
        [11, -12],
        [NOT_SENT],
    ]
    assert polled(double, 7) == 404
    assert steer(double, "POST", "outbox/4/status", {"status": "delivered"})["status"] == -12
    assert double.get("/_mock/v1/profiles").json["statuses"] == {**mapped, "not-sent": 0}


def test_all_profiles_are_listed_with_their_steps(start_double) -> None:
    own = Profile("own", "mine", (Step(7, "Seven", after=timedelta(hours=6), reply="OK"), Step("failed", polls=2)))
    listed = start_double(profiles=(own,)).get("/_mock/v1/profiles").json["profiles"]
    assert [each["name"] for each in listed] == [*(profile.name for profile in READY), "own"]
    nothing = {"status": None, "description": None, "after": None, "polls": None, "byHand": False, "reply": None}
    assert listed[-1] == {
        "name": "own",
        "help": "mine",
        "steps": [
            {**nothing, "status": 7, "description": "Seven", "after": "PT6H", "reply": "OK"},
            {**nothing, "status": "failed", "polls": 2},
        ],
        "oneOf": [],
    }
    assert {each["name"]: each["oneOf"] for each in listed if each["oneOf"]} == {
        "flaky": ["delivers", "delivers", "fails"]
    }


def test_a_profile_that_is_gone_from_the_configuration_stands_still(start_double, tmp_path) -> None:
    database = str(tmp_path / "kept.sqlite")
    own = tuple(
        Profile(name, steps=(step,))
        for name, step in (("timed", Step(7, after=timedelta(hours=1))), ("asked", Step(8, polls=2)))
    )
    before = start_double(clock=BEGIN, database=database, profiles=own)
    for profile in ("timed", "asked"):
        steer(before, "PUT", "profile", {"profile": profile})
        before.send(outgoing())
    before.close()
    double = start_double(clock=BEGIN, database=database)
    assert advance(double) == advance(double) == []
    assert [polled(double, 2) for _ in range(3)] == [SENT] * 3
    assert double.steer("POST", "outbox/1/step").status == 409
    double.send(outgoing())
    assert polled(double, 3) == DELIVERED, "the tenant's own profile is gone too: the default's"
