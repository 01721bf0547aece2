"""The lists of what the double keeps, newest first: how they are asked for and printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from messaging_double.server.settings.kinds import whole_number

from .command import CommandError
from .flags import add_json, add_tenant, length, remote_of, seconds_of, typed
from .output import columns, quoted, say, say_json, visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Mapping

Json = dict[str, Any]

WORDS = "[FIELD=VALUE] ..."
EXAMPLE = "to=+447700900001 or content.contains=code"
FIELDS = (
    "FIELD=VALUE means exactly this, FIELD.contains=VALUE that it is in there, FIELD.pattern=VALUE the whole with * "
    "and ?, FIELD.any=true anything but null; contains=VALUE is in the content, after=ID has a higher id, since=MOMENT "
    "came then or later."
)
EXIT = "Exit status 0; 1 if there are fewer than --count says (1 with --wait); 2 if that cannot be told."
_MOST = 2**31 - 1


@dataclass(frozen=True)
class Listing:
    """One list, and how a person sees it."""

    url: str
    """Below the tenant's."""
    name: str
    """Of the list in the JSON."""
    cells: Mapping[str, Callable[[Json], str]]
    """What stands below each title."""
    remarks: Callable[[Json], Iterable[str]] = lambda _: ()
    """What is said below an item's row."""


def plain(name: str) -> Callable[[Json], str]:
    """Show a member that is the double's own; what is not there is empty."""
    return lambda item: "" if item.get(name) is None else visible(str(item[name]))


def text(name: str) -> Callable[[Json], str]:
    """Show a text that clients sent, so that white space and null are seen."""
    return lambda item: quoted(item.get(name))


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of a list."""
    number = typed(whole_number(1, _MOST, example="1"))
    waits = "wait for --count of them, those that are there already included, at most so long: 5s, 500ms, PT1M"
    parser.add_argument("--wait", type=length, metavar="TIME", help=waits)
    parser.add_argument("--count", type=number, metavar="NUMBER", help="how many there have to be")
    parser.add_argument("--limit", type=number, metavar="NUMBER", help="how many to show; default: 100")
    add_json(parser)
    add_tenant(parser)


def criterion(word: str) -> tuple[str, str]:
    """Return FIELD and VALUE of ``FIELD=VALUE``.  Raises ``CommandError``."""
    name, equals, value = word.partition("=")
    if not equals or not name:
        problem = f"{word!r} is no criterion; for example {EXAMPLE}"
        raise CommandError(problem)
    return name, value


def show(listing: Listing, arguments: argparse.Namespace) -> bool:
    """Print a list; return whether there are as many as were wanted.

    Raises ``CommandError``, ``RemoteError`` and ``NotReadyError``.
    """
    query = [*map(criterion, arguments.words), *_paging(arguments)]
    double, seconds = remote_of(arguments), seconds_of(arguments.wait)
    page = double.json("GET", double.of_tenant(listing.url), listing.name, "total", query=query, seconds=seconds)
    if arguments.json:
        say_json(page)
    else:
        say("\n".join(_lines(listing, page)))
    wanted = arguments.count or (1 if arguments.wait else 0)
    return bool(page["total"] >= wanted)


def _paging(arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    names = ("limit",) if arguments.wait is None else ("wait", "count", "limit")  # count is about what to wait for
    for name in names:
        value = getattr(arguments, name)
        if value is not None:
            yield name, str(value)


def _lines(listing: Listing, page: Json) -> Iterator[str]:
    items = page[listing.name]
    if items:
        titles, *rows = columns(
            [[*listing.cells], *([cell(each) for cell in listing.cells.values()] for each in items)]
        )
        yield titles
        for row, item in zip(rows, items, strict=True):
            yield row
            yield from (f"    {visible(each)}" for each in listing.remarks(item))
    yield _sum(listing, page)


def _sum(listing: Listing, page: Json) -> str:
    shown, total = len(page[listing.name]), page["total"]
    name = listing.name.removesuffix("s") if total == 1 else listing.name
    said = f"{total} {name}" if shown == total else f"{shown} of {total} {name}"
    if page.get("next") is not None:
        said += f"; cursor={page['next']} shows those before"
    if page.get("evicted"):
        said += f"; {page['evicted']} older ones were dropped (settings journal-entries, journal-bytes)"
    return said
