"""The operations of the control API as they are declared: what parses a request is what documents it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from messaging_double.server.control.problems import Problem
from messaging_double.server.shapes.near import near
from messaging_double.server.shapes.objects import BODY, Member, Object
from messaging_double.server.shapes.values import Json, Shape, as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Request, Response

    from messaging_double.server.control.later import Later

TENANT = "/_mock/v1/tenants/{tenant}"
"""What every URL of a tenant begins with."""

NUMBERS = frozenset({"id", "messagingId", "number"})
"""The variable parts of URLs that are whole numbers."""

TEXTS = frozenset({"sessionKey"})
"""Those at their ends that are whatever a client thought of: no WSGI server tells its ``%2F`` from a slash."""

_MOST_DIGITS = 1000
"""Of a number in a body: Pythons refuse to read very long ones, in words of their own."""

PROBLEM = Object(
    "Problem",
    (
        Member("error", Shape(), "What arrived, and what is wrong with it."),
        Member("hint", Shape(), "What was expected, with a valid example."),
    ),
    shown=True,
)


@dataclass(frozen=True, eq=False)  # one that several operations have is the same one
class Parameter:
    """A parameter of a query."""

    name: str
    shape: Shape
    help: str


@dataclass(frozen=True)
class Media:
    """An answer that is no JSON."""

    type: str
    help: str


@dataclass
class Ask:
    """A request, read by its declaration."""

    request: Request
    tenant: str = ""
    path: Mapping[str, Any] = field(default_factory=dict)
    """The parts of the URL that are no tenant."""
    query: Mapping[str, Any] = field(default_factory=dict)
    """The parameters that were given."""
    body: Any = None
    """What the body means; ``None`` where there is none."""


@dataclass(frozen=True, eq=False)  # an operation is itself: the URL map keeps them by identity
class Operation:
    """One thing that the control API does."""

    method: str
    path: str
    """With its variable parts in braces; those of ``NUMBERS`` are whole numbers."""
    id: str
    """Its ``operationId`` in ``openapi.json``."""
    help: str
    handler: Callable[[Ask], Response | Later]
    answers: Mapping[int, Shape | Media | None]
    """What it answers if all goes well, or as an outcome of its own; ``None`` is no content."""
    query: tuple[Parameter, ...] = ()
    body: Shape | None = None
    body_required: bool = True

    @property
    def has_id(self) -> bool:
        """Whether it is about something that may not be there."""
        return self.method != "PUT" and "{" in self.path.replace("{tenant}", "")


def read_query(operation: Operation, request: Request) -> dict[str, Any]:
    """Read the query by its declaration: unknown and repeated parameters are refused.  Raises ``Problem`` (400)."""
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError as error:
        wrong = quote(error.object[error.start : error.end])
        raise Problem(400, f"the query has {wrong}, which is not UTF-8", "for example \u00e5 is %C3%A5") from None
    known = {each.name: each for each in operation.query}
    read = {}
    for name, texts in request.args.lists():
        if name not in known:
            names = list(known)
            hint = near(name, names) if names else "nothing may stand there; "
            raise Problem(
                400, f"unknown query parameter {as_json(name)}", f"{hint}{_query_example(operation, request)}"
            )
        if len(texts) > 1:
            hint = f"say it once; {_query_example(operation, request, name)}"
            raise Problem(400, f"{name} is there {len(texts)} times", hint)
        read[name] = known[name].shape.read_text(texts[0], name)
    return read


def _query_example(operation: Operation, request: Request, name: str | None = None) -> str:
    """Return the URL with one parameter: the named one, or the first."""
    parameter = next((each for each in operation.query if name in (None, each.name)), None)
    if parameter is None:
        return f"for example {request.path}"
    text = parameter.shape.example
    return f"for example {request.path}?{parameter.name}={quote(text if isinstance(text, str) else as_json(text))}"


def read_body(operation: Operation, request: Request) -> Any:
    """Read the JSON of the body by its declaration.  Raises ``Problem`` (400)."""
    data = request.get_data()
    if operation.body is None:
        if data.strip() not in (b"", b"{}"):  # some HTTP libraries send an empty object where there is nothing to say
            raise _needless(operation, request)
        return None
    if not data and not operation.body_required:
        return None
    example = f"expected {as_json(operation.body.example)}"
    if not data:
        raise Problem(400, "the body is empty", example)
    return operation.body.read(_json(data, example), BODY)


def _needless(operation: Operation, request: Request) -> Problem:
    """Refuse a body that nobody would read: who put filters there would get, or delete, what they did not mean."""
    hint = f"send none; {_query_example(operation, request)}"
    if operation.query:
        hint = f"its parameters stand in the query; {_query_example(operation, request)}"
    return Problem(400, f"{request.method} {request.path} takes no body", hint)


def _json(data: bytes, example: str) -> Json:
    try:
        return json.loads(
            data,
            object_pairs_hook=partial(_without_repeats, example),
            parse_constant=_no_json,
            parse_int=partial(_whole, example),
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


def _no_json(word: str) -> Json:
    msg = f"{word} is no number of JSON"
    raise ValueError(msg)
