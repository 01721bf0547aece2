"""Errors of the control API: JSON with ``error`` and ``hint``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from messaging_double.models.tickets import without_secrets
from messaging_double.server.calls.response import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE = "/_mock/v1/tenants/default/outbox"


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


def response(problem: Problem) -> Response:
    """Return the response of a problem; a ticket in a URL is masked in it."""
    body = to_json({"error": without_secrets(problem.error), "hint": problem.hint})
    return Response(body, problem.status, problem.headers, content_type="application/json")


def from_routing(error: HTTPException, method: str, path: str) -> Response:
    """Return the response of what the URL map refused."""
    if isinstance(error, NotFound):
        return response(Problem(404, f"nothing is at {path}", f"messages that were sent are at {EXAMPLE}"))
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        hint = f"possible: {allowed}"
        return response(Problem(405, f"{method} is not possible at {path}", hint, {"Allow": allowed}))
    return response(Problem(error.code or 500, str(error.description), f"a valid URL is {EXAMPLE}"))
