"""Settings that give names a value each: ``statuses``, ``plugin-profiles``, ``magic``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from messaging_double.models.magic import number_of
from messaging_double.models.statuses import NUMBERS
from messaging_double.server.shapes.near import meant

from .kinds import is_plain
from .row import Kind, shown

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


def pairs(
    name: str, value: Kind[_T], *, example: str, check: Callable[[str], object] = lambda _: None
) -> Kind[tuple[tuple[str, _T], ...]]:
    """Read ``NAME=VALUE,NAME=VALUE``, or a table of the configuration file; each name once.

    ``name`` says what the names are, ``check`` raises ValueError for one that cannot be.
    """

    def read(arrived: object) -> tuple[tuple[str, _T], ...]:
        found = [(key.strip(), value.read(each)) for key, each in _given(arrived)]
        for key, _ in found:
            if not is_plain(key):
                raise ValueError
            check(key)
        names = [key for key, _ in found]
        if twice := [key for key in names if names.count(key) > 1]:
            problem = f"{shown(twice[0])} is there twice"
            raise ValueError(problem)
        return tuple(found)

    expected = f"{name}=VALUE pairs separated by commas, VALUE being {value.expected.rstrip(',')},"
    return Kind(expected, read, example, "PAIRS", pairs=True)


def status_name(name: str) -> None:
    """Raise ValueError for what is no name of a status."""
    if name not in NUMBERS:
        problem = f"{shown(name)} is no status; {meant(name, NUMBERS)}there are {', '.join(NUMBERS)}"
        raise ValueError(problem)


def telephone_number(text: str) -> None:
    """Raise ValueError for what is no telephone number, in whatever spelling."""
    if not number_of(text)[-1:].isdigit():
        problem = f"{shown(text)} is no telephone number"
        raise ValueError(problem)


def _given(arrived: object) -> list[tuple[str, object]]:
    if isinstance(arrived, str):
        parts = [part.partition("=") for part in arrived.split(",") if part.strip()]
        if not all(equals for _, equals, _ in parts):
            raise ValueError
        return [(key, text.strip()) for key, _, text in parts]
    if isinstance(arrived, dict):
        return list(arrived.items())
    if isinstance(arrived, (list, tuple)) and all(isinstance(each, tuple) and len(each) == 2 for each in arrived):  # noqa: PLR2004 (a pair)
        return list(arrived)
    raise ValueError
