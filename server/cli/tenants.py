"""The commands about whole tenants, and about the double."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from messaging_double.client.api import part

from .command import CRITERIA, JSON, WIDE, Argument, Command, CommandError, criterion, given, request, rows
from .lists import moment, own
from .output import columns, counted, quoted, say, terminal_width, visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from .double import Double
    from .output import Json


def _tenants(tenants: Json, _: Double, arguments: argparse.Namespace) -> Iterator[str]:
    names = ("tenant", "outbox", "inbox", "statusReports", "journal", "auth")
    yield from rows(tenants["tenants"], {name: own(name) for name in names}, arguments)
    yield counted(tenants["tenants"], "tenant")


_CONTENTS = '{"outbox": [{"to": "+447700900001"}], "seed": "a"}'


def _contents(arguments: argparse.Namespace) -> Json:
    try:
        text = sys.stdin.read() if arguments.file == "-" else Path(arguments.file).read_text("utf-8")
        contents: Json = json.loads(text)
    except (OSError, ValueError) as error:
        raise CommandError(f"{arguments.file} cannot be read as JSON ({error}); for example {_CONTENTS}") from None
    return contents


def _loaded(tenant: Json, *_: object) -> Iterator[str]:
    yield f"tenant {visible(str(tenant['tenant']))}: {tenant['outbox']} in the outbox, {tenant['inbox']} in the inbox"


def _snapshot(snapshot: Json, *_: object) -> Iterator[str]:
    yield f"snapshot {quoted(snapshot['name'])} has {counted(snapshot['messages'], 'message')}"


def _snapshots(snapshots: Json, _: Double, arguments: argparse.Namespace) -> Iterator[str]:
    cells = {"name": own("name"), "taken": moment("taken"), "messages": own("messages")}
    yield from rows(snapshots["snapshots"], cells, arguments)
    yield counted(snapshots["snapshots"], "snapshot")


def _deleted(answer: Json, *_: object) -> Iterator[str]:
    if "deleted" in answer:
        yield f"{answer['deleted']} deleted"


_NAMED = {"rule": "rules", "snapshot": "snapshots", "ticket": "tickets"}
_DELETABLE = ("tenant", "outbox", "inbox", "status-reports", "journal", "rules", *_NAMED)


def _delete_run(double: Double, arguments: argparse.Namespace) -> bool:
    what, words = arguments.what, arguments.words
    if what == "tenant":
        if words or not (arguments.all or double.is_tenant_given):
            problem = "say which tenant: --tenant NAME, or --all; for example messaging-double delete tenant --all"
            raise CommandError(problem)
        return request("DELETE", "tenants" if arguments.all else "T", lines=_deleted)(double, arguments)
    if what in _NAMED or (len(words) == 1 and words[0].isdecimal()):
        if len(words) != 1:
            raise CommandError(f"say which {what}; for example messaging-double delete {what} 1")
        return request("DELETE", f"T/{_NAMED.get(what, what)}/{part(words[0])}")(double, arguments)
    deleted = double.ask("DELETE", f"T/{what}", "deleted", query=[criterion(each) for each in words])
    say(f"{deleted['deleted']} deleted")
    return True


def _reset_run(double: Double, arguments: argparse.Namespace) -> bool:
    return request("POST", "reset" if arguments.all else "T/reset")(double, arguments)


_NAME: Argument = ("name", {"metavar": "NAME", "nargs": "?", "default": "default", "help": "default: default"})
_ALL: Argument = ("--all", {"action": "store_true", "help": "all tenants of the double"})

TENANTS = (
    Command(
        "tenants",
        "show which tenants have been used, and how much each has",
        "messaging-double tenants",
        request("GET", "tenants", "tenants", lines=_tenants),
        (WIDE, JSON),
        "A tenant is the CustNNNNN in the URL that the application calls; calls without one are in tenant default.",
    ),
    Command(
        "reset",
        "empty a tenant",
        "messaging-double reset --tenant Cust12345",
        _reset_run,
        (_ALL,),
        "Only its snapshots stay, and its ids begin again.",
    ),
    Command(
        "delete",
        "delete a tenant, or single things of it",
        "messaging-double delete outbox to=+447700900001",
        _delete_run,
        (("what", {"metavar": "WHAT", "choices": _DELETABLE, "help": ", ".join(_DELETABLE)}), _ALL),
        "outbox, inbox, status-reports and journal take an ID or criteria, and are emptied without; rule, snapshot and "
        "ticket take a name or number. A tenant is deleted with its snapshots.",
        f"WHAT [ID | {CRITERIA}]",
    ),
    Command(
        "load",
        "replace what a tenant has by a JSON file",
        "messaging-double load contents.json",
        request("PUT", "T", "tenant outbox inbox", body=_contents, lines=_loaded),
        (("file", {"metavar": "FILE", "help": f"such as {_CONTENTS}; - is standard input"}), JSON),
        "The tenant is reset before. The file is what PUT T of the control API takes.",
    ),
    Command(
        "snapshot",
        "keep what a tenant has, to return to it",
        "messaging-double snapshot logged-in",
        request("POST", "T/snapshots", "name messages", body=given(name="name"), lines=_snapshot),
        (_NAME, JSON),
        "Everything but the journal; a snapshot of that name is replaced.",
    ),
    Command(
        "restore",
        "return to a snapshot",
        "messaging-double restore logged-in",
        request("POST", "T/snapshots/{name}/restore"),
        (_NAME,),
        "What the tenant has now is gone, but for its journal and its snapshots.",
    ),
    Command(
        "snapshots",
        "show the snapshots of a tenant",
        "messaging-double snapshots",
        request("GET", "T/snapshots", "snapshots", lines=_snapshots),
        (WIDE, JSON),
    ),
)


# the double


def _members(answer: Json, *_: object) -> Iterator[str]:
    yield from columns([(name, quoted(value)) for name, value in answer.items()], terminal_width())


def _profiles(answer: Json, *_: object) -> Iterator[str]:
    yield from columns([(each["name"], each["help"]) for each in answer["profiles"]], terminal_width())


def _magic(answer: Json, *_: object) -> Iterator[str]:
    yield from columns(list(answer["numbers"].items()))
    yield f"before +label@: {', '.join(answer['addresses'])}"


def _faults(answer: Json, *_: object) -> Iterator[str]:
    yield from columns(
        [(each["name"], quoted(each["then"]), each["does"]) for each in answer["faults"]], terminal_width()
    )


def _about(name: str, about: str, members: str, lines: Callable[..., Iterator[str]]) -> Command:
    run = request("GET", name, members, lines=lines)
    return Command(name, about, f"messaging-double {name}", run, (JSON,))


DOUBLE = (
    _about("settings", "show the settings that the double runs with", "", _members),
    _about("profiles", "show how messages can be delivered", "profiles", _profiles),
    _about("magic", "show the recipients that stand for an outcome", "numbers addresses", _magic),
    _about("faults", "show what can go wrong on purpose", "faults", _faults),
)
