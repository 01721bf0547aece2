"""The command line: ``messaging-double serve``, ``messaging-double health``, and those that ask a running double.

Only ``serve`` loads what is heavy, and only once its settings are known to be right.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from . import standard_output
from .settings import SECTIONS, Settings, SettingsError, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import SupportsWrite

    from .commands.command import Command
    from .settings.row import Setting

NAME = "messaging-double"
OK, FAILED, WRONG_USE = 0, 1, 2

_DESCRIPTION = "A test double of SuperOffice's SOAP endpoint Messaging.svc."
_SERVE = (
    "Serve until stopped. A flag beats the environment (--port-file: MESSAGING_DOUBLE_PORT_FILE), that beats the "
    'configuration file (port-file = "..."), that the default.'
)
_HEALTH = (
    "Ask a double whether it is ready: exit status 0 if it is, 1 if not. Without --url and MESSAGING_DOUBLE_URL it "
    "looks where serve with the same environment and configuration file listens."
)
_NO_COMMAND = ("-h", "--help", "--version")


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
    parser = _parser(argv[0] if argv else None)
    if argv and argv[0].startswith("-") and argv[0] not in _NO_COMMAND:
        parser.refuse(argv[0])
    arguments, unknown = parser.parse_known_args(argv)
    if "words" in arguments:  # argparse takes none that stands between flags
        arguments.words = [each for each in unknown if not each.startswith("-")]
        unknown = [each for each in unknown if each.startswith("-")]
    if unknown:
        arguments.parser.refuse(unknown[0])
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments)


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
    from .commands.flags import where  # noqa: PLC0415 - serve does without them

    url = where(arguments)
    settings = Settings() if url else Settings.from_sources({}, os.environ, arguments.config)
    try:
        health.wait_until_ready(lambda: url or health.url_of(settings), arguments.wait, pid=arguments.pid)
    except health.NotReadyError as error:
        sys.stderr.write(f"{NAME}: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    return OK


def _ask(command: Command, arguments: argparse.Namespace) -> int:
    from .commands.command import CommandError  # noqa: PLC0415
    from .health import NotReadyError  # noqa: PLC0415
    from .remote import RemoteError  # noqa: PLC0415

    try:
        return OK if command.run(arguments) else FAILED
    except (CommandError, NotReadyError, RemoteError) as error:
        return _complain(error)
    except KeyboardInterrupt:
        return WRONG_USE


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

    def refuse(self, argument: str) -> NoReturn:
        """Say that there is no such argument; what follows its = may be a secret."""
        from .shapes.near import meant  # noqa: PLC0415 - only ever needed on the way out

        name = argument.partition("=")[0]
        self.error(f"{name!r} is not known here; {meant(name, self._option_string_actions)}".rstrip("; "))


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow, and seldom asked for

        try:
            number = version(NAME)
        except PackageNotFoundError:
            number = "(not installed: it runs from its source)"
        standard_output.say(f"{NAME} {number}")
        parser.exit()


def _parser(name: str | None) -> _Parser:
    """Make the parser; only the command of this name has its flags, since the others are not asked for."""
    parser = _Parser(prog=NAME, description=_DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    serve = _added(
        commands, "serve", "serve the double", _SERVE, "messaging-double serve --port 0 --port-file port.txt"
    )
    health = _added(commands, "health", "ask whether it is ready", _HEALTH, "messaging-double health --wait 30")
    if name == "serve":
        _add_serve(serve)
    elif name == "health":
        _add_health(health)
    else:
        _add_commands(commands, name)
    return parser


def _added(
    commands: argparse._SubParsersAction[_Parser], name: str, in_short: str, in_full: str, example: str
) -> _Parser:
    epilog = f"For example: {example}"
    return commands.add_parser(name, help=in_short, description=in_full, epilog=epilog, allow_abbrev=False)


def _add_commands(commands: argparse._SubParsersAction[_Parser], name: str | None) -> None:
    from .commands.table import COMMANDS  # noqa: PLC0415 - serve and health do without them

    for command in COMMANDS.values():
        parser = _added(commands, command.name, command.help, command.about, command.example)
        if command.name == name:
            _add_command(parser, command)


def _add_command(parser: _Parser, command: Command) -> None:
    command.add_flags(parser)
    if command.words:
        parser.usage = f"{NAME} {command.name} {command.words} [FLAG [VALUE]] ..."
        parser.set_defaults(words=[])
    parser.set_defaults(run=partial(_ask, command), parser=parser)


def _add_serve(parser: _Parser) -> None:
    parser.usage = f"{NAME} serve [FLAG [VALUE]] ..."
    parser.add_argument("--config", metavar="FILE", help="configuration file (TOML); or MESSAGING_DOUBLE_CONFIG")
    for section, about in SECTIONS.items():
        group = parser.add_argument_group(section, about)
        for row in table():
            if row.section == section and not row.kind.file_only:
                _add_setting(group, row)
    parser.set_defaults(run=_serve, parser=parser)


def _add_setting(group: argparse._ArgumentGroup, row: Setting[Any]) -> None:
    about = f"{row.help} Default: {row.shown_default()}.".replace("%", "%%")
    if row.is_switch:
        group.add_argument(row.flag, action=argparse.BooleanOptionalAction, help=about)
    else:
        group.add_argument(row.flag, metavar=row.kind.placeholder, help=about)


def _add_health(parser: _Parser) -> None:
    from .commands.flags import add_where, typed  # noqa: PLC0415 - serve does without them
    from .settings.kinds import seconds, whole_number  # noqa: PLC0415

    add_where(parser)
    wait = typed(seconds(zero=True, example="30"))
    parser.add_argument("--wait", type=wait, default=0.0, metavar="SECONDS", help="keep asking for so long")
    process = typed(whole_number(1, 2**31 - 1, example="4711"))
    about = "the process that has to answer, such as $! in a shell: an older one may have the port"
    parser.add_argument("--pid", type=process, metavar="PID", help=about)
    parser.set_defaults(run=_health, parser=parser)
