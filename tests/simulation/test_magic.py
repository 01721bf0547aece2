"""Magic recipients: the recipient of a message decides its delivery, or injects a fault."""

from __future__ import annotations

import pytest
from support.envelopes import NIL, outgoing
from support.simulated import BEGIN, numbers, polled, steer

from messaging_double.models.faults import WIRE
from messaging_double.models.magic import NUMBERS
from messaging_double.models.profiles import BUILTIN_PROFILES, Profile, Step

PROFILES = [profile.name for profile in BUILTIN_PROFILES]
OF_PROFILES = {number: outcome for number, outcome in NUMBERS.items() if outcome in PROFILES}
OF_FAULTS = {number: outcome for number, outcome in NUMBERS.items() if outcome not in PROFILES}
SPELLINGS = """+447700900005|+44 7700 900005|+44 7700 900 005|+44-7700-900-005|+44.7700.900005|+44 (0)7700 900005
+44 (7700) 900005|+44/7700/900005|+44\u00a07700\u2011900005|0044 7700 900005|447700900005|07700 900005|(07700) 900005
 07700900005\t""".replace("\n", "|").split("|")
OTHERS = """+447700900500|+4477009000051|+44770090000|7700900005|+47700900005|fails|fails@sim.test.example
fails@example.test|fails@@sim.test|Ole <fails@sim.test>|+fails@sim.test|nothing@sim.test|@sim.test|| """.replace(
    "\n", "|"
)


def profile_of(double, recipient) -> str:
    """Send a message to a recipient; return its profile."""
    assert double.send(outgoing(To=recipient)).succeeded
    return double.outbox()[0]["profile"]


def drawn(profile: str) -> set[str]:
    return {"delivers", "fails"} if profile == "flaky" else {profile}


def test_every_built_in_profile_has_a_number():
    assert sorted(OF_PROFILES.values()) == sorted(PROFILES)


@pytest.mark.parametrize(("number", "outcome"), OF_PROFILES.items(), ids=OF_PROFILES.values())
def test_a_number_or_an_address_selects_a_profile(start_double, number, outcome):
    double = start_double(profile="by-hand")
    addresses = (f"{outcome}@sim.test", f"{outcome}+any.label-1@sim.test", f" {outcome.upper()}+@SIM.test ")
    assert {profile_of(double, each) for each in (number, *addresses)} <= drawn(outcome)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_number_is_recognised_however_it_is_written(double, spelling):
    assert profile_of(double, spelling) == "fails"
    assert double.outbox()[0]["to"] == spelling, "it is stored as it was sent"
    assert polled(double) == 3


@pytest.mark.parametrize("recipient", [*OTHERS.split("|"), None, NIL])
def test_other_recipients_are_ordinary(start_double, recipient):
    assert profile_of(start_double(profile="never"), recipient) == "never"


def test_an_unknown_outcome_is_noted(double):
    answer = double.send(outgoing(To="fialed@sim.test"))
    expected = "no profile and no fault is called fialed: fialed@sim.test is a recipient as any other"
    assert (answer.succeeded, answer.notes) == (True, expected)


# faults


@pytest.mark.parametrize("number", [number for number, outcome in OF_FAULTS.items() if outcome not in WIRE])
def test_a_number_injects_a_fault_into_the_whole_call(double, number):
    answer = double.send(outgoing(To="1"), outgoing(To=number))
    outcome = OF_FAULTS[number]
    if outcome == "in-band-error":
        assert (answer.status, answer.succeeded) == (200, False)
        assert answer.exception["Message"] == "The gateway refused the call."
    elif outcome == "soap-fault":
        assert (answer.status, answer.fault.code[1]) == (500, "InternalServiceFault")
    else:
        assert (answer.status, answer.headers["retry-after"]) == (int(outcome.removeprefix("http-")), "2")
    assert double.outbox() == []
    (exchange,) = steer(double, "GET", "journal")["exchanges"]
    assert (exchange["rule"], bool(exchange["fault"])) == (f"magic {number}", True)


@pytest.mark.parametrize("outcome", ["http-401", "http-500", "wrong-media-type", "malformed", "html-error-page"])
def test_an_address_injects_a_fault(double, outcome):
    answer = double.send(outgoing(To=f"{outcome}+here@sim.test"))
    assert answer.notes.startswith(f"answered by 'magic {outcome}+here@sim.test'")
    assert answer.status == {"http-401": 401, "http-500": 500, "html-error-page": 500}.get(outcome, 200)


def test_only_sending_meets_these_faults(double):
    assert double.create(To="http-503@sim.test").succeeded
    assert double.create(From="+447700900024").succeeded
    double.send(outgoing(To="1"))
    assert double.get_status(1).succeeded


def test_each_message_of_a_batch_gets_the_profile_of_its_recipient(start_double):
    double = start_double(profile="never")
    recipients = ["1", "+447700900001", "fails+a@sim.test", None, "not-sent@sim.test", "+447700900009", "1"]
    rows = double.send(*[outgoing(To=each) for each in recipients]).statuses
    assert [row.status for row in rows] == [1, 2, 1, 1, 0, 2, 1]
    assert [row.status for row in double.get_status(*range(1, 8)).statuses] == [1, 2, 3, 1, 0, 2, 1]
    assert [message["from"] for message in double.inbox()] == ["+447700900009"]


def test_the_first_fault_of_a_batch_decides(double):
    recipients = ["fails@sim.test", "http-429@sim.test", "http-503@sim.test"]
    assert double.send(*[outgoing(To=each) for each in recipients]).status == 429
    assert double.outbox() == []


def test_rules_come_before_recipients_and_these_before_the_profiles_of_plugin_and_tenant(start_double):
    double = start_double(profile="never", plugin_profiles=(("CM", "slow"),))
    steer(double, "PUT", "profile", {"profile": "expires", "plugins": {"CM": "by-hand"}})
    assert (profile_of(double, "fails@sim.test"), profile_of(double, "1")) == ("fails", "by-hand")
    steer(double, "POST", "rules", {"name": "first", "then": {"http": 500}, "times": 1})
    assert [double.send(outgoing(To="http-503@sim.test")).status for _ in range(2)] == [500, 503]


# settings


def test_the_table_can_be_extended_and_overridden(start_double):
    own = Profile("own", steps=(Step(77, polls=1),))
    magic = (("0044 7700-900001", "own"), ("2077", "fails"), ("+47 907 00 001", "http-503"), ("+447700900024", "slow"))
    double = start_double(magic=magic, profiles=(own,), profile="never")
    assert profile_of(double, "+447700900001") == "own"
    assert (numbers(double), polled(double)) == ([1], 77)
    assert double.send(outgoing(To="004790700001")).status == 503
    recipients = ("2077", "+447700900024", "own@sim.test", "+447700900007")
    assert [profile_of(double, each) for each in recipients] == ["fails", "slow", "own", "expires"]


def test_they_can_be_turned_off(start_double):
    double = start_double(magic_recipients=False, magic=(("2077", "fails"),), profile="never")
    for recipient in ("+447700900005", "fails@sim.test", "http-503@sim.test", "2077", "+447700900031"):
        assert profile_of(double, recipient) == "never"
    assert double.get("/_mock/v1/magic").json == {"numbers": {}, "addresses": []}


def test_they_are_listed(start_double):
    double = start_double(magic=(("+47 900", "fails"), ("07700900001", "slow")), clock=BEGIN)
    listed = double.get("/_mock/v1/magic").json
    assert listed["numbers"] == {**NUMBERS, "+47900": "fails", "+447700900001": "slow"}
    assert {*PROFILES, *WIRE, "in-band-error", "soap-fault", "http-503", "delay"} <= set(listed["addresses"])
