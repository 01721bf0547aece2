"""``openapi.json``: the control API in OpenAPI 3.1, from the declarations that read requests and make responses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from messaging_double.models.control.about import Problem
from messaging_double.models.control.values import Json, RequestBody, ResponseBody, building_types
from messaging_double.server.control import lists
from messaging_double.server.control.operation import NUMBERS, TEXTS, Media

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from messaging_double.server.control.operation import Operation, Parameter

    Schemas = Mapping[Any, Json]

_VARIABLE = re.compile(r"{(\w+)}")
_TENANT = "The CustNNNNN of the SOAP URL; default if it has none. A name with a slash, also as %2F, is answered 404."
_DESCRIPTIONS = {
    200: "Done.",
    201: "Created.",
    204: "Done; no content.",
    400: "The request is invalid.",
    401: "The token is missing or wrong (settings control-token, tenant-tokens).",
    403: "Forbidden: this Host or Origin is not allowed, or the token is that of another tenant.",
    404: "Not found.",
    408: "The request did not arrive in time (settings header-seconds, body-seconds).",
    409: "Conflict with the current state.",
    413: "The body is too long (setting max-body-bytes).",
    422: "The expectation is not met.",
    431: "The URL and the headers are too long (settings max-header-bytes, max-header-fields).",
    500: "The double failed.",
    501: "This server cannot hold responses for so long; messaging-double serve can.",
    503: "The storage failed.",
    507: "There is no room for it: one of the settings in the section quotas.",
}


def document(operations: Iterable[Operation], version: str) -> Json:
    """Return the description of the whole API."""
    operations = tuple(operations)
    schemas, components = _schemas(operations)
    shared = _shared(operations)
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas, shared)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "messaging-double: control API",
            "version": version,
            "description": "What tests see and control in a double of SuperOffice's Messaging.svc.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "parameters": {name: _query_parameter(each, schemas) for each, name in shared.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "If one is set."}},
        },
        "security": [{}, {"token": []}],
    }


def _schemas(operations: Iterable[Operation]) -> tuple[Schemas, Json]:
    """Return the schema of each type, and those of all structs by their names."""
    types: dict[Any, None] = dict.fromkeys([Problem, lists.OUTBOX.match, lists.INBOX.match])
    for operation in operations:
        responses = [each for each in operation.responses.values() if not isinstance(each, Media)]
        parameters = [each.type for each in operation.query]
        types |= dict.fromkeys(each for each in (operation.body, *responses, *parameters) if each is not None)
    with building_types:
        schemas, components = msgspec.json.schema_components(
            types, schema_hook=_custom, ref_template="#/components/schemas/{name}"
        )
    structs = {each.__name__: each for each in _subclasses(RequestBody, ResponseBody)}
    definitions = {name: _definition(structs[name], definition) for name, definition in sorted(components.items())}
    return dict(zip(types, schemas, strict=True)), definitions


def _custom(kind: Any) -> Json:
    """Return the schema of a type that JSON does not have."""
    return kind.schema


def _subclasses(*classes: type) -> Iterator[type]:
    for each in classes:
        yield each
        yield from _subclasses(*each.__subclasses__())


def _definition(struct: Any, definition: Json) -> Json:
    """Complete the schema of a struct by what msgspec does not generate."""
    definition.pop("title")
    if not definition["required"]:
        del definition["required"]
    for member in definition["properties"].values():
        if member.get("default") == {}:  # generators of clients do without the schema of a struct that has one
            del member["default"]
        for schema in (member, *member.get("anyOf", ())):
            if schema.get("format") == "duration":  # RFC 3339's has neither a sign nor fractions
                del schema["format"]
    if getattr(struct, "example", None) is not None:
        definition["examples"] = [struct.example]
    if not getattr(struct, "can_be_empty", True):
        definition["minProperties"] = 1
    return definition


def _shared(operations: Iterable[Operation]) -> dict[Parameter, str]:
    """Name the parameters that several operations have, by the first of these."""
    first: dict[Parameter, str] = {}
    names: dict[Parameter, str] = {}
    for operation in operations:
        for each in operation.query:
            if each in first:
                names[each] = first[each]
            first.setdefault(each, f"{operation.id}.{each.name}")
    return names


def _operation(operation: Operation, schemas: Schemas, shared: Mapping[Parameter, str]) -> Json:
    described: Json = {
        "operationId": operation.id,
        "summary": operation.summary,
        "responses": {str(status): _response(status, kind, schemas) for status, kind in _responses(operation)},
    }
    query = [
        {"$ref": f"#/components/parameters/{shared[each]}"} if each in shared else _query_parameter(each, schemas)
        for each in operation.query
    ]
    if parameters := [*_path_parameters(operation.path), *query]:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {"application/json": {"schema": schemas[operation.body]}},
        }
    return described


def _responses(operation: Operation) -> list[tuple[int, Any]]:
    """Return the operation's own responses and those that every operation has."""
    errors = [400, 408, 413, 431, 500, 503, 507]
    if operation.path == "/" or operation.path.startswith("/_mock"):
        errors += [401, 403]
    if operation.names_item:
        errors.append(404)
    return sorted({**dict.fromkeys(errors, Problem), **operation.responses}.items())


def _response(status: int, kind: Any, schemas: Schemas) -> Json:
    if isinstance(kind, Media):
        return {"description": kind.description, "content": {kind.type: {}}}
    response: Json = {"description": _DESCRIPTIONS[status]}
    if kind is not None:
        response["content"] = {"application/json": {"schema": schemas[kind]}}
    return response


def _path_parameters(path: str) -> Iterator[Json]:
    for name in _VARIABLE.findall(path):
        described: Json = {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        if name == "tenant":
            described["description"] = _TENANT
            described["example"] = "Cust12345"
        yield described


def _path_schema(name: str) -> Json:
    if name in NUMBERS:
        return {"type": "integer", "minimum": 0}
    return {"type": "string", "minLength": 1} if name in TEXTS else {"type": "string", "pattern": "^[^/]+$"}


def _query_parameter(parameter: Parameter, schemas: Schemas) -> Json:
    schema = {name: value for name, value in schemas[parameter.type].items() if name != "description"}
    return {"name": parameter.name, "in": "query", "description": parameter.description, "schema": schema}
