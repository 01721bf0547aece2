"""The lists of what a double keeps, newest first: ``outbox``, ``inbox``, ``journal``, ``tickets`` and others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from messaging_double.client.api import part

from .command import (
    ABOUT_CRITERIA,
    COUNT,
    CRITERIA,
    JSON,
    LIMIT,
    WAIT,
    WIDE,
    Command,
    CommandError,
    criterion,
    seconds_of,
)
from .output import quoted, say, say_bytes, say_json, table, terminal_width, visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from .command import Argument
    from .double import Double
    from .output import Cells, Json, Names


_FLAGS = (WAIT, COUNT, LIMIT, WIDE, JSON)
_ABOUT = (
    f"Newest first. {ABOUT_CRITERIA} after=ID means higher ids, since=MOMENT what came then or later. Exit status 0; 1 "
    "if there are fewer than --count says; 2 on errors."
)
_SHOWN = 240
"""Characters of a remark of the journal; its JSON has all of them."""
_ID = re.compile(r"\d{1,19}", re.ASCII)
_MOMENTS = ("registered", "at", "expires")
_FRACTION = re.compile(r"\.\d+(?=Z$)")
_ONE_EXCHANGE = "messaging-double journal 1 --request"
_MOST_TENANTS = 5


@dataclass(frozen=True)
class Listing:
    """One list, and how a person sees it."""

    url: str
    name: str
    """Of the list in the JSON."""
    cells: Cells
    """What stands below each title."""
    narrow: str
    """The titles that are shown without ``--wide``, and then moments to the second."""
    remarks: Callable[[Json], Iterable[str]] = lambda _: ()
    """What is printed below the row of an item."""
    has_statuses: bool = False
    box: str | None = None
    """The member of a tenant's counts that has their number."""

    def narrow_cells(self) -> Cells:
        """Return the cells that are shown without ``--wide``."""
        titles = self.narrow.split(", ")
        return {title: moment(title) if title in _MOMENTS else self.cells[title] for title in titles}


def own(name: str) -> Callable[[Json, Names], str]:
    """Show a member that the double made; what is not there is empty."""
    return lambda item, _: "" if item.get(name) is None else visible(str(item[name]))


def sent(name: str) -> Callable[[Json, Names], str]:
    """Show a text that a client sent, in quotes so that white space and null can be seen."""
    return lambda item, _: quoted(item.get(name))


def moment(name: str) -> Callable[[Json, Names], str]:
    """Show a moment to the second."""
    return lambda item, _: _FRACTION.sub("", str(item.get(name) or ""))


def json_of(name: str) -> Callable[[Json, Names], str]:
    """Show a member that is an object; empty where there is none."""
    return lambda item, _: "" if not item.get(name) else quoted(item[name])


def status_of(item: Json, names: Names) -> str:
    """Show a status by its number and its name."""
    number = item.get("status")
    return f"{number} {names[number]}" if number in names else f"{number}"


def _request(item: Json, _: Names) -> str:
    """Show method and target, which a request may be too broken to have."""
    return visible(" ".join(each for each in (item.get("method"), item.get("target")) if each))


def _remarks(item: Json) -> Iterator[str]:
    """Give each reason once: most of what a call was refused for is among its notes as well."""
    if item.get("received") != item.get("at"):
        yield f"received: {item.get('received')}, by the machine's clock"
    refused = item.get("refused") or ""
    if refused:
        yield f"refused: {_shortened(refused)}"
    for each in item.get("notes", ()):
        if each.removesuffix("\u2026") not in refused:
            yield f"note: {_shortened(each)}"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}\u2026"


OUTBOX = Listing(
    "outbox",
    "messages",
    {
        "id": own("messagingId"),
        "registered": own("registered"),
        "plugin": sent("plugin"),
        "from": sent("from"),
        "to": sent("to"),
        "status": status_of,
        "description": sent("statusDescription"),
        "profile": own("profile"),
        "content": sent("content"),
    },
    "id, registered, to, status, content",
    has_statuses=True,
    box="outbox",
)
INBOX = Listing(
    "inbox",
    "messages",
    {
        "id": own("id"),
        "registered": own("registered"),
        "origin": own("origin"),
        "from": sent("from"),
        "to": sent("to"),
        "session key": sent("sessionKey"),
        "content": sent("content"),
    },
    "id, registered, from, to, content",
    box="inbox",
)
JOURNAL = Listing(
    "journal",
    "exchanges",
    {
        "id": own("id"),
        "request id": own("requestId"),
        "at": own("at"),
        "received": own("received"),
        "peer": own("peer"),
        "request": _request,
        "status": own("status"),
        "operation": own("operation"),
        "rule": own("rule"),
        "fault": own("fault"),
        "ms": own("durationMs"),
    },
    "id, at, request, status, operation, rule, fault",
    _remarks,
    box="journal",
)
STATUS_REPORTS = Listing(
    "status-reports",
    "statusReports",
    {
        "id": own("id"),
        "at": own("at"),
        "plugin": sent("plugin"),
        "external id": sent("externalMessageId"),
        "status": status_of,
        "description": sent("statusDescription"),
        "services": own("services"),
    },
    "id, at, plugin, external id, status, description",
    has_statuses=True,
    box="statusReports",
)
TICKETS = Listing(
    "tickets",
    "tickets",
    {name: own(name) for name in ("number", "user", "state", "origin", "issued", "renewed", "expires", "uses")},
    "number, user, state, expires, uses",
)


def show(listing: Listing, double: Double, arguments: argparse.Namespace) -> bool:
    """Print a list; return whether there are as many as were wanted."""
    query = [*map(criterion, arguments.words), *_paging(arguments)]
    wait = getattr(arguments, "wait", None)
    page = double.ask("GET", f"T/{listing.url}", listing.name, "total", query=query, seconds=seconds_of(wait))
    if arguments.json:
        say_json(page)
    else:
        say("\n".join(_lines(listing, page, double, wide=arguments.wide)))
    wanted = getattr(arguments, "count", None) or (1 if wait else 0)
    return bool(page["total"] >= wanted)


def _paging(arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    waits = getattr(arguments, "wait", None) is not None
    for name in ("wait", "count", "limit") if waits else ("limit",):  # count is about what to wait for
        value = getattr(arguments, name)
        if value is not None:
            yield name, str(value)


def _lines(listing: Listing, page: Json, double: Double, *, wide: bool) -> Iterator[str]:
    items = page[listing.name]
    if items:
        names = double.status_names() if listing.has_statuses else {}
        cells, width = (listing.cells, None) if wide else (listing.narrow_cells(), terminal_width())
        titles, *rows = table(items, cells, names, width)
        yield titles
        for row, item in zip(rows, items, strict=True):
            yield row
            yield from (f"    {visible(each)}" for each in listing.remarks(item))
    yield _total(listing, page)
    if not page["total"] and listing.box is not None:
        yield from _elsewhere(double, listing.box)


def _total(listing: Listing, page: Json) -> str:
    shown, total = len(page[listing.name]), page["total"]
    kind = {"statusReports": "status reports"}.get(listing.name, listing.name)
    kind = kind.removesuffix("s") if total == 1 else kind
    said = f"{total} {kind}" if shown == total else f"{shown} of {total} {kind}"
    if page.get("next") is not None:
        said += f"; cursor={page['next']} shows those before"
    if page.get("evicted"):
        said += f"; {page['evicted']} older ones were dropped (settings journal-entries, journal-bytes)"
    return said


def _elsewhere(double: Double, box: str) -> Iterator[str]:
    """Say which other tenants have something where this one has nothing."""
    others = double.other_tenants(box)
    if others:
        first = ", ".join(f"{visible(name)} ({total})" for name, total in others[:_MOST_TENANTS])
        more = f" and {len(others) - _MOST_TENANTS} more" if len(others) > _MOST_TENANTS else ""
        yield (
            f"This is tenant {visible(double.tenant)}. Other tenants have some: {first}{more}; "
            f"for example --tenant {visible(others[0][0])}"
        )


def _journal(double: Double, arguments: argparse.Namespace) -> bool:
    words = arguments.words
    if len(words) == 1 and _ID.fullmatch(words[0]):
        one = f"T/journal/{part(words[0])}"
        if arguments.way:
            say_bytes(double.answer("GET", f"{one}/{arguments.way}").body)
        else:
            say_json(double.ask("GET", one, "request", "response"))
        return True
    if arguments.way:
        raise CommandError(f"--{arguments.way} goes with the id of one exchange; for example {_ONE_EXCHANGE}")
    return show(JOURNAL, double, arguments)


def _way(name: str) -> Argument:
    about = f"write the {name} of exchange ID as it was on the wire, byte for byte, secrets included"
    return f"--{name}", {"group": "way", "dest": "way", "action": "store_const", "const": name, "help": about}


def _listing(listing: Listing, about: str, example: str) -> Command:
    return Command(listing.url, about, f"messaging-double {example}", partial(show, listing), _FLAGS, _ABOUT, CRITERIA)


LISTS = (
    _listing(OUTBOX, "show what clients sent", "outbox to=+447700900001 --wait 5s"),
    _listing(INBOX, "show what came in by CreateMessage and as replies", "inbox from=+447700900001 --count 1 --json"),
    Command(
        "journal",
        "show requests and how they were answered",
        _ONE_EXCHANGE,
        _journal,
        (_way("request"), _way("response"), *_FLAGS),
        f"With an ID: one of them in full, as JSON, or its bytes. {_ABOUT}",
        f"[ID] {CRITERIA}",
    ),
    _listing(STATUS_REPORTS, "show SetDeliveryStatus calls that no message matches", "status-reports --limit 5"),
    Command(
        "tickets",
        "show who logged in",
        "messaging-double tickets",
        partial(show, TICKETS),
        (LIMIT, WIDE, JSON),
        "Newest first; the tickets themselves are masked.",
        "[cursor=CURSOR]",
    ),
)
