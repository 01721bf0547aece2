"""What a command is, the arguments that several commands have, and a command that is one request."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from messaging_double.client.api import part
from messaging_double.models.durations import EXPECTED, duration
from messaging_double.server.settings.kinds import whole_number

from .output import say, say_json, table, terminal_width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from messaging_double.server.settings.row import Kind

    from .double import Double
    from .output import Cells, Json, Names

Argument = tuple[str, dict[str, Any]]
"""A flag or a positional argument, and its arguments for argparse; of a ``group`` only one can be given."""

CRITERIA = "[FIELD=VALUE] ..."
EXAMPLE = "to=+447700900001 or content.contains=code"
ABOUT_CRITERIA = (
    "FIELD=VALUE means exactly this, FIELD.contains=VALUE a part, FIELD.pattern=VALUE the whole text with the "
    "wildcards * and ?, FIELD.regex=VALUE a regular expression, FIELD.any=true anything but null."
)
_LARGEST_ID = 2**63 - 1
_LARGEST_COUNT = 2**31 - 1
_NUMBER = re.compile(r"[+-]?\d{1,19}", re.ASCII)


class CommandError(Exception):
    """The command cannot do what it is asked to do; the text says why in one sentence."""


@dataclass(frozen=True)
class Command:
    """One command."""

    name: str
    help: str
    """In a few words, for the list of commands."""
    example: str
    """A whole command line."""
    run: Callable[[Double, argparse.Namespace], bool]
    """Run it; ``False`` is exit status 1. Errors of the command, the client and the settings are exit status 2."""
    arguments: tuple[Argument, ...] = ()
    about: str = ""
    """More than ``help`` says, for its own help."""
    words: str = ""
    """How its usage names the words that may stand between the flags, in any number; they become ``words``."""


def typed(kind: Kind[Any]) -> Callable[[str], Any]:
    """Return a type for argparse that reads a kind of setting."""

    def read(text: str) -> object:
        try:
            return kind.read(text)
        except ValueError:
            came = "something else" if kind.secret else repr(text)
            problem = f"{came} came, but {kind.expected} was expected; for example {kind.example}"
            raise argparse.ArgumentTypeError(problem) from None

    return read


def length(text: str) -> str:
    """Check a length of time, which the double reads itself."""
    try:
        duration(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} came, but {EXPECTED} was expected; for example 5s") from None
    return text


def seconds_of(text: str | None) -> float:
    """Return the seconds of a ``length``; 0 if there is none."""
    return 0.0 if text is None else duration(text).total_seconds()


def number_or_name(text: str) -> int | str:
    """Return a status as the control API takes it."""
    return int(text) if _NUMBER.fullmatch(text) else text


def criterion(word: str) -> tuple[str, str]:
    """Return FIELD and VALUE of ``FIELD=VALUE``. Raises ``CommandError``."""
    name, equals, value = word.partition("=")
    if not equals or not name:
        raise CommandError(f"{word!r} is no criterion; for example {EXAMPLE}")
    return name, value


def positive(example: str = "1") -> Callable[[str], Any]:
    """Return a type for argparse that reads a count from 1 on."""
    return typed(whole_number(1, _LARGEST_COUNT, example=example))


count = typed(whole_number(0, _LARGEST_COUNT, example="1"))
"""A type for argparse: a count from 0 on."""
number = typed(whole_number(1, _LARGEST_ID, example="1"))
"""A type for argparse: an id."""

JSON: Argument = ("--json", {"action": "store_true", "help": "print the JSON of the control API"})
WIDE: Argument = ("--wide", {"action": "store_true", "help": "print all columns, and cut nothing to fit the terminal"})
MESSAGE: Argument = ("message", {"metavar": "MESSAGING_ID", "type": number, "help": "a message of the outbox"})
WAIT: Argument = (
    "--wait",
    {"type": length, "metavar": "TIME", "help": "wait at most this long for --count of them: 5s, 500ms, PT1M"},
)
COUNT: Argument = (
    "--count",
    {"type": positive(), "metavar": "NUMBER", "help": "exit with 1 if there are fewer; 1 with --wait"},
)
LIMIT: Argument = ("--limit", {"type": positive(), "metavar": "NUMBER", "help": "how many to show; default: 100"})


def request(
    method: str,
    resource: str,
    members: str = "",
    *,
    body: Callable[[argparse.Namespace], Any] = lambda _: None,
    lines: Callable[[Json, Double, argparse.Namespace], Iterator[str]] = lambda *_: iter(()),
) -> Callable[[Double, argparse.Namespace], bool]:
    """Return what a command does: one request, and its answer as JSON or in these ``lines``."""

    def run(double: Double, arguments: argparse.Namespace) -> bool:
        values = {name: part(value) for name, value in vars(arguments).items() if f"{{{name}}}" in resource}
        answer = double.ask(method, resource.format(**values), *members.split(), body=body(arguments))
        if getattr(arguments, "json", False):
            say_json(answer)
        elif text := "\n".join(lines(answer, double, arguments)):
            say(text)
        return True

    return run


def given(**names: str) -> Callable[[argparse.Namespace], Json]:
    """Return a body of those arguments that were given, under these names."""

    def body(arguments: argparse.Namespace) -> Json:
        values = {member: getattr(arguments, name) for member, name in names.items()}
        return {member: value for member, value in values.items() if value is not None}

    return body


def rows(items: list[Json], cells: Cells, arguments: argparse.Namespace, names: Names | None = None) -> Iterator[str]:
    """Return items as a table that fits the terminal; nothing where there are none."""
    if items:
        yield from table(items, cells, names or {}, None if arguments.wide else terminal_width())
