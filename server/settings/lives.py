"""The setting ``profiles``: delivery lives of the user's own."""

from __future__ import annotations

from typing import Any

from messaging_double.models.profiles import READY, Profile

from .row import Kind


def lives() -> Kind[tuple[Profile, ...]]:
    """Read profiles from tables of the configuration file."""

    def read(arrived: object) -> tuple[Profile, ...]:
        if not isinstance(arrived, (list, tuple)):
            raise ValueError  # noqa: TRY004 (every refusal of a kind is a ValueError)
        found = tuple(
            each if isinstance(each, Profile) else _read(each, f"profiles[{index}]")
            for index, each in enumerate(arrived)
        )
        _check_names(found)
        return found

    example = '[[profiles]]\nname = "night"\nsteps = [{ after = "8h", status = "delivered" }]'
    return Kind("a list of tables with name and steps or one-of", read, example, "", file_only=True)


def _read(table: Any, where: str) -> Profile:
    from .life_tables import profile  # noqa: PLC0415 (6 ms that hardly anybody needs)

    return profile(table, where)


def _check_names(found: tuple[Profile, ...]) -> None:
    names = [each.name for each in found]
    every = {each.name: each for each in (*READY, *found)}
    for each in found:
        if names.count(each.name) > 1:
            problem = f"the profile {each.name} is there twice"
            raise ValueError(problem)
        for name in each.one_of:
            if name not in every or every[name].one_of:
                problem = f"one-of of the profile {each.name} names {name}, which is no profile with steps"
                raise ValueError(problem)
