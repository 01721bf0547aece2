"""Rules that are refused, each with the place of the error; and some that are not."""

from __future__ import annotations

import pytest
from support.control import assert_problem

from messaging_double.models.faults import WIRE

HTTP = {"http": 503}

REFUSED = [
    ({}, "then is missing in the body"),
    ({"then": []}, "then is []"),
    ({"then": {}}, "then is {}"),
    ({"then": HTTP, "tmes": 2}, 'unknown member "tmes"', "did you mean times?"),
    ({"then": HTTP, "times": 0}, "times is 0"),
    ({"then": HTTP, "skip": -1}, "skip is -1"),
    ({"then": HTTP, "ttl": "P1Y"}, 'ttl is "P1Y"'),
    ({"then": HTTP, "ttl": "40000d"}, 'ttl is "40000d"'),
    ({"then": HTTP, "probability": 1.5}, "probability is 1.5"),
    ({"then": HTTP, "position": 0}, "position is 0"),
    ({"then": HTTP, "name": "a/b"}, 'name is "a/b"'),
    ({"then": HTTP, "name": ".."}, 'name is ".."'),
    ({"then": HTTP, "name": ""}, 'name is ""'),
    ({"then": HTTP, "name": "a" * 101}, "name is"),
    ({"then": HTTP, "name": "a\nb"}, "name is"),
    ({"then": HTTP, "when": {"operation": "SendMessage"}}, 'when.operation is "SendMessage"', "SendMessages"),
    ({"then": HTTP, "when": {"operation": ["GetPlugins", 1]}}, "when.operation[1] is 1"),
    ({"then": HTTP, "when": {"operation": []}}, "when.operation is []"),
    ({"then": HTTP, "when": {"services": "Services89"}}, "when.services is", "Services88"),
    ({"then": HTTP, "when": {"to": {"patern": "+47*"}}}, '"patern" in when.to', "did you mean pattern?"),
    ({"then": HTTP, "when": {"to": {}}}, "when.to is {}"),
    ({"then": HTTP, "when": {"to": 4711}}, "when.to is 4711"),
    ({"then": HTTP, "when": {"config": {"a": {"is": 1}}}}, "when.config.a.is is 1"),
    ({"then": HTTP, "when": {"header": {"User Agent": "x"}}}, '"User Agent"', "the name of a header"),
    ({"then": HTTP, "when": {"header": {"User-Agent": {"is": 1}}}}, "when.header.User-Agent.is is 1"),
    (
        {"then": HTTP, "when": {"services": "Services88", "transport": "rest"}},
        'when has services and the transport "rest"',
    ),
    ({"then": HTTP, "when": {"xpath": "//m:To", "transport": ["rest"]}}, 'when has xpath and the transport "rest"'),
    ({"then": HTTP, "when": {"xpath": "//m:To["}}, "when.xpath is", "Invalid expression"),
    ({"then": HTTP, "when": {"xpath": ["//m:To", "//x:To"]}}, "when.xpath[1] is", "the prefix x is not declared"),
    ({"then": HTTP, "when": {"xpath": "document('http://a')"}}, "XPath 1.0 has no function document"),
    ({"then": HTTP, "when": {"xpath": "re:match(., 'a')"}}, "the prefix re is not declared"),
    ({"then": HTTP, "when": {"xpath": "ends-with(., 'a')"}}, "XPath 1.0 has no function ends-with"),
    ({"then": HTTP, "when": {"xpath": "$a"}}, "there is no variable $a"),
    ({"then": HTTP, "when": {"xpath": "//namespace::m"}}, "there is no axis namespace"),
    ({"then": HTTP, "when": {"xpath": "true()) or (true()"}}, "Invalid expression"),
    ({"then": HTTP, "when": {"xpath": "count('a')"}}, "Invalid type"),
    (
        {"then": HTTP, "when": {"to": {"regex": "("}}},
        'when.to.regex is "(": missing )',
        "a regular expression as RE2 takes it",
    ),
    ({"then": HTTP, "when": {"to": {"regex": "(?=a)"}}}, "invalid perl operator: (?="),
    ({"then": HTTP, "when": {"to": {"regex": "a" * 201}}}, "when.to.regex is", "at most 200"),
    ({"then": HTTP, "when": {"to": {"regex": r"[\pL\pN]{1,99}"}}}, "instructions, and at most 5000 are allowed"),
    ({"then": HTTP, "when": {"xpath": "1+" * 500 + "1"}}, "1001 characters"),
    ({"then": HTTP, "when": {"content": {"pattern": "*" * 201}}}, "when.content.pattern is", "at most 200"),
    ({"then": HTTP, "when": {"header": {"A": {"contains": "a" * 1001}}}}, "when.header.A.contains", "at most 1000"),
    ({"then": [HTTP, {"http": "abc"}]}, 'then[1].http is "abc"', "503"),
    ({"then": {"http": 101}}, "then.http is 101"),
    ({"then": {"wire": "tuncated"}}, 'then.wire is "tuncated"', *WIRE),
    ({"then": {"fault": {"side": "Client"}}}, 'then.fault.side is "Client"', "Sender"),
    ({"then": {"fault": {"subcode": "a:b"}}}, 'then.fault.subcode is "a:b"'),
    ({"then": {"error": {"message": ""}}}, 'then.error.message is ""'),
    ({"then": {"delay": "2d"}}, 'then.delay is "2d"'),
    ({"then": {"drip": {"bytes": 0, "every": "1s"}}}, "then.drip.bytes is 0"),
    ({"then": {"drip": {"bytes": 1}}}, "every is missing in then.drip"),
    ({"then": {"status": {}}}, "then.status is {}"),
    ({"then": {"status": {"status": "lost"}}}, 'then.status.status is "lost"', "delivered"),
    ({"then": {"status": {"status": "accepted"}}}, 'then.status.status is "accepted"', "did you mean sent?"),
    ({"then": {"profile": "rejected"}}, 'then.profile is "rejected"', "did you mean not-sent?"),
    ({"then": {"profile": "fail"}}, 'then.profile is "fail"', "fails"),
    ({"then": {"pass": False}}, "then.pass is false", "true"),
    ({"then": {"http": 503, "headers": {"a b": "c"}}}, '"a b"', "the name of a header"),
    ({"then": {"http": 503, "headers": {"A": "b\nc"}}}, "then.headers.A is"),
    *(
        ({"then": {"http": 503, "headers": {name: "3"}}}, f"then.headers has {name}")
        for name in ("Content-Length", "Content-Type", "Connection", "keep-alive", "Proxy-Connection", "TE", "trailer")
    ),
    ({"then": {"http": 503, "contentType": "text/\u20ac"}}, "then.contentType is"),
    # what contradicts itself
    ({"then": {"body": "x"}}, "then has body and no http"),
    ({"then": [{"pass": True}, {"retryAfter": 2, "wire": "truncated"}]}, "then[1] has retryAfter and no http"),
    ({"then": {"processed": True}}, "then has processed alone", "reply-lost"),
    ({"then": {"processed": True, "delay": "1s"}}, "then has processed alone"),
    ({"then": {"error": {}, "http": 503}}, "then has error and http"),
    ({"then": {"fault": {}, "error": {}}}, "then has error and fault"),
    ({"then": {"status": {"status": 3}, "profile": "fails"}}, "then has status and profile"),
    ({"then": {"pass": True, "delay": "1s"}}, "then has pass and delay"),
    ({"then": {"http": 503, "wire": "never-answered"}}, "then has http and wire never-answered"),
    ({"then": {"fault": {}, "wire": "reply-lost"}}, "then has fault and wire reply-lost"),
    ({"then": {"http": 503, "status": {"status": 3}}}, "then has status and http", '"processed": true'),
    ({"then": {"wire": "reset-before", "profile": "fails"}}, "then has profile and wire", '"processed": true'),
    ({"then": {"wire": "truncated", "processed": False, "profile": "fails"}}, "then has profile and wire"),
    ({"then": {"http": 204, "body": "x"}}, "then has http 204 and body"),
    ({"then": {"http": 503, "retryAfter": 1, "headers": {"retry-after": "1"}}}, "then has retryAfter and a header"),
    # what would do nothing
    ({"then": {"http": 503, "wire": "oversized"}}, "then has http and wire oversized", "a SOAP envelope"),
    ({"then": {"http": 503, "wire": "oversized", "body": "<html/>"}}, "then has http and wire oversized"),
    ({"then": {"http": 503, "wire": "wrong-namespace", "body": "x"}}, "then has http and wire", "namespace"),
    ({"then": {"http": 503, "wire": "wrong-media-type"}}, "then has http and wire wrong-media-type", "some body"),
    ({"then": {"http": 200, "wire": "wrong-media-type", "body": "x", "contentType": "a/b"}}, "contentType and wire"),
    ({"then": {"http": 304, "wire": "malformed"}}, "then has http and wire malformed", "some body"),
    ({"then": {"http": 503, "wire": "truncated"}}, "then has http and wire truncated", "two bytes"),
    ({"then": {"http": 503, "wire": "reset-in-body", "body": "x"}}, "then has http and wire reset-in-body"),
    ({"then": {"fault": {}, "wire": "wrong-namespace"}}, "then has fault and wire wrong-namespace"),
    ({"then": {"http": 503, "drip": {"bytes": 1, "every": "1s"}}}, "then has http and drip", "more than 1 bytes"),
    ({"then": {"http": 503, "body": "\u00e5", "drip": {"bytes": 2, "every": 1}}}, "then has http and drip"),
    ({"then": {"wire": "reply-lost", "drip": {"bytes": 1, "every": "1s"}}}, "then has wire reply-lost and drip"),
    ({"then": {"wire": "never-answered", "delay": "1s"}}, "then has wire never-answered and delay"),
]


@pytest.mark.parametrize(
    ("rule", "words"), [(rule, words) for rule, *words in REFUSED], ids=[str(rule)[:90] for rule, *_ in REFUSED]
)
def test_what_is_wrong_is_refused_with_its_place(double, rules, rule, words):
    assert_problem(double.steer("POST", "rules", rule), 400, *words)
    assert rules(double) == []


@pytest.mark.parametrize(
    "then",
    [
        {
            "http": 503,
            "retryAfter": 2,
            "headers": {"X-A": "b", "x-a": ""},
            "body": "<html/>",
            "contentType": "text/html",
        },
        {"http": 503, "body": "ab", "wire": "truncated", "delay": "1s", "drip": {"bytes": 1, "every": 0.5}},
        {"http": 500, "body": "<s:Envelope/>", "wire": "oversized"},
        {"http": 200, "body": "<a/>", "wire": "wrong-media-type"},
        {"http": 500, "body": "ab", "wire": "reset-in-body"},
        {"error": {}, "wire": "wrong-namespace"},
        {"wire": "reply-lost", "status": {"status": "failed", "description": None}},
        {"wire": "reset-before", "processed": True, "profile": "fails"},
        {"error": {}, "processed": True, "status": {"status": -7}},
        {"fault": {}, "drip": {"bytes": 10, "every": "100ms"}},
        {"delay": 2},
        {"http": 204},
    ],
    ids=str,
)
def test_what_goes_together_is_taken(double, make, then):
    assert make(double, then=then)["then"] == then
