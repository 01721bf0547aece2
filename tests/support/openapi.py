"""The operations of an OpenAPI document, and requests for them: right ones, and wrong ones that are known to be."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hypothesis import strategies as st
from werkzeug.test import Client

from messaging_double.server.app import create_app
from messaging_double.server.settings import Settings

from .json_schemas import SCRAPS, Schemas, spoilt
from .texts import xml_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema_rs import Draft202012Validator

Json = Any
TENANTS = ("Cust1", "default", "æ %+;?#")
"""Those that requests are about; the first one is the one that has something."""
_WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)
_CHOSEN = {
    "name": st.sampled_from(["default", "another", "x y"]),
    "profile": st.sampled_from(["fails", "delivers", None]),
    "plugins": st.sampled_from([{}, {"CM": "slow"}]),
}
"""Members that mean something: a name that is there, a profile."""
_SWITCHES = {"true": True, "false": False}


@dataclass(frozen=True)
class Request:
    """A request for an operation."""

    operation: Operation
    url: str
    body: bytes
    fits: bool
    """Whether it is as the document says."""


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    described: Mapping[str, Any] = field(repr=False)
    schemas: Schemas = field(repr=False)

    @property
    def id(self) -> str:
        """Its ``operationId``."""
        return str(self.described["operationId"])

    @cached_property
    def answers(self) -> dict[int, Mapping[str, Any]]:
        """What it may answer, by status."""
        return {int(status): answer for status, answer in self.described["responses"].items()}

    @cached_property
    def body_schema(self) -> Json:
        """The schema of its body; ``None`` where it takes none."""
        body = self.described.get("requestBody")
        return None if body is None else body["content"]["application/json"]["schema"]

    @property
    def body_required(self) -> bool:
        """Whether it wants a body."""
        return self.body_schema is not None and bool(self.described["requestBody"]["required"])

    def parameters(self, place: str) -> dict[str, Json]:
        """Return the schemas of its parameters in the path or in the query."""
        return {each["name"]: each["schema"] for each in self.described.get("parameters", ()) if each["in"] == place}

    def url(self, **variables: Any) -> str:
        """Return its path with these in place of the variable parts."""
        return re.sub(r"{(\w+)}", lambda found: quote(str(variables[found[1]]), safe=""), self.path)

    def example_url(self, tenant: str) -> str:
        """Return its path for a tenant, about whatever is the first of its kind."""
        return self.url(
            **{
                name: tenant if name == "tenant" else 1 if schema["type"] == "integer" else "default"
                for name, schema in self.parameters("path").items()
            }
        )

    def check(self, answer: Any) -> None:
        """Check that the document has this answer."""
        assert answer.status in self.answers, (self.id, answer)
        content = self.answers[answer.status].get("content")
        if content is None:
            assert (answer.body, answer.content_type) == (b"", None), (self.id, answer)
            return
        media_type = (answer.content_type or "").partition(";")[0]
        assert media_type in content, (self.id, answer)
        if media_type == "application/json":
            errors = [each.message for each in self._validators[answer.status].iter_errors(answer.json)]
            assert errors == [], (self.id, answer)

    @cached_property
    def _validators(self) -> dict[int, Draft202012Validator]:
        found = {status: answer.get("content", {}).get("application/json") for status, answer in self.answers.items()}
        return {status: self.schemas.validator(media["schema"]) for status, media in found.items() if media}

    @cached_property
    def requests(self) -> st.SearchStrategy[Request]:
        """Requests for it."""
        return st.builds(self._request, self._urls, self._queries, self._bodies)

    def _request(self, url: str, query: list[tuple[str, str]], body: bytes) -> Request:
        text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
        return Request(self, f"{url}?{text}" if text else url, body, self._query_fits(query) and self._body_fits(body))

    @cached_property
    def _urls(self) -> st.SearchStrategy[str]:
        schemas = self.parameters("path")
        variables = {
            name: _NUMBERS if schema["type"] == "integer" else _VARIABLES.get(name, _NAMES)
            for name, schema in schemas.items()
        }
        return st.fixed_dictionaries(variables).map(lambda values: self.url(**values))

    @cached_property
    def _queries(self) -> st.SearchStrategy[list[tuple[str, str]]]:
        schemas = self.parameters("query")
        wrong = st.sampled_from([("unknown", "1"), ("Limit", ""), ("", "")])
        if not schemas:
            return st.just([]) | wrong.map(lambda each: [each])
        texts = {name: self.schemas.named(name, schema).map(_as_text) for name, schema in schemas.items()}
        right = st.sampled_from(sorted(schemas)).flatmap(lambda name: st.tuples(st.just(name), texts[name]))
        other = st.tuples(st.sampled_from(sorted(schemas)), SCRAPS.map(_as_text))
        fitting = st.lists(right, max_size=2, unique_by=lambda each: each[0])
        return st.just([]) | fitting | st.lists(right | other | wrong, min_size=1, max_size=2)

    def _query_fits(self, query: list[tuple[str, str]]) -> bool:
        names = [name for name, _ in query]
        return len(set(names)) == len(names) and all(
            name in self._query_validators and any(map(self._query_validators[name].is_valid, _read(text)))
            for name, text in query
        )

    @cached_property
    def _query_validators(self) -> dict[str, Draft202012Validator]:
        return {name: self.schemas.validator(schema) for name, schema in self.parameters("query").items()}

    @cached_property
    def _bodies(self) -> st.SearchStrategy[bytes]:
        if self.body_schema is None:
            return st.just(b"")
        fitting = self.schemas.values(self.body_schema)
        written = (fitting | fitting | fitting.flatmap(spoilt)).map(lambda value: json.dumps(value).encode())
        return written | st.just(b"")

    def _body_fits(self, body: bytes) -> bool:
        if not body:
            return not self.body_required
        return self._body_validator.is_valid(json.loads(body))

    @cached_property
    def _body_validator(self) -> Draft202012Validator:
        return self.schemas.validator(self.body_schema)


_NUMBERS = st.integers(1, 3) | st.integers(1, 3) | st.integers(0, 2**70)
_NAMES = st.just("default") | xml_texts(4).filter(lambda text: text and "/" not in text)
_VARIABLES = {"tenant": st.sampled_from(TENANTS[:1] * 3 + TENANTS)}


def _resolved(document: Json, parameter: Json) -> Json:
    """Return what a parameter refers to, or itself."""
    shared = document["components"]["parameters"]
    return shared[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter


def operations_of(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Give every operation of a document."""
    schemas = Schemas(document, _CHOSEN)
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            given = [_resolved(document, each) for each in described.get("parameters", ())]
            yield Operation(method.upper(), path, {**described, "parameters": given}, schemas)


_REFUSALS = frozenset({400, 401, 403, 404, 405, 408, 413, 431, 500, 501, 503, 505})


@cache
def _documented() -> list[tuple[re.Pattern[str], dict[str, Operation]]]:
    """Return the operations of this double's own document by their paths."""
    app = create_app(Settings())
    try:
        document = Client(app).get("/_mock/v1/openapi.json", base_url="http://localhost").json
    finally:
        app.close()
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations_of(document):
        paths.setdefault(operation.path, {})[operation.method] = operation
    # A session key may have slashes, and a path one at its end.
    variables = {"sessionKey": "/*[^/].*"}
    pattern = lambda path: re.sub(r"{(\w+)}", lambda found: variables.get(found[1], "[^/]+"), path)
    return [(re.compile(pattern(path) + "/*"), methods) for path, methods in paths.items()]


def check_control_answer(method: str, url: str, answer: Any) -> None:
    """Check an answer of the control API against ``openapi.json``; any other answer passes."""
    path = url.partition("?")[0]
    is_of_page = path.startswith("/_mock/web/")  # files, not the API
    if (
        is_of_page
        or not path.startswith(("/_mock", "/livez", "/readyz", "/metrics"))
        or (answer.content_type or "").startswith("text/html")
    ):
        return
    methods = next((methods for pattern, methods in _documented() if pattern.fullmatch(path)), {})
    if method in methods and not (path.endswith("/") and answer.status == 404):
        methods[method].check(answer)
    elif method == "HEAD" or (method, answer.status) == ("OPTIONS", 204):  # a browser's preflight
        assert answer.body == b""
    else:
        assert answer.status in _REFUSALS, (method, url, answer)
        assert set(json.loads(answer.body)) == {"error", "hint"}, (method, url, answer)


def _as_text(value: Json) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value)


def _read(text: str) -> list[Json]:
    """Return what a text of a query may mean."""
    numbers = [int(text)] if _WHOLE.fullmatch(text) else []
    return [text, *numbers, *([_SWITCHES[text]] if text in _SWITCHES else [])]
