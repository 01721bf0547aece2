"""A rule comes back as it was given."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.double import Double

from messaging_double.models.control.values import MESSAGING, SENDING
from messaging_double.models.faults import WIRE

CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
TEXTS = st.text(CHARACTERS, max_size=20)
FILLED = st.text(CHARACTERS, min_size=1, max_size=20)
MATCHES = (
    st.none()
    | TEXTS
    | st.fixed_dictionaries(
        {},
        optional={"is": st.none() | TEXTS, "pattern": TEXTS, "contains": TEXTS, "any": st.booleans()},
    ).filter(bool)
)
HEADER_NAMES = st.from_regex(r"[A-Za-z-]{1,12}", fullmatch=True)
HEADER_VALUES = st.from_regex("[!-~]([ -~\u00a1-\u00ff]{0,10}[!-~])?", fullmatch=True)
LENGTHS = st.sampled_from(["2s", "500ms", "PT1H", "0.25h", 2, 0.125, 0])


def one_or_more(values):
    return values | st.lists(values, min_size=1, max_size=3)


WHEN = st.fixed_dictionaries(
    {},
    optional={
        "operation": one_or_more(st.sampled_from(MESSAGING)),
        "services": one_or_more(st.sampled_from(["Services84", "Services88"])),
        **dict.fromkeys(("plugin", "to", "from", "content", "format"), MATCHES),
        "config": st.none()
        | st.dictionaries(TEXTS, MATCHES, max_size=3)
        | st.lists(st.fixed_dictionaries({"key": st.none() | TEXTS, "value": st.none() | TEXTS}), max_size=2),
        "header": st.dictionaries(HEADER_NAMES, MATCHES, max_size=3),
        "xpath": one_or_more(st.sampled_from(["//m:To", "count(//s:Body) = 1", "//a:int[. > 3]"])),
    },
)
DELAY = {"delay": LENGTHS}
LATER = DELAY | {"drip": st.fixed_dictionaries({"bytes": st.integers(1, 9999), "every": LENGTHS})}
ERRORS = {"message": FILLED, "type": FILLED, "friendlyText": st.none() | TEXTS}
FAULTS = {
    "text": FILLED,
    "subcode": st.from_regex(r"[A-Za-z_][0-9A-Za-z_.-]{0,9}", fullmatch=True),
    "side": st.sampled_from(["Sender", "Receiver"]),
}
HTTP = {
    "retryAfter": st.integers(0, 9999),
    "headers": st.dictionaries(HEADER_NAMES.map("X-{}".format), HEADER_VALUES, max_size=3),
    "body": TEXTS,
    "contentType": HEADER_VALUES,
    "processed": st.booleans(),
}
WITHOUT_BODY = ["empty-reply", "garbage", "reply-lost", "reset-before"]
WITH_BODY = sorted(WIRE.keys() - {*WITHOUT_BODY, "never-answered"})
PROCESSED = {"processed": st.booleans()}
STATUS = {"status": st.integers(-(2**31), 2**31 - 1) | st.sampled_from(["sent", "failed"])}
ANSWERS = st.one_of(
    st.just({"pass": True}),
    st.fixed_dictionaries({"error": st.fixed_dictionaries({}, optional=ERRORS)}, optional=LATER),
    st.fixed_dictionaries({"fault": st.fixed_dictionaries({}, optional=FAULTS)}, optional=LATER),
    st.fixed_dictionaries({"http": st.integers(400, 599)}, optional=HTTP | DELAY),
    st.fixed_dictionaries({"wire": st.sampled_from(WITHOUT_BODY)}, optional=PROCESSED | DELAY),
    st.fixed_dictionaries({"wire": st.just("never-answered")}, optional=PROCESSED),
    st.fixed_dictionaries({"wire": st.sampled_from(WITH_BODY)}, optional=PROCESSED | LATER),
    st.fixed_dictionaries(
        {"status": st.fixed_dictionaries(STATUS, optional={"description": st.none() | TEXTS})}, optional=LATER
    ),
    st.fixed_dictionaries({"profile": st.sampled_from(["fails", "slow"])}, optional=LATER),
    st.fixed_dictionaries({"delay": LENGTHS}),
)
OF_MESSAGES = ("status", "profile")


def fits(rule) -> bool:
    """Say whether what is said of messages is said of an operation that sends some."""
    then = rule["then"] if isinstance(rule["then"], list) else [rule["then"]]
    said = rule.get("when", {}).get("operation", SENDING)
    operations = said if isinstance(said, list) else [said]
    about_messages = any(name in answer for answer in then for name in OF_MESSAGES)
    return not about_messages or any(name in SENDING for name in operations)


RULES = st.fixed_dictionaries(
    {"then": one_or_more(ANSWERS)},
    optional={
        "name": st.text(CHARACTERS, min_size=1, max_size=30).filter(lambda name: "/" not in name and name.strip(".")),
        "position": st.integers(1, 3),
        "when": WHEN,
        "times": st.none() | st.integers(1, 2**31 - 1),
        "skip": st.integers(0, 2**31 - 1),
        "ttl": st.none() | LENGTHS,
        "probability": st.none() | st.floats(0, 1),
    },
).filter(fits)


@pytest.fixture(scope="module")
def kept():
    """Return one double for many examples; each example resets it."""
    with Double() as double:
        yield double


@given(rules=st.lists(RULES, min_size=1, max_size=3, unique_by=lambda rule: rule.get("name", id(rule))))
@settings(max_examples=50)
def test_a_rule_that_is_taken_comes_back_unchanged(kept, rules):
    kept.reset()
    made = [kept.steer("POST", "rules", rule) for rule in rules]
    assert [answer.status for answer in made] == [201] * len(rules), [answer.body for answer in made]
    listed = {each["name"]: each for each in kept.steer("GET", "rules").json["rules"]}
    for rule, answer in zip(rules, made, strict=True):
        assert answer.json | {"position": 0} == listed[answer.json["name"]] | {"position": 0}
        given_back = {name: listed[answer.json["name"]][name] for name in rule if name != "position"}
        assert given_back == {name: value for name, value in rule.items() if name != "position"}
