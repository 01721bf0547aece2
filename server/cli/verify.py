"""``messaging-double verify``: ask a double whether an expectation is met."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from messaging_double.models.criteria import INBOX, OUTBOX

from .command import ABOUT_CRITERIA, CRITERIA, EXAMPLE, Command, CommandError, count, criterion, length, seconds_of
from .output import say, say_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from .double import Double
    from .output import Json

_EXPECTATION = ("in", "count", "atLeast", "atMost", "never", "within")
_NUMBERS = {"after", *(field.name for field in (*OUTBOX, *INBOX) if field.kind == "number")}
_WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)
_SWITCH = {"true": True, "false": False}
_PASSED, _FAILED = 200, 422
_WITHIN = "wait until there are enough, at most this long: 5s, 500ms, PT1M; with --at-most or --never watch all of it"


def _run(double: Double, arguments: argparse.Namespace) -> bool:
    given = {name: getattr(arguments, name) for name in _EXPECTATION}
    expectation = {name: value for name, value in given.items() if value is not None}
    expectation["match"] = match_of(arguments.words)
    seconds = seconds_of(arguments.within)
    answer = double.answer("POST", "T/verify", body=expectation, seconds=seconds, outcomes=(_PASSED, _FAILED))
    report, passed = double.read(answer, "text"), answer.status == _PASSED
    if arguments.json not in {None, "-"}:
        _write(report, arguments.json)
    if arguments.json == "-":
        say_json(report)
    elif not passed:
        say(report["text"].rstrip("\n"))
    return passed


def match_of(words: Iterable[str]) -> Json:
    """Return the ``match`` of ``FIELD=VALUE`` and ``FIELD.pattern=VALUE``. Raises ``CommandError``."""
    match: dict[str, Json] = {}
    for name, text in map(criterion, words):
        field, _, how = name.partition(".")
        ways = match.setdefault(field, {})
        if (how or "is") in ways:
            raise CommandError(f"{name} is there twice; for example {EXAMPLE}")
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
        raise CommandError(f"The report cannot be written to {path} ({error}).") from None


VERIFY = Command(
    "verify",
    "verify what was sent",
    "messaging-double verify to=+447700900001 --count 1 --within 5s",
    _run,
    (
        ("--count", {"type": count, "metavar": "NUMBER", "help": "exactly this many messages"}),
        ("--at-least", {"type": count, "metavar": "NUMBER", "dest": "atLeast", "help": "this many or more"}),
        ("--at-most", {"type": count, "metavar": "NUMBER", "dest": "atMost", "help": "this many or fewer"}),
        ("--never", {"action": "store_const", "const": True, "help": "none"}),
        ("--within", {"type": length, "metavar": "TIME", "help": _WITHIN}),
        ("--in", {"choices": ("outbox", "inbox"), "help": "where to look; default: outbox"}),
        ("--json", {"metavar": "FILE", "help": "write the report there as JSON; - prints it instead of the text"}),
    ),
    "Exit status 0 if it is as expected; 1 if not, with what was found and what comes nearest; 2 on errors. "
    f"{ABOUT_CRITERIA} config.KEY=VALUE means a pair. Without --count and the like at least one message has to meet "
    "all criteria.",
    CRITERIA,
)
