"""How a delivery goes on by its profile: by time, by being asked for, by hand."""

from __future__ import annotations

import pytest
from support.envelopes import outgoing
from support.simulated import BEGIN, advance, history, numbers, polled, steer

from messaging_double.models.profiles import READY

NOT_SENT, SENT, DELIVERED, FAILED, EXPIRED = range(5)
SENDING = "SendMessages"
MINUTES_5, HOURS_6 = 300.0, 21600.0

BY_ITSELF = {
    "delivers": [(SENT, 0.0, SENDING)],
    "at-once": [(DELIVERED, 0.0, SENDING)],
    "slow": [(SENT, 0.0, SENDING), (DELIVERED, MINUTES_5, "profile slow")],
    "never": [(SENT, 0.0, SENDING)],
    "by-hand": [(SENT, 0.0, SENDING)],
    "fails": [(SENT, 0.0, SENDING)],
    "not-sent": [(NOT_SENT, 0.0, SENDING)],
    "expires": [(SENT, 0.0, SENDING), (EXPIRED, HOURS_6, "profile expires")],
    "flaky": [(SENT, 0.0, SENDING)],
    "replies": [(DELIVERED, 0.0, SENDING)],
}
"""What happens within a day in which nobody asks."""
ASKED = {
    "delivers": [DELIVERED, DELIVERED, DELIVERED],
    "at-once": [DELIVERED, DELIVERED, DELIVERED],
    "slow": [SENT, SENT, DELIVERED],
    "never": [SENT, SENT, SENT],
    "by-hand": [SENT, SENT, SENT],
    "fails": [FAILED, FAILED, FAILED],
    "not-sent": [NOT_SENT, NOT_SENT, NOT_SENT],
    "expires": [SENT, SENT, EXPIRED],
    "replies": [DELIVERED, DELIVERED, DELIVERED],
}
"""What GetDeliveryStatus tells at once, after a minute, after a day."""
STEPPED = {
    "delivers": [DELIVERED],
    "at-once": [],
    "slow": [DELIVERED],
    "never": [],
    "by-hand": [DELIVERED],
    "fails": [FAILED],
    "not-sent": [],
    "expires": [EXPIRED],
    "replies": [],
}
"""What comes of single steps by hand, until there is none."""


def test_these_tests_know_every_ready_profile() -> None:
    ready = {profile.name for profile in READY}
    assert set(BY_ITSELF) == ready
    assert set(ASKED) == set(STEPPED) == ready - {"flaky"}


@pytest.mark.parametrize("name", BY_ITSELF)
def test_time_alone_takes_a_ready_profile_so_far(start_double, name) -> None:
    double = start_double(clock=BEGIN, profile=name)
    double.send(outgoing())
    happened = advance(double, "1d")
    assert history(double) == BY_ITSELF[name]
    assert [each["status"] for each in happened] == [status for status, at, _ in BY_ITSELF[name] if at]


@pytest.mark.parametrize("name", ASKED)
def test_asking_tells_how_far_a_ready_profile_has_come(start_double, name) -> None:
    double = start_double(clock=BEGIN, profile=name)
    double.send(outgoing())
    told = [polled(double)]
    for by in ("1m", "1d"):
        advance(double, by)
        told.append(polled(double))
    assert told == ASKED[name]
    assert steer(double, "GET", "outbox/1")["outcome"] == name


@pytest.mark.parametrize("name", STEPPED)
def test_steps_by_hand_take_a_ready_profile_to_its_end(start_double, name) -> None:
    double = start_double(clock=BEGIN, profile=name)
    double.send(outgoing())
    for status in STEPPED[name]:
        assert steer(double, "POST", "outbox/1/step")["status"] == status
    answer = double.steer("POST", "outbox/1/step")
    assert answer.status == 409
    assert f"the delivery of message 1 has no further step (its profile: {name})" in answer.json["error"]
    assert advance(double, "7d") == []
    assert {at for _, at, _ in history(double)} == {0.0}


def test_flaky_fails_about_one_in_three_by_the_seed(start_double) -> None:
    def fates(seed: str) -> list[int]:
        double = start_double(profile="flaky", seed=seed)
        double.send(*[outgoing()] * 300)
        return [row.status for row in double.get_status(*range(1, 301)).statuses]

    ours = fates("a")
    assert set(ours) == {DELIVERED, FAILED}
    assert 70 < ours.count(FAILED) < 130
    assert fates("a") == ours != fates("b")


def test_flaky_is_shown_as_what_was_drawn(start_double) -> None:
    double = start_double(profile="flaky")
    double.send(*[outgoing()] * 30)
    assert {message["outcome"] for message in double.outbox()} == {"delivers", "fails"}


def test_only_those_who_are_asked_for_go_on(start_double) -> None:
    double = start_double(clock=BEGIN)
    double.send(*[outgoing()] * 3)
    assert [row.status for row in double.get_status(2, 7, 2).statuses] == [DELIVERED, -1, DELIVERED]
    assert [numbers(double, each) for each in (1, 2, 3)] == [[SENT], [SENT, DELIVERED], [SENT]]


def test_whoever_looks_by_the_control_api_is_no_poll(start_double) -> None:
    double = start_double()
    double.send(outgoing())
    for _ in range(3):
        assert double.outbox()[0]["status"] == SENT
    assert polled(double) == DELIVERED


# whose


def outcomes(double, *plugins: str, tenant: str = "") -> list[str]:
    for plugin in plugins:
        double.send(outgoing(), plugin=plugin, tenant=tenant)
    return [message["outcome"] for message in double.outbox(tenant or "default")][: len(plugins)][::-1]


def test_a_plugin_may_have_a_profile_of_its_own(start_double) -> None:
    double = start_double(profile="never", plugin_profiles=(("Twilio SMS", "slow"),))
    assert outcomes(double, "CM", "Twilio SMS", "Mine", "") == ["never", "slow", "never", "never"]


def test_a_tenant_may_have_profiles_of_its_own(start_double) -> None:
    double = start_double(profile="never", plugin_profiles=(("Twilio SMS", "slow"),))
    chosen = steer(double, "PUT", "profile", {"profile": "fails"}, tenant="Cust1")
    assert chosen == {"profile": "fails", "plugins": {}}
    assert outcomes(double, "CM", "Twilio SMS", tenant="Cust1") == ["fails", "fails"]
    chosen = steer(double, "PUT", "profile", {"plugins": {"CM": "expires"}}, tenant="Cust1")
    assert chosen == steer(double, "GET", "profile", tenant="Cust1") == {"profile": None, "plugins": {"CM": "expires"}}
    assert outcomes(double, "CM", "Twilio SMS", "Mine", tenant="Cust1") == ["expires", "slow", "never"]
    steer(double, "PUT", "profile", {"profile": None}, tenant="Cust1")
    assert outcomes(double, "CM", "Twilio SMS", tenant="Cust1") == ["never", "slow"]
    steer(double, "PUT", "profile", {"profile": "fails"}, tenant="Cust1")
    assert outcomes(double, "CM", tenant="Cust2") == ["never"]
    double.reset("Cust1")
    assert outcomes(double, "CM", tenant="Cust1") == ["never"]


@pytest.mark.parametrize("chosen", [{"profile": "fast"}, {"plugins": {"CM": "slow", "Mine": "fast"}}])
def test_a_profile_that_there_is_not_is_refused_with_those_that_there_are(double, chosen) -> None:
    answer = double.steer("PUT", "profile", chosen)
    assert answer.status == 400
    assert answer.json["error"] == 'there is no profile "fast"'
    assert "delivers, at-once, slow, " in answer.json["hint"]


def test_what_was_sent_before_keeps_its_profile(start_double) -> None:
    double = start_double(clock=BEGIN, profile="slow")
    double.send(outgoing())
    steer(double, "PUT", "profile", {"profile": "fails"})
    double.send(outgoing())
    advance(double)
    assert numbers(double, 1) == [SENT, DELIVERED]
    assert [polled(double, 1), polled(double, 2)] == [DELIVERED, FAILED]
