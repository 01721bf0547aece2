"""``messaging-double reset`` and ``messaging-double advance``: what a test does to a whole tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .command import Command, CommandError
from .flags import add_json, add_tenant, length, remote_of
from .output import columns, say, say_json, visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    Json = dict[str, Any]

_ADVANCE_EXAMPLE = "messaging-double advance 6h"


def _reset(arguments: argparse.Namespace) -> bool:
    double = remote_of(arguments)
    double.ask("POST", double.of_tenant("reset"), expected=(204,))
    return True


def _add_advance_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("by", metavar="TIME", nargs="?", type=length, help="how far: 6h, 90s, PT6H")
    parser.add_argument("--to", metavar="MOMENT", help="until when, in ISO 8601 with its zone: 2026-11-21T08:00:00Z")
    add_json(parser)
    add_tenant(parser)


def _advance(arguments: argparse.Namespace) -> bool:
    given = {name: getattr(arguments, name) for name in ("by", "to")}
    body = {name: value for name, value in given.items() if value is not None}
    if len(body) != 1:
        problem = f"one of TIME and --to is to be said; for example {_ADVANCE_EXAMPLE}"
        raise CommandError(problem)
    double = remote_of(arguments)
    advanced = double.json("POST", double.of_tenant("clock/advance"), "now", "happened", body=body)
    if arguments.json:
        say_json(advanced)
    else:
        say("\n".join(_lines(advanced)))
    return True


def _lines(advanced: Json) -> Iterator[str]:
    rows = [(visible(str(each.get("at"))), str(each.get("what")), _about(each)) for each in advanced["happened"]]
    yield from columns(rows)
    yield f"{advanced['now']}  now"


def _about(happening: Json) -> str:
    """Say whose it was: of a status, a reply, or what ended."""
    message, status, came = (happening.get(name) for name in ("messagingId", "status", "inboxId"))
    if message is None:
        return visible(str(happening.get("name")))
    return f"message {message}: " + (f"status {status}" if came is None else f"message {came} of the inbox")


RESET = Command(
    "reset",
    "empty a tenant",
    "Empty a tenant: only its snapshots stay, and its ids begin again.",
    "messaging-double reset --tenant Cust12345",
    _reset,
    add_tenant,
)
ADVANCE = Command(
    "advance",
    "turn a tenant's clock on",
    "Turn a tenant's clock on, and tell what was due on the way: statuses, replies, tickets and rules that expired.",
    _ADVANCE_EXAMPLE,
    _advance,
    _add_advance_flags,
)
