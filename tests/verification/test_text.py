"""What a person reads."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from support.texts import xml_texts

from messaging_double.server.verification import text

PATH = "SendMessages/OutgoingMessages/OutgoingMessage[1]"
HINT = "A message that is still to come can be waited for: within, such as 5s."


def test_the_whole_text_of_one_wrong_character(box):
    box.send({"content": "Your code is 4711"})
    said = text(box.verify(("to", "is", "+447700900001"), ("content", "is", "Your code is 4712"), maximum=1))
    assert (
        said
        == f"""\
Expected exactly 1 message meeting 2 criteria in the outbox of tenant "{box.tenant}", found 0 of 1 message.
  to       is "+447700900001"
  content  is "Your code is 4712"

Nearest: message 1 meets 1 of 2:
  ✓ {PATH}/To
      "+447700900001"
  ✗ {PATH}/Content
      expected  "Your code is 4712"
      actual    "Your code is 4711"
                                 ^
      at character 17: expected "2", found "1"

{HINT}
"""
    )


def test_the_next_ones_follow(box):
    box.send({"content": "ten"}, {"content": "tree"}, {"content": "three"}, {"content": "x"})
    said = text(box.verify(("content", "is", "thre")))
    assert [line for line in said.splitlines() if "meets" in line] == [
        "Nearest: message 3 meets 0 of 1:",
        "Next: message 2 meets 0 of 1:",
        "Next: message 1 meets 0 of 1:",
    ]


@pytest.mark.parametrize(
    ("criterion", "members", "lines"),
    [
        (
            ("content", "contains", "quick brown"),
            {"content": "a quick braun fox"},
            [
                'expected  contains "quick brown"',
                'actual             "a quick braun fox"',
                "                              ^^",
                'at character 11: expected "ow", found "au"',
            ],
        ),
        (("content", "pattern", "H*o"), {"content": "hello"}, [
            'expected  matches "H*o"',
            'actual            "hello"',
            "only the letter case differs",
        ]),
        (("content", "regex", "H.*o$"), {"content": "hello"}, [
            'expected  matches regex "H.*o$"',
            'actual                  "hello"',
            "only the letter case differs",
        ]),
        (("content", "regex", r"H\d"), {"content": "hello"}, [
            r'expected  matches regex "H\\d"',
            'actual                  "hello"',
        ]),
        (("content", "is", "one two"), {"content": "one\u00a0two"}, [
            'expected  "one two"',
            r'actual    "one\u00a0two"',
            "              ^^^^^^",
            r'at character 4: expected " ", found "\u00a0"',
            "expected U+0020 SPACE; found U+00A0 NO-BREAK SPACE",
        ]),
        (("content", "is", "漢字x"), {"content": "漢字y"}, [
            'expected  "漢字x"',
            'actual    "漢字y"',
            "               ^",
            'at character 3: expected "x", found "y"',
        ]),
        (("content", "is", "\uff21x"), {"content": "\uff21y"}, [
            'expected  "\uff21x"',
            'actual    "\uff21y"',
            "             ^",
            'at character 2: expected "x", found "y"',
        ]),
        (("content", "is", "ne\u0301e!"), {"content": "ne\u0301e?"}, [
            'expected  "ne\u0301e!"',
            'actual    "ne\u0301e?"',
            "              ^",
            'at character 5: expected "!", found "?"',
        ]),
        (("content", "is", 'a\n"b'), {"content": 'a\n"c'}, [
            r'expected  "a\n\"b"',
            r'actual    "a\n\"c"',
            "                ^",
            'at character 4: expected "b", found "c"',
        ]),
        (("content", "is", "abc"), {"content": "abcd"}, [
            'expected  "abc"',
            'actual    "abcd"',
            "              ^",
            'at character 4: expected nothing, found "d"',
        ]),
        (("content", "is", "abcd"), {"content": "abc"}, [
            'expected  "abcd"',
            'actual    "abc"',
            "              ^",
            'at character 4: expected "d", found nothing',
        ]),
        (("content", "is", "abc"), {"content": "xyz"}, ['expected  "abc"', 'actual    "xyz"']),
        (("content", "is", "abc"), {"content": None}, ['expected  "abc"', "actual    null (left out, or sent as nil)"]),
        (("content", "is", ""), {"content": None}, [
            'expected  ""',
            "actual    null (left out, or sent as nil)",
            "null (left out, or sent as nil) is not an empty text",
        ]),
        (("content", "is", None), {"content": "x"}, ["expected  null", 'actual    "x"']),
        (("content", "any", True), {"content": None}, [
            "expected  anything but null",
            "actual    null (left out, or sent as nil)",
        ]),
        (("content", "any", False), {"content": "x"}, ["expected  null", 'actual    "x"']),
        (("status", "is", 3), {}, ["expected  3", "actual    1"]),
        (("messagingId", "after", 1), {}, ["expected  more than 1", "actual              1"]),
        (("config", "is", "ole", "user"), {"config": (("user", "Ole"),)}, [
            'expected  "ole"',
            'actual    "Ole"',
            "           ^",
            'at character 1: expected "o", found "O"',
            "only the letter case differs",
        ]),
        (("config", "is", "ole", "user"), {"config": (("user", "a"), ("user", None))}, [
            'expected  "ole"',
            'actual    "a", null',
        ]),
        (("config", "is", "ole", "user"), {}, ['expected  "ole"', "actual    no pair with this key"]),
        (("config", "is", (("a", "1"), ("b", "2"))), {"config": (("a", "1"), ("b", "3"))}, [
            'expected  [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]',
            'actual    [{"key": "a", "value": "1"}, {"key": "b", "value": "3"}]',
            'at pair 2: expected [{"key": "b", "value": "2"}], found [{"key": "b", "value": "3"}]',
        ]),
    ],
    ids=str,
)  # fmt: skip
def test_each_value_stands_below_what_was_expected_of_it(box, criterion, members, lines):
    box.send(members)
    said = text(box.verify(criterion)).splitlines()
    begin = next(number for number, line in enumerate(said) if line.startswith("  ✗ "))
    assert said[begin + 1 : said.index("", begin)] == [f"      {line}" for line in lines]


def test_all_values_of_a_key_are_shown_where_one_of_them_is_as_expected(box):
    box.send({"config": (("user", "ole"), ("user", "x"))})
    said = text(box.verify(("config", "is", "ole", "user"), ("content", "is", "y"))).splitlines()
    begin = next(number for number, line in enumerate(said) if line.startswith("  ✓ "))
    assert said[begin + 1 : begin + 3] == ['      expected  "ole"', '      actual    "ole", "x"']


def test_one_message_that_is_not_expected_is_shown_once(box):
    box.send({"content": "x"})
    assert text(box.verify(minimum=0, maximum=0)).count("essage 1") == 1


def test_a_moment_is_shown_in_utc(box, noon):
    box.send({})
    said = text(box.verify(("registered", "since", noon.replace(minute=1))))
    assert '  registered  not before "2026-05-04T12:01:00.000000Z"\n' in said
    assert 'actual               "2026-05-04T12:00:00.000000Z"\n' in said


def test_nothing_is_truncated_and_no_caret_points_where_lines_would_wrap(box):
    long = "The quick brown fox jumps over the lazy dog. " * 50_000
    box.send({"content": f"{long}a"})
    said = text(box.verify(("content", "is", f"{long}b")))
    assert f'"{long}a"' in said
    assert said.count(f'"{long}b"') == 2
    assert "^" not in said
    assert f'at character {len(long) + 1}: expected "b", found "a"' in said
    box.send({"content": f"{'漢' * 60}a"})
    assert "^" not in text(box.verify(("content", "is", f"{'漢' * 60}b")))


@given(xml_texts())
def test_values_are_json_without_anything_invisible_in_it(long_box, content):
    long_box.empty()
    long_box.send({"content": content})
    said = text(long_box.verify(("content", "any", False)))
    assert all(character.isprintable() for line in said.split("\n") for character in line)
    (actual,) = (line.removeprefix("      actual    ") for line in said.split("\n") if line.startswith("      actual "))
    assert json.loads(actual) == content


@given(xml_texts(), xml_texts())
def test_a_caret_stands_below_the_first_character_that_differs(long_box, expected, content):
    long_box.empty()
    long_box.send({"content": content})
    verdict = long_box.verify(("content", "is", expected))
    carets = [line for line in text(verdict).split("\n") if line.strip(" ^") == "" and "^" in line]
    if carets:
        difference = verdict.nearest[0].results[0].difference
        before = json.dumps(content[: difference.at - 1])
        if before.isascii() and "\\u" not in before:
            assert carets[0].index("^") == len("      actual    ") + len(before) - 1
