"""What is said about a value that is not as expected."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.texts import xml_texts

BIG = "The quick brown fox. " * 100_000
LATER = datetime(2026, 5, 4, 13, tzinfo=timezone.utc)
PAIRS = (("a", "1"), ("a", None), ("b", "22"))
SHOWN = [{"key": "a", "value": "1"}, {"key": "a", "value": None}, {"key": "b", "value": "22"}]
MESSAGE = "SendMessagesWithConfig/OutgoingMessages/OutgoingMessage[2]"


ONLY_WILDCARDS = "pattern has the wildcards * and ? only; regex takes a regular expression"


@pytest.mark.parametrize(
    ("expected", "actual", "first"),
    [
        ("Hello World", "Hello Wurld", (8, "o", "u")),
        ("Hello", "Hello!", (6, "", "!")),
        ("Hello!", "Hello", (6, "!", "")),
        ("aaa", "aa", (3, "a", "")),
        ("abcd", "axyd", (2, "bc", "xy")),
        ("abc", "xyz", (1, "abc", "xyz")),
        ("", "x", (1, "", "x")),
        ("æøå", "æöå", (2, "ø", "ö")),
        ("😀😀", "😀😁", (2, "😀", "😁")),
        pytest.param(f"{BIG}a{BIG}", f"{BIG}b{BIG}", (len(BIG) + 1, "a", "b"), id="megabytes"),
    ],
)
def test_the_first_difference_is_shown(box, expected, actual, first):
    box.send({"content": actual})
    difference = box.result("content", "is", expected)["difference"]
    assert (difference["at"], difference["expected"], difference["actual"]) == first


@pytest.mark.parametrize(
    ("expected", "actual", "why"),
    [
        ("Hello", "hello", "only the letter case differs"),
        pytest.param("a" * 30_000, "A" * 30_000, "only the letter case differs", id="long"),
        ("Straße", "STRASSE", "only the letter case differs"),
        ("Hello", "Hello\n", "only white space at the beginning or the end differs; found U+000A LINE FEED"),
        ("Hello", " Hello", "only white space at the beginning or the end differs; found U+0020 SPACE"),
        ("Hello", " Hello ", "only white space at the beginning or the end differs"),
        (
            "Say \"yes\" or 'no'",
            "Say \u201cyes\u201d or \u2018no\u2019",
            "only the quotation marks differ: typographic and straight ones",
        ),
        ("Si «ja»", 'Si "ja"', "only the quotation marks differ"),
        ("a\r\nb\r\n", "a\nb\n", "only the line ends differ (CRLF, LF)"),
        ("a\nb", "a\r\nb", "only the line ends differ (CRLF, LF); found U+000D CARRIAGE RETURN"),
        ("\u00e9t\u00e9", "e\u0301te\u0301", "(NFC) and decomposed (NFD)"),
        ("+447700900001", " 447700900001", 'only a "+" differs'),
        ("+447700900001", "447700900001", 'only a "+" differs'),
        ("1+1=2", "1 1=2", 'only a "+" differs'),
        ("+44", "%2B44", "still percent-encoded"),
        ("Fish & Chips <3", "Fish &amp; Chips &lt;3", "escaped for XML twice"),
        ("Blåbær 5 €", "Blåbær 5 €".encode().decode("cp1252"), "UTF-8 was read as Latin-1 or Windows-1252"),
        ("Á", "Á".encode().decode("latin-1"), "UTF-8 was read as Latin-1 or Windows-1252"),
        ("", None, "null (left out, or sent as nil) is not an empty text"),
        (None, "", "null (left out, or sent as nil) is not an empty text"),
        ("a b", "a\u00a0b", "expected U+0020 SPACE; found U+00A0 NO-BREAK SPACE"),
        ("ab", "\ufeffab", "found U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("a\u200db", "ab", "expected U+200D ZERO WIDTH JOINER"),
        ("e", "e\u0301", "found U+0301 COMBINING ACUTE ACCENT"),
        ("a", "\u0430", "found U+0430 CYRILLIC SMALL LETTER A"),
        ("it's", "it\u2019s", "found U+2019 RIGHT SINGLE QUOTATION MARK"),
        ("ab", "a\x9fb", "found U+009F"),
        ("a\tb", "a b", "expected U+0009 TAB; found U+0020 SPACE"),
    ],
)
def test_what_explains_a_difference_is_said(box, expected, actual, why):
    box.send({"content": actual})
    assert why in box.result("content", "is", expected)["difference"]["why"]


@pytest.mark.parametrize(
    ("expected", "actual"), [("Hello", "Hallo"), ("one two", "three four"), ("1", "2"), ("bål", "bøk")]
)
def test_nothing_is_made_up_where_nothing_explains_it(box, expected, actual):
    box.send({"content": actual})
    assert "why" not in box.result("content", "is", expected)["difference"]


@pytest.mark.parametrize(
    ("piece", "text", "first", "why"),
    [
        ("quick brown", "a quick frown fox", (9, "b", "f"), None),
        ("Hello World", "say HelloWorld now", (10, " ", ""), "expected U+0020 SPACE"),
        ("yellow brown", "a mellow brown fox", (3, "y", "m"), None),
        ("code: 1234", "Your CODE: 1234", (6, "code", "CODE"), "only the letter case differs"),
        ("abcdef", "abcdeX", (6, "f", "X"), None),
        ("abcdef", "abcde", (6, "f", ""), None),
        ("yellow", "low fences", (1, "yel", ""), None),
        ("yellow", "low yes", (1, "yel", ""), None),
        ("CODE", "your code is 1", (1, "CODE", "your code is 1"), "only the letter case differs"),
    ],
)
def test_where_a_text_was_nearly_found_is_shown(box, piece, text, first, why):
    box.send({"content": text})
    difference = box.result("content", "contains", piece)["difference"]
    assert (difference["at"], difference["expected"], difference["actual"]) == first
    assert difference.get("why") == why


def test_a_text_that_is_nowhere_near_has_no_difference(box):
    box.send({"content": "something else"})
    for piece in ("quick brown", "someXXXXXX"):
        assert "difference" not in box.result("content", "contains", piece)


def test_several_values_of_a_key_have_no_difference(box):
    box.send({"config": (("user", "olx"), ("user", "y"))})
    assert "difference" not in box.result("config", "is", "ole", "user")


def test_no_more_than_eight_characters_are_named(box):
    box.send({"content": "".join(map(chr, range(0x2000, 0x2009)))})
    assert box.result("content", "is", "a")["difference"]["why"].count("U+") == 8


@pytest.mark.parametrize(
    ("pattern", "text", "why"),
    [
        ("hello*", "Hello World", "only the letter case differs"),
        ('say "*"', "say “yes”", "only the quotation marks differ: typographic and straight ones"),
        ("+44*", "447700900001", 'only a "+" differs: in URLs and forms it means a space unless it is written as %2B'),
        ("a?c", "a\u0301bc", None),
        ("say (what?)", "SAY (what!)", "only the letter case differs"),
        *(
            (expression, "code is 4711", ONLY_WILDCARDS)
            for expression in (r"code \d+", "^code", ".*4", "[a-z]+", "(a|b)")
        ),
        *((glob, "code is 4711", None) for glob in ("x*", "is 4711?", "a.b", "C:\\\\*")),
    ],
)
def test_a_common_cause_is_said_of_a_pattern_too(box, pattern, text, why):
    box.send({"content": text})
    assert box.result("content", "pattern", pattern).get("difference", {}).get("why") == why


@pytest.mark.parametrize(
    ("criterion", "element", "values"),
    [
        (("status", "is", 3), "status", (3, 1)),
        (("messagingId", "after", 7), "messagingId", (7, 2)),
        (("registered", "since", LATER), "registered", ("2026-05-04T13:00:00.000000Z", "2026-05-04T12:00:00.000000Z")),
        (("from", "any", False), f"{MESSAGE}/From", (False, "+47")),
        (("parentMessagingId", "any", True), f"{MESSAGE}/ParentMessagingId", (True, None)),
        (("plugin", "is", "SMS"), "SendMessagesWithConfig/Plugin", ("SMS", "CM")),
        (("config", "is", "2", "a"), "SendMessagesWithConfig/Config[a]", ("2", ["1", None])),
        (("config", "is", "2", "b"), "SendMessagesWithConfig/Config[b]", ("2", ["22"])),
        (("config", "is", "2", "c"), "SendMessagesWithConfig/Config[c]", ("2", [])),
        (("config", "is", None), "SendMessagesWithConfig/Config", (None, SHOWN)),
    ],
    ids=lambda value: str(value) if isinstance(value, tuple) else "",
)
def test_every_kind_of_member_is_shown_with_its_element(box, criterion, element, values):
    box.send({"to": "other", "config": None}, {"from_": "+47"}, config=PAIRS, operation="SendMessagesWithConfig")
    nearest = box.report(criterion, ("to", "is", "+447700900001"))["nearest"][0]
    mark = nearest["criteria"][0]
    assert (mark["field"], mark["operator"], mark.get("key")) == (
        *criterion[:2],
        criterion[3] if criterion[3:] else None,
    )
    assert (mark["element"], mark["expected"], mark["actual"], mark["matched"]) == (element, *values, False)


@pytest.mark.parametrize(
    ("expected", "actual", "first", "why"),
    [
        ("a=1 b=2", "a=1 b=3", (2, "b=2", "b=3"), None),
        ("a=1", "a=1 b=2", (2, "", "b=2"), None),
        ("b=2 a=1", "a=1 b=2", (1, "b=2 a=1", "a=1 b=2"), "the same pairs in another order"),
        ("", "a=1", (1, "", "a=1"), None),
    ],
)
def test_pairs_are_compared_in_the_order_sent(box, expected, actual, first, why):
    box.send({"config": _pairs(actual)})
    difference = box.result("config", "is", _pairs(expected))["difference"]
    parts = (" ".join(f"{each['key']}={each['value']}" for each in difference[part]) for part in ("expected", "actual"))
    assert ((difference["at"], *parts), difference.get("why")) == (first, why)


@given(st.tuples(xml_texts(), xml_texts()) | st.tuples(st.text("ab"), st.text("ab")))
def test_the_parts_that_differ_and_the_common_ends_make_up_the_two_texts(long_box, texts):
    expected, actual = texts
    long_box.empty()
    long_box.send({"content": actual})
    verdict = long_box.verify(("content", "is", expected))
    assert verdict.passed == (expected == actual)
    if not verdict.passed:
        _assert_made_up_of(verdict.nearest[0].results[0].difference, expected, actual)


@given(st.text("ab ", min_size=1), st.text("ab "))
def test_what_was_expected_in_the_place_of_what_was_found_meets_the_criterion(long_box, piece, text):
    long_box.empty()
    long_box.send({"content": text})
    verdict = long_box.verify(("content", "contains", piece))
    assert verdict.passed == (piece in text)
    difference = None if verdict.passed else verdict.nearest[0].results[0].difference
    if difference is not None:
        before = text[: difference.at - 1]
        rest = text[len(before) + len(difference.actual) :]
        assert before + difference.actual + rest == text
        assert piece in before + difference.expected + rest


def _assert_made_up_of(difference, expected, actual):
    before = actual[: difference.at - 1]
    rest = actual[len(before) + len(difference.actual) :]
    assert before + difference.actual + rest == actual
    assert before + difference.expected + rest == expected
    assert (difference.expected[:1] != difference.actual[:1]) or not (difference.expected and difference.actual)


def _pairs(text):
    return tuple(tuple(each.split("=")) for each in text.split())
