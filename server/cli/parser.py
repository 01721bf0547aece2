"""The command line: ``messaging-double serve``, ``messaging-double health``, and those that ask a running double.

Only ``serve`` loads what is heavy, and only once its settings are known to be right.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections import defaultdict
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from messaging_double.models import variables
from messaging_double.server.settings import SECTIONS, Settings, SettingsError, table

from .output import OutputError, flush, say, say_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from _typeshed import SupportsWrite

    from messaging_double.server.settings.row import Setting

    from .command import Command
    from .double import Double

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
_MIGRATE = (
    "Bring the tables of a database to this version, and say from which one; all that is in them is kept. A SQLite "
    "file is also upgraded by serve; it is written anew here if its free space cannot be given back to the disk yet. A "
    "PostgreSQL database is upgraded only here: end the processes that use it first. With --check nothing is changed: "
    "exit status 0 if there is nothing to do, 1 if there is."
)
_OPENAPI = (
    "Print the OpenAPI description of the control API: with --url or MESSAGING_DOUBLE_URL that of a running double, "
    "else that which a double with the same environment and configuration file has; none has to run."
)
_COMPLETION = (
    'Print a script for bash or zsh that completes commands and flags: eval "$(messaging-double completion bash)".'
)
_EXAMPLE = "For example: "
_EVERY = "*"
"""In place of the name of a command: the parser has the flags of all."""
_NO_COMMAND = ("-h", "--help", "--version")
_FLAG = re.compile(r"--?[^\W\dP]")
"""What begins like a flag: neither a negative length of time, ``-6h`` or ``-PT6H``, nor ``--`` alone."""


def main(argv: list[str] | None = None) -> int:
    """Run a command; return the exit status."""
    try:
        status = _run(sys.argv[1:] if argv is None else argv)
        flush()
    except (SettingsError, OutputError) as error:
        return _complain(error)
    except SystemExit as end:  # argparse has said what there is to say
        return int(end.code or OK)
    return status


def _run(argv: list[str]) -> int:
    parser = _parser(argv[0] if argv else None)
    if argv and argv[0] not in {*_NO_COMMAND, *parser.commands}:
        parser.refuse(argv[0])
    arguments, unknown = parser.parse_known_args(argv)
    if "words" in arguments:  # argparse takes none that stands between flags
        arguments.words = [each for each in unknown if not _FLAG.match(each) and each != "--"]
        unknown = [each for each in unknown if _FLAG.match(each)]
    if unknown:
        arguments.parser.refuse(unknown[0])
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments)


def _serve(arguments: argparse.Namespace) -> int:
    from messaging_double.server.running import serve  # noqa: PLC0415 - loads all the rest

    given = {row.name: getattr(arguments, row.name) for row in table() if not row.kind.file_only}
    flags = {name: value for name, value in given.items() if value is not None}
    settings = Settings.from_sources(flags, os.environ, arguments.config)
    try:
        serve.serve(settings, _announce)
    except serve.StartError as error:
        return _complain(error)
    return OK


def _announce(line: str) -> None:
    """Print where the double is, if that can be: it serves all the same."""
    with suppress(OutputError):
        say(line)


def _migrate(arguments: argparse.Namespace) -> int:
    from messaging_double.server.running.migrate import MigrationError, upgrade  # noqa: PLC0415 - loads the storage

    flags = {} if arguments.database is None else {"database": arguments.database}
    settings = Settings.from_sources(flags, os.environ, arguments.config)
    try:
        sentence, is_current = upgrade(settings, check=arguments.check)
    except MigrationError as error:
        return _complain(error)
    say(sentence)
    return OK if is_current else FAILED


def _health(arguments: argparse.Namespace) -> int:
    from . import double  # noqa: PLC0415 - serve does without it

    url = double.where(arguments)
    settings = Settings() if url else Settings.from_sources({}, os.environ, arguments.config)
    try:
        double.wait_until_ready(lambda: url or double.url_of(settings), arguments.wait, pid=arguments.pid)
    except double.NotReadyError as error:
        sys.stderr.write(f"{NAME}: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    return OK


def _ask(command: Command, arguments: argparse.Namespace) -> int:
    from messaging_double.client.errors import ControlError, Unreachable  # noqa: PLC0415 - serve does without

    from .command import CommandError  # noqa: PLC0415
    from .double import Double, NotReadyError  # noqa: PLC0415

    try:
        return OK if command.run(Double(arguments), arguments) else FAILED
    except ControlError as error:
        return _complain(f"{error.error}; {error.hint}")
    except (CommandError, NotReadyError, Unreachable, ValueError) as error:
        return _complain(error)
    except KeyboardInterrupt:
        return WRONG_USE


def _openapi(arguments: argparse.Namespace) -> int:
    from .command import Command, CommandError  # noqa: PLC0415
    from .documents import OPENAPI, own_openapi  # noqa: PLC0415
    from .double import where  # noqa: PLC0415

    def run(double: Double, _: argparse.Namespace) -> bool:
        say_json(double.ask("GET", OPENAPI, "openapi", "paths"))
        return True

    if where(arguments):
        return _ask(Command("openapi", "", "", run), arguments)
    try:
        say_json(own_openapi(arguments))
    except CommandError as error:
        return _complain(error)
    return OK


def _complain(error: Exception | str) -> int:
    sys.stderr.write(f"{NAME}: {error}\n")
    return WRONG_USE


class _Parser(argparse.ArgumentParser):
    commands: Collection[str] = ()

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        if file is None:
            say(self.format_help().rstrip("\n"))
        else:
            super().print_help(file)

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message} (see {self.prog} --help)\n")

    def refuse(self, argument: str) -> NoReturn:
        """Say that there is no such argument; what follows its = may be a secret."""
        from messaging_double.server.did_you_mean import did_you_mean  # noqa: PLC0415 - only ever needed on the way out

        name = argument.partition("=")[0]
        known = (*self.commands, *self._option_string_actions)
        self.error(f"{name!r} is not known here; {did_you_mean(name, known)}".rstrip("; "))


class _HelpFormatter(argparse.HelpFormatter):
    """Leaves the example in one line, to be copied."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith(_EXAMPLE) else super()._fill_text(text, width, indent)


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow, and seldom asked for

        try:
            number = version(NAME)
        except PackageNotFoundError:
            number = "(not installed: it runs from its source)"
        say(f"{NAME} {number}")
        parser.exit()


def _parser(name: str | None) -> _Parser:
    """Make the parser; only the command of this name gets its flags, since those of the others are not needed."""
    parser = _Parser(prog=NAME, description=_DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for in_short, in_full, example, add_flags in _commands(name):
        each = example.split()[0]
        added = commands.add_parser(
            each,
            help=in_short,
            description=in_full.rstrip(),
            epilog=f"{_EXAMPLE}{NAME} {example}",
            allow_abbrev=False,
            formatter_class=_HelpFormatter,
        )
        if name in (each, _EVERY):
            add_flags(added)
    parser.commands = commands.choices
    return parser


def _commands(name: str | None) -> Iterator[tuple[str, str, str, Callable[[_Parser], None]]]:
    """Yield all commands in the order of the help: in a few words, in full, an example, and what adds the flags.

    Where one of three is asked for that need no running double, those that do are left out: they take time to load.
    """
    yield "serve the double", _SERVE, "serve --port 0 --port-file port.txt", _add_serve
    yield "ask whether a double is ready", _HEALTH, "health --wait 30", _add_health
    for each in {} if name in {"serve", "health", "migrate"} else control_commands().values():
        about = f"{each.help[0].upper()}{each.help[1:]}. {each.about}"
        yield each.help, about, each.example.removeprefix(f"{NAME} "), partial(_add_command, each)
    yield "upgrade the tables of a database", _MIGRATE, "migrate --database messages.sqlite", _add_migrate
    yield "print the description of the control API", _OPENAPI, "openapi > openapi.json", _add_openapi
    yield "print a script that completes commands", _COMPLETION, "completion bash", _add_completion


def control_commands() -> Mapping[str, Command]:
    """Return the commands that use the control API, in the order of the help."""
    from .lists import LISTS  # noqa: PLC0415 - serve and health do without, here and below
    from .steering import MESSAGES, RULES, TIME  # noqa: PLC0415
    from .tenants import DOUBLE, TENANTS  # noqa: PLC0415
    from .verify import VERIFY  # noqa: PLC0415

    return {each.name: each for each in (VERIFY, *LISTS, *MESSAGES, *TIME, *RULES, *TENANTS, *DOUBLE)}


def _add_command(command: Command, parser: _Parser) -> None:
    exclusive: defaultdict[str, argparse._MutuallyExclusiveGroup] = defaultdict(parser.add_mutually_exclusive_group)
    for flag, options in command.arguments:
        own = {name: value for name, value in options.items() if name != "group"}
        (exclusive[options["group"]] if "group" in options else parser).add_argument(flag, **own)
    _add_double(parser)
    if command.words:
        parser.usage = f"{NAME} {command.name} {command.words} [FLAG [VALUE]] ..."
        parser.set_defaults(words=[])
    parser.set_defaults(run=partial(_ask, command), parser=parser)


def _add_double(parser: _Parser) -> None:
    """Add the flags that say which double is asked, after those of the command itself."""
    from messaging_double.server.settings.kinds import token  # noqa: PLC0415 - serve does without

    from .command import typed  # noqa: PLC0415

    group = parser.add_argument_group("which double (docs/commands.md)")
    group.add_argument("--tenant", metavar="NAME", help=f"CustNNNNN of the SOAP URL; or {variables.TENANT}")
    _add_where(group)
    secret = f"its control-token, or that of the tenant; or {variables.CONTROL_TOKEN}"
    group.add_argument("--token", type=typed(token(example="a-long-random-text")), help=secret)
    group.add_argument("--insecure", action="store_true", help="accept any TLS certificate")


def _add_where(group: argparse._ActionsContainer) -> None:
    group.add_argument("--url", type=_url, help=f"where it is; or {variables.URL}, else as the settings say")
    _add_config(group)


def _add_config(group: argparse._ActionsContainer) -> None:
    group.add_argument("--config", metavar="FILE", help="configuration file (TOML); or MESSAGING_DOUBLE_CONFIG")


def _url(text: str) -> str:
    from messaging_double.client.connections import check_url  # noqa: PLC0415 - serve does without

    try:
        return check_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _add_serve(parser: _Parser) -> None:
    parser.usage = f"{NAME} serve [FLAG [VALUE]] ..."
    _add_config(parser)
    for section, about in SECTIONS.items():
        group = parser.add_argument_group(section, about)
        for row in table():
            if row.section == section and not row.kind.file_only:
                _add_setting(group, row)
    tables = ", ".join(f"[[{row.key}]]" for row in table() if row.kind.file_only)
    parser.add_argument_group("in the configuration file only", f"{tables}: see docs/settings.md")
    parser.set_defaults(run=_serve, parser=parser)


def _add_setting(group: argparse._ArgumentGroup, row: Setting[Any]) -> None:
    about = f"{row.help} Default: {row.shown_default()}.".replace("%", "%%")
    if row.is_switch:
        group.add_argument(row.flag, action=argparse.BooleanOptionalAction, help=about)
    else:
        group.add_argument(row.flag, metavar=row.kind.placeholder, help=about)


def _add_health(parser: _Parser) -> None:
    from messaging_double.server.settings.kinds import seconds, whole_number  # noqa: PLC0415 - serve does without

    from .command import typed  # noqa: PLC0415

    wait = typed(seconds(zero=True, example="30"))
    parser.add_argument("--wait", type=wait, default=0.0, metavar="SECONDS", help="keep asking for this long")
    process = typed(whole_number(1, 2**31 - 1, example="4711"))
    about = "the process that has to answer, such as $! in a shell: an older one may have the port"
    parser.add_argument("--pid", type=process, metavar="PID", help=about)
    _add_where(parser)
    parser.set_defaults(run=_health, parser=parser)


def _add_migrate(parser: _Parser) -> None:
    about = next(row.help for row in table() if row.name == "database")
    parser.add_argument("--database", metavar="FILE", help=about)
    parser.add_argument("--check", action="store_true", help="only say whether there is something to do")
    _add_config(parser)
    parser.set_defaults(run=_migrate, parser=parser)


def _add_openapi(parser: _Parser) -> None:
    _add_double(parser)
    parser.set_defaults(run=_openapi, parser=parser)


def _add_completion(parser: _Parser) -> None:
    from .documents import SHELLS  # noqa: PLC0415

    parser.add_argument("shell", choices=SHELLS, help="for which shell")
    parser.set_defaults(run=_completion, parser=parser)


def _completion(arguments: argparse.Namespace) -> int:
    from .documents import completion  # noqa: PLC0415

    (commands,) = (each for each in _parser(_EVERY)._actions if isinstance(each, argparse._SubParsersAction))  # noqa: SLF001
    say(completion(arguments.shell, commands.choices).rstrip("\n"))
    return OK
