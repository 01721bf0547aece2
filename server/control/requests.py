"""Reads the query and the body of a request as its operation declares them."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from messaging_double.server.control.operation import ControlRequest
from messaging_double.server.control.responses import Problem
from messaging_double.server.did_you_mean import did_you_mean
from messaging_double.server.validation import as_json, decode, decode_text, example_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Request

    from messaging_double.models.control.values import Json
    from messaging_double.server.control.operation import Operation

_MOST_DIGITS = 1000
"""Of a number in a body: Pythons refuse to read very long ones, in words of their own."""


def read(operation: Operation, request: Request, tenant: str, path: Mapping[str, Any]) -> ControlRequest:
    """Read a request. Raise ``Problem`` or ``ValidationError`` (400)."""
    query = _read_query(operation, request)
    value = _read_json(operation, request)
    body = None if operation.body is None else decode(value, operation.body)
    return ControlRequest(request, tenant, path, query, value, body)


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
    msg = f"{word} is no number of JSON"
    raise ValueError(msg)
