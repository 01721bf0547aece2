"""A call is found in the log, in the journal and in its refusal by one id; the log says why it was answered so."""

from __future__ import annotations

import logging
import os
import re
from datetime import datetime, timezone

import pytest
from support.envelopes import outgoing
from support.simulated import advance

from messaging_double.server.calls.call import new_request_id

ID = re.compile(r"[0-9a-f]{8}-\d+")
HEADER = "x-messaging-double-request-id"


def journal(double, query=""):
    return double.get(f"/_mock/v1/tenants/default/journal?{query}").json["exchanges"]


@pytest.fixture
def decisions(caplog):
    """Give what the log says at the level debug."""
    caplog.set_level(logging.DEBUG, "messaging_double.calls")

    def said():
        found = [each.msg.decision for each in caplog.records if hasattr(each.msg, "decision")]
        caplog.clear()
        return found

    return said


@pytest.mark.parametrize(
    "send",
    [
        pytest.param(lambda double: double.send(outgoing()), id="a call"),
        pytest.param(lambda double: double.post(b"no XML"), id="a refused one"),
        pytest.param(lambda double: double.get("/nowhere"), id="a wrong path"),
        pytest.param(lambda double: double.get("/api/v1/nowhere"), id="REST"),
        pytest.param(lambda double: double.send(outgoing(), plugin=""), id="refused in-band"),
    ],
)
def test_log_and_journal_and_the_refusal_have_the_same_id(start_double, send):
    double = start_double(empty_plugin="error")
    headers = dict(send(double).headers)
    logged = double.calls.latest.request_id
    (exchange,) = journal(double)
    assert ID.fullmatch(exchange["requestId"])
    assert logged == exchange["requestId"]
    assert headers.get(HEADER) == (exchange["requestId"] if exchange["refused"] else None)


def test_the_journal_is_searched_by_the_id(double):
    for number in range(3):
        double.send(outgoing(To=str(number)))
    second = journal(double)[1]
    assert journal(double, f"requestId={second['requestId']}") == [second]


def test_no_two_ids_are_the_same_in_processes_that_were_forked():
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, new_request_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 99).decode().partition("-")[0] != new_request_id().partition("-")[0]


@pytest.mark.parametrize(
    "send",
    [
        pytest.param(lambda double: double.send(outgoing()), id="a call"),
        pytest.param(lambda double: double.get("/nowhere"), id="a refused one"),
    ],
)
def test_the_real_time_stands_beside_a_tenants_own(start_double, send):
    now = datetime(2026, 11, 21, 8, tzinfo=timezone.utc)
    double = start_double(clock=lambda _: now)
    send(double)
    assert double.calls.latest.tenant_time is None
    advance(double, "6h")
    send(double)
    assert double.calls.latest.tenant_time == "2026-11-21T14:00:00.000Z"
    later, first = [(each["at"], each["received"]) for each in journal(double)]
    assert first == ("2026-11-21T08:00:00.000000Z",) * 2
    assert later == ("2026-11-21T14:00:00.000000Z", "2026-11-21T08:00:00.000000Z")


def test_debug_says_which_rule_matched_and_why_others_did_not(double, decisions):
    for rule in (
        {"name": "other", "when": {"operation": "GetPlugins", "to": "+46"}, "then": {"http": 500}},
        {"name": "later", "skip": 1, "then": {"http": 501}},
        {"name": "never", "probability": 0, "then": {"http": 502}},
        {"name": "down", "when": {"content": {"contains": "secret"}}, "times": 1, "then": {"http": 503}},
        {"name": "last", "then": {"http": 504}},
    ):
        assert double.steer("POST", "rules", rule).status == 201
    double.send(outgoing(Content="secret"))
    assert decisions() == [
        'rule "other" does not match: operation, to',
        'rule "later" matches, but skips the first 1',
        'rule "never" matches, but was not drawn: probability 0.0',
        'rule "down" matches',
        'answered by "down": http 503',
    ]
    assert double.steer("DELETE", "rules/later").status == 204
    double.send(outgoing(Content="secret"))
    assert decisions()[2] == 'rule "down" matches, but is exhausted'


def test_debug_says_which_profile_messages_get(double, decisions):
    double.send(outgoing(To="+447700900005"), outgoing(), outgoing())
    assert decisions() == [
        "message 1 is to a magic recipient: fails",
        "no rule and no magic recipient answers: as usual",
        "profile of the plugin: delivers; profiles of the messages: fails (1), delivers (2)",
    ]


def test_nothing_is_explained_above_debug(double, decisions, caplog):
    caplog.set_level(logging.INFO, "messaging_double.calls")
    double.send(outgoing())
    assert decisions() == []
