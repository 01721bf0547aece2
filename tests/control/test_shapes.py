"""What the control API shows of a message, a report, a list."""

from __future__ import annotations

import json
import re

import pytest
from support.control import INBOX, OUTBOX, REPORTS, assert_problem, fill
from support.double import control_url
from support.envelopes import NIL, outgoing

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
OUTBOX_KEYS = """
    messagingId externalMessageId plugin from to content format parentMessagingId suggestedSessionKey sessionKey config
    status statusDescription profile operation services registered updated statuses
""".split()
INBOX_KEYS = ["id", "to", "from", "content", "format", "sessionKey", "plugin", "origin", "services", "registered"]


def test_a_message_of_the_outbox_has_every_key(double) -> None:
    double.send(outgoing(From="f", To="t", Content="c", Format="sms/160", SuggestedSessionKey="k"), config=[("a", NIL)])
    listed = double.get(OUTBOX)
    assert (listed.status, listed.content_type) == (200, "application/json")
    assert list(listed.json) == ["total", "next", "messages"]
    (message,) = listed.json["messages"]
    assert list(message) == OUTBOX_KEYS
    for name in ("registered", "updated"):
        assert MOMENT.fullmatch(message.pop(name))
    (change,) = message.pop("statuses")
    assert MOMENT.fullmatch(change.pop("at"))
    description = "Handed over to the gateway"
    assert change == {"status": 1, "statusDescription": description, "by": "SendMessagesWithConfig"}
    assert re.fullmatch("[0-9a-f]{32}", message.pop("externalMessageId"))
    assert message == {
        "messagingId": 1,
        "plugin": "CM",
        "from": "f",
        "to": "t",
        "content": "c",
        "format": "sms/160",
        "parentMessagingId": None,
        "suggestedSessionKey": "k",
        "sessionKey": "k",
        "config": [{"key": "a", "value": None}],
        "status": 1,
        "statusDescription": description,
        "profile": "delivers",
        "operation": "SendMessagesWithConfig",
        "services": "Services88",
    }


def test_a_message_of_the_inbox_has_every_key(double) -> None:
    double.create(To="t")
    (message,) = double.get(INBOX).json["messages"]
    assert list(message) == INBOX_KEYS
    assert MOMENT.fullmatch(message["registered"])


def test_an_unmatched_report_has_every_key(double) -> None:
    double.set_status("CM", "x", 1)
    listed = double.get(REPORTS).json
    assert list(listed) == ["total", "next", "statusReports"]
    (report,) = listed["statusReports"]
    assert list(report) == ["id", "plugin", "externalMessageId", "status", "statusDescription", "services", "at"]
    assert MOMENT.fullmatch(report["at"])


@pytest.mark.parametrize("url", [OUTBOX, INBOX])
def test_one_message_is_shown_as_in_the_list(double, url) -> None:
    fill(double, 3)
    listed = double.get(url).json["messages"]
    for number, message in zip((3, 2, 1), listed, strict=True):
        assert double.get(f"{url}/{number}").json == message


@pytest.mark.parametrize("url", [OUTBOX, INBOX, REPORTS, control_url("default", "journal")])
@pytest.mark.parametrize("number", ["7", "0", "2147483647", "2147483648", "9" * 40])
def test_an_item_that_is_not_there_is_404(double, url, number) -> None:
    fill(double, 1)
    assert_problem(double.get(f"{url}/{number}"), 404, "has no ", number, url)


@pytest.mark.parametrize("number", ["x", "-1", "1.5", "1x", "0x1", "latest "])
def test_what_is_no_id_is_404(double, number) -> None:
    fill(double, 1)
    assert_problem(double.get(f"{OUTBOX}/{number}"), 404)


@pytest.mark.parametrize(("url", "key"), [(OUTBOX, "messages"), (INBOX, "messages"), (REPORTS, "statusReports")])
def test_an_empty_list_is_no_error(double, url, key) -> None:
    for tenant in ("default", "Cust99", "never seen", "æ"):
        answer = double.get(url.replace("default", control_url(tenant, "").split("/")[-2]))
        assert answer.json == {key: [], "total": 0, "next": None}


def test_json_is_utf8_with_every_character_as_it_is(double) -> None:
    double.send(outgoing(Content="æ😀\u2028\u0085\x7f<>&'\"\\/\r\n"))
    body = double.get(OUTBOX).body
    assert "æ😀".encode() in body
    assert json.loads(body)["messages"][0]["content"] == "æ😀\u2028\u0085\x7f<>&'\"\\/\r\n"
    assert body.endswith(b"}\n")
