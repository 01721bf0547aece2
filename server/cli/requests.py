"""A command as one request: what it sends, and how its answer is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.client.api import part

from .lists import table
from .output import say, say_json, terminal_width

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from .double import Double
    from .lists import Names

Json = dict[str, Any]


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


def rows(
    items: list[Json],
    cells: dict[str, Callable[[Json, Names], str]],
    arguments: argparse.Namespace,
    names: Names | None = None,
) -> Iterator[str]:
    """Return items as a table that fits the terminal; nothing where there are none."""
    if items:
        yield from table(items, cells, names or {}, None if arguments.wide else terminal_width())
