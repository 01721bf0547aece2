"""``messaging-double openapi``: the description of the control API."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

from messaging_double.server.settings import Settings

from .command import CommandError

if TYPE_CHECKING:
    import argparse

RESOURCE = "openapi.json"


def own_document(arguments: argparse.Namespace) -> Any:  # noqa: ANN401 (JSON)
    """Return the description that a double with these settings has: an application in this process makes it."""
    from messaging_double.server.app import create_app  # noqa: PLC0415 (heavy)
    from messaging_double.storage import StorageError  # noqa: PLC0415

    settings = Settings.from_sources({}, os.environ, arguments.config)
    try:
        app = create_app(replace(settings, database=None, control_token=None))
    except StorageError as error:
        raise CommandError(str(error)) from None
    environ: dict[str, Any] = {"PATH_INFO": f"/_mock/v1/{RESOURCE}"}
    setup_testing_defaults(environ)
    try:
        return json.loads(b"".join(app(environ, lambda *_: None)))
    finally:
        app.close()
