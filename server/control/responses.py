"""Responses: JSON, nothing, one that waits; errors, with ``error`` and ``hint``."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from messaging_double.models.tickets import without_secrets
from messaging_double.server.calls.call import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from werkzeug.wrappers import Request

_EXAMPLE = "/_mock/v1/tenants/default/outbox"
_WORTH_COMPRESSING = 1_000
"""Bytes of a body: a smaller one fits a packet anyway."""
_LEVEL = 1
"""Of 900 KB of messages this leaves a twelfth in 6 ms; level 6 leaves a fifteenth in 22 ms."""


class Problem(Exception):  # noqa: N818 (a response, not a failure of the double)
    """A request that the control API refuses.

    ``error`` says what arrived and what is wrong with it, ``hint`` what is expected, with a valid example.
    """

    def __init__(self, status: int, error: str, hint: str, headers: Mapping[str, str] | None = None) -> None:
        """Respond with the HTTP status, and with ``headers`` besides the Content-Type."""
        super().__init__(error)
        self.status = status
        self.error = error
        self.hint = hint
        self.headers = dict(headers or {})


def absent(tenant: str, thing: str, url: str, more: str = "", *, within: str = "") -> Problem:
    """Return the problem of a thing that a tenant does not have; those that it has are at ``url``."""
    hint = f"those that it has are at /_mock/v1/tenants/{quote(tenant)}/{url}{more}"
    return Problem(404, f"{within}tenant '{tenant}' has no {thing}", hint)


def problem_response(problem: Problem) -> Response:
    """Return the response of a problem; a ticket in a URL is masked in it."""
    body = to_json({"error": without_secrets(problem.error), "hint": problem.hint})
    return Response(body, problem.status, problem.headers, content_type="application/json")


def from_routing(error: HTTPException, method: str, path: str) -> Response:
    """Return the response of what the URL map refused."""
    if isinstance(error, NotFound):
        return problem_response(Problem(404, f"nothing is at {path}", f"messages that were sent are at {_EXAMPLE}"))
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        hint = f"possible: {allowed}"
        return problem_response(Problem(405, f"{method} is not possible at {path}", hint, {"Allow": allowed}))
    return problem_response(Problem(error.code or 500, str(error.description), f"a valid URL is {_EXAMPLE}"))


@dataclass(frozen=True)
class LongPoll:
    """A response that waits."""

    tenant: str
    ready: Callable[[], bool]
    """Looks into the storage whether the response is decided."""
    wait: timedelta
    respond: Callable[[], Any]
    """Makes the response, once it is ready or the time is over, as a handler does."""
    is_verdict: bool = False
    """Whether an early response would be wrong."""


def json_response(value: Any, status: int = 200) -> Response:
    """Respond with a struct, or a value of JSON."""
    return Response(to_json(value), status, content_type="application/json")


def no_content() -> Response:
    """Respond without a body."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def compress(request: Request, response: Response) -> None:
    """Compress a response that is large enough, where the client takes gzip; no stream."""
    if not response.is_sequence or "Content-Encoding" in response.headers:
        return
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) >= _WORTH_COMPRESSING and request.accept_encodings["gzip"]:
        response.set_data(gzip.compress(body, _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
