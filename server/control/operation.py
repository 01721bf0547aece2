"""The operations of the control API, declared beside their handlers: what reads a request also documents it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, unquote_to_bytes

from messaging_double.server.control.responses import Problem
from messaging_double.server.did_you_mean import did_you_mean
from messaging_double.server.validation import as_json, decode, decode_text, example_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Request

    from messaging_double.models.control.values import Json

V1 = "/_mock/v1"
TENANT = f"{V1}/tenants/{{tenant}}"
"""The beginning of each URL of a tenant."""

NUMBERS = frozenset({"id", "messagingId", "number"})
"""The variable parts of URLs that are whole numbers."""

TEXTS = frozenset({"sessionKey"})
"""Those at the end of a URL that are any text: no WSGI server distinguishes its ``%2F`` from a slash."""

_MOST_DIGITS = 1000
"""Of a number in a body: Pythons refuse to read very long ones, in words of their own."""

_F = TypeVar("_F", bound="Callable[..., Any]")


@dataclass(frozen=True, eq=False)  # operations share a parameter by identity
class Parameter:
    """A parameter of a query."""

    name: str
    type: Any
    description: str


@dataclass(frozen=True)
class Media:
    """A response that is not JSON."""

    type: str
    description: str


@dataclass
class ControlRequest:
    """A request, read as its operation declares it."""

    request: Request
    tenant: str = ""
    path: Mapping[str, Any] = field(default_factory=dict)
    """The variable parts of the URL except the tenant."""
    query: Mapping[str, Any] = field(default_factory=dict)
    """The parameters that the query has."""
    json: Any = None
    """The JSON of the body."""
    body: Any = None
    """The body as the operation's type; ``None`` if it takes none."""
    admitted: frozenset[str] | None = None
    """The tenants that its token opens; ``None``: all."""


@dataclass(frozen=True, eq=False)
class Operation:
    """A method of a URL."""

    method: str
    path: str
    """With its variable parts in braces."""
    id: str
    """The ``operationId`` in ``openapi.json``."""
    summary: str
    handler: Callable[[ControlRequest], Any]
    """Returns a ``ResponseBody``, ``None`` for no content, a ``Response``, or a ``LongPoll`` of these."""
    responses: Mapping[int, Any]
    """The type, the ``Media`` or ``None`` (no content) of each response that is particular to this operation.
    """
    query: tuple[Parameter, ...] = ()
    body: Any = None
    """The type of the body; ``None``: it takes none."""
    body_required: bool = True
    is_open: bool = False
    """Whether a tenant's token admits to it though its URL names no tenant: it shows nothing of other tenants."""
    needs_journal: bool = False
    """Whether what the journal has still to write is written first: it shows, counts or deletes exchanges."""

    @property
    def status(self) -> int:
        """The status of success."""
        return min(self.responses)

    @property
    def names_item(self) -> bool:
        """Whether its URL names something that may be missing."""
        return self.method != "PUT" and "{" in self.path.replace("{tenant}", "")

    def read(self, request: Request, tenant: str, path: Mapping[str, Any]) -> ControlRequest:
        """Read a request. Raise ``Problem`` or ``ValidationError`` (400)."""
        query = _read_query(self, request)
        value = _read_json(self, request)
        body = None if self.body is None else decode(value, self.body)
        return ControlRequest(request, tenant, path, query, value, body)


def operation(  # noqa: PLR0913 (the parts of an operation)
    route: str,
    id: str,  # noqa: A002 (OpenAPI's word)
    summary: str,
    returns: Any = None,
    *,
    status: int | None = None,
    body: Any = None,
    body_required: bool = True,
    query: tuple[Parameter, ...] = (),
    others: Mapping[int, Any] = MappingProxyType({}),
    is_open: bool = False,
    needs_journal: bool = False,
) -> Callable[[_F], _F]:
    """Declare a method of a resource as the handler of ``route``, for example ``GET /livez``.

    ``returns`` is the type of its response, sent with 200 (204 if there is none) unless ``status`` says otherwise;
    ``others`` are further responses.
    """
    method, path = route.split(" ")
    first = status or (HTTPStatus.NO_CONTENT if returns is None else HTTPStatus.OK)
    responses: dict[int, Any] = {int(first): returns, **others}

    def declare(handler: _F) -> _F:
        handler.operation = partial(  # type: ignore[attr-defined]
            Operation,
            method,
            path,
            id,
            summary,
            responses=responses,
            query=query,
            body=body,
            body_required=body_required,
            is_open=is_open,
            needs_journal=needs_journal,
        )
        return handler

    return declare


def operations_of(*resources: object) -> list[Operation]:
    """Return the operations of these resources: those of a list, and those that methods declare, in their order."""
    operations: list[Operation] = []
    for resource in resources:
        operations += getattr(resource, "operations", list)()
        declared = ((name, getattr(member, "operation", None)) for name, member in vars(type(resource)).items())
        operations += [make(handler=getattr(resource, name)) for name, make in declared if make is not None]
    return operations


def _read_query(operation: Operation, request: Request) -> dict[str, Any]:
    """Return the parameters of the query; refuse unknown and repeated ones."""
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError as error:
        wrong = quote(error.object[error.start : error.end])
        raise Problem(400, f"the query has {wrong}, which is not UTF-8", "for example \u00e5 is %C3%A5") from None
    known = {each.name: each for each in operation.query}
    read = {}
    for name, texts in request.args.lists():
        if name not in known:
            hint = f"{did_you_mean(name, known)}possible are {', '.join(known)}" if known else "none is possible"
            error_text = f"unknown query parameter {as_json(name)}"
            raise Problem(400, error_text, f"{hint}; {_query_example(operation, request)}")
        if len(texts) > 1:
            hint = f"say it once; {_query_example(operation, request, name)}"
            raise Problem(400, f"{name} is there {len(texts)} times", hint)
        read[name] = decode_text(texts[0], known[name].type, name)
    return read


def _read_json(operation: Operation, request: Request) -> Json:
    """Return the JSON of the body; ``None`` if there is none."""
    data = request.get_data()
    if operation.body is None:
        if data.strip() not in (b"", b"{}"):  # some HTTP libraries send an empty object where there is nothing to say
            raise _needless(operation, request)
        return None
    if not data and not operation.body_required:
        return {}
    example = f"expected {as_json(example_of(operation.body))}"
    if not data:
        raise Problem(400, "the body is empty", example)
    encoding = request.headers.get("Content-Encoding", "")
    if encoding not in ("", "identity"):
        raise Problem(400, f"the body has the Content-Encoding {as_json(encoding)}", "send it uncompressed")
    return _json(data, example)


def _query_example(operation: Operation, request: Request, name: str | None = None) -> str:
    """Return the URL with one parameter: the named one, or the first."""
    parameter = next((each for each in operation.query if name in (None, each.name)), None)
    if parameter is None:
        return f"for example {request.path}"
    value = example_of(parameter.type)
    return f"for example {request.path}?{parameter.name}={quote(value if isinstance(value, str) else as_json(value))}"


def _needless(operation: Operation, request: Request) -> Problem:
    """Refuse a body that would be ignored: with filters in it the request would return, or delete, too much."""
    hint = f"send none; {_query_example(operation, request)}"
    if operation.query:
        hint = f"its parameters belong into the query; {_query_example(operation, request)}"
    return Problem(400, f"{request.method} {request.path} takes no body", hint)


def _json(data: bytes, example: str) -> Json:
    try:
        return json.loads(
            data,
            object_pairs_hook=partial(_without_repeats, example),
            parse_constant=_no_json,
            parse_int=partial(_whole, example),
            parse_float=_number,
        )
    except RecursionError:
        raise Problem(400, "the body is nested too deeply", example) from None
    except ValueError as error:
        raise Problem(400, f"the body is no JSON: {error}", example) from None


def _without_repeats(example: str, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                error = f"the member {as_json(name)} is there twice in one object"
                raise Problem(400, error, f"say it once; {example}")
            seen.add(name)
    return found


def _whole(example: str, digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise Problem(400, f"the body has a number of {len(digits)} characters", example)
    return int(digits)


def _number(text: str) -> float:
    """Read 1.0 as a whole number, which it is to JSON Schema."""
    number = float(text)
    return int(number) if number.is_integer() else number


def _no_json(word: str) -> Json:
    raise ValueError(f"{word} is no number of JSON")
