"""``messaging-double openapi``: the description of the control API."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

from messaging_double.server.settings import Settings

from .command import Command, CommandError
from .flags import add_double, remote_of, where
from .output import say_json

if TYPE_CHECKING:
    import argparse

_RESOURCE = "openapi.json"


def _run(arguments: argparse.Namespace) -> bool:
    if where(arguments):
        document = remote_of(arguments).json("GET", _RESOURCE, "openapi", "paths")
    else:
        document = _own(Settings.from_sources({}, os.environ, arguments.config))
    say_json(document)
    return True


def _own(settings: Settings) -> Any:  # noqa: ANN401 (JSON)
    """Ask a double of our own that serves nobody else: its declarations need one to be carried out, not to be told."""
    from messaging_double.server.app import create_app  # noqa: PLC0415 (what is heavy)
    from messaging_double.storage import StorageError  # noqa: PLC0415

    try:
        app = create_app(replace(settings, database=None, control_token=None))
    except StorageError as error:
        raise CommandError(str(error)) from None
    environ: dict[str, Any] = {"PATH_INFO": f"/_mock/v1/{_RESOURCE}"}
    setup_testing_defaults(environ)
    try:
        return json.loads(b"".join(app(environ, lambda *_: None)))
    finally:
        app.close()


OPENAPI = Command(
    "openapi",
    "print the description of the control API",
    "Print the OpenAPI description of the control API: with --url or MESSAGING_DOUBLE_URL that of a running double, "
    "else that which a double with the same environment and configuration file would have; none has to run.",
    "messaging-double openapi > openapi.json",
    _run,
    add_double,
)
