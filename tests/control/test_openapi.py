"""``openapi.json`` is valid, and says all that the control API takes and answers.

Requests are made by strategies of our own, answers are judged by jsonschema: hypothesis-jsonschema 0.23 breaks on
today's hypothesis, and schemathesis brings a dozen packages, while a few lines can also hold what it cannot know: state
in which every documented answer can be had, and that nothing is refused but what the document forbids.
"""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from openapi_spec_validator import OpenAPIV31SpecValidator
from support.control import assert_problem, fill
from support.double import Double
from support.envelopes import outgoing
from support.openapi import TENANTS, Operation, Request, operations_of

pytestmark = pytest.mark.no_database

DOCUMENT = "/_mock/v1/openapi.json"
ELSEWHERE = {401, 403, 408, 413, 431, 500, 501, 503, 507}
"""What no request by the document gets: tokens, foreign pages, long bodies, waits, failures and bounds."""
UNSAID = re.compile(
    "expected a length of time|the name in the URL|do not go together|atLeast is |has (messagingI|i)d |"
    ", and beside them |"
    r"unknown member .* in match|mode|before the tenant's now|say one of by and to|then(\[\d\])? has |beside it|name "
    "is |there is no profile|a key of |count without wait|expected an XPath"
)
"""What makes a request wrong though its schema, which knows no durations and no bonds between members, takes it."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


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
                assert_problem(double.request(operation.method, operation.example_url("a/b")), 404)


def test_every_component_is_referred_to(double, document) -> None:
    text = double.get(DOCUMENT).body.decode()
    for name in document["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text


def test_every_path_has_the_methods_that_are_documented_and_no_others(double, document, operations) -> None:
    for path, methods in document["paths"].items():
        if path == "/":  # what is no GET may be a client's whose base URL is wrong: that is for the journal, as any URL
            continue
        url = next((each.example_url("t") for each in operations if each.path == path), "/_mock/v1/events")
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
        url = operation.example_url("t")
        guarded = url.startswith("/_mock")
        for status, body, headers in (
            (413, b"x" * 11, token),
            *([(401, b"", {}), (403, b"", {"Host": "evil.example"})] if guarded else []),
        ):
            answer = double.request(operation.method, url, body, headers)
            assert_problem(answer, status)
            operation.check(answer)


@pytest.fixture(scope="module")
def shared():
    with Double() as double:
        yield double


def furnish(double: Double) -> None:
    """Give the first tenant something of everything, and the others nothing."""
    for listed in double.get("/_mock/v1/tenants").json["tenants"]:
        double.steer("DELETE", "", tenant=listed["tenant"])
    fill(double, 2, TENANTS[0])
    double.send(outgoing(SuggestedSessionKey="default"), tenant=TENANTS[0])
    double.call("AuthenticateImplicit", tenant=TENANTS[0])
    rules = [("rules", {"name": name, "then": {"http": 503}}) for name in ("default", "gateway down")]
    for rest, body in (("snapshots", {}), *rules):
        assert double.steer("POST", rest, body, tenant=TENANTS[0]).status == 201
    while double.steer("POST", "outbox/1/step", tenant=TENANTS[0]).status == 200:
        pass


def ask(double: Double, request: Request) -> int:
    """Send a request, check its answer against the document, and return its status."""
    answer = double.request(request.operation.method, request.url, request.body)
    assert answer.status not in ELSEWHERE, (request, answer)
    assert answer.status not in ELSEWHERE, (request, answer)
    request.operation.check(answer)
    if not request.fits:
        assert_problem(answer, 400)
    elif answer.status == 400:
        assert UNSAID.search(f"{answer.json['error']}; {answer.json['hint']}"), (request, answer)
    return answer.status


def test_every_answer_is_documented_and_every_documented_answer_is_given(shared, operations) -> None:
    """What fits the document's schemas is taken, what does not is refused; answers are those that it has."""
    anything = st.lists(st.sampled_from(operations).flatmap(lambda each: each.requests), max_size=3)
    for operation in operations:
        answered = answers_of(shared, operation, anything)
        made = {404} if operation.method == "PUT" else set()  # what is not there is made
        for status in operation.answers.keys() - answered - ELSEWHERE - made:
            assert_given(shared, operation, status)


def answers_of(double: Double, operation: Operation, before: st.SearchStrategy[list[Request]]) -> set[int]:
    """Ask for an operation, after whatever else; return the statuses of its answers."""
    answered = set()

    @settings(max_examples=6, suppress_health_check=list(HealthCheck), database=None)
    @given(before, operation.requests)
    def law(others, request) -> None:
        furnish(double)
        for each in others:
            ask(double, each)
        answered.add(ask(double, request))

    law()
    return answered


def assert_given(double: Double, operation: Operation, status: int) -> None:
    """Look for a request that is answered so."""

    def is_answered_so(request: Request) -> bool:
        furnish(double)
        return ask(double, request) == status

    patient = settings(
        max_examples=300, suppress_health_check=list(HealthCheck), database=None, phases=[Phase.generate]
    )
    try:
        find(operation.requests, is_answered_so, settings=patient, random=Random(0))  # noqa: S311 (no secret)
    except NoSuchExample:
        pytest.fail(f"{operation} never answers {status}")
