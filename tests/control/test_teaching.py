"""Errors that teach: what arrived, what was expected, and a valid example that is one."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from support.control import OUTBOX, assert_problem, fill
from support.double import Double
from support.envelopes import outgoing
from support.openapi import OF_EVERY_TYPE, Operation, operations_of
from support.simulated import BEGIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.answers import Response
    from support.openapi import Schemas

pytestmark = pytest.mark.no_database

Json = Any
BONDS = re.compile(
    "before the tenant's now|retryAfter|say one|say {|besides?|belongs to|add the status|the name in the URL|"
    "expected a length of time|atLeast is |has (messagingI|i)d |name is |there is no profile|profile is|a key of |"
    "count without wait|expected an XPath|a regular expression|and the transport"
)
"""What a member may be refused for that the document does not say: what stands beside it, durations, XPath."""


@pytest.fixture(scope="module")
def shared_double():
    with Double(clock=BEGIN) as double:
        yield double


@pytest.fixture
def taught(shared_double):
    """Give a double that has what its examples ask for, so that none waits: another test may have deleted all."""
    shared_double.send(outgoing(To="+447700900001", Content="Your code is 4711"))
    fill(shared_double, 1)
    return shared_double


@pytest.fixture(scope="module")
def operations(shared_double) -> dict[str, Operation]:
    return {each.id: each for each in operations_of(shared_double.get("/_mock/v1/openapi.json").json)}


@pytest.fixture(scope="module")
def with_body(operations) -> list[Operation]:
    return [each for each in operations.values() if each.body_schema is not None]


@dataclass(frozen=True)
class Place:
    """An object somewhere in a body."""

    name: str
    schema: Json
    within: Callable[[Json], Json]
    """Makes the whole body from this object."""

    def with_member(self, name: str, value: Json) -> Json:
        """Return a body that is right but for this member."""
        return self.within({**_least(self.schema), name: value})


def _least(schema: Json) -> Json:
    sample = (schema.get("examples") or [{}])[0]
    return {name: sample[name] for name in schema.get("required", ()) if name in sample}


def places(schemas: Schemas, schema: Json, name: str = "the body", within=lambda value: value) -> Iterator[Place]:
    """Give each object that a body of this schema can have."""
    schema = schemas.resolved(schema)
    for each in schema.get("anyOf", ()):
        yield from places(schemas, each, name, within)
        if "Match" in each.get("$ref", "") and name == "match":  # the one of the outbox, which is where it looks
            break
    if schema.get("type") == "array":
        yield from places(schemas, schema["items"], f"{name}[0]", lambda value: within([value]))
    if "properties" not in schema:
        return
    place = Place(name, schema, within)
    yield place
    for member, inner in schema["properties"].items():
        below = member if name == "the body" else f"{name}.{member}"
        yield from places(schemas, inner, below, lambda value, member=member: place.with_member(member, value))


def places_of(operations: list[Operation]) -> Iterator[tuple[Operation, Place]]:
    """Give each object once, though several operations have it."""
    found = {
        repr((place.name, place.schema)): (operation, place)
        for operation in operations
        for place in places(operation.schemas, operation.body_schema)
    }
    yield from found.values()


def url_of(operation: Operation) -> str:
    tenant = "default" if operation.method == "GET" or operation.id == "verify" else "written"
    return operation.url(tenant)


def send(double: Double, operation: Operation, body: Json | bytes = b"", query: str = "") -> Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return double.request(operation.method, url_of(operation) + query, data)


def example_in(hint: str) -> Json:
    """Return the JSON that a hint ends with."""
    rest = re.split("(?:for example|expected) ", hint)[-1]
    found = next((rest[start:] for start in range(len(rest)) if _is_json(rest[start:])), None)
    assert found is not None, f"no example in: {hint}"
    return json.loads(found)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def assert_taught(double: Double, operation: Operation, body: Json | bytes, *words: str) -> Json:
    """Check that a body is refused with these words; return the example in the hint."""
    answer = send(double, operation, body)
    assert_problem(answer, 400, *words)
    assert len(answer.body) < 2000
    return example_in(answer.json["hint"])


def is_taken(answer: Response) -> bool:
    """Say whether a request was, unless for what the document cannot say."""
    if answer.status == 400:
        return BONDS.search(f"{answer.json['error']}; {answer.json['hint']}") is not None
    return answer.status < 500


def assert_taken(double: Double, operation: Operation, body: Json) -> None:
    answer = send(double, operation, body)
    assert is_taken(answer), (operation, body, answer)


def test_the_example_of_a_body_is_taken(taught, with_body) -> None:
    for operation in with_body:
        assert send(taught, operation, operation.example).status in {200, 201, 204, 404, 422}, operation


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b" ", ["no JSON"]),
        (b"{", ["no JSON"]),
        (b"user=ole", ["no JSON"]),
        (b"<user>ole</user>", ["no JSON"]),
        (b"{'user': 'ole'}", ["no JSON"]),
        (b"\xff", ["no JSON"]),
        (b'{"x": NaN}', ["no JSON", "NaN"]),
        (b'{"x": -Infinity}', ["no JSON", "-Infinity"]),
        (b'{"x": ' + b"9" * 5000 + b"}", ["a number of 5000 characters"]),
        (b'{"x": 1, "y": 2, "x": 1}', ['"x" is there twice']),
        (b'[{"user": 1, "user": 2}]', ['"user" is there twice']),
        (b"[" * 100_000, ["nested too deeply"]),
        (b'{"x":' * 100_000, ["nested too deeply"]),
        (b"[]", ["the body is []"]),
        (b'[{"user": "ole"}]', ['the body is [{"user": "ole"}]']),
        (b'"ole"', ['the body is "ole"']),
        (b"null", ["the body is null"]),
        (b"17", ["the body is 17"]),
        (b'{"\\ud800": 1}', ['unknown member "\\ud800"']),
        (b'{"": 1}', ['unknown member ""']),
        (b'{"' + b"x" * 10_000 + b'": 1}', ["unknown member", "characters)"]),
    ],
    ids=range(21),
)
def test_a_body_that_is_no_object_of_json_is_refused(taught, with_body, body, words) -> None:
    for operation in with_body:
        assert_taken(taught, operation, assert_taught(taught, operation, body, *words))


def test_a_compressed_body_is_refused(taught) -> None:
    body = gzip.compress(b'{"user": "ole"}')
    answer = taught.request("POST", "/_mock/v1/tenants/default/tickets", body, {"Content-Encoding": "gzip"})
    assert_problem(answer, 400, 'Content-Encoding "gzip"', "uncompressed")


def test_an_empty_body_is_refused_where_one_is_wanted(taught, with_body) -> None:
    for operation in with_body:
        if operation.body_required:
            assert_taken(taught, operation, assert_taught(taught, operation, b"", "the body is empty"))
        else:
            assert send(taught, operation).status == 201


def test_an_unknown_member_is_refused_with_what_may_have_been_meant(taught, with_body) -> None:
    for operation, place in places_of(with_body):
        for member in place.schema["properties"]:
            misspelt = member[0] + member
            words = (f'unknown member "{misspelt}" in {place.name}', f"did you mean {member}?")
            example = assert_taught(taught, operation, place.with_member(misspelt, 1), *words)
            assert_taken(taught, operation, place.within(example))


def test_a_member_is_taken_as_it_is_documented_and_else_refused_with_one_that_is_taken(taught, with_body) -> None:
    for operation, place in places_of(with_body):
        taught.steer("DELETE", "", tenant="written")  # hundreds of rules were taken
        taken = []
        for member, schema in place.schema["properties"].items():
            fits = operation.schemas.validator(schema).is_valid
            examples = {}
            for value in operation.schemas.candidates(schema):
                body = place.with_member(member, value)
                if fits(value) and "\\u0007" not in json.dumps(value):
                    taken.append(body)
                    assert_taken(taught, operation, body)
                elif value in OF_EVERY_TYPE:
                    arrived = f"{member} is {json.dumps(value)}"
                    example = assert_taught(taught, operation, body, arrived, "expected ")
                    examples[repr(example)] = example
                else:
                    assert_taught(taught, operation, body)
            for example in examples.values():
                assert_taken(taught, operation, place.with_member(member, example))
        for one, other in zip(taken, taken[len(taken) // 2 :], strict=False):
            if "within" not in {**one, **other}:  # which waits for what does not come
                assert_taken(taught, operation, {**one, **other})


@pytest.mark.parametrize("text", ["\x07", "\x00", "\ud800", "\ufffe", "a\x1bb"])
def test_a_character_that_no_message_can_hold_is_refused(taught, operations, text) -> None:
    for name, body in (
        ("issueTicket", {"user": text}),
        ("takeSnapshot", {"name": text}),
        ("loadFixtures", {"outbox": [{"content": text}]}),
        ("loadFixtures", {"inbox": [{}, {"from": text}]}),
        ("loadFixtures", {"outbox": [{"config": [{"key": "a", "value": text}]}]}),
        ("verify", {"match": {"to": {"pattern": text}}}),
        ("verify", {"match": {"config": {text: "x"}}}),
    ):
        assert_taught(taught, operations[name], body, " is ", "characters that XML allows", json.dumps(text)[1:-1])


def test_a_missing_member_is_named(taught, with_body) -> None:
    for operation, place in places_of(with_body):
        for member in place.schema.get("required", ()):
            rest = {key: value for key, value in _least(place.schema).items() if key != member}
            example = assert_taught(taught, operation, place.within(rest), f"{member} is missing in {place.name}")
            assert_taken(taught, operation, place.within(example))


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("verify", {"count": 1, "never": True}, ["count and never"]),
        ("verify", {"count": 1, "atLeast": 1}, ["count and atLeast"]),
        ("verify", {"atLeast": 2, "atMost": 1}, ["atLeast is 2, atMost 1"]),
        ("verify", {"within": "11m"}, ['within is "11m"', "PT10M"]),
        ("verify", {"within": 10**400}, ["within is 1000"]),
        ("verify", {"in": "inbox", "match": {"messagingId": 1}}, ['"messagingId" in match']),
        ("verify", {"match": {"to": {}}}, ["match.to is {}"]),
        ("verify", {"match": {"registered": "noon"}}, ["expected an object with since: {"]),
        ("createRule", {"then": []}, ["expected a list of at least 1, at most 1000: ["]),
        ("loadFixtures", {"outbox": [{"registered": "2026-11-21T08:00:00"}]}, ["outbox[0].registered is", "zone"]),
        ("loadFixtures", {"inbox": [{"id": 2**31 - 1}]}, ["inbox[0].id is 2147483647"]),
        ("issueTicket", {"user": "7T:MQA="}, ["user is 7T:MQA="]),
    ],
)
def test_what_contradicts_itself_is_refused(taught, operations, name, body, words) -> None:
    assert_problem(send(taught, operations[name], body), 400, *words)


def test_an_unknown_parameter_is_refused_by_every_operation(taught, operations) -> None:
    for operation in operations.values():
        answer = send(taught, operation, operation.example or b"", "?limmit=1")
        assert_problem(answer, 400, 'unknown query parameter "limmit"')
        assert ("did you mean limit?" in answer.json["hint"]) is ("limit" in operation.parameters("query"))
        assert_url_is_taken(taught, operation, answer.json["hint"])


def assert_url_is_taken(double: Double, operation: Operation, hint: str) -> None:
    """Check that the URL which a hint ends with is not refused."""
    url = hint.partition("for example ")[2].replace("wait=10s", "wait=0s")
    assert url.startswith("/"), hint
    body = b"" if operation.example is None else json.dumps(operation.example).encode()
    assert double.request(operation.method, url, body).status != 400


@pytest.mark.parametrize("body", [b'{"match": {"to": "x"}}', b"[]", b"garbage", b"{ }"])
def test_a_body_where_none_is_taken_is_refused_and_nothing_is_lost(taught, operations, body) -> None:
    for operation in operations.values():
        if operation.body_schema is None:
            answer = send(taught, operation, body)
            assert_problem(answer, 400, f"{operation.method} {url_of(operation)} takes no body")
            assert ("query" in answer.json["hint"]) is bool(operation.parameters("query"))
            assert_url_is_taken(taught, operation, answer.json["hint"])


def test_filters_in_the_body_of_a_deletion_delete_nothing(double) -> None:
    double.send(outgoing(To="keep"), outgoing(To="drop"))
    assert_problem(double.request("DELETE", OUTBOX, b'{"to": "drop"}'), 400, "query", f"{OUTBOX}?")
    assert len(double.outbox()) == 2


@pytest.fixture(scope="module")
def parameters(operations) -> list[tuple[Operation, str, Json]]:
    """Give each parameter of queries once, with an operation that has it."""
    described = {
        repr((name, schema)): (operation, name, schema)
        for operation in operations.values()
        for name, schema in operation.parameters("query").items()
    }
    return list(described.values())


def test_a_repeated_parameter_is_refused(taught, parameters) -> None:
    for operation, name, _ in parameters:
        if name == "count":  # which is nothing without wait
            continue
        answer = send(taught, operation, query=f"?{name}=1&{name}=1")
        if answer.json["error"].startswith(f"{name} is there 2 times"):
            assert_problem(answer, 400, "say it once")
            assert_url_is_taken(taught, operation, answer.json["hint"])
        else:
            assert_problem(answer, 400, f"{name} is")  # the first of them is no value of its kind


def test_a_parameter_is_taken_as_it_is_documented_and_else_refused_with_one_that_is_taken(taught, parameters) -> None:
    fill(taught, 1)  # else it would be waited for
    for operation, name, schema in parameters:
        fits = operation.schemas.validator(schema).is_valid
        for text in {as_text(each) for each in operation.schemas.candidates(schema)}:
            answer = send(taught, operation, query=f"?{name}={quote(text)}")
            if "\x07" not in text and (fits(text) or (_is_json(text) and fits(json.loads(text)))):
                assert is_taken(answer), (name, text, answer)
            else:
                assert_problem(answer, 400, name)
        answer = send(taught, operation, query=f"?{name}=%07")
        assert_problem(answer, 400, f'{name} is "\\u0007"', "expected ")
        example = as_text(example_in(answer.json["hint"]))
        beside = "&wait=0s" if name == "count" else ""
        assert send(taught, operation, query=f"?{name}={quote(example)}{beside}").status in (200, 404)


def as_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("query", ["to=%FF", "to=%", "to", "=", "&&to=1&", "to=%2B1", "to=+1"])
def test_no_query_is_too_broken_for_an_answer(taught, query) -> None:
    answer = taught.get(f"{OUTBOX}?{query}")
    assert answer.status in (200, 400)
    assert answer.json


def test_another_path_is_refused_with_one_that_is_there(taught, operations) -> None:
    for operation in operations.values():
        if operation.path.startswith("/_mock/v1/"):
            url = url_of(operation)
            below = f"{url}/nothing/at/all".replace("/threads/", "/thread/")  # behind the former anything is a key
            for path in (below, url.replace("/v1/", "/v2/"), url.replace("_mock/", "_mock/x/")):
                assert_problem(taught.request(operation.method, path), 404, f"nothing is at {path}", OUTBOX)
    assert taught.get(OUTBOX).status == 200


def test_another_method_is_refused_with_those_that_are_possible(taught, operations) -> None:
    for operation in operations.values():
        url = url_of(operation)
        if url == "/":  # where SOAP calls that have lost their path arrive as well: they are told the right one
            continue
        answer = taught.request("PATCH", url)
        assert_problem(answer, 405, f"PATCH is not possible at {url}", f"possible: {answer.headers['allow']}")
        assert operation.method in answer.headers["allow"].split(", ")
