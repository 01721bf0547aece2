"""Long bodies: each is read or refused in one pass, and no refusal repeats all of it."""

from __future__ import annotations

import json

import pytest
from support.control import assert_problem

pytestmark = pytest.mark.no_database

MANY = 65_000
"""Members: so many that work for each of them beside each other would take minutes."""
LONG = "o" * 1_000_000
HTTP = {"http": 503}
PAIR = {"key": "a", "value": "b"}


def names(count: int = MANY) -> list[str]:
    return [f"m{number:06}" for number in range(count)]


def members(*names: str) -> bytes:
    return ('{"' + '":1,"'.join(names) + '":1}').encode()


@pytest.mark.parametrize(
    ("method", "rest", "body", "words"),
    [
        ("PUT", "profile", lambda: {"profile": LONG}, "there is no profile"),
        ("PUT", "profile", lambda: {"plugins": {"CM": LONG}}, "no profile"),
        ("POST", "verify", lambda: members(*names()), 'unknown member "m000000"'),
        ("POST", "verify", lambda: members(*names(), "m064999"), 'the member "m064999" is there twice'),
        ("POST", "verify", lambda: members(LONG), "unknown member"),
        ("POST", "verify", lambda: {"in": LONG}, "expected one of inbox, outbox"),
        ("POST", "verify", lambda: {"match": {"config": {LONG: 1}}}, "match.config.oooo"),
        ("POST", "verify", lambda: {"match": {"status": LONG}}, "match.status is"),
        ("POST", "outbox/1/status", lambda: {"status": LONG}, "status is"),
        ("POST", "rules", lambda: {"then": HTTP, "when": {"header": {LONG: 1}}}, "when.header.oooo"),
        ("POST", "rules", lambda: {"then": {"wire": LONG}}, "then.wire is"),
        ("POST", "tickets", lambda: {"user": "7T:" + LONG}, "expected a user name"),
    ],
)
def test_a_long_body_is_refused_with_a_short_text(double, method, rest, body, words) -> None:
    content = body()
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    answer = double.request(method, f"/_mock/v1/tenants/default/{rest}", data)
    assert_problem(answer, 400, words)
    assert len(answer.body) < 2_000


def test_a_body_is_refused_however_deeply_it_is_nested(double) -> None:
    for depth in (*range(850, 1_050, 5), 100_000):
        nested = b"[" * depth + b"]" * depth
        for rest, body in (("verify", b'{"count":%b}'), ("verify", b'{"match":{"to":%b}}'), ("rules", b'{"then":%b}')):
            assert_problem(double.request("POST", f"/_mock/v1/tenants/default/{rest}", body % nested), 400)


@pytest.mark.parametrize(
    ("method", "rest", "at_most", "body"),
    [
        ("PUT", "", 65_536, lambda count: {"outbox": [{}] * count}),
        ("PUT", "", 65_536, lambda count: {"inbox": [{}] * count}),
        ("PUT", "profile", 1_000, lambda count: {"plugins": {str(number): "fails" for number in range(count)}}),
        ("POST", "rules", 1_000, lambda count: {"then": [HTTP] * count}),
        ("POST", "rules", 100, lambda count: {"then": HTTP, "when": {"xpath": ["//m:To"] * count}}),
        ("POST", "rules", 100, lambda count: {"then": HTTP, "when": {"header": dict.fromkeys(names(count), "a")}}),
        ("POST", "rules", 100, lambda count: {"then": {**HTTP, "headers": dict.fromkeys(names(count), "a")}}),
        ("POST", "verify", 1_000, lambda count: {"never": True, "match": {"config": [PAIR] * count}}),
        ("POST", "verify", 100, lambda count: {"never": True, "match": {"config": dict.fromkeys(names(count), "a")}}),
    ],
    ids=["outbox", "inbox", "plugins", "then", "xpath", "header", "headers", "config", "keys"],
)  # fmt: skip
def test_a_list_has_a_greatest_length(double, method, rest, at_most, body) -> None:
    assert_problem(double.steer(method, rest, body(at_most + 1)), 400, f"at most {at_most}")
    if at_most < 65_536:  # so many messages take seconds
        assert double.steer(method, rest, body(at_most)).status in (200, 201)
