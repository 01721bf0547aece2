"""``/_mock/v1/events`` and ``T/events``: streams of what changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from messaging_double.models.control import about
from messaging_double.server.control.operation import TENANT, V1, ControlRequest, Media, operation
from messaging_double.server.control.responses import Problem

if TYPE_CHECKING:
    from messaging_double.server.waiting.waiters import Waiting
    from messaging_double.server.waiting.workers import Workers

_STREAM = Media(
    "text/event-stream",
    "Events `tenant`, with the JSON of getTenant as data, and `deleted`, with the name of the tenant; in the stream of "
    "all tenants also `other`, when another process on the same database has written for a tenant.",
)

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would keep the events to itself
_EVERY = "Stream an event whenever a tenant changes."
_ONE = "Stream an event now and whenever the tenant changes, until it is deleted."
_NONE = {501: about.Problem}


class EventResources:
    """Streams of events."""

    def __init__(self, waiting: Waiting, workers: Workers) -> None:
        """Let streams wait with ``waiting``; they look at the storage on ``workers``."""
        self._waiting = waiting
        self._workers = workers

    @operation(f"GET {V1}/events", "watchTenants", _EVERY, _STREAM, others=_NONE)
    def _watch_all(self, request: ControlRequest) -> Response:
        return self._response(request, None)

    @operation(f"GET {TENANT}/events", "watchTenant", _ONE, _STREAM, others=_NONE)
    def _watch_one(self, request: ControlRequest) -> Response:
        return self._response(request, request.tenant)

    def _response(self, request: ControlRequest, tenant: str | None) -> Response:
        connection = request.request.environ.get("messaging_double.connection")
        if connection is None:
            hint = "poll the lists instead, or run messaging-double serve; for example GET /_mock/v1/tenants"
            raise Problem(501, "this server has no streams of events", hint)
        stream = self._waiting.stream(connection, self._workers, tenant)
        return Response(stream, headers=_HEADERS, content_type="text/event-stream")
