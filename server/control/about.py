"""What the double says of itself: whether it lives, its settings, its control API."""

from __future__ import annotations

import os
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from messaging_double.models.versions import VERSIONS
from messaging_double.server.control.answers import json_answer
from messaging_double.server.control.openapi import document
from messaging_double.server.control.operations import Ask, Operation
from messaging_double.server.settings import table
from messaging_double.server.shapes.objects import ListOf, MapOf, Member, Object
from messaging_double.server.shapes.values import Moment, Number, Shape, Text, Word, iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response

    from messaging_double.server.settings import Settings
    from messaging_double.server.settings.row import Kind
    from messaging_double.server.shapes.values import Json
    from messaging_double.storage import Storage

_ALIVE = Object("Alive", (Member("status", Word(("alive",))),), shown=True)
_PROCESS = (
    Member("status", Word(("ready",))),
    Member("pid", Number(1), "Of the process that answers."),
    Member("version", Text(), "Of messaging-double."),
    Member("started", Moment(), "When this double was started, by the machine's clock."),
)
_READY = Object("Ready", _PROCESS, shown=True)
_HEALTH = Object(
    "Health",
    (
        *_PROCESS,
        Member("services", ListOf(Text("Services88")), "The versions of the contract that it speaks."),
    ),
    shown=True,
)
_MASK = "***"


class AboutResources:
    """``/livez``, ``/readyz``, ``/_mock/v1/health``, ``/_mock/v1/settings`` and ``/_mock/v1/openapi.json``."""

    def __init__(
        self, storage: Storage, settings: Settings, started: datetime, operations: Sequence[Operation]
    ) -> None:
        """Describe ``operations`` and these; ``started`` is when this double was."""
        self._storage = storage
        self._settings = settings
        self._started = started
        self._operations = operations

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        v1 = "/_mock/v1"
        return [
            Operation("GET", "/livez", "livez", "Tell that it lives.", self._alive, {200: _ALIVE}),
            Operation("GET", "/readyz", "readyz", "Tell that its storage works too.", self._ready, {200: _READY}),
            Operation("GET", f"{v1}/health", "health", "Tell how it is, and what it is.", self._health, {200: _HEALTH}),
            Operation(
                "GET",
                f"{v1}/settings",
                "settings",
                "Show the settings that it runs with; passwords and tokens are masked.",
                self._show_settings,
                {200: MapOf()},
            ),
            Operation("GET", f"{v1}/openapi.json", "openapi", "Describe this API.", self._openapi, {200: Shape()}),
        ]

    def _alive(self, _: Ask) -> Response:
        return json_answer({"status": "alive"})

    def _ready(self, _: Ask) -> Response:
        return json_answer(self._process())

    def _health(self, _: Ask) -> Response:
        return json_answer({**self._process(), "services": [each.name for each in VERSIONS.values()]})

    def _process(self) -> dict[str, Json]:
        """Tell which process is ready: an older one may have the port.  Raises ``StorageError`` if it is not."""
        self._storage.ping()
        started = Moment().show(self._started)
        return {"status": "ready", "pid": os.getpid(), "version": own_version(), "started": started}

    def _show_settings(self, _: Ask) -> Response:
        return json_answer({row.key: _shown(row.kind, getattr(self._settings, row.name)) for row in table()})

    def _openapi(self, _: Ask) -> Response:
        return json_answer(document([*self._operations, *self.operations()], own_version()))


def _shown(kind: Kind[Any], value: Any) -> Json:
    """Return a value of a setting as JSON has it: of records their names, of what may be secret nothing."""
    if kind.secret and value:
        return _MASK
    if kind.pairs:
        return dict(value)
    if isinstance(value, tuple):
        return [each if isinstance(each, str) else each.name for each in value]
    if isinstance(value, datetime):
        return iso(value)
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def own_version() -> str:
    """Return the version of messaging-double, ``0`` where it runs from its source."""
    try:
        return version("messaging-double")
    except PackageNotFoundError:
        return "0"
