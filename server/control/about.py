"""``/livez``, ``/readyz``, ``/_mock/v1/health``, ``/_mock/v1/settings`` and ``/_mock/v1/openapi.json``."""

from __future__ import annotations

import re
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from messaging_double.models.control.about import Alive, Health, Index, Ready
from messaging_double.models.control.values import Json, to_json_value
from messaging_double.models.versions import VERSIONS
from messaging_double.server.calls.paths import DEFAULT_TENANT
from messaging_double.server.control.openapi import document
from messaging_double.server.control.operation import V1, ControlRequest, operation
from messaging_double.server.control.responses import Problem, json_response
from messaging_double.server.running.supervisor import process_id
from messaging_double.server.settings import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response

    from messaging_double.server.control.operation import Operation
    from messaging_double.server.settings import Settings
    from messaging_double.server.settings.row import Kind
    from messaging_double.storage import Storage

_MASK = "***"
_PASSWORD = re.compile(r"(\w://[^/@:]*:)[^@]*(?=@)|([?&]password=)[^&]*")


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

    @operation("GET /readyz", "readyz", "Readiness probe: whether the storage works, and no stop was requested.", Ready)
    def _ready(self, request: ControlRequest) -> Ready:
        connection = request.request.environ.get("messaging_double.connection")
        if connection is not None and connection.is_stopping:
            hint = "send calls to another replica; those that come in the next drain-seconds are still answered"
            raise Problem(503, "the double was asked to stop", hint)
        return Ready(*self._process())

    @operation(f"GET {V1}/health", "health", "Show the state of the double.", Health, is_open=True)
    def _health(self, _: ControlRequest) -> Health:
        return Health(*self._process(), services=[each.name for each in VERSIONS.values()])

    @operation("GET /", "index", "Show where everything is. A browser, which accepts text/html, gets the page.", Index)
    def _index(self, request: ControlRequest) -> Index:
        root = request.request.root_url.rstrip("/")
        with self._storage.reading() as work:
            names = work.tenants.names()
        soap = {
            f"{version.name} {agent}": f"{root}/Remote/{version.name}/{agent}.svc"
            for version in VERSIONS.values()
            for agent in ("Messaging", "SoPrincipal")
        }
        return Index(
            base_urls={
                name: root if name == DEFAULT_TENANT else f"{root}/{quote(name)}" for name in (DEFAULT_TENANT, *names)
            },
            wsdl={name: f"{url}?wsdl" for name, url in soap.items()},
            help=soap[f"{VERSIONS[max(VERSIONS)].name} Messaging"],
            openapi=f"{root}{V1}/openapi.json",
            tenants=f"{root}{V1}/tenants",
            page=f"{root}/",
        )

    @operation("GET /_mock", "mockIndex", "Show what / shows, to a browser as well.", Index)
    def _mock_index(self, request: ControlRequest) -> Index:
        return self._index(request)

    @operation(f"GET {V1}", "versionIndex", "Show what / shows, to a browser as well.", Index)
    def _version_index(self, request: ControlRequest) -> Index:
        return self._index(request)

    def _process(self) -> tuple[Any, int, str, datetime]:
        """Return which process is ready: an older one may have the port. Raise ``StorageError`` if it is not."""
        self._storage.ping()
        return "ready", process_id(), own_version(), self._started

    @operation(f"GET {V1}/settings", "settings", "Show the settings; passwords and tokens are masked.", dict[str, Any])
    def _show_settings(self, _: ControlRequest) -> Response:
        return json_response({row.key: _shown(row.kind, getattr(self._settings, row.name)) for row in table()})

    @operation(f"GET {V1}/openapi.json", "openapi", "Describe this API.", Any, is_open=True)
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
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _PASSWORD.sub(rf"\1\2{_MASK}", str(value))


def own_version() -> str:
    """Return the version of messaging-double, ``0`` if it runs from its source."""
    try:
        return version("messaging-double")
    except PackageNotFoundError:
        return "0"
