"""``openapi.json`` is valid, and says all that the control API answers; what it takes is in test_teaching.py."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from support.control import assert_problem, fill
from support.double import Double
from support.envelopes import outgoing
from support.openapi import Operation, operations_of
from support.simulated import BEGIN

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.no_database

DOCUMENT = "/_mock/v1/openapi.json"
ELSEWHERE = {401, 403, 408, 413, 431, 500, 501, 503, 507}
"""What no request by the document gets: tokens, foreign pages, long bodies, waits, failures and bounds."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "JUNK")


@pytest.fixture(scope="module")
def document():
    with Double() as double:
        return double.get(DOCUMENT).json


@pytest.fixture(scope="module")
def operations(document) -> list[Operation]:
    # A stream is there under the embedded server only: tests/control/test_events.py asks for those.
    return [each for each in operations_of(document) if not each.path.endswith("/events")]


def test_it_is_valid_openapi_3_1(document) -> None:
    assert document["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def schemas_in(value) -> Iterator[dict]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from schemas_in(each)


def test_no_schema_has_what_generators_of_clients_make_no_code_of(document) -> None:
    for schema in schemas_in(document["components"]["schemas"]):
        assert not isinstance(schema.get("default"), dict), schema
        assert schema.get("const") is not True, schema


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(operations) -> None:
    assert len({operation.id for operation in operations}) == len(operations)
    for operation in operations:
        assert operation.described["summary"].endswith(".")
        assert set(operation.parameters("path")) == set(re.findall(r"{(\w+)}", operation.path))


def test_a_tenant_has_no_slash_and_what_is_answered_to_one_is_said(double, operations) -> None:
    for operation in operations:
        for parameter in operation.described.get("parameters", ()):
            if parameter.get("name") == "tenant":
                assert parameter["schema"] == {"type": "string", "pattern": "^[^/]+$"}
                assert "404" in parameter["description"]
                assert_problem(double.request(operation.method, operation.url("a/b")), 404)


def test_every_component_is_referred_to(double, document) -> None:
    text = double.get(DOCUMENT).body.decode()
    for name in document["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text


def test_every_path_has_the_methods_that_are_documented_and_no_others(double, document, operations) -> None:
    for path, methods in document["paths"].items():
        if path == "/":  # what is no GET may be a client's whose base URL is wrong: that is for the journal, as any URL
            continue
        url = next((each.url("t") for each in operations if each.path == path), "/_mock/v1/events")
        possible = {method.upper() for method in methods} | ({"HEAD"} if "get" in methods else set())
        for method in METHODS:
            answer = double.request(method, url)
            assert (answer.status == 405) is (method not in possible), (method, url, answer)
            if answer.status == 405:
                assert set(answer.headers["allow"].split(", ")) == possible
            elif answer.status == 404 and method != "HEAD":
                assert not answer.json["error"].startswith("nothing is at")


def test_what_any_request_may_get_is_documented(start_double, operations) -> None:
    double = start_double(control_token="correct-horse", max_body_bytes=10)  # noqa: S106 (nobody's)
    token = {"Authorization": "Bearer correct-horse"}
    for operation in operations:
        url = operation.url("t")
        guarded = url.startswith("/_mock")
        for status, body, headers in (
            (413, b"x" * 11, token),
            *([(401, b"", {}), (403, b"", {"Host": "evil.example"})] if guarded else []),
        ):
            answer = double.request(operation.method, url, body, headers)
            assert_problem(answer, status)
            operation.check(answer)


def furnish(double: Double) -> None:
    """Give a tenant something of everything, and no other anything."""
    assert double.request("DELETE", "/_mock/v1/tenants").status == 200
    fill(double, 1, "Cust1")
    double.send(outgoing(SuggestedSessionKey="default"), tenant="Cust1")
    double.call("AuthenticateImplicit", tenant="Cust1")
    for rest, body in (("snapshots", {}), ("rules", {"name": "default", "then": {"http": 503}})):
        assert double.steer("POST", rest, body, tenant="Cust1").status == 201


def test_every_documented_answer_is_given_and_no_other(start_double, operations) -> None:
    double = start_double(clock=BEGIN)
    for operation in operations:
        furnish(double)
        example = {"never": True} if operation.id == "verify" else operation.example
        body = b"" if example is None else json.dumps(example).encode()
        answered = set()
        for url in (*[operation.url("Cust1")] * 4, operation.url("Cust2"), operation.url("Cust1") + "?unknown=1"):
            answer = double.request(operation.method, url, body)
            operation.check(answer)
            answered.add(answer.status)
        assert answered == operation.answers.keys() - ELSEWHERE, operation
