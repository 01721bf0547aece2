"""Documents that are made without a running double: the description of the control API, and a script for shells."""

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
    from collections.abc import Mapping

OPENAPI = "openapi.json"
SHELLS = ("bash", "zsh")
_ZSH = "autoload -Uz +X compinit bashcompinit && compinit && bashcompinit\n"
_SCRIPT = """_messaging_double() {{
  local words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="{commands}"
  else
    case "${{COMP_WORDS[1]}}" in
{cases}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _messaging_double messaging-double
"""


def own_openapi(arguments: argparse.Namespace) -> Any:  # noqa: ANN401 (JSON)
    """Return the description that a double with these settings has: an application in this process makes it."""
    from messaging_double.server.app import create_app  # noqa: PLC0415 (heavy)
    from messaging_double.storage import StorageError  # noqa: PLC0415

    settings = Settings.from_sources({}, os.environ, arguments.config)
    try:
        app = create_app(replace(settings, database=None, control_token=None))
    except StorageError as error:
        raise CommandError(str(error)) from None
    environ: dict[str, Any] = {"PATH_INFO": f"/_mock/v1/{OPENAPI}"}
    setup_testing_defaults(environ)
    try:
        return json.loads(b"".join(app(environ, lambda *_: None)))
    finally:
        app.close()


def completion(shell: str, parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """Return a script that lets a shell complete commands and flags; ``parsers`` are those of all commands."""
    cases = "\n".join(f'      {name}) words="{" ".join(_words(parser))}" ;;' for name, parser in parsers.items())
    return (_ZSH if shell == "zsh" else "") + _SCRIPT.format(commands=" ".join(parsers), cases=cases)


def _words(parser: argparse.ArgumentParser) -> list[str]:
    """Return the flags of a command, and the values of its positional arguments where these are limited."""
    words = []
    for action in parser._actions:  # noqa: SLF001 (argparse has no other list of them)
        words += [each for each in action.option_strings if each.startswith("--")]
        if not action.option_strings and action.choices:
            words += [str(each) for each in action.choices]
    return words
