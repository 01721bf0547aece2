"""A call of the journal, read once more."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from messaging_double.server.calls.call import Call
from messaging_double.server.calls.tenants import path_of_target
from messaging_double.server.journal.raw_message import RawMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from messaging_double.models.exchanges import Exchange
    from messaging_double.server.app import Route

_WITHOUT_PREFIX = ("CONTENT_TYPE", "CONTENT_LENGTH")  # PEP 3333


def recorded_call(tenant: str, exchange: Exchange, route_of: Callable[[str], Route]) -> Call | None:
    """Return the call of an exchange; ``None`` where it was none, or not all of it was kept."""
    if exchange.method != "POST" or exchange.target is None or exchange.request.is_cut:
        return None
    path = path_of_target(exchange.target)
    route = route_of(path)
    message = RawMessage(exchange.request.raw)
    body = message.body
    environ: dict[str, Any] = {_variable(name): value for name, value in message.headers}
    environ.update(
        {
            "REQUEST_METHOD": exchange.method,
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
    )
    return Call(environ, tenant, route.agent, route.version) if route.agent else None


def _variable(name: str) -> str:
    variable = name.upper().replace("-", "_")
    return variable if variable in _WITHOUT_PREFIX else f"HTTP_{variable}"
