"""The command line: ``messaging-double serve`` and ``messaging-double health``.

Only ``serve`` loads what is heavy, and only once its settings are known to be right.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from . import standard_output
from .settings import SECTIONS, Settings, SettingsError, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _typeshed import SupportsWrite

    from .settings.row import Setting

NAME = "messaging-double"
OK, NOT_READY, WRONG_USE = 0, 1, 2

_DESCRIPTION = "A test double of SuperOffice's SOAP endpoint Messaging.svc."
_SERVE = (
    "Serve until stopped. A flag beats the environment (--port-file: MESSAGING_DOUBLE_PORT_FILE), that beats the "
    'configuration file (port-file = "..."), that the default.'
)
_HEALTH = (
    "Ask a double whether it is ready: exit status 0 if it is, 1 if not. Without --url it looks where serve with the "
    "same environment and configuration file listens."
)


def main(argv: list[str] | None = None) -> int:
    """Run a command; return the exit status."""
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except SettingsError as error:
        return _complain(error)
    except SystemExit as end:  # argparse has said what there is to say
        return int(end.code or OK)
    finally:
        standard_output.flush()


def _run(argv: list[str]) -> int:
    parser = _parser()
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        arguments.parser.error(_unknown(unknown[0], arguments.options))
    command: Callable[[argparse.Namespace], int] = arguments.command
    return command(arguments)


def _serve(arguments: argparse.Namespace) -> int:
    from . import serve  # noqa: PLC0415 - loads all the rest

    given = {row.name: getattr(arguments, row.name) for row in table() if not row.kind.file_only}
    flags = {name: value for name, value in given.items() if value is not None}
    settings = Settings.from_sources(flags, os.environ, arguments.config)
    try:
        serve.serve(settings)
    except serve.StartError as error:
        return _complain(error)
    return OK


def _health(arguments: argparse.Namespace) -> int:
    from . import health  # noqa: PLC0415 - the other commands do without it

    url: str | None = arguments.url
    settings = Settings() if url else Settings.from_sources({}, os.environ, arguments.config)
    try:
        health.wait_until_ready(lambda: url or health.url_of(settings), arguments.wait)
    except health.NotReadyError as error:
        sys.stderr.write(f"{NAME}: {error}\n")
        return NOT_READY
    except KeyboardInterrupt:
        return NOT_READY
    return OK


def _complain(error: Exception) -> int:
    sys.stderr.write(f"{NAME}: {error}\n")
    return WRONG_USE


class _Parser(argparse.ArgumentParser):
    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        if file is None:
            standard_output.say(self.format_help().rstrip("\n"))
        else:
            super().print_help(file)

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message} (see {self.prog} --help)\n")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow, and seldom asked for

        try:
            number = version(NAME)
        except PackageNotFoundError:
            number = "(not installed: it runs from its source)"
        standard_output.say(f"{NAME} {number}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=NAME, description=_DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_serve(commands.add_parser("serve", help="serve the double", description=_SERVE, allow_abbrev=False))
    _add_health(commands.add_parser("health", help="ask whether it is ready", description=_HEALTH, allow_abbrev=False))
    return parser


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.usage = f"{NAME} serve [FLAG [VALUE]] ..."
    _add_config(parser)
    for section, about in SECTIONS.items():
        group = parser.add_argument_group(section, about)
        for row in table():
            if row.section == section and not row.kind.file_only:
                _add_setting(group, row)
    parser.set_defaults(command=_serve, parser=parser, options=[row.flag for row in table() if not row.kind.file_only])


def _add_setting(group: argparse._ArgumentGroup, row: Setting[Any]) -> None:
    about = f"{row.help} Default: {row.shown_default()}.".replace("%", "%%")
    if row.is_switch:
        group.add_argument(row.flag, action=argparse.BooleanOptionalAction, help=about)
    else:
        group.add_argument(row.flag, metavar=row.kind.placeholder, help=about)


def _add_health(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument("--url", type=_url, help="where the double is, such as http://127.0.0.1:8080")
    parser.add_argument("--wait", type=_wait, default=0.0, metavar="SECONDS", help="keep asking for so long")
    parser.set_defaults(command=_health, parser=parser, options=["--url", "--wait"])


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="configuration file (TOML); or MESSAGING_DOUBLE_CONFIG")


def _url(text: str) -> str:
    from .health import is_url  # noqa: PLC0415

    if not is_url(text):
        problem = f"{text!r} is no URL of a double; for example http://127.0.0.1:8080"
        raise argparse.ArgumentTypeError(problem)
    return text


def _wait(text: str) -> float:
    from .settings.kinds import seconds  # noqa: PLC0415

    kind = seconds(zero=True, example="30")
    try:
        return kind.read(text)
    except ValueError:
        problem = f"{text!r} came, but {kind.expected} was expected; for example --wait {kind.example}"
        raise argparse.ArgumentTypeError(problem) from None


def _unknown(argument: str, options: Sequence[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only ever needed on the way out

    near = get_close_matches(argument.partition("=")[0], [*options, "--config"], n=1)
    return f"{argument!r} is not known here" + (f"; did you mean {near[0]}?" if near else "")
