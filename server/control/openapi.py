"""``openapi.json``: the control API described in OpenAPI 3.1, from the declarations that parse and answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from messaging_double.server.control.operations import NUMBERS, PROBLEM, TEXTS, Media
from messaging_double.server.shapes.objects import Either, ListOf, MapOf, Nullable, Object, OneOf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from messaging_double.server.control.operations import Operation, Parameter
    from messaging_double.server.shapes.values import Json, Shape

_VARIABLE = re.compile(r"{(\w+)}")

_TENANT_HELP = (
    "The CustNNNNN of the SOAP URL; default where there is none. A slash in it, also as %2F, is answered 404."
)
_PHRASES = {
    200: "Done.",
    201: "Made.",
    204: "Done; there is nothing to show.",
    400: "The request is wrong.",
    401: "The token is missing or wrong (setting control-token).",
    403: "Not from there: a foreign Host or Origin.",
    404: "It is not there.",
    409: "It is there already.",
    408: "The request did not arrive in time (settings header-seconds, body-seconds).",
    413: "The body is too long (setting max-body-bytes).",
    422: "It is not as expected.",
    431: "The URL and the headers are too long (settings max-header-bytes, max-header-fields).",
    500: "The double failed.",
    501: "It is undecided, and this server waits no longer; messaging-double serve does.",
    503: "The storage failed.",
}


def document(operations: Iterable[Operation], version: str) -> Json:
    """Return the whole description."""
    operations = tuple(operations)
    shared = _shared(operations)
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, shared)
    objects = {each.name: each.definition() for operation in operations for each in _objects_of(operation)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "messaging-double: control API",
            "version": version,
            "description": "What tests see and steer in a double of SuperOffice's Messaging.svc.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(objects.items())),
            "parameters": {name: _query_parameter(each) for each, name in shared.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "If one is set."}},
        },
        "security": [{}, {"token": []}],
    }


def _shared(operations: Iterable[Operation]) -> dict[Parameter, str]:
    """Name the parameters that several operations have, by the first of them."""
    first: dict[Parameter, str] = {}
    names: dict[Parameter, str] = {}
    for operation in operations:
        for each in operation.query:
            if each in first:
                names[each] = first[each]
            first.setdefault(each, f"{operation.id}.{each.name}")
    return names


def _operation(operation: Operation, shared: Mapping[Parameter, str]) -> Json:
    described: Json = {
        "operationId": operation.id,
        "summary": operation.help,
        "responses": {str(status): _answer(status, shape) for status, shape in _answers(operation)},
    }
    if parameters := [*_path_parameters(operation.path), *_query_parameters(operation, shared)]:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {"application/json": {"schema": operation.body.schema()}},
        }
    return described


def _answers(operation: Operation) -> Iterator[tuple[int, Shape | Media | None]]:
    """Give the operation's own answers and those that any may get."""
    may_be_wrong = [400]
    if operation.path.startswith("/_mock/"):
        may_be_wrong += [401, 403]
    if operation.has_id:
        may_be_wrong.append(404)
    answers: dict[int, Shape | Media | None] = dict.fromkeys([*may_be_wrong, 408, 413, 431, 500, 503], PROBLEM)
    yield from sorted({**answers, **operation.answers}.items())


def _answer(status: int, shape: Shape | Media | None) -> Json:
    answer: Json = {"description": _PHRASES[status]}
    if isinstance(shape, Media):
        answer["description"] = shape.help
        answer["content"] = {shape.type: {}}
    elif shape is not None:
        answer["content"] = {"application/json": {"schema": shape.schema()}}
    return answer


def _path_parameters(path: str) -> Iterator[Json]:
    for name in _VARIABLE.findall(path):
        described: Json = {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        if name == "tenant":
            described["description"] = _TENANT_HELP
            described["example"] = "Cust12345"
        yield described


def _path_schema(name: str) -> Json:
    if name in NUMBERS:
        return {"type": "integer", "minimum": 0}
    return {"type": "string", "minLength": 1} if name in TEXTS else {"type": "string", "pattern": "^[^/]+$"}


def _query_parameters(operation: Operation, shared: Mapping[Parameter, str]) -> Iterator[Json]:
    for each in operation.query:
        yield {"$ref": f"#/components/parameters/{shared[each]}"} if each in shared else _query_parameter(each)


def _query_parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.help,
        "schema": parameter.shape.schema(),
    }


def _objects_of(operation: Operation) -> Iterator[Object]:
    yield from _objects(PROBLEM)
    for shape in (operation.body, *operation.answers.values(), *(each.shape for each in operation.query)):
        if shape is not None and not isinstance(shape, Media):
            yield from _objects(shape)


def _objects(shape: Shape) -> Iterator[Object]:
    """Give every object that is part of a shape."""
    if isinstance(shape, Object):
        yield shape
        for member in shape.members:
            yield from _objects(member.shape)
    elif isinstance(shape, (ListOf, MapOf, Nullable)):
        yield from _objects(shape.of)
    elif isinstance(shape, (Either, OneOf)):
        for each in shape.shapes:
            yield from _objects(each)
