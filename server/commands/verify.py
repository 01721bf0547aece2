"""``messaging-double verify``: ask a double whether an expectation is met."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from messaging_double.models.fields import INBOX, OUTBOX
from messaging_double.server.settings.kinds import whole_number

from .command import Command, CommandError
from .flags import add_tenant, length, remote_of, seconds_of, typed
from .lists import EXAMPLE, WORDS, criterion
from .output import say, say_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    Json = dict[str, Any]

_EXPECTATION = ("in", "count", "atLeast", "atMost", "never", "within")
_NUMBERS = {"after", *(field.name for field in (*OUTBOX, *INBOX) if field.kind == "number")}
_WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)
_SWITCH = {"true": True, "false": False}
_PASSED, _FAILED = 200, 422
_MOST = 2**31 - 1
_WITHIN = "wait until there are enough, at most so long (5s, 500ms, PT1M); with --at-most or --never watch all of it"


def _add_flags(parser: argparse.ArgumentParser) -> None:
    number = typed(whole_number(0, _MOST, example="1"))
    flags: dict[str, Json] = {
        "--in": {"choices": ("outbox", "inbox"), "help": "where to look; default: outbox"},
        "--count": {"type": number, "metavar": "NUMBER", "help": "exactly so many messages"},
        "--at-least": {"type": number, "metavar": "NUMBER", "dest": "atLeast", "help": "so many or more"},
        "--at-most": {"type": number, "metavar": "NUMBER", "dest": "atMost", "help": "so many or fewer"},
        "--never": {"action": "store_const", "const": True, "help": "none"},
        "--within": {"type": length, "metavar": "TIME", "help": _WITHIN},
        "--json": {"metavar": "FILE", "help": "write the report there as JSON; - for standard output, instead of text"},
    }
    for flag, how in flags.items():
        parser.add_argument(flag, **how)
    add_tenant(parser)


def _run(arguments: argparse.Namespace) -> bool:
    given = {name: getattr(arguments, name) for name in _EXPECTATION}
    expectation = {name: value for name, value in given.items() if value is not None}
    expectation["match"] = _match_of(arguments.words)
    double, seconds = remote_of(arguments), seconds_of(arguments.within)
    answer = double.ask(
        "POST", double.of_tenant("verify"), body=expectation, seconds=seconds, expected=(_PASSED, _FAILED)
    )
    report, passed = double.read(answer, "text"), answer.status == _PASSED
    if arguments.json not in {None, "-"}:
        _write(report, arguments.json)
    if arguments.json == "-":
        say_json(report)
    elif not passed:
        say(report["text"].rstrip("\n"))
    return passed


def _match_of(words: Iterable[str]) -> Json:
    """Return the ``match`` of ``FIELD=VALUE`` and ``FIELD.pattern=VALUE``.  Raises ``CommandError``."""
    match: dict[str, Json] = {}
    for name, text in map(criterion, words):
        field, _, how = name.partition(".")
        ways = match.setdefault(field, {})
        if (how or "is") in ways:
            problem = f"{name} is there twice; for example {EXAMPLE}"
            raise CommandError(problem)
        ways[how or "is"] = _value(field, how, text)
    return {field: ways["is"] if list(ways) == ["is"] else ways for field, ways in match.items()}


def _value(field: str, how: str, text: str) -> object:
    if how == "any" and field != "config":  # whose keys stand there
        return _SWITCH.get(text, text)
    return int(text) if field in _NUMBERS and _WHOLE.fullmatch(text) else text


def _write(report: Json, path: str) -> None:
    try:
        Path(path).write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        problem = f"The report cannot be written to {path} ({error})."
        raise CommandError(problem) from None


VERIFY = Command(
    "verify",
    "verify what was sent",
    "Verify what was sent: exit status 0 if it is as expected; 1 if not, with what was found and what comes nearest on "
    "standard output; 2 if that cannot be told. FIELD=VALUE means exactly this, FIELD.contains=VALUE that it is in "
    "there, FIELD.pattern=VALUE the whole with * and ?, FIELD.any=true anything but null; config.KEY=VALUE means a "
    "pair. Without --count and the like at least one message has to meet them all.",
    "messaging-double verify to=+447700900001 --count 1 --within 5s",
    _run,
    _add_flags,
    WORDS,
)
