"""How many messages are expected, and what is said about it."""

from __future__ import annotations

import pytest

from messaging_double.server.judging import Expectation


@pytest.mark.parametrize(
    ("least", "most", "words", "met", "unmet"),
    [
        (1, None, "at least 1 message", [1, 2, 99], [0]),
        (2, None, "at least 2 messages", [2, 3], [0, 1]),
        (0, None, "at least 0 messages", [0, 1], []),
        (1, 1, "exactly 1 message", [1], [0, 2]),
        (2, 2, "exactly 2 messages", [2], [0, 1, 3]),
        (0, 0, "no message", [0], [1, 2]),
        (0, 1, "at most 1 message", [0, 1], [2]),
        (0, 3, "at most 3 messages", [0, 3], [4]),
        (1, 3, "1 to 3 messages", [1, 2, 3], [0, 4]),
    ],
)
def test_an_expectation_says_how_many_and_holds_for_those(least, most, words, met, unmet):
    expectation = Expectation("outbox", (), least, most)
    assert expectation.in_words == words
    assert all(map(expectation.met_by, met))
    assert not any(map(expectation.met_by, unmet))


@pytest.mark.parametrize(
    ("least", "most", "passed"),
    [(1, None, True), (3, 3, True), (0, 2, False), (0, 0, False), (4, None, False), (4, 9, False)],
)
def test_messages_that_meet_all_criteria_are_counted(court, least, most, passed):
    court.send({}, {}, {}, {"to": "else"})
    verdict = court.judge(("to", "is", "+447700900001"), ("content", "contains", "ell"), least=least, most=most)
    assert (verdict.passed, verdict.found, verdict.total) == (passed, 3, 4)


def test_without_criteria_every_message_counts(court):
    court.send({}, {}, content=None)
    assert court.judge(least=2, most=2).passed
    reported = court.report(least=3)
    assert (reported["found"], reported["matched"], reported["nearest"]) == (2, [2, 1], [])
    assert "found 2 of 2 messages" in reported["error"]


def test_only_the_box_and_the_tenant_that_were_asked_for_count(court):
    court.send({})
    court.receive(content="Hello")
    assert court.judge(("content", "is", "Hello"), box="inbox", most=1).passed
    court.anew()
    assert court.judge(("content", "is", "Hello"), least=0, most=0).passed
    assert court.judge(("content", "is", "Hello"), box="inbox", least=0, most=0).passed


def test_an_empty_box_is_said_to_be_empty_with_what_a_tenant_is(court):
    reported = court.report(("to", "is", "+447700900001"))
    assert (reported["found"], reported["total"], reported["nearest"]) == (0, 0, [])
    for word in ("empty", "CustNNNNN", "URL", "default"):
        assert word in reported["hint"]
    assert reported["hint"][1:] in reported["text"]


def test_too_many_are_shown_in_full_newest_first(court):
    court.send({"content": "one"}, {"content": "two"}, config=(("a", None), ("a", "\n")))
    reported = court.report(("to", "is", "+447700900001"), least=0, most=0)
    assert (reported["matched"], reported["more"], reported["nearest"]) == ([2, 1], 0, [])
    assert [each["content"] for each in reported["messages"]] == ["two", "one"]
    assert reported["messages"][0]["config"] == [{"key": "a", "value": None}, {"key": "a", "value": "\n"}]
    assert reported["messages"][0]["registered"] == "2026-05-04T12:00:00.000000Z"
    assert "reset" in reported["hint"]
    for word in ("Message 2:", "Message 1:", '"two"', '"one"', r'{"key": "a", "value": "\n"}'):
        assert word in reported["text"]


def test_of_very_many_that_are_too_many_the_newest_are_shown_and_the_rest_is_counted(court):
    court.send(*[{}] * 25)
    reported = court.report(least=0, most=1)
    assert reported["matched"] == list(range(25, 5, -1))
    assert (reported["found"], reported["more"], len(reported["messages"])) == (25, 5, 20)
    assert "5 older ones match too." in reported["text"]


def test_a_verdict_that_passed_has_a_report_without_complaints(court):
    court.send({}, {"to": "else"})
    reported = court.report(("to", "is", "else"), most=1)
    assert "error" not in reported
    assert "hint" not in reported
    assert (reported["found"], reported["total"], reported["matched"]) == (1, 2, [2])
    assert (reported["messages"], reported["nearest"], reported["partial"]) == ([], [], False)
    assert reported["text"] == (
        f'Expected exactly 1 message meeting 1 criterion in the outbox of tenant "{court.tenant}", '
        'found 1 of 2 messages.\n  to  is "else"\n'
    )
