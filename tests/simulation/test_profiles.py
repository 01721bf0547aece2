"""Delivery profiles: built-in and own ones, their steps, whose profile a message gets, the numbers of statuses."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import pytest
from support.control import assert_problem
from support.envelopes import outgoing
from support.simulated import BEGIN, advance, conversation, history, inbox, numbers, polled, steer

from messaging_double.models.profiles import BUILTIN_PROFILES, Profile, Step
from messaging_double.server.settings import Settings

NOT_SENT, SENT, DELIVERED, FAILED, EXPIRED = range(5)
SENDING = "SendMessages"
AT_ONCE, MINUTE, HOUR = timedelta(), timedelta(minutes=1), timedelta(hours=1)


class Course(NamedTuple):
    """What a built-in profile does with a message."""

    first: int
    """The status that SendMessages returns."""
    later: tuple[int, float] | None = None
    """What follows within a day without a poll, and when."""
    polled: tuple[int, int, int] = (SENT, SENT, SENT)
    """What GetDeliveryStatus returns at once, after a minute, after a day."""
    stepped: tuple[int, ...] = ()
    """What single steps by hand give, until there is none."""


COURSES = {
    "delivers": Course(SENT, None, (DELIVERED, DELIVERED, DELIVERED), (DELIVERED,)),
    "at-once": Course(DELIVERED, None, (DELIVERED, DELIVERED, DELIVERED)),
    "slow": Course(SENT, (DELIVERED, 300.0), (SENT, SENT, DELIVERED), (DELIVERED,)),
    "never": Course(SENT),
    "by-hand": Course(SENT, None, (SENT, SENT, SENT), (DELIVERED,)),
    "fails": Course(SENT, None, (FAILED, FAILED, FAILED), (FAILED,)),
    "not-sent": Course(NOT_SENT, None, (NOT_SENT, NOT_SENT, NOT_SENT)),
    "expires": Course(SENT, (EXPIRED, 21600.0), (SENT, SENT, EXPIRED), (EXPIRED,)),
    "replies": Course(DELIVERED, None, (DELIVERED, DELIVERED, DELIVERED)),
}
EACH = pytest.mark.parametrize(("name", "course"), COURSES.items(), ids=list(COURSES))


@pytest.fixture
def sent(start_double):
    """Send a message by a profile: a built-in one by its name, or one of these steps."""

    def sent(*steps, name="own", message=None, **how):
        own = {"profiles": (Profile(name, steps=steps),)} if steps else {}
        double = start_double(clock=BEGIN, profile=name, **own, **how)
        double.send(message or outgoing(To="+47", From="us"))
        return double

    return sent


def test_these_tests_cover_every_built_in_profile():
    assert {*COURSES, "flaky"} == {profile.name for profile in BUILTIN_PROFILES}


@EACH
def test_time_alone_takes_a_built_in_profile_so_far(sent, name, course):
    double = sent(name=name)
    events = advance(double, "1d")
    later = [] if course.later is None else [(*course.later, f"profile {name}")]
    assert history(double) == [(course.first, 0.0, SENDING), *later]
    assert [each["status"] for each in events] == [status for status, *_ in later]


@EACH
def test_polls_show_how_far_a_built_in_profile_has_come(sent, name, course):
    double = sent(name=name)
    found = [polled(double)]
    for by in ("1m", "1d"):
        advance(double, by)
        found.append(polled(double))
    assert tuple(found) == course.polled
    assert steer(double, "GET", "outbox/1")["profile"] == name


@EACH
def test_steps_by_hand_take_a_built_in_profile_to_its_end(sent, name, course):
    double = sent(name=name)
    assert tuple(steer(double, "POST", "outbox/1/step")["status"] for _ in course.stepped) == course.stepped
    problem = f"the delivery of message 1 has no further step (its profile: {name})"
    assert_problem(double.steer("POST", "outbox/1/step"), 409, problem)
    assert advance(double, "7d") == []
    assert {at for _, at, _ in history(double)} == {0.0}


def test_flaky_fails_about_one_in_three_by_the_seed_and_is_shown_as_what_was_drawn(start_double):
    (flaky,) = (each for each in BUILTIN_PROFILES if each.name == "flaky")

    def drawn(seed: str, tenant: str = "default", profile: Profile = flaky) -> list[int]:
        own = () if profile is flaky else (profile,)
        double = start_double(profile=profile.name, profiles=own, seed=seed)
        double.send(*[outgoing()] * 300, tenant=tenant)
        assert {message["profile"] for message in double.outbox(tenant)} == {"delivers", "fails"}
        return [row.status for row in double.get_status(*range(1, 301), tenant=tenant).statuses]

    ours = drawn("a")
    assert set(ours) == {DELIVERED, FAILED}
    assert 70 < ours.count(FAILED) < 130
    assert drawn("a") == ours
    assert ours not in (drawn("b"), drawn("a", "Cust1"), drawn("a", profile=Profile("own", one_of=flaky.one_of)))


def test_only_the_polled_messages_advance(start_double):
    double = start_double(clock=BEGIN)
    double.send(*[outgoing()] * 3)
    assert [row.status for row in double.get_status(2, 7, 2).statuses] == [DELIVERED, -1, DELIVERED]
    assert [numbers(double, each) for each in (1, 2, 3)] == [[SENT], [SENT, DELIVERED], [SENT]]


def test_reading_through_the_control_api_does_not_count_as_a_poll(sent):
    double = sent(name="delivers")
    assert [double.outbox()[0]["status"] for _ in range(3)] == [SENT] * 3
    assert polled(double) == DELIVERED


# own profiles


def test_polls_are_counted_from_the_step_before(sent):
    double = sent(Step(16, polls=3), Step(17, "Nearly", polls=1), Step("delivered", polls=2))
    assert [polled(double) for _ in range(8)] == [SENT, SENT, 16, 17, 17, DELIVERED, DELIVERED, DELIVERED]
    assert numbers(double) == [SENT, 16, 17, DELIVERED]


def test_one_call_is_one_poll_however_often_it_names_the_message(sent):
    double = sent(Step("delivered", polls=2))
    assert [row.status for row in double.get_status(1, 1, 1).statuses] == [SENT] * 3
    assert polled(double) == DELIVERED


def test_times_and_polls_and_hands_can_follow_each_other(sent):
    double = sent(
        Step("unknown", polls=1),
        Step("expired", "Too late", after=MINUTE),
        Step("failed", by_hand=True),
        Step("delivered", after=AT_ONCE, reply="Here at last"),
        Step("not-sent", after=timedelta(seconds=1)),
    )
    assert advance(double, "1h") == []
    assert polled(double) == -1
    advance(double, "1h")
    assert polled(double) == EXPIRED
    assert advance(double, "1h") == []
    assert steer(double, "POST", "outbox/1/step")["status"] == DELIVERED
    advance(double, "1h")
    statuses = (SENT, -1, EXPIRED, FAILED, DELIVERED, NOT_SENT)
    times = (0.0, 3600.0, 3660.0, 10800.0, 10800.0, 10801.0)
    assert [each[:2] for each in history(double)] == list(zip(statuses, times, strict=True))
    assert inbox(double) == [("+47", "us", "Here at last", 10800.0)]


def test_a_step_may_be_a_reply_alone(sent):
    double = sent(Step("delivered", after=AT_ONCE), Step(after=MINUTE, reply="Hei"))
    (event,) = advance(double, "1h")
    assert (event["what"], event["messagingId"], event["inboxId"]) == ("reply", 1, 1)
    assert numbers(double) == [DELIVERED]
    assert inbox(double) == [("+47", "us", "Hei", 60.0)]


@pytest.mark.parametrize("first", [(), (Step(after=AT_ONCE, reply="Hei"),)], ids=["later", "a reply alone"])
def test_a_message_without_a_status_at_once_is_sent(sent, first):
    double = sent(*first, Step("delivered", after=8 * HOUR))
    assert [row[:2] for row in double.send(outgoing()).statuses] == [(SENT, None)]
    assert [content for _, _, content, _ in inbox(double)] == [step.reply for step in first] * 2
    advance(double, "8h")
    assert history(double) == [(SENT, 0.0, SENDING), (DELIVERED, 28800.0, "profile own")]


def test_a_built_in_profile_can_be_replaced(sent):
    assert numbers(sent(Step("failed", after=AT_ONCE), name="delivers")) == [FAILED]


def test_profiles_come_from_the_configuration_file(start_double, tmp_path):
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
    of_file = {name: getattr(settings, name) for name in ("profile", "statuses", "plugin_profiles", "profiles")}
    double = start_double(clock=BEGIN, **of_file)
    assert [row[:2] for row in double.send(outgoing(To="1", From="2")).statuses] == [(SENT, "På vei")]
    advance(double, "8h")
    assert inbox(double) == [("1", "2", "God morgen", 28800.0)]
    steer(double, "POST", "outbox/1/step")
    assert [polled(double) for _ in range(2)] == [99, FAILED]
    assert numbers(double) == [SENT, 40, 99, FAILED]
    double.send(*[outgoing()] * 20, plugin="Twilio SMS")
    assert {message["profile"] for message in double.outbox()} == {"night", "never"}


def test_the_numbers_of_the_statuses_can_be_mapped(start_double):
    mapped = {"sent": 11, "delivered": -12, "failed": 2**31 - 1, "expired": -(2**31), "unknown": 404}
    double = start_double(clock=BEGIN, statuses=tuple(mapped.items()))
    for name in ("expires", "fails", "slow", "not-sent"):
        steer(double, "PUT", "profile", {"profile": name})
        double.send(outgoing())
    polled(double, 2)
    advance(double, "1d")
    expected = [[11, -(2**31)], [11, 2**31 - 1], [11, -12], [NOT_SENT]]
    assert [numbers(double, each) for each in (1, 2, 3, 4)] == expected
    assert polled(double, 7) == 404
    assert steer(double, "POST", "outbox/4/status", {"status": "delivered"})["status"] == -12
    assert double.get("/_mock/v1/profiles").json["statuses"] == {**mapped, "not-sent": 0}


def test_all_profiles_are_listed_with_their_steps(start_double):
    own = Profile("own", "mine", (Step(7, "Seven", after=6 * HOUR, reply="OK"), Step("failed", polls=2)))
    listed = start_double(profiles=(own,)).get("/_mock/v1/profiles").json["profiles"]
    assert [each["name"] for each in listed] == [*(profile.name for profile in BUILTIN_PROFILES), "own"]
    nothing = {"status": None, "description": None, "after": None, "polls": None, "byHand": False, "reply": None}
    steps = [
        {**nothing, "status": 7, "description": "Seven", "after": "PT6H", "reply": "OK"},
        {**nothing, "status": "failed", "polls": 2},
    ]
    assert listed[-1] == {"name": "own", "help": "mine", "steps": steps, "oneOf": []}
    drawn = {each["name"]: each["oneOf"] for each in listed if each["oneOf"]}
    assert drawn == {"flaky": ["delivers", "delivers", "fails"]}


def test_a_profile_that_was_removed_from_the_configuration_does_nothing_more(start_double, tmp_path):
    database = str(tmp_path / "kept.sqlite")
    own = (Profile("timed", steps=(Step(7, after=HOUR),)), Profile("asked", steps=(Step(8, polls=2),)))
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
    assert polled(double, 3) == DELIVERED, "the tenant's own profile was removed too: the default's"


# whose profile


def outcomes(double, *plugins: str, tenant: str = "") -> list[str]:
    for plugin in plugins:
        double.send(outgoing(), plugin=plugin, tenant=tenant)
    return [message["profile"] for message in double.outbox(tenant or "default")][: len(plugins)][::-1]


def test_plugins_and_tenants_have_profiles_of_their_own(start_double):
    double = start_double(profile="never", plugin_profiles=(("Twilio SMS", "slow"),))
    assert outcomes(double, "CM", "Twilio SMS", "Mine", "") == ["never", "slow", "never", "never"]

    def choose(**chosen) -> dict[str, object]:
        return steer(double, "PUT", "profile", chosen, tenant="Cust1")

    assert choose(profile="fails") == {"profile": "fails", "plugins": {}}
    assert outcomes(double, "CM", "Twilio SMS", tenant="Cust1") == ["fails", "fails"]
    chosen = {"profile": None, "plugins": {"CM": "expires"}}
    assert choose(plugins={"CM": "expires"}) == steer(double, "GET", "profile", tenant="Cust1") == chosen
    assert outcomes(double, "CM", "Twilio SMS", "Mine", tenant="Cust1") == ["expires", "slow", "never"]
    choose(profile=None)
    assert outcomes(double, "CM", "Twilio SMS", tenant="Cust1") == ["never", "slow"]
    choose(profile="fails")
    assert outcomes(double, "CM", tenant="Cust2") == ["never"]
    double.reset("Cust1")
    assert outcomes(double, "CM", tenant="Cust1") == ["never"]


@pytest.mark.parametrize("chosen", [{"profile": "fast"}, {"plugins": {"CM": "slow", "Mine": "fast"}}])
def test_an_unknown_profile_is_refused_with_the_known_ones(double, chosen):
    problem = double.steer("PUT", "profile", chosen)
    assert_problem(problem, 400, 'there is no profile "fast"', "delivers, at-once, slow, ")


def test_messages_keep_the_profile_with_which_they_were_sent(sent):
    double = sent(name="slow")
    steer(double, "PUT", "profile", {"profile": "fails"})
    double.send(outgoing())
    advance(double)
    assert numbers(double, 1) == [SENT, DELIVERED]
    assert [polled(double, 1), polled(double, 2)] == [DELIVERED, FAILED]


def test_a_whole_conversation_and_six_hours_in_one_test(sent):
    steps = (Step(17, "Queued", polls=1), Step(17, "Not yet", polls=1), Step("delivered", polls=2))
    double = sent(*steps, message=outgoing(From="Us", To="+4790000001", Content="Coming at eight?"))
    assert [polled(double) for _ in range(5)] == [17, 17, 17, DELIVERED, DELIVERED]
    reply = steer(double, "POST", "outbox/1/reply", {"content": "Yes!"})
    double.send(outgoing(From="Us", To="+4790000001", Content="Good", ParentMessagingId=1))
    assert conversation(double, reply["sessionKey"]) == [("out", "Coming at eight?"), ("in", "Yes!"), ("out", "Good")]
    double.send(*[outgoing(To="expires@sim.test", Content=f"{number}") for number in range(50)])
    assert [each["status"] for each in advance(double, "PT6H1M")] == [EXPIRED] * 50
    assert history(double, 52)[-1] == (EXPIRED, 21600.0, "profile expires")
