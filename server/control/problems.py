"""How the control API refuses: JSON with ``error`` and ``hint``, so that a refusal teaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from messaging_double.models.tickets import without_secrets
from messaging_double.server.control.json_text import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE = "/_mock/v1/tenants/default/outbox"


class Problem(Exception):  # noqa: N818 (an answer, not an error of ours)
    """A request that the control API cannot serve.

    ``error`` says what arrived and what is wrong with it, ``hint`` what was expected, with a valid example.
    """

    def __init__(self, status: int, error: str, hint: str, headers: Mapping[str, str] | None = None) -> None:
        """``status`` is the HTTP status; ``headers`` are those that the answer has besides its Content-Type."""
        super().__init__(error)
        self.status = status
        self.error = error
        self.hint = hint
        self.headers = dict(headers or {})


def response(problem: Problem) -> Response:
    """Answer with the problem."""
    error = without_secrets(problem.error)  # who put a ticket into a URL finds none here
    text = dumps({"error": error, "hint": problem.hint})
    return Response(text, problem.status, problem.headers, content_type="application/json")


def from_routing(error: HTTPException, method: str, path: str) -> Response:
    """Answer what the URL map refused."""
    if isinstance(error, NotFound):
        return response(Problem(404, f"nothing is at {path}", f"messages that were sent are at {EXAMPLE}"))
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        answer = response(Problem(405, f"{method} is not possible at {path}", f"possible: {allowed}"))
        answer.headers["Allow"] = allowed
        return answer
    return response(Problem(error.code or 500, str(error.description), f"a valid URL is {EXAMPLE}"))
