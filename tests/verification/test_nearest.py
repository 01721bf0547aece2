"""Which messages come nearest to what was expected."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields
from support.texts import xml_texts

from messaging_double.models.criteria import OUTBOX, Criterion
from messaging_double.models.records import OutgoingMessage

NAMES = {"to": "To", "content": "Content", "format": "Format", "suggestedSessionKey": "SuggestedSessionKey"}
MEMBERS = {"to": "to", "content": "content", "format": "format", "suggestedSessionKey": "suggested_session_key"}


@given(st.data())
@settings(max_examples=20)
def test_one_wrong_character_among_50_messages_is_found_and_its_element_named(long_box, data):
    """The message is the nearest, whichever it is, whatever the text and wherever the character."""
    texts = data.draw(st.lists(xml_texts().filter(lambda text: len(text) > 3), min_size=1, max_size=5))
    contents = [f"{texts[number % len(texts)]}{number}" for number in range(50)]
    which = data.draw(st.integers(0, 49))
    field = data.draw(st.sampled_from(sorted(NAMES)))
    sent = [{member: f"{content} {name}" for name, member in MEMBERS.items()} for content in contents]
    expected = tuple(Criterion(name, "is", sent[which][member]) for name, member in MEMBERS.items())
    text = sent[which][MEMBERS[field]]
    at = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from("#\u00a0é\n").filter(lambda character: character != text[at]))
    sent[which] = {**sent[which], MEMBERS[field]: text[:at] + wrong + text[at + 1 :]}
    long_box.empty()
    long_box.send(*sent)

    nearest = long_box.report(*expected)["nearest"][0]

    assert (nearest["messagingId"], nearest["matched"], nearest["of"]) == (which + 1, 3, 4)
    (mark,) = (each for each in nearest["criteria"] if not each["matched"])
    assert mark["element"] == f"SendMessages/OutgoingMessages/OutgoingMessage[{which + 1}]/{NAMES[field]}"
    assert (mark["expected"], mark["actual"]) == (text, sent[which][MEMBERS[field]])
    assert (mark["difference"]["expected"], mark["difference"]["actual"]) == (text[at], wrong)
    assert mark["difference"]["at"] == at + 1


@given(st.data())
def test_an_expectation_made_from_a_message_passes(long_box, data):
    texts = st.none() | xml_texts()
    numbers = st.none() | st.integers(-(2**31), 2**31 - 1)
    pairs = st.none() | st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
    kinds = {each.name: numbers if each.name == "parent_messaging_id" else texts for each in fields(OutgoingMessage)}
    members = data.draw(st.fixed_dictionaries({**kinds, "config": pairs}))
    long_box.empty()
    long_box.send(members)
    entry = long_box.latest()
    criteria = [Criterion(field.name, "is", field.of(entry)) for field in OUTBOX if field.kind != "moment"]
    assert long_box.verify(*criteria, maximum=1).passed


CRITERIA = st.one_of(
    st.builds(Criterion, st.sampled_from(["to", "content"]), st.sampled_from(["is", "contains"]), st.text("aA é")),
    st.builds(Criterion, st.sampled_from(["to", "content"]), st.just("pattern"), st.text("aA*?[\\")),
    st.builds(Criterion, st.sampled_from(["to", "content", "status", "config"]), st.just("any"), st.booleans()),
    st.builds(Criterion, st.just("status"), st.sampled_from(["is", "after"]), st.integers(0, 3)),
    st.builds(Criterion, st.just("config"), st.just("is"), st.text("a"), st.sampled_from(["k", "l"])),
)


@given(
    st.lists(st.tuples(st.none() | st.text("aA é[*"), st.none() | st.text("a"))), st.lists(CRITERIA, min_size=1)
)  # fmt: skip
def test_the_nearest_meet_most_and_their_marks_say_which(long_box, texts, criteria):
    long_box.empty()
    long_box.send(*({"content": text, "config": None if value is None else (("k", value),)} for text, value in texts))
    reported = long_box.report(*criteria, minimum=51)
    met = []
    for text, value in texts:
        values = {
            "to": "+447700900001",
            "content": text,
            "status": 1,
            "config": None if value is None else (("k", value),),
        }
        met.append([criterion.met_by(values[criterion.field]) for criterion in criteria])
    assert reported["found"] == sum(map(all, met))
    shown = [each["matched"] for each in reported["nearest"]]
    assert shown == sorted((sum(each) for each in met if not all(each)), reverse=True)[:3]
    for each in reported["nearest"]:
        assert [mark["matched"] for mark in each["criteria"]] == met[each["messagingId"] - 1]


@pytest.mark.parametrize(
    ("how", "expected", "contents", "order"),
    [
        ("is", "Hello World", ["Hello", "Hello Wurld", "other"], [2, 1, 3]),
        ("is", "Hello World", ["Hello W", "HELLO WORLD", "Hello"], [2, 1, 3]),
        ("is", "Hello World", ["x", None, "y"], [3, 2, 1]),
        ("is", "Hei Kari, koden din er 4711. Hilsen Ola", [
            "Hei Ole, koden din er 4711. Hilsen Per", "Hei Kari, velkommen", "Hade Ola"], [1, 2, 3]),
        ("is", "Hello World", [" Hello World ", "Hello", "World"], [1, 3, 2]),
        ("is", '"Hello World"', ["“Hello World”", '"Hello', 'World"'], [1, 3, 2]),
        ("is", "one two three", ["two three, one", "one", "three"], [1, 3, 2]),
        ("is", "a" * 1500, ["x" + "a" * 1400 + "x", "a" * 700, "b"], [1, 2, 3]),
        ("is", "a" * 3000, ["A" * 3000, "a" * 2999, "b"], [2, 3, 1]),
        ("contains", "abcabc", ["xabcabx", "abc abc", "z"], [2, 1, 3]),
        ("contains", "quick brown", ["quick", "a quick braun fox", "slow"], [2, 1, 3]),
        ("pattern", "Code: * is *yours", ["Code 1 yours", "Code: 1 is your own", "no"], [2, 1, 3]),
        ("pattern", r"\*\*? ok", ["no", "** wrong", "x"], [2, 3, 1]),
        ("pattern", r"\*\*?", [r"\*", "**", "x"], [2, 1, 3]),
        ("pattern", "??", ["a", "b", "c"], [3, 2, 1]),
        ("regex", r"abc\d\d", ["abc1", "x", "y"], [3, 2, 1]),
        ("any", False, ["a", "", "b"], [3, 2, 1]),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_of_messages_that_meet_as_much_the_most_alike_comes_first_then_the_newest(box, how, expected, contents, order):
    box.send(*({"content": content} for content in contents))
    nearest = box.report(("content", how, expected), ("plugin", "is", "CM"))["nearest"]
    assert [each["messagingId"] for each in nearest] == order


def test_more_criteria_met_come_before_more_alike(box):
    box.send({"content": "Hello Worl", "to": "1"}, {"content": "nothing of it", "to": "2"})
    nearest = box.report(("content", "is", "Hello World"), ("to", "is", "2"))["nearest"]
    assert [(each["messagingId"], each["matched"]) for each in nearest] == [(2, 1), (1, 0)]


def test_the_most_alike_of_several_values_of_a_key_counts(box):
    box.send({"config": (("a", "x"), ("a", "true"))}, {"config": (("a", "y"),)}, {"config": (("b", "tru3"),)})
    nearest = box.report(("config", "is", "tru3", "a"))["nearest"]
    assert [each["messagingId"] for each in nearest] == [1, 3, 2]


def test_pairs_are_the_more_alike_the_more_they_share(box):
    box.send({"config": (("b", "2"), ("a", "1"))}, {"config": (("a", "1"),)}, {"config": None})
    nearest = box.report(("config", "is", (("a", "1"), ("b", "2"))))["nearest"]
    assert [each["messagingId"] for each in nearest] == [1, 2, 3]


def test_messages_that_match_are_no_misses(box):
    box.send({"to": "1"}, {"to": "2"}, {"to": "1"})
    reported = box.report(("to", "is", "1"), minimum=3)
    assert reported["matched"] == [3, 1]
    assert [each["messagingId"] for each in reported["nearest"]] == [2]


def test_the_inbox_has_misses_too(box):
    box.receive(to="1", from_="2", content="Yes", session_key="k", plugin="CM")
    (nearest,) = box.report(("content", "is", "No"), ("from", "is", "2"), box="inbox")["nearest"]
    assert nearest["id"] == 1
    assert [mark["element"] for mark in nearest["criteria"]] == [
        "CreateMessage/IncomingMessage/Content",
        "CreateMessage/IncomingMessage/From",
    ]


def test_it_is_said_when_more_are_as_near_than_were_compared(box):
    def compared(content):
        reported = box.report(("content", "is", content), ("plugin", "is", "SMS"))
        assert ("only the 1000 newest were compared" in reported["text"]) is reported["partial"]
        return reported["nearest"][0]["messagingId"], reported["partial"]

    box.send({"content": "Hello Wurld"}, *[{"content": "x"}] * 999)
    assert compared("Hello World") == (1, False)
    box.send(*[{"content": "y"}] * 3)
    assert compared("Hello World") == (1003, True)
    assert compared("y") == (1003, False), "those that were left out meet less"
    for criteria in ([("content", "is", "y")], [("content", "is", "y"), ("plugin", "is", "CM")]):
        assert not box.report(*criteria, minimum=4)["partial"], "1000 are compared beside those that match"


def test_where_thousands_match_and_more_are_expected_it_is_said_that_not_all_were_compared(box):
    box.send(*[{"content": "x"}] * 2001)
    reported = box.report(("content", "is", "x"), minimum=3000)
    assert (reported["nearest"], reported["partial"]) == ([], True)
