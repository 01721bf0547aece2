"""Criteria: SQL and Python mean the same by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from messaging_double.models.criteria import JOURNAL, OUTBOX, Criterion
from messaging_double.models.records import Exchange, OutgoingMessage

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TRICKY = st.sampled_from("aAeEzZ[]\\%_*?^!-\"'\n\r\t .,é€😀\u0301İ\u0131ß\ufffe\x1f\x7f")
TEXTS = st.text(TRICKY, max_size=4) | st.text(LETTERS, max_size=8)
MAYBE = st.none() | TEXTS
PAIRS = st.none() | st.lists(st.tuples(st.none() | st.sampled_from(["", "k", "K", "é"]), MAYBE), max_size=4).map(tuple)
INTS = st.integers(-(2**31), 2**31 - 1)
NUMBERS = st.integers(-3, 3) | INTS | st.sampled_from([2**31, -(2**31) - 1, 2**63, -(2**63), 10**30, -(10**30)])


def criteria_on(field, of_kind):
    return st.one_of(
        st.builds(Criterion, st.just(field), st.just("any"), st.booleans()),
        st.builds(Criterion, st.just(field), st.just("is"), st.none() | of_kind),
    )


def text_criteria(field, key=None):
    """Criteria on a text; half of the time made of pieces that the tricky texts have too."""
    hows = st.sampled_from(["is", "pattern", "contains", "since", "after"])
    some = st.builds(Criterion, st.just(field), hows, TEXTS, st.just(key))
    nil = st.builds(Criterion, st.just(field), st.just("is"), st.none(), st.just(key))
    there = st.builds(Criterion, st.just(field), st.just("any"), st.booleans(), st.just(key))
    expressions = TEXTS.map(re2.escape) | st.sampled_from(
        ["^a", "[aA]+$", r"\d|\\", "(?i)e", "(a+)+$", "", ".", "é|ß$"]
    )
    regex = st.builds(Criterion, st.just(field), st.just("regex"), expressions, st.just(key))
    return some | nil | there | regex


CRITERIA = st.one_of(
    text_criteria("content"),
    text_criteria("to"),
    st.sampled_from(["", "k", "é", "unknown"]).flatmap(lambda key: text_criteria("config", key)),
    criteria_on("config", PAIRS.filter(lambda pairs: pairs is not None)),
    criteria_on("parentMessagingId", NUMBERS | st.booleans()),
    st.builds(Criterion, st.just("parentMessagingId"), st.sampled_from(["since", "after"]), NUMBERS),
)
FIELDS = {field.name: field for field in OUTBOX}


def of(entry, criterion):
    return criterion.met_by(FIELDS[criterion.field].of(entry))


def keep(kept, entries):
    with kept.writing() as unit:
        unit.tenants.reset("Cust1")
        unit.outbox.add("Cust1", entries)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(MAYBE, MAYBE, PAIRS, st.none() | st.integers(-3, 3) | INTS), min_size=1, max_size=4),
    st.lists(CRITERIA, min_size=1, max_size=4),
)
@example([("[*]", "\\", None, None)], [Criterion("content", "pattern", r"[\*]"), Criterion("to", "pattern", "\\")])
@example([("e 47", "", (), None)], [Criterion("content", "contains", "e 4"), Criterion("to", "contains", "")])
@example([("x", "x", (("k", None),), None)], [Criterion("config", "is", None, "k")])
@example([("x", "x", (("k", "v"),), None)], [Criterion("config", "any", there, "k") for there in (True, False)])
@example([("é1", "a" * 65, (), 1)], [Criterion("content", "contains", "é1"), Criterion("to", "pattern", "a" * 65)])
@example([("a1", "a", None, None)], [Criterion("content", "regex", r"a\d"), Criterion("to", "regex", "b")])
@example([("", "", (), 1)], [Criterion("parentMessagingId", "is", value) for value in (1, True)])
@example([("a[b", "a*b?", None, None)], [Criterion("content", "contains", "[b"), Criterion("to", "contains", "*b?")])
def test_sql_and_python_agree_on_which_messages_meet_a_criterion(kept, entry, messages, criteria):
    entries = [
        entry(number, message=OutgoingMessage(to=to, content=content, parent_messaging_id=parent), config=config)
        for number, (content, to, config, parent) in enumerate(messages, 1)
    ]
    keep(kept, entries)
    with kept.reading() as unit:
        for asked in ([], criteria, *([criterion] for criterion in criteria)):
            expected = [each for each in reversed(entries) if all(of(each, criterion) for criterion in asked)]
            assert unit.outbox.search("Cust1", asked, limit=9) == (expected, len(expected))
            assert unit.outbox.count("Cust1", asked) == len(expected)
        nearest = sorted(
            entries, key=lambda each: (-sum(of(each, criterion) for criterion in criteria), -each.messaging_id)
        )
        assert unit.outbox.nearest("Cust1", criteria, limit=9) == nearest


@given(st.lists(TEXTS, min_size=1, max_size=4), st.integers(0, 3), st.integers(0, 8), st.integers(0, 8), st.booleans())
def test_a_text_is_contained_in_what_it_was_cut_from_and_matches_itself(kept, entry, texts, index, start, end, stars):  # noqa: PLR0917 - hypothesis gives them
    text = texts[index % len(texts)]
    part = text[start:end]
    escaped = "".join(f"\\{each}" if each in "*?\\" else each for each in part)
    criteria = [
        Criterion("content", "contains", part),
        Criterion("content", "pattern", f"*{escaped}*" if stars else f"{'?' * len(text[:start])}{escaped}*"),
    ]
    keep(kept, [entry(number, message=OutgoingMessage(content=each)) for number, each in enumerate(texts, 1)])
    with kept.reading() as unit:
        found = [each.message.content for each in unit.outbox.search("Cust1", criteria, limit=9)[0]]
    assert text in found


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("x" * 20_000, id="no wildcard"),
        pytest.param("*" + "x" * 20_000, id="a star in front"),
        pytest.param("*?" * 10_000, id="nothing but wildcards"),
        pytest.param("x" * 19_999 + "y", id="one wrong character"),
        pytest.param("*" + "[" * 6_000 + "*", id="many brackets"),
    ],
)
def test_a_pattern_that_is_too_long_for_sqlite_matches_nevertheless(kept, entry, pattern):
    texts = ["x" * 20_000, None, "[" * 6_000]
    entries = [entry(number, message=OutgoingMessage(content=text)) for number, text in enumerate(texts, 1)]
    keep(kept, entries)
    criterion = Criterion("content", "pattern", pattern)
    with kept.reading() as unit:
        found = [each.messaging_id for each in unit.outbox.search("Cust1", [criterion], limit=9)[0]]
    assert found == [number for number in (3, 2, 1) if criterion.met_by(texts[number - 1])]


def test_a_regular_expression_takes_time_in_proportion_to_the_text(kept, entry):
    keep(kept, [entry(1, message=OutgoingMessage(content="a" * 200_000 + "!"))])
    with kept.reading() as unit:  # where alternatives are tried one after the other, these end in 10**1000 years
        for expression in ("(a+)+$", "(a|aa)+$", "^(a|a?)+$", "(.*)*b"):
            assert unit.outbox.count("Cust1", [Criterion("content", "regex", expression)]) == 0


@pytest.mark.parametrize("criteria", [[], [Criterion("to", "regex", "^1.*0$")]], ids=["all", "with others"])
def test_many_rows_are_compared_and_deleted_by_a_regular_expression(kept, entry, criteria):
    texts = [f"code {number}" if number % 2 else None for number in range(1200)]
    keep(kept, [entry(n, message=OutgoingMessage(content=each, to=str(n))) for n, each in enumerate(texts, 1)])
    criteria = [*criteria, Criterion("content", "regex", r"^code \d*9$")]
    with kept.writing() as unit:
        found, total = unit.outbox.search("Cust1", criteria, limit=3)
        expected = [n for n in range(1199, 0, -10) if len(criteria) == 1 or n >= 999 or 99 < n < 200 or 9 < n < 20]
        assert ([each.message.content for each in found], total) == ([f"code {n}" for n in expected[:3]], len(expected))
        assert unit.outbox.delete("Cust1", criteria) == total
        assert unit.outbox.count("Cust1", criteria) == 0
        assert unit.outbox.count("Cust1", []) == 1200 - total


@pytest.mark.parametrize("size", [9_999, 10_001, 20_000])
def test_a_long_text_is_found(kept, entry, size):
    keep(kept, [entry(1, message=OutgoingMessage(content="e" + "x" * size)), entry(2)])
    with kept.reading() as unit:
        found, total = unit.outbox.search("Cust1", [Criterion("content", "contains", "x" * size)], limit=9)
    assert ([each.messaging_id for each in found], total) == ([1], 1)


@given(
    st.lists(st.lists(TEXTS, max_size=3).map(tuple), min_size=1, max_size=4),
    st.one_of(
        st.builds(Criterion, st.just("notes"), st.sampled_from(["is", "pattern", "contains"]), TEXTS),
        st.builds(Criterion, st.just("notes"), st.just("any"), st.booleans()),
        st.just(Criterion("notes", "is", None)),
    ),
)
def test_of_several_texts_one_has_to_meet_a_criterion(kept, noon, notes, criterion):
    (field,) = (each for each in JOURNAL if each.name == "notes")
    with kept.writing() as unit:
        unit.tenants.reset("Cust1")
        exchanges = [Exchange(0, noon, "GET", "/", 200, 0.1, notes=each) for each in notes]
        unit.journal.add("Cust1", exchanges, most_entries=9, most_bytes=9)
    with kept.reading() as unit:
        found = unit.journal.search("Cust1", [criterion], limit=9)[0]
    assert [each.notes for each in found] == [
        each.notes for each in reversed(exchanges) if criterion.met_by(field.of(each))
    ]


def test_moments_are_compared_whatever_their_zone(kept, entry, noon):
    keep(kept, [entry(1)])
    microsecond, abroad = timedelta(microseconds=1), timezone(timedelta(hours=5))
    with kept.reading() as unit:
        for how, at, count in (
            ("is", noon, 1),
            ("is", noon + microsecond, 0),
            ("since", noon, 1),
            ("after", noon, 0),
            ("after", noon - microsecond, 1),
        ):
            for field in ("registered", "updated"):
                assert unit.outbox.count("Cust1", [Criterion(field, how, at.astimezone(abroad))]) == count


def test_a_field_that_the_records_do_not_have_is_an_error_of_ours(storage):
    with pytest.raises(KeyError, match="nonsense"), storage.reading() as unit:
        unit.outbox.search("Cust1", [replace(Criterion("to", "is", "x"), field="nonsense")], limit=1)
