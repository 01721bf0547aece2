"""``messaging-double journal``: what was on the wire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import lists
from .command import Command, CommandError
from .flags import remote_of
from .lists import Listing, plain
from .output import say_bytes, say_json, visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_ID = re.compile(r"\d{1,19}", re.ASCII)
_SHOWN = 240
_EXAMPLE = "messaging-double journal 1 --request"


def _request(item: dict[str, Any]) -> str:
    """Show method and target, which a request may be too broken to have."""
    return visible(" ".join(each for each in (item.get("method"), item.get("target")) if each))


def _remarks(item: dict[str, Any]) -> Iterator[str]:
    """Give each reason once: most of what a call was refused for is among its notes as well."""
    refused = item.get("refused") or ""
    if refused:
        yield f"refused: {_shortened(refused)}"
    for each in item.get("notes", ()):
        if each.removesuffix("\u2026") not in refused:
            yield f"note: {_shortened(each)}"


def _shortened(text: str) -> str:
    """Return what fits on a screen; all of it is in the JSON."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}\u2026"


_JOURNAL = Listing(
    "journal",
    "exchanges",
    {
        "at": plain("at"),
        "id": plain("id"),
        "request": _request,
        "status": plain("status"),
        "operation": plain("operation"),
        "rule": plain("rule"),
        "fault": plain("fault"),
    },
    _remarks,
)


def _add_flags(parser: argparse.ArgumentParser) -> None:
    bytes_of = parser.add_mutually_exclusive_group()
    for way in ("request", "response"):
        about = f"write the {way} of exchange ID as it was on the wire, byte for byte, secrets included"
        bytes_of.add_argument(f"--{way}", dest="way", action="store_const", const=way, help=about)
    lists.add_flags(parser)


def _run(arguments: argparse.Namespace) -> bool:
    if len(arguments.words) == 1 and _ID.fullmatch(arguments.words[0]):
        _show_one(arguments.words[0], arguments)
        return True
    if arguments.way:
        problem = f"--{arguments.way} goes with the id of one exchange; for example {_EXAMPLE}"
        raise CommandError(problem)
    return lists.show(_JOURNAL, arguments)


def _show_one(number: str, arguments: argparse.Namespace) -> None:
    double = remote_of(arguments)
    one = double.of_tenant(f"journal/{number}")
    if arguments.way:
        say_bytes(double.ask("GET", f"{one}/{arguments.way}").body)
    else:
        say_json(double.json("GET", one, "request", "response"))


JOURNAL = Command(
    "journal",
    "show what was on the wire",
    "Show the requests that came and how they were answered, newest first; with an ID one of them in full, as JSON, or "
    f"its bytes. {lists.FIELDS} {lists.EXIT}",
    _EXAMPLE,
    _run,
    _add_flags,
    f"[ID] {lists.WORDS}",
)
