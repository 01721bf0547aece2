"""The JSON body of a request to the control API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from messaging_double.server.control.problems import Problem
from messaging_double.server.settings.row import shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from werkzeug.wrappers import Request


def json_object(request: Request, known: Collection[str], example: str) -> dict[str, Any]:
    """Read a JSON object that has no other members than the ``known`` ones.  Raises ``Problem`` (400)."""
    try:
        value = json.loads(request.get_data())
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"the body is no JSON: {error}", f"expected {example}") from None
    if not isinstance(value, dict):
        raise Problem(400, f"the body is {shown(value)}, no JSON object", f"expected {example}")
    if unknown := sorted(set(value) - set(known)):
        raise Problem(400, f"unknown member {shown(unknown[0])}", f"possible are {', '.join(known)}: {example}")
    return value
