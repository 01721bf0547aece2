"""``/livez``, ``/readyz``, ``/_mock/v1/health``, ``/_mock/v1/settings`` and ``/_mock/v1/openapi.json``."""

from __future__ import annotations

import os
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from messaging_double.models.control.about import Alive, Health, Ready
from messaging_double.models.control.values import Json, to_json_value
from messaging_double.models.versions import VERSIONS
from messaging_double.server.control.openapi import document
from messaging_double.server.control.operation import V1, ControlRequest, operation
from messaging_double.server.control.responses import json_response
from messaging_double.server.settings import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response

    from messaging_double.server.control.operation import Operation
    from messaging_double.server.settings import Settings
    from messaging_double.server.settings.row import Kind
    from messaging_double.storage import Storage

_MASK = "***"


class AboutResources:
    """What the double says about itself."""

    def __init__(
        self, storage: Storage, settings: Settings, started: datetime, operations: Sequence[Operation]
    ) -> None:
        """Describe ``operations``; ``started`` is when the double was."""
        self._storage = storage
        self._settings = settings
        self._started = started
        self._operations = operations

    @operation("GET /livez", "livez", "Liveness probe.", Alive)
    def _alive(self, _: ControlRequest) -> Alive:
        return Alive("alive")

    @operation("GET /readyz", "readyz", "Readiness probe: whether the storage works.", Ready)
    def _ready(self, _: ControlRequest) -> Ready:
        return Ready(*self._process())

    @operation(f"GET {V1}/health", "health", "Show the state of the double.", Health)
    def _health(self, _: ControlRequest) -> Health:
        return Health(*self._process(), services=[each.name for each in VERSIONS.values()])

    def _process(self) -> tuple[Any, int, str, datetime]:
        """Return which process is ready: an older one may have the port. Raise ``StorageError`` if it is not."""
        self._storage.ping()
        return "ready", os.getpid(), own_version(), self._started

    @operation(f"GET {V1}/settings", "settings", "Show the settings; passwords and tokens are masked.", dict[str, Any])
    def _show_settings(self, _: ControlRequest) -> Response:
        return json_response({row.key: _shown(row.kind, getattr(self._settings, row.name)) for row in table()})

    @operation(f"GET {V1}/openapi.json", "openapi", "Describe this API.", Any)
    def _openapi(self, _: ControlRequest) -> Response:
        return json_response(document(self._operations, own_version()))


def _shown(kind: Kind[Any], value: Any) -> Json:
    """Return the value of a setting as JSON has it: the names of records, nothing of secrets."""
    if kind.secret and value:
        return _MASK
    if kind.pairs:
        return dict(value)
    if isinstance(value, tuple):
        return [each if isinstance(each, str) else each.name for each in value]
    if isinstance(value, datetime):
        return to_json_value(value)
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def own_version() -> str:
    """Return the version of messaging-double, ``0`` if it runs from its source."""
    try:
        return version("messaging-double")
    except PackageNotFoundError:
        return "0"
