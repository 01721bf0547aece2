"""How many messages are expected, and what is said about it."""

from __future__ import annotations

import pytest

from messaging_double.server.verification import Expectation


@pytest.mark.parametrize(
    ("minimum", "maximum", "words", "met", "unmet"),
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
def test_an_expectation_says_how_many_and_holds_for_those(minimum, maximum, words, met, unmet):
    expectation = Expectation("outbox", (), minimum, maximum)
    assert expectation.in_words == words
    assert all(map(expectation.met_by, met))
    assert not any(map(expectation.met_by, unmet))


@pytest.mark.parametrize(
    ("minimum", "maximum", "passed"),
    [(1, None, True), (3, 3, True), (0, 2, False), (0, 0, False), (4, None, False), (4, 9, False)],
)
def test_messages_that_meet_all_criteria_are_counted(box, minimum, maximum, passed):
    box.send({}, {}, {}, {"to": "else"})
    criteria = ("to", "is", "+447700900001"), ("content", "contains", "ell")
    verdict = box.verify(*criteria, minimum=minimum, maximum=maximum)
    assert (verdict.passed, verdict.found, verdict.total) == (passed, 3, 4)


def test_without_criteria_every_message_counts(box):
    box.send({}, {}, content=None)
    assert box.verify(minimum=2, maximum=2).passed
    reported = box.report(minimum=3)
    assert (reported["found"], reported["matched"], reported["nearest"]) == (2, [2, 1], [])
    assert "found 2 of 2 messages" in reported["error"]


def test_only_the_box_and_the_tenant_that_were_asked_for_count(box):
    box.send({})
    box.receive(content="Hello")
    assert box.verify(("content", "is", "Hello"), box="inbox", maximum=1).passed
    box.empty()
    assert box.verify(("content", "is", "Hello"), minimum=0, maximum=0).passed
    assert box.verify(("content", "is", "Hello"), box="inbox", minimum=0, maximum=0).passed


def test_an_empty_box_is_said_to_be_empty_with_what_a_tenant_is(box):
    reported = box.report(("to", "is", "+447700900001"))
    assert (reported["found"], reported["total"], reported["nearest"]) == (0, 0, [])
    for word in ("empty", "CustNNNNN", "URL", "default"):
        assert word in reported["hint"]
    assert reported["hint"][1:] in reported["text"]


def test_too_many_are_shown_in_full_newest_first(box):
    box.send({"content": "one"}, {"content": "two"}, config=(("a", None), ("a", "\n")))
    reported = box.report(("to", "is", "+447700900001"), minimum=0, maximum=0)
    assert (reported["matched"], reported["more"], reported["nearest"]) == ([2, 1], 0, [])
    assert [each["content"] for each in reported["messages"]] == ["two", "one"]
    assert reported["messages"][0]["config"] == [{"key": "a", "value": None}, {"key": "a", "value": "\n"}]
    assert reported["messages"][0]["registered"] == "2026-05-04T12:00:00.000000Z"
    assert "none of these is expected" in reported["hint"]
    for word in ("Message 2:", "Message 1:", '"two"', '"one"', r'{"key": "a", "value": "\n"}'):
        assert word in reported["text"]


def test_of_very_many_that_are_too_many_the_newest_are_shown_and_the_rest_is_counted(box):
    box.send(*[{}] * 25)
    reported = box.report(minimum=0, maximum=1)
    assert reported["matched"] == list(range(25, 5, -1))
    assert (reported["found"], reported["more"], len(reported["messages"])) == (25, 5, 20)
    assert "5 older ones match too." in reported["text"]


def test_a_verdict_that_passed_has_a_report_without_complaints(box):
    box.send({}, {"to": "else"})
    reported = box.report(("to", "is", "else"), maximum=1)
    assert "error" not in reported
    assert "hint" not in reported
    assert (reported["found"], reported["total"], reported["matched"]) == (1, 2, [2])
    assert (reported["messages"], reported["nearest"], reported["partial"]) == ([], [], False)
    assert reported["text"] == (
        f'Expected exactly 1 message meeting 1 criterion in the outbox of tenant "{box.tenant}", '
        'found 1 of 2 messages.\n  to  is "else"\n'
    )


@pytest.mark.parametrize(
    ("sent", "counts", "waited", "advice"),
    [
        (["a", "a"], {"maximum": 1}, False, "the application may have sent twice"),
        (["a", "b"], {"maximum": 1}, False, "add a criterion that distinguishes them, or expect this many"),
        (["a"], {"minimum": 0, "maximum": 0}, False, "the journal has the calls that they came by"),
        (["a"], {"minimum": 2}, False, "can be waited for: within, such as 5s"),
        (["a"], {"minimum": 2}, True, "only 1 message came in time"),
    ],
)
def test_the_advice_fits_the_expectation(box, sent, counts, waited, advice):
    box.send(*({"content": each} for each in sent))
    reported = box.report(waited=waited, **counts)
    assert reported["hint"].endswith(advice)
    assert advice in reported["text"].lower()


def test_nothing_is_said_of_waiting_after_it_was_waited(box):
    box.send({"content": "a"})
    said = box.report(("content", "is", "b"), waited=True)["text"]
    assert not [each for each in ("within", "came in time") if each in said]
    assert "within" in box.report(("content", "is", "b"))["text"]


def test_of_too_many_it_is_shown_what_they_have_in_common_and_in_what_they_differ(box):
    box.send({"content": "one"}, {"content": "two"})
    lines = box.report(maximum=1)["text"].splitlines()
    common = lines[lines.index("All that match have:") : lines.index("Message 2:")]
    assert '"+447700900001"' in "".join(common)
    assert "null" not in "".join(common)
    second = lines[lines.index("Message 2:") : lines.index("Message 1:")]
    assert [each.split()[0] for each in second if each.startswith("  ")] == [
        "content",
        "messagingId",
        "externalMessageId",
        "sessionKey",
    ]


def test_of_too_few_those_that_match_are_shown(box):
    box.send({"content": "one"}, {"content": "two"})
    text = box.report(("content", "is", "one"), minimum=2, maximum=2)["text"]
    assert text.index("Message 1 matches:") < text.index("Nearest: message 2")


def test_an_empty_box_says_why_calls_were_refused(box):
    box.empty()
    box.record(refused="no ticket.")
    assert (
        box.report()["hint"] == "the outbox is empty, and 1 call of this tenant was refused; the newest one: no ticket"
    )
    box.record(refused="another Services version")
    box.record()
    text = box.report(("to", "is", "x"))["text"]
    assert text.endswith("2 calls of this tenant were refused; the newest one: another Services version.\n")


def test_an_empty_box_names_the_tenants_that_have_messages(box):
    box.send({}, {})
    first = box.tenant
    box.empty()
    assert (first, 2) in box.verify().elsewhere
    assert " message" in box.report()["hint"].partition("without one; ")[2]
    box.send({})
    assert box.verify(("to", "is", "x")).elsewhere == ()
