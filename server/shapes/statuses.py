"""What a delivery status looks like: a number, or a name of the table that the setting ``statuses`` has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .near import meant
from .values import Json, Number

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Status(Number):
    """A status by its number or by its name, read as its number."""

    numbers: tuple[tuple[str, int], ...] = ()

    @property
    def expected(self) -> str:
        return f"{super().expected}, or one of {', '.join(name for name, _ in self.numbers)}"

    @property
    def example(self) -> Json:
        return "failed"

    def schema(self) -> Json:
        return {"anyOf": [super().schema(), {"enum": [name for name, _ in self.numbers]}]}

    def read(self, value: Json, where: str) -> int:
        known = dict(self.numbers)
        return known[value] if isinstance(value, str) and value in known else super().read(value, where)

    def meant(self, value: Json) -> str:
        return meant(value, dict(self.numbers)) if isinstance(value, str) else ""


def status_of(numbers: Mapping[str, int]) -> Status:
    """Return the shape of a status where the names have these numbers."""
    return Status(numbers=tuple(numbers.items()))
