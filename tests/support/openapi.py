"""The operations of an OpenAPI document, and values that its schemas allow or do not."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jsonschema_rs import Draft202012Validator
from werkzeug.test import Client

from messaging_double.server.app import create_app
from messaging_double.server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = Any
OF_EVERY_TYPE = (5, True, 0.25, "\x07", [], -1, None)
_REF = "#/components/schemas/"


class Schemas:
    """The schemas of one OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Resolve references within ``document``."""
        self._components: Json = document["components"]
        self._validators: dict[str, Draft202012Validator] = {}

    def validator(self, schema: Json) -> Draft202012Validator:
        """Return what validates values by a schema of the document's; most are that of a refusal."""
        key = repr(schema)
        if key not in self._validators:
            whole = {**schema, "components": self._components}
            self._validators[key] = Draft202012Validator(whole, validate_formats=True)
        return self._validators[key]

    def resolved(self, schema: Json) -> Json:
        """Return what a reference refers to; anything else is itself."""
        return self._components["schemas"][schema["$ref"].removeprefix(_REF)] if "$ref" in schema else schema

    def candidates(self, schema: Json) -> list[Json]:
        """Return values of every type, those at the bounds of a schema, and those one step beyond: some fit it."""
        schema = self.resolved(schema)
        found = [*OF_EVERY_TYPE, *schema.get("enum", ()), *schema.get("examples", ())]
        for bound in {"minimum", "maximum"} & schema.keys():
            found += [schema[bound] - 1, schema[bound], schema[bound] + 1]
        for bound in {"minLength", "maxLength"} & schema.keys():
            found += ["1" * max(0, schema[bound] + step) for step in (-1, 0, 1)]
        if "pattern" in schema:
            found += ["", "a b", "a/b", "a\u0142b"]
        for each in schema.get("anyOf", ()):
            found += self.candidates(each)
        if isinstance(schema.get("additionalProperties"), dict):
            found += [{"k": each} for each in self.candidates(schema["additionalProperties"])]
        if "items" in schema:
            found += [[each] for each in self.candidates(schema["items"])]
        return list({repr(each): each for each in found}.values())


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
        return None if body is None else self.schemas.resolved(body["content"]["application/json"]["schema"])

    @property
    def example(self) -> Json:
        """The example of its body, but for how long to wait; ``None`` where it takes none."""
        if self.body_schema is None:
            return None
        return {name: value for name, value in self.body_schema["examples"][0].items() if name != "within"}

    @property
    def body_required(self) -> bool:
        """Whether it wants a body."""
        return self.body_schema is not None and bool(self.described["requestBody"]["required"])

    def parameters(self, place: str) -> dict[str, Json]:
        """Return the schemas of its parameters in the path or in the query."""
        return {each["name"]: each["schema"] for each in self.described.get("parameters", ()) if each["in"] == place}

    def url(self, tenant: str) -> str:
        """Return its path for a tenant, about whatever is the first of its kind."""
        variables = {
            name: tenant if name == "tenant" else 1 if schema["type"] == "integer" else "default"
            for name, schema in self.parameters("path").items()
        }
        return re.sub(r"{(\w+)}", lambda found: quote(str(variables[found[1]]), safe=""), self.path)

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
            validator = self.schemas.validator(content[media_type]["schema"])
            assert [each.message for each in validator.iter_errors(answer.json)] == [], (self.id, answer)


def operations_of(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Give every operation of a document."""
    schemas, shared = Schemas(document), document["components"]["parameters"]
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            given = [
                shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
                for each in described.get("parameters", ())
            ]
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
