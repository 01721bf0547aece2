"""Cross-origin requests: pages of the origins in the settings may use the control API (the Fetch standard's CORS).

Such a page sends its token itself, so credentials of the browser are never allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from messaging_double.server.control.guard import origins_of, read_origin

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from messaging_double.server.settings import Settings

_METHODS = "DELETE, GET, HEAD, POST, PUT"
_HEADERS = "Authorization, Content-Type"
_SECONDS = "600"
"""For how long a browser may remember what it is allowed."""


class Cors:
    """Adds to responses what lets pages of other origins read them."""

    def __init__(self, settings: Settings) -> None:
        """Allow the origins of the settings."""
        self._origins = origins_of(settings)

    def is_preflight(self, request: Request) -> bool:
        """Return whether a browser asks what a page of an allowed origin may do."""
        return (
            request.method == "OPTIONS"
            and "Access-Control-Request-Method" in request.headers
            and self._is_allowed(request)
        )

    def preflight(self) -> Response:
        """Respond to such a request, which has no token."""
        response = Response(status=204)
        del response.headers["Content-Type"]
        response.headers["Access-Control-Allow-Methods"] = _METHODS
        response.headers["Access-Control-Allow-Headers"] = _HEADERS
        response.headers["Access-Control-Max-Age"] = _SECONDS
        return response

    def allow(self, request: Request, response: Response) -> None:
        """Let a page of an allowed origin read the response, also that of an error."""
        if self._origins:
            response.vary.add("Origin")
        if self._is_allowed(request):
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]

    def _is_allowed(self, request: Request) -> bool:
        return bool(self._origins) and read_origin(request.headers.get("Origin", "")) in self._origins
